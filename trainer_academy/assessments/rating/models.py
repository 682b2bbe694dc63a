"""Written work in the hands of raters: tasks, ratings, and the right to rate."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import Named, UTCDateTime, one_of

LEAST_UNSEEN = 20  # examples; a right that rests on fewer is provisional


class TaskStatus(StrEnum):
    """Who reads a piece of work next: two raters, a third one, one after an appeal, or nobody."""

    ROUND_1 = "round_1"
    ROUND_2 = "round_2"
    APPEAL = "appeal"
    SETTLED = "settled"


class RatingTask(SQLModel, table=True):
    """One written answer that raters read. Round 1: two raters, blind. Round 2: a third one, when they differ too much.

    Opening round 2 freezes round 1. `settled` holds the levels that count, by criterion. An appeal opens the task again for
    a rater who has not seen it; `first_settled` keeps what was settled before.
    """

    __tablename__ = "rating_tasks"
    __table_args__ = (
        one_of("status", TaskStatus),
        UniqueConstraint("response_id", name="uq_rating_tasks_response"),
        Index("ix_rating_tasks_queue", "status", "exam_key", "id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="responses.id", ondelete="CASCADE")
    attempt_id: int = Field(foreign_key="attempts.id", index=True, ondelete="CASCADE")
    exam_key: str = Field(max_length=64)
    item_id: str = Field(max_length=64)
    item_version: str = Field(max_length=16)
    status: TaskStatus = Field(default=TaskStatus.ROUND_1, sa_type=Named(TaskStatus, 16))
    shuffle: int  # random order of the queue
    settled: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    first_settled: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    created_at: datetime = Field(sa_type=UTCDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Rating(SQLModel, table=True):
    """One rater's reading of one answer, or of an example. Without `submitted_at` it is a lock that runs out.

    `slot` 1 and 2 belong to round 1, 3 is the adjudication, 4 the appeal. Examples have no task and no slot;
    `trial` counts the tests of a rater.
    """

    __tablename__ = "ratings"
    __table_args__ = (
        UniqueConstraint("task_id", "slot", name="uq_ratings_task_slot"),
        UniqueConstraint("task_id", "rater_id", name="uq_ratings_task_rater"),
        UniqueConstraint("rater_id", "item_id", "item_version", "example", "trial", name="uq_ratings_rater_example"),
        CheckConstraint("(task_id IS NULL) = (example IS NOT NULL)", name="what"),
        CheckConstraint("(task_id IS NULL) = (slot IS NULL)", name="slot"),
    )
    id: int | None = Field(default=None, primary_key=True)
    task_id: int | None = Field(default=None, foreign_key="rating_tasks.id", ondelete="CASCADE")
    slot: int | None = None
    rater_id: int = Field(foreign_key="users.id")
    exam_key: str = Field(max_length=64)
    item_id: str = Field(max_length=64)
    item_version: str = Field(max_length=16)
    example: str | None = Field(default=None, max_length=8)
    trial: int = 1
    levels: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    comment: str = Field(default="", max_length=2000)
    seconds: int | None = None
    opened_at: datetime = Field(sa_type=UTCDateTime)
    locked_until: datetime = Field(sa_type=UTCDateTime)
    submitted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Qualification(SQLModel, table=True):
    """The right to rate an exam, earned by agreement with the settled scores of examples. Appended at each test."""

    __tablename__ = "qualifications"
    __table_args__ = (Index("ix_qualifications_rater", "rater_id", "exam_key", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    rater_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    exam_key: str = Field(max_length=64)
    agreement: float
    agreement_low: float
    agreement_high: float
    ratings: int
    is_qualified: bool
    decided_at: datetime = Field(sa_type=UTCDateTime)

    @property
    def is_provisional(self) -> bool:
        """True for a right that rests on too few examples; so do all from before December 2026."""
        return self.is_qualified and self.ratings < LEAST_UNSEEN

"""Standard-setting studies: what is rated, who judges, every rating that was ever given, and the notes of the discussion."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import Named, UTCDateTime

STATUSES = ("planned", "round_1", "discussion", "round_2", "closed", "abandoned")


class StudyStatus(StrEnum):
    """Where a standard-setting study stands."""

    PLANNED = "planned"
    ROUND_1 = "round_1"
    DISCUSSION = "discussion"
    ROUND_2 = "round_2"
    CLOSED = "closed"
    ABANDONED = "abandoned"


class Study(SQLModel, table=True):
    """A modified Angoff study of one exam in two rounds.

    `items` is empty while the study is planned; starting it freezes [{"id", "version", "key_version", "skill", "kind"}, ...].
    `plan` says how items are drawn: {"scope": "bank"} or {"scope": "sample", "size": 42, "seed": 7}. `notes_on_rounds` keeps
    why a round was closed and which judges (by number) had not rated every item then: {"1": {"reason", "missing"}}.
    """

    __tablename__ = "studies"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES!r}", name="status"),
        Index("ix_studies_exam", "exam_key", "id"),
        Index(
            "uq_studies_one_open",
            "exam_key",
            unique=True,
            sqlite_where=text("status NOT IN ('closed', 'abandoned')"),
            postgresql_where=text("status NOT IN ('closed', 'abandoned')"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64)
    exam_version: str = Field(max_length=16)
    definition: str = Field(max_length=4000)
    plan: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    items: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    status: StudyStatus = Field(default=StudyStatus.PLANNED, sa_type=Named(StudyStatus, 16))
    notes_on_rounds: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    made_by: int = Field(foreign_key="users.id", index=True)
    made_at: datetime = Field(sa_type=UTCDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    discussed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    resumed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class StudyJudge(SQLModel, table=True):
    """A judge of a study. `number` is how the others see the judge; `found` holds conflicts that the product saw itself.

    The judge writes `qualification` and `interests` and signs confidentiality before any item is shown. `done_rounds` lists
    the rounds that the judge said to be done with. A judge who left or was taken out keeps the row; the ratings stay too.
    """

    __tablename__ = "study_judges"
    __table_args__ = (
        UniqueConstraint("study_id", "user_id", name="uq_study_judges_study_user"),
        UniqueConstraint("study_id", "number", name="uq_study_judges_study_number"),
    )
    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="studies.id")
    user_id: int = Field(foreign_key="users.id", index=True)
    number: int
    found: list[str] = Field(sa_column=Column(JSON, nullable=False))
    appointed_by: int = Field(foreign_key="users.id", index=True)
    appointed_at: datetime = Field(sa_type=UTCDateTime)
    qualification: str = Field(default="", max_length=2000)
    interests: str = Field(default="", max_length=2000)
    signature: str = Field(default="", max_length=120)
    signed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    done_rounds: list[int] = Field(sa_column=Column(JSON, nullable=False))
    left_reason: str = Field(default="", max_length=500)
    left_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class StudyRating(SQLModel, table=True):
    """One rating: the share of just competent people who would get the item right. Appended; the newest of a round counts."""

    __tablename__ = "study_ratings"
    __table_args__ = (
        CheckConstraint("value >= 0 AND value <= 1", name="value"),
        CheckConstraint("round IN (1, 2)", name="round"),
        Index("ix_study_ratings_judge", "study_id", "round", "judge_id", "item_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="studies.id")
    round: int
    judge_id: int = Field(foreign_key="study_judges.id", index=True)
    item_id: str = Field(max_length=64)
    value: float
    rated_at: datetime = Field(sa_type=UTCDateTime)


class StudyNote(SQLModel, table=True):
    """What was said in the discussion between the rounds; `judge_id` null: the operator wrote it."""

    __tablename__ = "study_notes"
    id: int | None = Field(default=None, primary_key=True)
    study_id: int = Field(foreign_key="studies.id", index=True)
    judge_id: int | None = Field(default=None, foreign_key="study_judges.id", index=True)
    written_by: int = Field(foreign_key="users.id", index=True)
    text: str = Field(max_length=2000)
    written_at: datetime = Field(sa_type=UTCDateTime)

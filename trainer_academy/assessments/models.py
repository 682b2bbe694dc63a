"""Item versions, attempts, responses and scores."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class ItemVersion(SQLModel, table=True):
    """The exact source of an item as somebody may have answered it. Rows are only added."""

    __tablename__ = "item_versions"
    __table_args__ = (UniqueConstraint("item_id", "version", name="uq_item_versions_item_version"),)
    id: int | None = Field(default=None, primary_key=True)
    item_id: str = Field(max_length=64)
    version: str = Field(max_length=16)
    bank: str = Field(max_length=64)
    source: str = Field(sa_column=Column(Text, nullable=False))
    first_seen_at: datetime = Field(sa_type=UTCDateTime)


class Attempt(SQLModel, table=True):
    """One sitting of an exam. `paper` is frozen at the start: item, version and presentation of each position."""

    __tablename__ = "attempts"
    __table_args__ = (
        CheckConstraint("status IN ('in_progress', 'decided', 'void')", name="status"),
        CheckConstraint("score IS NULL OR (score >= 0 AND score <= 1)", name="score"),
        UniqueConstraint("user_id", "exam_key", "number", name="uq_attempts_person_exam_number"),
        Index(
            "uq_attempts_one_open", "user_id", unique=True,
            sqlite_where=text("status = 'in_progress'"), postgresql_where=text("status = 'in_progress'"),
        ),
        Index("ix_attempts_deadline", "status", "deadline_at"),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    exam_key: str = Field(max_length=64)
    exam_version: str = Field(max_length=16)
    number: int
    seed: int
    paper: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    status: str = Field(default="in_progress", max_length=16)
    started_at: datetime = Field(sa_type=UTCDateTime)
    deadline_at: datetime = Field(sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    close_reason: str = Field(default="", max_length=16)
    score: float | None = None
    score_low: float | None = None
    score_high: float | None = None
    cut_score: float | None = None
    is_passed: bool | None = None


class Response(SQLModel, table=True):
    """One saved answer. Exam answers are appended with a client sequence number; the highest one counts."""

    __tablename__ = "responses"
    __table_args__ = (
        UniqueConstraint("attempt_id", "position", "sequence", name="uq_responses_attempt_position_sequence"),
        Index("ix_responses_practice", "user_id", "item_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    attempt_id: int | None = Field(default=None, foreign_key="attempts.id", ondelete="CASCADE")
    position: int | None = None
    sequence: int | None = None
    item_id: str = Field(max_length=64)
    item_version: str = Field(max_length=16)
    presentation: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    is_flagged: bool = False
    saved_at: datetime = Field(sa_type=UTCDateTime)


class Score(SQLModel, table=True):
    """The score of a response under one version of the key. Appended, never overwritten."""

    __tablename__ = "scores"
    __table_args__ = (
        UniqueConstraint("response_id", "key_version", name="uq_scores_response_key"),
        CheckConstraint("value >= 0 AND value <= 1", name="value"),
    )
    id: int | None = Field(default=None, primary_key=True)
    response_id: int = Field(foreign_key="responses.id", ondelete="CASCADE")
    key_version: str = Field(max_length=16)
    value: float
    parts: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    scored_at: datetime = Field(sa_type=UTCDateTime)

"""Contested items, corrections of keys, votes of appointed raters, and rescorings."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import Named, UTCDateTime, one_of


class ContestStatus(StrEnum):
    """Whether a report of an item was answered, and how."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Contest(SQLModel, table=True):
    """A person says that something is wrong with an item, or appeals against a rating. An answer is due by `due_at`."""

    __tablename__ = "contests"
    __table_args__ = (
        one_of("status", ContestStatus),
        CheckConstraint("kind IN ('key', 'text', 'other', 'rating')", name="kind"),
        Index("ix_contests_item", "item_id", "status"),
        Index("ix_contests_person", "user_id", "created_at"),
        Index("ix_contests_due", "status", "due_at"),
    )
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    item_id: str = Field(max_length=64)
    item_version: str = Field(max_length=16)
    response_id: int | None = Field(default=None, foreign_key="responses.id", index=True, ondelete="SET NULL")
    attempt_id: int | None = Field(default=None, foreign_key="attempts.id", index=True, ondelete="SET NULL")
    kind: str = Field(max_length=16)
    text: str = Field(max_length=2000)
    status: ContestStatus = Field(default=ContestStatus.OPEN, sa_type=Named(ContestStatus, 16))
    answer: str = Field(default="", max_length=2000)
    answered_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    correction_id: int | None = Field(default=None, foreign_key="corrections.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime = Field(sa_type=UTCDateTime)

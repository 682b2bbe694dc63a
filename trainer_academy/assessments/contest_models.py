"""Contested items, corrections of keys, votes of appointed raters, and rescorings."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class Correction(SQLModel, table=True):
    """A change to an item that is in use: another key, or suspended until it is mended. It needs a second person.

    `from_key_version` is the key that is replaced, `new_key` the new one in the shape of the item's key. Applied rows take
    part in every later scoring of item versions with the replaced key; `suspend` rows do until `ended_at`.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("kind IN ('key', 'suspend')", name="kind"),
        CheckConstraint("status IN ('proposed', 'rejected', 'applied', 'ended')", name="status"),
        CheckConstraint("(kind = 'key') = (new_key_version IS NOT NULL)", name="new_key"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="second_person"),
        Index(
            "uq_corrections_open", "item_id", unique=True,
            sqlite_where=text("status = 'proposed'"), postgresql_where=text("status = 'proposed'"),
        ),
        Index("ix_corrections_item", "item_id", "status"),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    item_id: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    from_key_version: str = Field(max_length=16)
    new_key: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    new_key_version: str | None = Field(default=None, max_length=16)
    reason: str = Field(max_length=1000)
    status: str = Field(default="proposed", max_length=16)
    proposed_by: int = Field(foreign_key="users.id", index=True)
    proposed_at: datetime = Field(sa_type=UTCDateTime)
    decided_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decision_note: str = Field(default="", max_length=1000)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Contest(SQLModel, table=True):
    """A person says that something is wrong with an item, or appeals against a rating. An answer is due by `due_at`."""

    __tablename__ = "contests"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'accepted', 'rejected')", name="status"),
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
    status: str = Field(default="open", max_length=16)
    answer: str = Field(default="", max_length=2000)
    answered_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    correction_id: int | None = Field(default=None, foreign_key="corrections.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime = Field(sa_type=UTCDateTime)


class Rescoring(SQLModel, table=True):
    """One run over the stored answers after a correction. `last_attempt_id` is where an interrupted run goes on."""

    __tablename__ = "rescorings"
    __table_args__ = (CheckConstraint("status IN ('running', 'done')", name="status"),)
    id: int | None = Field(default=None, primary_key=True)
    correction_id: int = Field(foreign_key="corrections.id", index=True)
    status: str = Field(default="running", max_length=16)
    is_ending: bool = False  # the run that follows the end of a suspension
    last_attempt_id: int = 0
    last_response_id: int = 0
    total: int = 0
    done: int = 0
    changed: int = 0
    to_pass: int = 0
    to_fail: int = 0
    kept: int = 0
    started_at: datetime = Field(sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class PanelVote(SQLModel, table=True):
    """What an appointed rater answers to an item, blind to its key and to the other votes."""

    __tablename__ = "panel_votes"
    __table_args__ = (UniqueConstraint("item_id", "item_version", "voter_id", name="uq_panel_votes_item_voter"),)
    id: int | None = Field(default=None, primary_key=True)
    item_id: str = Field(max_length=64)
    item_version: str = Field(max_length=16)
    voter_id: int = Field(foreign_key="users.id", index=True)
    payload: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    seconds: int | None = None
    cast_at: datetime = Field(sa_type=UTCDateTime)

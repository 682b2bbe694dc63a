"""Item versions and corrected keys: what the bank remembers in the database."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import Named, UTCDateTime, one_of


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


class ReleasedItem(SQLModel, table=True):
    """An exam item whose key people may read: it was retired, or stood in a practice bank. It never certifies again."""

    __tablename__ = "released_items"
    item_id: str = Field(primary_key=True, max_length=64)
    released_at: datetime = Field(sa_type=UTCDateTime)


class CorrectionStatus(StrEnum):
    """Where a correction stands."""

    PROPOSED = "proposed"
    REJECTED = "rejected"
    APPLIED = "applied"
    ENDED = "ended"


class Correction(SQLModel, table=True):
    """A change to an item that is in use: another key, or suspended until it is mended. It needs a second person.

    `from_key_version` is the key that is replaced, `new_key` the new one in the shape of the item's key. Applied rows take
    part in every later scoring of item versions with the replaced key; `suspend` rows do until `ended_at`.
    """

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("kind IN ('key', 'suspend')", name="kind"),
        one_of("status", CorrectionStatus),
        CheckConstraint("(kind = 'key') = (new_key_version IS NOT NULL)", name="new_key"),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="second_person"),
        Index(
            "uq_corrections_open",
            "item_id",
            unique=True,
            sqlite_where=text("status = 'proposed'"),
            postgresql_where=text("status = 'proposed'"),
        ),
        Index("ix_corrections_item", "item_id", "status"),
    )
    id: int | None = Field(default=None, primary_key=True)
    item_id: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    from_key_version: str = Field(max_length=16)
    new_key: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    new_key_version: str | None = Field(default=None, max_length=16)
    reason: str = Field(max_length=1000)
    status: CorrectionStatus = Field(default=CorrectionStatus.PROPOSED, sa_type=Named(CorrectionStatus, 16))
    proposed_by: int = Field(foreign_key="users.id", index=True)
    proposed_at: datetime = Field(sa_type=UTCDateTime)
    decided_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    decision_note: str = Field(default="", max_length=1000)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

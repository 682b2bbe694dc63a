"""Practice items that a person passed over."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class PracticeSkip(SQLModel, table=True):
    """A practice item that a person passed over, with the reason. It costs nothing."""

    __tablename__ = "practice_skips"
    __table_args__ = (Index("ix_practice_skips_person", "user_id", "item_id"),)
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    item_id: str = Field(max_length=64)
    item_version: str = Field(max_length=16)
    reason: str = Field(max_length=16)
    note: str = Field(default="", max_length=300)
    skipped_at: datetime = Field(sa_type=UTCDateTime)

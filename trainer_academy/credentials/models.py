"""Credentials and status lists."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class StatusList(SQLModel, table=True):
    """One Bitstring Status List. `document` holds the exact signed bytes that are served."""

    __tablename__ = "status_lists"
    id: int | None = Field(default=None, primary_key=True)
    size: int
    used: int = 0
    document: str = Field(sa_column=Column(Text, nullable=False))
    signed_at: datetime = Field(sa_type=UTCDateTime)


class Credential(SQLModel, table=True):
    """A signed record of one achievement of one person. `document` holds the exact signed bytes."""

    __tablename__ = "credentials"
    __table_args__ = (
        UniqueConstraint("status_list_id", "status_index", name="uq_credentials_status_index"),
        UniqueConstraint("attempt_id", "achievement_key", name="uq_credentials_attempt_achievement"),
        CheckConstraint("valid_until > issued_at", name="validity"),
        # The pool reads the best scores of an achievement, and a person's certificates, from these indexes alone.
        Index("ix_credentials_pool", "achievement_key", "score", "holder_id", "issued_at", "valid_until", "revoked_at", "id"),
        Index("ix_credentials_holder", "holder_id", "achievement_key", "valid_until", "revoked_at", "issued_at", "level", "id"),
    )
    id: str = Field(primary_key=True, max_length=36)
    code: str = Field(max_length=24, unique=True)
    holder_id: int = Field(foreign_key="users.id")
    attempt_id: int | None = Field(default=None, foreign_key="attempts.id")
    achievement_key: str = Field(max_length=64)
    achievement_version: str = Field(max_length=16)
    level: int
    holder_name: str = Field(max_length=120)
    score: float
    score_low: float
    score_high: float
    item_count: int
    status_list_id: int = Field(foreign_key="status_lists.id")
    status_index: int
    document: str = Field(sa_column=Column(Text, nullable=False))
    issued_at: datetime = Field(sa_type=UTCDateTime)
    valid_until: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoke_reason: str = Field(default="", max_length=300)
    expiry_noticed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

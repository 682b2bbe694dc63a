"""The outbox and the webhook endpoints of organizations."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, Text
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import Named, UTCDateTime, one_of


class NoticeStatus(StrEnum):
    """Where a notice stands. `dead`: given up."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


class Notice(SQLModel, table=True):
    """One mail or webhook call to be delivered. Written in the transaction that causes it."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("channel IN ('mail', 'page', 'webhook')", name="channel"),
        one_of("status", NoticeStatus),
        Index("ix_notices_due", "status", "due_at"),
    )
    id: str = Field(primary_key=True, max_length=36)
    channel: str = Field(max_length=8)
    kind: str = Field(max_length=40)
    user_id: int | None = Field(default=None, foreign_key="users.id", index=True, ondelete="CASCADE")
    endpoint_id: int | None = Field(default=None, foreign_key="webhook_endpoints.id", index=True, ondelete="CASCADE")
    subject: str = Field(default="", max_length=200)
    body: str = Field(sa_column=Column(Text, nullable=False))
    status: NoticeStatus = Field(default=NoticeStatus.QUEUED, sa_type=Named(NoticeStatus, 8))
    tries: int = 0
    created_at: datetime = Field(sa_type=UTCDateTime)
    due_at: datetime = Field(sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    last_error: str = Field(default="", max_length=300)


class WebhookEndpoint(SQLModel, table=True):
    """Where an organization wants to hear of events. `secret` signs each call (HMAC-SHA256)."""

    __tablename__ = "webhook_endpoints"
    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organizations.id", unique=True, ondelete="CASCADE")
    url: str = Field(max_length=500)
    secret: str = Field(max_length=80)
    is_active: bool = True
    created_at: datetime = Field(sa_type=UTCDateTime)

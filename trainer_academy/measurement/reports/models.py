"""Technical reports as they were made: rows are added and never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class StoredReport(SQLModel, table=True):
    """The facts of one technical report (`facts.Report` as JSON); the page words them."""

    __tablename__ = "exam_reports"
    __table_args__ = (Index("ix_exam_reports_exam", "exam_key", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64)
    exam_version: str = Field(max_length=16)
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    made_at: datetime = Field(sa_type=UTCDateTime)

"""Tables around calibrations: the jobs that make them, what they left out, and what they say of the one before."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import Named, UTCDateTime, one_of


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class MeasurementJob(SQLModel, table=True):
    """Work that takes longer than a request. Progress is `done` of `total`; `seen_at` is the last sign of life.

    One runs at a time. Without a sign of life for two minutes it is taken again; `started_at` tells the two claims apart.
    `result_id` is what it made: for the kind `calibration` the id of the calibration. `error` says why a job failed.
    """

    __tablename__ = "measurement_jobs"
    __table_args__ = (
        one_of("status", JobStatus),
        Index("ix_measurement_jobs_status", "status", "id"),
        Index(
            "uq_measurement_jobs_running",
            "status",
            unique=True,
            sqlite_where=text("status = 'running'"),
            postgresql_where=text("status = 'running'"),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=32)
    exam_key: str = Field(max_length=64, index=True)
    status: JobStatus = Field(default=JobStatus.QUEUED, sa_type=Named(JobStatus, 16))
    done: int = 0
    total: int = 0
    note: str = Field(default="", max_length=200)
    error: str = Field(default="", sa_type=Text)
    requested_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    requested_at: datetime = Field(sa_type=UTCDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    result_id: int | None = None


class LeftOutItem(SQLModel, table=True):
    """An item that a calibration left out: nobody answered it, too few did, or all of them got the same level."""

    __tablename__ = "calibration_left_outs"
    __table_args__ = (CheckConstraint("reason IN ('nobody', 'few', 'same')", name="reason"),)
    calibration_id: int = Field(foreign_key="calibrations.id", primary_key=True, ondelete="CASCADE")
    item_id: str = Field(primary_key=True, max_length=64)
    reason: str = Field(max_length=8)
    answers: int


class DriftCount(SQLModel, table=True):
    """How many items a new calibration has moved against `base_id`, the one that was in force when it was made."""

    __tablename__ = "calibration_drifts"
    calibration_id: int = Field(foreign_key="calibrations.id", primary_key=True, ondelete="CASCADE")
    base_id: int = Field(foreign_key="calibrations.id", index=True)
    common: int
    flagged: int

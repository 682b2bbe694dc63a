"""What decisions rest on besides answers: calibrations, adopted cuts, and how good an exam's decisions were found to be.

The slice `measurement` makes these rows; delivery and scoring only read them. Rows are added and never changed.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.core.db import UTCDateTime


class StoredCalibration(SQLModel, table=True):
    """One calibration of an exam's bank: settings, data and fit. Abilities are in logits, normal(0, 1) in its group.

    `number` counts the calibrations of an exam. `data_digest` is a hash of the matrix that was calibrated (or of the file that
    was imported). `population_mean` and `population_sd` are the prior that exams use: the abilities of people who come.
    """

    __tablename__ = "calibrations"
    __table_args__ = (
        UniqueConstraint("exam_key", "number", name="uq_calibrations_exam_number"),
        CheckConstraint("origin IN ('answers', 'import')", name="origin"),
        CheckConstraint("population_sd > 0", name="population_sd"),
    )
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64)
    number: int
    origin: str = Field(default="answers", max_length=16)
    persons: int
    answers: int
    log_likelihood: float | None = None
    cycles: int
    is_converged: bool
    priors: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    population_mean: float = 0.0
    population_sd: float = 1.0
    last_attempt_id: int = 0
    scoring: int = Field(default=SCORING, sa_column_kwargs={"server_default": "1"})
    data_digest: str = Field(max_length=64)
    software: str = Field(max_length=80)
    made_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    made_at: datetime = Field(sa_type=UTCDateTime)


class StoredItem(SQLModel, table=True):
    """One item of a calibration. `steps` are as many as `levels` - 1; errors are null where the answers say nothing."""

    __tablename__ = "calibrated_items"
    __table_args__ = (CheckConstraint("slope > 0", name="slope"), CheckConstraint("levels >= 2", name="levels"))
    calibration_id: int = Field(foreign_key="calibrations.id", primary_key=True, ondelete="CASCADE")
    item_id: str = Field(primary_key=True, max_length=64)
    key_version: str = Field(max_length=16)
    levels: int
    slope: float
    steps: list[float] = Field(sa_column=Column(JSON, nullable=False))
    slope_error: float | None = None
    step_errors: list[float | None] | None = Field(default=None, sa_column=Column(JSON))
    answers: int


class CalibrationAdoption(SQLModel, table=True):
    """Which calibration an exam uses from now on; `calibration_id` null: none, the exam goes back to classical decisions."""

    __tablename__ = "calibration_adoptions"
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64, index=True)
    calibration_id: int | None = Field(default=None, foreign_key="calibrations.id", index=True)
    adopted_by: int = Field(foreign_key="users.id", index=True)
    reason: str = Field(max_length=500)
    adopted_at: datetime = Field(sa_type=UTCDateTime)


class Cut(SQLModel, table=True):
    """An adopted cut of an exam, as a share of the highest score, signed with reason and date. The newest one counts.

    It fits scores of its `scoring` only. `study_id` is the standard-setting study that it comes from.
    `error` is the standard error of the study's cut over judges.
    """

    __tablename__ = "cuts"
    __table_args__ = (CheckConstraint("score > 0 AND score < 1", name="score"),)
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64, index=True)
    study_id: int | None = None
    score: float
    scoring: int = Field(default=SCORING, sa_column_kwargs={"server_default": "1"})
    recommended: float
    error: float
    judges: int
    items: int
    reason: str = Field(max_length=1000)
    signature: str = Field(max_length=120)
    adopted_by: int = Field(foreign_key="users.id", index=True)
    adopted_at: datetime = Field(sa_type=UTCDateTime)


class ExamBar(SQLModel, table=True):
    """A person who has seen the items of a bank with their keys, as a judge, starts no exam from it until `ends_at`."""

    __tablename__ = "exam_bars"
    __table_args__ = (Index("ix_exam_bars_person", "user_id", "bank"),)
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    bank: str = Field(max_length=64)
    starts_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)


class ExamQuality(SQLModel, table=True):
    """How good decisions of an exam version were found to be, from first attempts up to a moment.

    Livingston-Lewis `accuracy`, `consistency` and `kappa`, alpha and the standard error of measurement (share of the highest
    score); null where there is not enough data.
    """

    __tablename__ = "exam_qualities"
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64, index=True)
    exam_version: str = Field(max_length=16)
    n: int
    passed: int
    mean: float | None = None
    sd: float | None = None
    cut_score: float
    alpha: float | None = None
    sem: float | None = None
    accuracy: float | None = None
    consistency: float | None = None
    kappa: float | None = None
    computed_at: datetime = Field(sa_type=UTCDateTime)

"""Stored simulations of an exam's rule, so that the consequences of a setting can be shown beside it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class Simulation(SQLModel, table=True):
    """One simulation: the rule and the bank that were simulated, and the report as JSON. Rows are only added.

    `calibration_id` null: made-up items.
    """

    __tablename__ = "simulations"
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64, index=True)
    exam_version: str = Field(max_length=16)
    calibration_id: int | None = Field(default=None, foreign_key="calibrations.id", index=True)
    people: int
    seed: int
    items: int
    cut: float
    cut_score: float
    rule: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    report: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    software: str = Field(max_length=80)
    made_at: datetime = Field(sa_type=UTCDateTime)

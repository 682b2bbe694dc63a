"""Stored simulations of an exam's rule, so that the consequences of a setting can be shown beside it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import Named, UTCDateTime, one_of


class About(StrEnum):
    """What a simulation tells: how long sittings get and how they end, or what a pass after several attempts is worth."""

    LENGTHS = "lengths"
    PASSES = "passes"


class Simulation(SQLModel, table=True):
    """One simulation: the rule and the bank that were simulated, and the report as JSON. Rows are only added.

    `about` passes: `report` is `PassFigures`; `cut` is 0, as no scale is known. `calibration_id` null: made-up items.
    """

    __tablename__ = "simulations"
    __table_args__ = (one_of("about", About),)
    id: int | None = Field(default=None, primary_key=True)
    about: About = Field(default=About.LENGTHS, sa_type=Named(About, 16), sa_column_kwargs={"server_default": "lengths"})
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

"""Votes of appointed raters, and the runs that score stored answers again."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import Named, UTCDateTime, one_of


class RunStatus(StrEnum):
    """Whether a run over stored answers goes on."""

    RUNNING = "running"
    DONE = "done"


class Rescoring(SQLModel, table=True):
    """One run over the stored answers after a correction, or to a new version of the scoring rules (`scoring`).

    `last_attempt_id` is where an interrupted run goes on.
    """

    __tablename__ = "rescorings"
    __table_args__ = (
        one_of("status", RunStatus),
        CheckConstraint("(correction_id IS NULL) <> (scoring IS NULL)", name="cause"),
    )
    id: int | None = Field(default=None, primary_key=True)
    correction_id: int | None = Field(default=None, foreign_key="corrections.id", index=True)
    scoring: int | None = None
    status: RunStatus = Field(default=RunStatus.RUNNING, sa_type=Named(RunStatus, 16))
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

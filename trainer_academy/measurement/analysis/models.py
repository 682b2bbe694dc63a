"""What item analysis has counted and found, for pages to read; and pairs of sittings with answers that are much alike."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class ExamAnalysis(SQLModel, table=True):
    """The analysis of an exam from `sittings` first attempts. `revision` counts its changes; of two at once only one is kept.

    `key_digest`: what the credits rested on; when it changes, the sums are made anew. `setting_digest`: the cut, the
    calibration and the keys that the numbers were worked out with. `facts` is an `ExamFacts`.
    """

    __tablename__ = "exam_analyses"
    exam_key: str = Field(primary_key=True, max_length=64)
    revision: int
    sittings: int
    last_attempt_id: int
    key_digest: str = Field(max_length=64)
    setting_digest: str = Field(max_length=64)
    facts: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    computed_at: datetime = Field(sa_type=UTCDateTime)


class ExamSums(SQLModel, table=True):
    """The sums behind an analysis, as one file of numpy. Only the analysis itself reads it."""

    __tablename__ = "exam_sums"
    exam_key: str = Field(primary_key=True, max_length=64, foreign_key="exam_analyses.exam_key", ondelete="CASCADE")
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ItemAnalysis(SQLModel, table=True):
    """One item in one exam. `numbers` is an `ItemStatistics`; the columns are for lists. `flags` are joined by blanks."""

    __tablename__ = "item_analyses"
    exam_key: str = Field(primary_key=True, max_length=64, foreign_key="exam_analyses.exam_key", ondelete="CASCADE")
    item_id: str = Field(primary_key=True, max_length=64)
    n: int
    facility: float
    item_rest: float | None = None
    flags: str = Field(default="", max_length=80)
    numbers: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class ComparedGroup(SQLModel, table=True):
    """A group of sittings whose answers were compared pair by pair. `pairs` had enough items in common.

    `kind`: `organization` (then `organization_id`) or `start` (they began within an hour of each other). `digest` is over its
    attempts and the keys: a group is compared again when it changes.
    """

    __tablename__ = "compared_groups"
    __table_args__ = (
        UniqueConstraint("exam_key", "name", name="uq_compared_groups_exam_name"),
        CheckConstraint("kind IN ('organization', 'start')", name="kind"),
    )
    id: int | None = Field(default=None, primary_key=True)
    exam_key: str = Field(max_length=64)
    name: str = Field(max_length=80)
    kind: str = Field(max_length=16)
    organization_id: int | None = Field(default=None, foreign_key="organizations.id", index=True, ondelete="CASCADE")
    sittings: int
    pairs: int
    starts_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)
    calibration: int | None = None
    digest: str = Field(max_length=64)
    compared_at: datetime = Field(sa_type=UTCDateTime)


class AnswerLikeness(SQLModel, table=True):
    """One pair: same options on `matches` of `items`, where `expected` were likely. Never a verdict, never shown to learners.

    `p` is GBT's; `omega_one` takes the first sitting as the copier, `omega_other` the second. `is_flagged`: p is below .001
    divided by the pairs of the group.
    """

    __tablename__ = "answer_likenesses"
    id: int | None = Field(default=None, primary_key=True)
    group_id: int = Field(foreign_key="compared_groups.id", index=True, ondelete="CASCADE")
    one_id: int = Field(foreign_key="attempts.id", index=True, ondelete="CASCADE")
    other_id: int = Field(foreign_key="attempts.id", index=True, ondelete="CASCADE")
    items: int
    matches: int
    expected: float
    z: float
    p: float
    omega_one: float
    omega_other: float
    is_flagged: bool

"""The facts of a technical report, frozen: what is stored and what the words are made of. Pure."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from trainer_academy.assessments.bank.pass_figures import PassFigures


class Facts(BaseModel):
    """Base of the facts: immutable; a stored report of an older version may hold names that are not known any more."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Line(Facts):
    """A line of the specification: how many items are asked for, and how many active ones fit."""

    skill: str
    kind: str
    difficulty: tuple[int, int] = (1, 5)
    trap: str = ""
    asked: int
    in_bank: int


class Papers(Facts):
    """Papers of whole exams that were looked at, and how many hold exactly what the specification asks for."""

    seen: int | None
    fitting: int | None


class Review(Facts):
    """Rows of the stored reviews that are about items of the bank; `current`: of the version that is in use now."""

    rows: int = 0
    items: int = 0
    current: int = 0
    as_they_were: int = 0
    reviewers: tuple[str, ...] = ()


class CutFact(Facts):
    """An adopted cut, without names."""

    score: float
    recommended: float
    error: float
    judges: int
    items: int
    reason: str
    adopted_at: datetime


class RoundFact(Facts):
    """One round of the panel. Shares."""

    number: int
    judges: int
    missing: int
    cut: float
    error: float
    low: float
    high: float
    error_with_items: float
    reliability: float | None
    lowest: float
    highest: float


class Panel(Facts):
    """The newest study that is not abandoned."""

    status: str
    definition: str
    items: int
    started_at: datetime | None
    ended_at: datetime | None
    rounds: tuple[RoundFact, ...]


class Quality(Facts):
    """What was last found about the decisions (`ExamQuality`)."""

    n: int
    mean: float | None = None
    sd: float | None = None
    alpha: float | None = None
    sem: float | None = None
    accuracy: float | None = None
    consistency: float | None = None
    kappa: float | None = None
    computed_at: datetime | None = None


class Rate(Facts):
    """A pass rate with its 95 % interval; None where the group is too small to be shown."""

    name: str
    n: int | None
    share: float | None = None
    low: float | None = None
    high: float | None = None


class Corrections(Facts):
    """Contested items, appeals and corrected keys of the bank."""

    reports: int | None
    accepted: int | None
    rejected: int | None
    waiting: int | None
    appeals: int | None
    median_days: float | None
    keys: int
    suspended: int
    to_pass: int | None
    to_fail: int | None
    kept: int | None


class ExposureFact(Facts):
    """How often items were shown; None below twenty papers."""

    papers: int | None
    used: int | None
    mean: float | None
    highest: float | None


class Change(Facts):
    """Something that changed: `what` is version, cut, calibration, calibration_ended, key, suspend."""

    at: datetime
    what: str
    detail: str


class GroupComparison(Facts):
    """Items compared between two groups of equally able people (Mantel-Haenszel): how many, and how many differ.

    `moderate` and `large` are the ETS classes B and C; `reference_n` and `focal_n` the most people that an item had.
    """

    kind: str
    reference: str
    focal: str
    items: int
    moderate: int
    large: int
    reference_n: int
    focal_n: int


class Report(Facts):
    """Everything in a technical report."""

    exam_key: str
    exam_version: str
    made_at: datetime
    bank: int
    counts: dict[str, dict[str, int]]
    lines: tuple[Line, ...]
    papers: Papers
    review: Review
    cut: float
    is_provisional: bool
    cuts: tuple[CutFact, ...]
    panel: Panel | None
    calibration: int | None
    is_sequential: bool = False
    quality: Quality | None
    worth: PassFigures | None = None
    rates: tuple[Rate, ...]
    people: int | None
    languages: tuple[Rate, ...]
    comparisons: tuple[GroupComparison, ...] = ()
    corrections: Corrections
    exposure: ExposureFact
    seals: int
    changes: tuple[Change, ...]

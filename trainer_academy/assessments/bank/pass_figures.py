"""What a pass of an exam is worth, as simulated: the shape of `content/simulations/<exam>.yaml` and of what is stored. Pure.

The file is written by `flask measure simulate --write` and never by hand.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.courses.schema import Frozen
from trainer_academy.psychometrics.intervals import Interval, wilson_interval


class Rate(NamedTuple):
    """`k` of `n` people; of nobody nothing is said."""

    k: int
    n: int

    @property
    def share(self) -> float | None:
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> Interval:
        """The 95 % Wilson interval."""
        return wilson_interval(self.share or 0.0, self.n)


class Assumptions(Frozen):
    """What is taken for true of the people.

    `base`: the share above the cut; abilities are normal with a standard deviation of 1 logit. `coached`: the share who know
    `leaked` of the bank, and answer such an item rightly with the chance `known`. `guessing`: the chance of full credit without
    any ability; it and `slope_sd` (standard deviation of log slopes; difficulties are standard normal) count for items
    without calibrated parameters. `learning`: logits gained between two sittings.
    Values: those under which designs were compared before one was chosen, docs/decisions/0016-retakes.md.
    """

    people: int = Field(default=5_000, ge=1)
    attempts: int = Field(default=3, ge=1, le=20)
    base: float = Field(default=0.5, gt=0, lt=1)
    coached: float = Field(default=0.2, ge=0, le=1)
    leaked: float = Field(default=0.2, ge=0, le=1)
    known: float = Field(default=0.95, ge=0, le=1)
    guessing: float = Field(default=0.2, ge=0, lt=1)
    slope_sd: float = Field(default=0.3, ge=0, le=2)
    learning: float = Field(default=0.0, ge=-2, le=2)


class PassRow(Frozen):
    """What has happened after up to so many attempts.

    `passed`: of everybody; `ppv`: truly above the cut, of those who passed; `false_pass`: passed, of those below; `missed`: not
    passed, of those above; `strong_missed`: the same of those who lie one standard error of a paper or more above it;
    `coached_ppv`: like `ppv`, of the coached. `sittings`: mean per person.
    """

    attempts: int
    sittings: float
    passed: Rate
    ppv: Rate
    false_pass: Rate
    missed: Rate
    strong_missed: Rate
    coached_ppv: Rate


class PassFigures(Frozen):
    """The table of one exam, and what it was made for.

    `bank`: items that the exam could draw; `items`: mean of a sitting; `top_exposure`: the share of sittings with the most
    shown item; `calibration`: the number of the calibration whose parameters answered, null for made-up ones.
    """

    exam_version: str
    cut_score: float
    margins: tuple[float, float, float]
    bank: int
    calibration: int | None = None
    seed: int
    given: Assumptions
    sittings: int
    items: float
    top_exposure: float
    rows: tuple[PassRow, ...] = Field(min_length=1)

    def is_of(self, spec: ExamSpec, cut_score: float, bank: int) -> bool:
        """True while the exam is still the one that was simulated."""
        made_for = (self.exam_version, self.cut_score, self.margins, self.bank)
        return made_for == (spec.version, cut_score, spec.pass_margins, bank)

    def after(self, attempts: int) -> PassRow:
        """The row for so many attempts, or the last one."""
        return self.rows[min(attempts, len(self.rows)) - 1]

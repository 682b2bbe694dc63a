"""The score of a paper: mean credit, its interval, the same for each skill, and what of it the person gets to see. Pure.

The items of a certifying exam are used again. Whatever belongs to one of them (its key, its reason, its credit) would tell the
next person what to answer, so a certifying exam gives sums only. A sum still tells something to somebody who sends many
accounts that answer by a fixed rule: their scores, one equation each, could be solved for the keys. So a score near what
guessing earns is given as "below" only, and a paper that was hardly answered gives nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import ceil, sqrt
from typing import Any

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.core.shares import as_fraction, mean_of, reaches
from trainer_academy.psychometrics.intervals import Interval, wilson_interval

LEAST_ANSWERED = 1 / 3
HIGHEST_MARK = 0.98  # a paper without a single slip is not asked of anybody
LEAST_ITEMS = 3  # a sum over fewer items would tell what one of them earned


@dataclass(frozen=True)
class SkillScore:
    """The mean credit of one skill with its interval."""

    skill: str
    share: float
    interval: Interval


@dataclass(frozen=True)
class Sitting:
    """The share of credit that one sitting earned, over so many items."""

    share: float
    items: int


@dataclass(frozen=True)
class PaperScore:
    """The result of a paper: share of credit, interval, decision, and the same per skill.

    `cut_score` is the number that the share has to reach. `decided` and `basis` come from a sequential decision; without them
    the share is held against it. Where the sitting before counts too (`earlier`), `own` is what this one earned alone; the
    skills are of this one.
    """

    share: float
    interval: Interval
    cut_score: float
    skills: tuple[SkillScore, ...]
    decided: bool | None = None
    basis: Mapping[str, Any] | None = None
    own: Sitting | None = None
    earlier: Sitting | None = None

    @property
    def is_passed(self) -> bool:
        return reaches(self.share, self.cut_score) if self.decided is None else self.decided


def score_paper(credits: Sequence[float], skills: Sequence[str], cut_score: float) -> PaperScore:
    """Mean credit over all items of the paper, exact; an unanswered item counts 0. `credits` and `skills` run in parallel."""
    by_skill: dict[str, list[float]] = {}
    for credit, skill in zip(credits, skills, strict=True):
        by_skill.setdefault(skill, []).append(credit)
    rows = tuple(
        SkillScore(skill, share, wilson_interval(share, len(values)))
        for skill, values in by_skill.items()
        for share in (mean_of(values),)
    )
    share = mean_of(credits)
    return PaperScore(share, wilson_interval(share, len(credits)), cut_score, rows)


def pass_mark(cut: float, items: int, margin: float) -> float:
    """The score to reach, so that a pass means an ability above the cut, not a lucky paper: `margin` standard errors above it.

    The error is that of a share of `items` right or wrong answers at the cut, sqrt(cut (1 - cut) / items): more than graded
    credit has, so the mark errs on the careful side. Rounded up to a whole point. Why 1.4: docs/decisions/0016-retakes.md.
    Raises ValueError without items.
    """
    if items < 1:
        raise ValueError("a mark needs items")
    if not margin:
        return cut
    return min(HIGHEST_MARK, max(cut, ceil(round(100 * (cut + margin * sqrt(cut * (1 - cut) / items)), 6)) / 100))


@dataclass(frozen=True)
class Marks:
    """The scores to reach at the first, the second and every later sitting of an exam of fixed length."""

    first: float
    second: float
    later: float

    @classmethod
    def of(cls, spec: ExamSpec, cut: float) -> Marks:
        """From the second one on the newest two sittings count together, over twice as many items."""
        n, margins = spec.scored_count, spec.pass_margins
        return cls(pass_mark(cut, n, margins[0]), pass_mark(cut, 2 * n, margins[1]), pass_mark(cut, 2 * n, margins[2]))


def pool(own: PaperScore, earlier: Sitting) -> PaperScore:
    """The newest two sittings as one: the mean credit over the items of both, exact, with its Wilson interval."""
    items = own.interval.n + earlier.items
    total = as_fraction(own.share) * own.interval.n + as_fraction(earlier.share) * earlier.items
    share = float(total / items)
    return with_earlier(
        replace(own, share=share, interval=wilson_interval(share, items)), earlier, Sitting(own.share, own.interval.n)
    )


def with_earlier(result: PaperScore, earlier: Sitting, own: Sitting | None = None) -> PaperScore:
    """The result with what the sitting before adds: its items stand beside those of this one."""
    own = own or Sitting(result.share, result.interval.n)
    interval = Interval(result.interval.low, result.interval.high, own.items + earlier.items)
    return replace(result, interval=interval, own=own, earlier=earlier)


class Released(StrEnum):
    """What is shown: everything (practice and mock exams), sums, only that the score is below a limit, or nothing."""

    ALL = "all"
    SUMS = "sums"
    BELOW = "below"
    NOTHING = "nothing"

    @property
    def has_score(self) -> bool:
        """Whether the score is given as a number, on any page, in any mail."""
        return self in (Released.ALL, Released.SUMS)


WITH_SCORE = tuple(one for one in Released if one.has_score)


def what_to_release(is_mock: bool, answered: int, scored: int, share: float, limit: float) -> Released:
    """`answered` of `scored` positions have a full answer; `share` is the score; `limit` is the exam's `numbers_from`."""
    if is_mock:
        return Released.ALL
    if answered < scored * LEAST_ANSWERED:
        return Released.NOTHING
    return Released.SUMS if share >= limit else Released.BELOW

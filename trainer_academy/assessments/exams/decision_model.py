"""Which of two decision models an exam uses, and what a sequential decision says. Pure.

Classical: percent credit against the cut. Sequential: Bayesian mastery with calibrated items (`mastery`). An exam decides
sequentially when its bank has at least `LEAST_ITEMS` items that were calibrated with at least `LEAST_ANSWERS` answers each, and
an author or operator has adopted that calibration. Both models report one scale: the share of credit. In the sequential model
it is the share that the estimated ability earns on the whole calibrated bank, read off a curve that is kept with the attempt.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from trainer_academy.assessments.bank.schema import ExamSpec, fits
from trainer_academy.assessments.exams.assembly import find_shortages
from trainer_academy.assessments.exams.paper import Curve, PaperEntry, SequencePlan
from trainer_academy.assessments.exams.scoring import PaperScore, score_paper
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.psychometrics.intervals import Z95, Interval
from trainer_academy.psychometrics.mastery import (
    STANDARD,
    BlueprintMet,
    Estimate,
    Population,
    Posterior,
    Reason,
    Verdict,
    judge,
    staying,
)
from trainer_academy.psychometrics.response_model import ItemParameters, expected_credit, information, level_of

LEAST_ITEMS = 60
LEAST_ANSWERS = 100
LEARNING = 0.5  # logits: how much an ability is expected to change between two sittings, as a standard deviation
# The curve from ability to share of credit: points and decimals are part of how a score is worked out.
CURVE_FROM, CURVE_STEP, CURVE_POINTS, CURVE_DECIMALS = -4.0, 0.25, 33, 4


@dataclass(frozen=True)
class KnownItem:
    """Parameters of one item, the key version that was calibrated, and from how many answers."""

    parameters: ItemParameters
    key_version: str
    answers: int

    @property
    def levels(self) -> int:
        return self.parameters.top + 1


@dataclass(frozen=True)
class KnownBank:
    """A calibration that an exam may decide with: its id, its items by id, and the population that is the prior."""

    calibration_id: int
    number: int
    items: Mapping[str, KnownItem] = field(default_factory=dict)
    population: Population = STANDARD


@dataclass(frozen=True)
class CutInForce:
    """The cut that counts for new attempts. `cut_id` None: it is that of the specification, and provisional.

    `judges` is how many rated the items, `error` the standard error of their cut over judges.
    """

    score: float
    cut_id: int | None = None
    error: float | None = None
    judges: int = 0
    adopted_at: datetime | None = None

    @property
    def is_provisional(self) -> bool:
        return self.cut_id is None


@dataclass(frozen=True)
class Choice:
    """The model of an exam today. `usable` are the parameters it may decide with; `why` is a word for the reason.

    `why`: set (the specification says classical), rated (people rate the work), none (no calibration adopted), few (too few
    usable items), cells (they cannot fill every line of the specification), cut (the cut lies outside of what the bank can
    tell), or enough.
    """

    is_sequential: bool
    why: str
    usable: Mapping[str, ItemParameters] = field(default_factory=dict)


def usable_items(spec: ExamSpec, items: Iterable[SomeItem], known: KnownBank) -> dict[str, ItemParameters]:
    """Active items that the exam draws, whose key is the calibrated one and that were calibrated with enough answers."""
    found = {}
    for item in items:
        own = known.items.get(item.id)
        if own is None or own.key_version != item.key_version or own.answers < LEAST_ANSWERS:
            continue
        if item.status == "active" and not item.is_rated and any(fits(draw, item) for draw in spec.draw):
            found[item.id] = own.parameters
    return found


def choose_model(spec: ExamSpec, items: Collection[SomeItem], known: KnownBank | None, cut_score: float) -> Choice:
    """The rule by which an exam decides classically or sequentially."""
    if spec.decision.model == "classical" or spec.is_mock:
        return Choice(False, "set")
    if spec.rating is not None:
        return Choice(False, "rated")
    if known is None:
        return Choice(False, "none")
    usable = usable_items(spec, items, known)
    if len(usable) < LEAST_ITEMS:
        return Choice(False, "few", usable)
    if find_shortages(spec, [item for item in items if item.id in usable]):
        return Choice(False, "cells", usable)
    curve = curve_of(usable.values())
    if not curve[0][1] < cut_score < curve[-1][1]:
        return Choice(False, "cut", usable)
    return Choice(True, "enough", usable)


def curve_of(items: Collection[ItemParameters]) -> Curve:
    """Expected share of credit at equally spaced abilities, rounded, over these items. Raises ValueError without items."""
    if not items:
        raise ValueError("a curve needs items")
    points = [CURVE_FROM + CURVE_STEP * place for place in range(CURVE_POINTS)]
    shares = [sum(expected_credit(item, point) for item in items) / len(items) for point in points]
    return tuple((point, round(share, CURVE_DECIMALS)) for point, share in zip(points, shares, strict=True))


def share_at(curve: Curve, ability: float) -> float:
    """The share of credit at an ability: straight lines between the points of the curve, level beyond its ends."""
    if ability <= curve[0][0]:
        return curve[0][1]
    for (left, low), (right, high) in pairwise(curve):
        if ability <= right:
            return low + (high - low) * (ability - left) / (right - left)
    return curve[-1][1]


def ability_at(curve: Curve, share: float) -> float:
    """The ability that earns a share of credit: the inverse of `share_at`. Raises ValueError outside of the curve."""
    shares = [point[1] for point in curve]
    place = bisect_left(shares, share)
    if place == 0 or place == len(curve):
        raise ValueError(f"the curve runs from {shares[0]} to {shares[-1]} and does not reach {share}")
    (left, low), (right, high) = curve[place - 1], curve[place]
    return left + (right - left) * (share - low) / (high - low)


@dataclass(frozen=True)
class Known:
    """One answered and scored position: its parameters, the level that was reached, and the skill."""

    item_id: str
    skill: str
    parameters: ItemParameters
    level: int


def known_answers(entries: Sequence[PaperEntry], credits: Sequence[float | None], key_versions: Sequence[str]) -> list[Known]:
    """The positions that a sequential decision rests on; all three run in parallel.

    An item whose key is not the calibrated one any more is left out: what its answers tell is not known until it is
    calibrated anew.
    """
    found = []
    for entry, credit, key_version in zip(entries, credits, key_versions, strict=True):
        parameters = entry.parameters
        if entry.is_scored and parameters is not None and credit is not None and entry.key_version == key_version:
            found.append(Known(entry.item_id, entry.skill, parameters, level_of(credit, parameters.top + 1)))
    return found


def widened(ability: float, error: float) -> Population:
    """What the sitting before says of the ability, as the prior of the next: wider, because people learn in between."""
    return Population(ability, math.hypot(error, LEARNING))


def has_met(plan: SequencePlan, answers: Sequence[Known], left: Iterable[PaperEntry]) -> BlueprintMet:
    """The minima of the blueprint: enough items of each skill, or none of that skill left to show."""
    counts: dict[str, int] = {}
    for one in answers:
        counts[one.skill] = counts.get(one.skill, 0) + 1
    coming = {entry.skill for entry in left if entry.is_scored}
    lacking = [skill for skill, least in plan.minima.items() if counts.get(skill, 0) < least and skill in coming]
    return lambda _: not lacking


def posterior_of(plan: SequencePlan, answers: Iterable[Known]) -> Posterior:
    posterior = Posterior(plan.grid)
    for one in answers:
        posterior.add(one.parameters, one.level)
    return posterior


def judge_sequence(plan: SequencePlan, answers: Sequence[Known], found: Estimate) -> Verdict:
    """Go on or end, after the answers so far; `found` is what they say."""
    left = [entry for entry in plan.entries[plan.handed_in :] if entry.is_scored]
    return judge(
        found,
        [one.item_id for one in answers],
        plan.rule,
        has_met(plan, answers, left),
        cut=plan.cut,
        information_to_come=_to_come(plan, answers, left),
        has_more=bool(left),
    )


def _to_come(plan: SequencePlan, answers: Sequence[Known], left: Sequence[PaperEntry]) -> float:
    """What the items tell at the cut that may still come before the greatest length."""
    if plan.rule.steady is None:
        return 0.0
    coming = left[: max(0, plan.rule.maximum - len(answers))]
    return sum(information_at(entry.parameters, plan.cut) for entry in coming if entry.parameters is not None)


@lru_cache(maxsize=4096)
def information_at(item: ItemParameters, ability: float) -> float:
    """Fisher information, remembered: the same items at the same cut are asked for at each hand-in."""
    return information(item, ability)


@dataclass(frozen=True)
class SequentialDecision:
    """The decision of a sequential attempt. `reason`: sure above, sure below, steady, maximum, no items, ended or too few.

    ended: the person stopped or time was over before the rule was met; too few: before the minimum. Neither passes, except
    where a correction of ours took an item out, so that the rule is not met any more.
    """

    is_passed: bool
    reason: str
    estimate: Estimate
    items: int
    to_come: float = 0.0  # what the items tell at the cut that could still have come, where the rule asks for it


REASONS = {
    Reason.SURE_ABOVE: "sure above",
    Reason.SURE_BELOW: "sure below",
    Reason.STEADY: "steady",
    Reason.MAXIMUM: "maximum",
    Reason.NO_ITEMS: "no items",
}


def decide_sequence(plan: SequencePlan, answers: Sequence[Known], taken_out: int = 0) -> SequentialDecision:
    """Decide with what is there. `taken_out` items were answered and left out by a correction of ours: they count as asked."""
    estimate = posterior_of(plan, answers).estimate()
    verdict = judge_sequence(plan, answers, estimate)
    if verdict.is_passed is not None:
        left = [entry for entry in plan.entries[plan.handed_in :] if entry.is_scored]
        to_come = _to_come(plan, answers, left)
        return SequentialDecision(verdict.is_passed, REASONS[verdict.reason], estimate, len(answers), to_come)
    if len(answers) + taken_out < plan.rule.minimum:
        return SequentialDecision(False, "too few", estimate, len(answers))
    may_pass = plan.rule.ended_passes or taken_out > 0
    return SequentialDecision(may_pass and estimate.above >= plan.rule.pass_at, "ended", estimate, len(answers))


def sequential_score(
    plan: SequencePlan,
    entries: Sequence[PaperEntry],
    credits: Sequence[float | None],
    key_versions: Sequence[str],
    cut_score: float,
) -> PaperScore:
    """Score, likely range, decision and its basis. The skills stay plain shares of credit with their Wilson intervals.

    The score is the share of credit that the estimated ability earns on the calibrated bank; its range runs from 1.96 standard
    errors below that ability to 1.96 above. Whether it is passed is the decision of the stop rule.
    """
    answers = known_answers(entries, credits, key_versions)
    scored = sum(entry.is_scored for entry in entries[: plan.handed_in])
    found = decide_sequence(plan, answers, scored - len(answers))
    counted = [(credit, entry.skill) for credit, entry in zip(credits, entries, strict=True) if credit is not None]
    plain = score_paper([credit for credit, _ in counted], [skill for _, skill in counted], cut_score)
    ability, reach = found.estimate.ability, Z95 * found.estimate.error
    low, high = share_at(plan.curve, ability - reach), share_at(plan.curve, ability + reach)
    basis = {
        "ability": ability,
        "error": found.estimate.error,
        "above": found.estimate.above,
        "reason": found.reason,
        "cut": plan.cut,
        "prior": [plan.population.mean, plan.population.sd],
        "rule": vars(plan.rule),
        "items": len(answers),
        "left_out": scored - len(answers),
    }
    if found.reason == REASONS[Reason.STEADY]:
        basis |= {"to_come": found.to_come, "stays": staying(found.estimate, plan.cut, found.to_come, plan.rule.pass_at)[0]}
    interval = Interval(low, high, len(answers))
    return PaperScore(share_at(plan.curve, ability), interval, cut_score, plain.skills, found.is_passed, basis)

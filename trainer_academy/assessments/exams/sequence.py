"""The order in which a sequential exam shows its items, drawn when the attempt starts. Pure.

The order does not depend on the answers: skills come in the proportions of the specification (largest deficit first), items
within a skill by chance, or among those that tell most at the cut. So the whole sitting can be frozen at its start like a paper
of fixed length, and the answers decide only where it ends.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from trainer_academy.assessments.bank.schema import DecisionSpec, ExamSpec, fits
from trainer_academy.assessments.exams.assembly import Exposure, add_second_showings, enter, in_order
from trainer_academy.assessments.exams.decision_model import ability_at, curve_of
from trainer_academy.assessments.exams.paper import Curve, PaperEntry, SequencePlan
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.psychometrics.mastery import (
    STANDARD,
    NearCut,
    Order,
    Population,
    RandomOrder,
    StopRule,
    neediest_area,
    rank_at,
)
from trainer_academy.psychometrics.response_model import ItemParameters

# Items are chosen near the cut only from banks above this size: smaller ones would show the same items to nearly everybody.
LEAST_FOR_SELECTION = 300
# Parameters and the cut are frozen with so many decimals: what the person reads afterwards is exactly what was used.
DECIMALS = 4


def rule_of(decision: DecisionSpec) -> StopRule:
    """The stop rule of a specification."""
    return StopRule(decision.low, decision.high, decision.minimum, decision.maximum, decision.pass_at, False, decision.steady)


def minima_of(spec: ExamSpec) -> dict[str, int]:
    """Items of each skill before an early stop: as stated, or the skill's share of the specification, rounded down."""
    if spec.decision.minima:
        return dict(spec.decision.minima)
    shares = skill_shares(spec)
    return {skill: int(share * spec.decision.minimum) for skill, share in shares.items() if share * spec.decision.minimum >= 1}


def skill_shares(spec: ExamSpec) -> dict[str, float]:
    """Share of each skill in the specification."""
    counts: dict[str, int] = {}
    for draw in spec.draw:
        counts[draw.skill] = counts.get(draw.skill, 0) + draw.count
    return {skill: count / spec.scored_count for skill, count in counts.items()}


@dataclass(frozen=True)
class Prepared:
    """What all sittings of an exam share while its bank, calibration and cut stay the same."""

    spec: ExamSpec
    scored: tuple[SomeItem, ...]
    pilots: tuple[SomeItem, ...]
    parameters: Mapping[str, ItemParameters]
    curve: Curve
    cut: float
    order: Order
    population: Population = STANDARD
    best: frozenset[str] = frozenset()


def prepare(
    spec: ExamSpec,
    items: Iterable[SomeItem],
    usable: Mapping[str, ItemParameters],
    cut_score: float,
    population: Population = STANDARD,
) -> Prepared:
    """`usable` are the calibrated items, `cut_score` a share of credit.

    Other active items of the bank and items with the status "pilot" may come as pilot items. Raises ValueError when the cut
    lies outside of what the bank's curve reaches or no usable item fits a line of the specification.
    """
    parameters = {name: _rounded(own) for name, own in usable.items()}
    known = sorted((item for item in items if any(fits(draw, item) for draw in spec.draw)), key=lambda item: item.id)
    scored = tuple(item for item in known if item.id in parameters)
    pilots = [item for item in known if item.id not in parameters and item.status in ("active", "pilot") and not item.is_rated]
    curve = curve_of([parameters[item.id] for item in scored])
    cut = round(ability_at(curve, cut_score), DECIMALS)
    order, best = _order(spec, parameters, cut), _best(spec, scored, parameters, cut)
    return Prepared(spec, scored, tuple(pilots), parameters, curve, cut, order, population, best)


def plan_sequence(ready: Prepared, seed: int, seen: Collection[str] = (), exposure: Exposure | None = None) -> SequencePlan:
    """Everything that may come in one sitting. `seen` are item ids that the person has had before."""
    spec, rng, shown = ready.spec, random.Random(seed), exposure or Exposure()
    offered = in_order(ready.scored, rng, seen, shown, spec.max_exposure)
    # Stable: what was not seen before comes first, then what tells most, each in the order by chance.
    offered.sort(key=lambda item: (item.id in seen, item.id not in ready.best))
    drawn = _draw(spec, offered, ready.order, rng)
    paper = [_with_parameters(enter(item, rng), item, ready.parameters[item.id]) for item in drawn]
    paper = _with_pilots(paper, in_order(ready.pilots, rng, seen, shown, 1.0), spec.pilot_run, rng)
    kinds = {item.id: item.kind for item in (*drawn, *ready.pilots)}
    paper = add_second_showings(paper, kinds, spec, spec.decision.minimum, rng)
    return SequencePlan(tuple(paper), rule_of(spec.decision), ready.cut, ready.population, minima_of(spec), ready.curve)


def _rounded(own: ItemParameters) -> ItemParameters:
    return ItemParameters(max(round(own.slope, DECIMALS), 10.0**-DECIMALS), tuple(round(step, DECIMALS) for step in own.steps))


def _order(spec: ExamSpec, usable: Mapping[str, ItemParameters], cut: float) -> Order:
    if spec.decision.order == "near-cut" and len(usable) > LEAST_FOR_SELECTION:
        return NearCut(rank_at(cut, usable), spec.decision.among)
    return RandomOrder()


def _best(spec: ExamSpec, scored: Sequence[SomeItem], usable: Mapping[str, ItemParameters], cut: float) -> frozenset[str]:
    """Of each skill the share of items that tell most at the cut; all where the order asks for no selection."""
    if spec.decision.order != "informative":
        return frozenset(item.id for item in scored)
    ranks, by_skill = rank_at(cut, usable), dict[str, list[str]]()
    for item in scored:
        by_skill.setdefault(item.skill, []).append(item.id)
    chosen = (
        sorted(names, key=lambda name: -ranks[name])[: ceil(spec.decision.best * len(names))] for names in by_skill.values()
    )
    return frozenset(name for names in chosen for name in names)


def _draw(spec: ExamSpec, offered: Sequence[SomeItem], order: Order, rng: random.Random) -> list[SomeItem]:
    """Up to the maximum length, skill by skill. `offered` is in the order of preference."""
    targets = list(skill_shares(spec).items())
    rng.shuffle(targets)
    shares = dict(targets)
    left: dict[str, list[SomeItem]] = {}
    for item in offered:
        left.setdefault(item.skill, []).append(item)
    counts: dict[str, int] = {}
    drawn: list[SomeItem] = []
    while len(drawn) < spec.decision.maximum and any(left.values()):
        skill = neediest_area({name: share for name, share in shares.items() if left.get(name)}, counts)
        drawn.append(_take(left[skill], order, shares[skill], rng))
        counts[skill] = counts.get(skill, 0) + 1
    return drawn


def _take(offered: list[SomeItem], order: Order, share: float, rng: random.Random) -> SomeItem:
    """The next item of a skill; near the cut, one of the skill's share of the items that tell most there."""
    if isinstance(order, RandomOrder):
        return offered.pop(0)
    by_id = {item.id: item for item in offered}
    name = replace(order, among=max(1, ceil(order.among * share))).pick(list(by_id), rng)
    offered.remove(by_id[name])
    return by_id[name]


def _with_parameters(entry: PaperEntry, item: SomeItem, own: ItemParameters) -> PaperEntry:
    return replace(entry, parameters=own, key_version=item.key_version)


def _with_pilots(paper: Sequence[PaperEntry], pilots: Sequence[SomeItem], run: int, rng: random.Random) -> list[PaperEntry]:
    """One pilot item in each run of scored ones, so that the share holds wherever the sitting ends."""
    if not run:
        return list(paper)
    whole: list[PaperEntry] = []
    waiting = list(pilots)
    for first in range(0, len(paper), run):
        block = list(paper[first : first + run])
        if waiting and len(block) == run:
            block.insert(rng.randint(0, run), enter(waiting.pop(0), rng, is_pilot=True))
        whole += block
    return whole

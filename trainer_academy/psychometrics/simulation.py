"""Synthetic people with known ability, sent through the rules of `mastery`: what an exam's settings lead to. Pure, seeded.

Each person sits twice, with new items and new luck, so that the consistency of the decision can be seen. A fixed exam is the
same rule with the minimum equal to the maximum.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from statistics import fmean, median

from trainer_academy.psychometrics.mastery import (
    IN_RANDOM_ORDER,
    STANDARD,
    STANDARD_RULE,
    BlueprintMet,
    Grid,
    Order,
    Population,
    Posterior,
    Reason,
    StopRule,
    Verdict,
    judge,
    next_item,
    no_minima,
)
from trainer_academy.psychometrics.response_model import ItemParameters, information, probabilities

Bank = Mapping[str, ItemParameters]
# Limits of the bands of distance between ability and cut, in logits.
BANDS = (0.3, 0.8)
PROGRESS_EVERY = 500
# End rules whose consequences a report shows beside the one that is set: pass at the maximum with at least this probability.
END_RULES = (0.5, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Design:
    """How an exam runs: the rule, the order of items, the prior, the minima of the blueprint."""

    rule: StopRule = STANDARD_RULE
    order: Order = IN_RANDOM_ORDER
    prior: Population = STANDARD
    is_met: BlueprintMet = no_minima


def fixed(length: int, order: Order = IN_RANDOM_ORDER, pass_at: float = 0.5) -> Design:
    """An exam of the same length for everybody, decided by the same probability."""
    return Design(StopRule(minimum=length, maximum=length, pass_at=pass_at), order)


@dataclass(frozen=True)
class Sitting:
    """One run through the rule: the items in their order and the decision."""

    items: tuple[str, ...]
    verdict: Verdict


def sit(ability: float, bank: Bank, truth: Bank, design: Design, grid: Grid, rng: random.Random) -> Sitting:
    """One sitting. Answers come from `truth`, the exam believes `bank`. Raises ValueError for an empty bank."""
    left, answered, posterior = list(bank), [], Posterior(grid)
    while True:
        name = next_item(left, design.order, rng)
        left.remove(name)
        answered.append(name)
        posterior.add(bank[name], draw_level(truth[name], ability, rng))
        # Before the minimum the rule cannot stop, so the sum is not needed.
        if len(answered) >= design.rule.minimum or not left:
            to_come = sum(information(bank[one], grid.cut) for one in left) if design.rule.steady is not None else 0.0
            found = posterior.estimate()
            verdict = judge(
                found, answered, design.rule, design.is_met, cut=grid.cut, information_to_come=to_come, has_more=bool(left)
            )
            if verdict.is_over:
                return Sitting(tuple(answered), verdict)


def draw_level(item: ItemParameters, ability: float, rng: random.Random) -> int:
    """A level by chance."""
    if item.top == 1:
        return int(rng.random() * (1 + math.exp(-item.slope * (ability - item.steps[0]))) < 1)
    draw = rng.random()
    # The last sum is 1 except for rounding.
    return next((k for k, chance in enumerate(accumulate(probabilities(item, ability))) if draw < chance), item.top)


@dataclass(frozen=True)
class Outcome:
    """How a group of people fared. Shares over nobody are None; `n` people make 2 n sittings.

    `false_pass`: passed, of those below the cut; `false_fail`: failed, of those above; `ppv`: above the cut, of those who
    passed; `early_errors`: wrong, of decisions before the maximum; `top_exposure`: sittings with the most shown item.
    """

    n: int
    mean_length: float | None
    median_length: float | None
    at_maximum: float | None
    accuracy: float | None
    false_pass: float | None
    false_fail: float | None
    ppv: float | None
    early_errors: float | None
    consistency: float | None
    top_exposure: float | None


@dataclass(frozen=True)
class Band:
    """People whose ability is at least `nearest` and less than `farthest` away from the cut."""

    nearest: float
    farthest: float
    outcome: Outcome


@dataclass(frozen=True)
class Report:
    """The outcome of everybody, of each band, and of everybody under other end rules (`pass_at` to outcome).

    An end rule decides only sittings that were not sure before: the same sittings are decided again.
    """

    whole: Outcome
    bands: tuple[Band, ...]
    end_rules: tuple[tuple[float, Outcome], ...] = ()


@dataclass
class _Tally:
    """Counts of one group: pairs of sittings and whether the person is above the cut."""

    maximum: int
    pairs: list[tuple[bool, int, bool, int, bool]] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)

    def add(self, is_above: bool, sittings: Sequence[Sitting]) -> None:
        one, two = sittings
        passed = bool(one.verdict.is_passed), bool(two.verdict.is_passed)
        self.pairs.append((is_above, len(one.items), passed[0], len(two.items), passed[1]))
        for sitting in sittings:
            self.shown.update(sitting.items)

    def outcome(self) -> Outcome:
        rows = [(above, *pair) for above, n1, p1, n2, p2 in self.pairs for pair in ((n1, p1), (n2, p2))]
        lengths = [length for _, length, _ in rows]
        return Outcome(
            n=len(self.pairs),
            mean_length=fmean(lengths) if rows else None,
            median_length=median(lengths) if rows else None,
            at_maximum=_share(length >= self.maximum for length in lengths),
            accuracy=_share(above == passed for above, _, passed in rows),
            false_pass=_share(passed for above, _, passed in rows if not above),
            false_fail=_share(not passed for above, _, passed in rows if above),
            ppv=_share(above for above, _, passed in rows if passed),
            early_errors=_share(above != passed for above, length, passed in rows if length < self.maximum),
            consistency=_share(p1 == p2 for _, _, p1, _, p2 in self.pairs),
            top_exposure=max(self.shown.values()) / len(rows) if rows else None,
        )


def _share(values: Iterable[bool]) -> float | None:
    known = list(values)
    return sum(known) / len(known) if known else None


def simulate(
    bank: Bank,
    cut: float,
    design: Design,
    *,
    people: int,
    seed: int,
    population: Population = STANDARD,
    truth: Bank | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Send `people` with abilities from `population` through the exam, twice each.

    `bank` holds the parameters that the exam uses and `truth` those that answers come from (the same when left out): with
    both one sees what errors of calibration do. `progress` gets (people so far, people). The same seed gives the same report.
    Raises ValueError for no people, an empty bank, and a bank with items that `truth` does not have.
    """
    if not bank or (truth is not None and not set(bank) <= set(truth)):
        raise ValueError("a bank whose true parameters are known is needed")
    grid = Grid.around(cut, design.prior)

    def once(ability: float, rng: random.Random) -> Sitting:
        return sit(ability, bank, truth or bank, design, grid, rng)

    return run(once, cut, design.rule, people=people, seed=seed, population=population, progress=progress)


def run(
    once: Callable[[float, random.Random], Sitting],
    cut: float,
    rule: StopRule,
    *,
    people: int,
    seed: int,
    population: Population = STANDARD,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """`people` with abilities from `population` sit twice each; `once` is one sitting. Raises ValueError for no people."""
    if people < 1:
        raise ValueError("people are needed")
    rng = random.Random(seed)
    tallies = [_Tally(rule.maximum) for _ in range(len(BANDS) + 1)]
    whole = _Tally(rule.maximum)
    shown = sorted({*END_RULES, rule.pass_at})
    ends = {pass_at: _Tally(rule.maximum) for pass_at in shown if rule.low <= pass_at <= rule.high}
    for person in range(1, people + 1):
        ability = rng.gauss(population.mean, population.sd)
        sittings = [once(ability, rng) for _ in range(2)]
        place = sum(abs(ability - cut) >= limit for limit in BANDS)
        for tally in (whole, tallies[place]):
            tally.add(ability > cut, sittings)
        for pass_at, tally in ends.items():
            tally.add(ability > cut, [_decided_at(sitting, pass_at) for sitting in sittings])
        if progress is not None and (person % PROGRESS_EVERY == 0 or person == people):
            progress(person, people)
    edges = (0.0, *BANDS, math.inf)
    bands = [Band(low, high, tally.outcome()) for low, high, tally in zip(edges[:-1], edges[1:], tallies, strict=True)]
    return Report(whole.outcome(), tuple(bands), tuple((pass_at, tally.outcome()) for pass_at, tally in ends.items()))


def _decided_at(sitting: Sitting, pass_at: float) -> Sitting:
    """The same sitting under another end rule."""
    verdict = sitting.verdict
    if verdict.reason in (Reason.SURE_ABOVE, Reason.SURE_BELOW, Reason.STEADY):
        return sitting
    return replace(sitting, verdict=replace(verdict, is_passed=verdict.above >= pass_at))


def synthetic_bank(size: int, seed: int, slope_spread: float = 0.3, location_spread: float = 1.0) -> dict[str, ItemParameters]:
    """Made-up right/wrong items: log a normal(0, `slope_spread`), b normal(0, `location_spread`)."""
    rng = random.Random(seed)
    return {
        f"item-{place:03}": ItemParameters(math.exp(rng.gauss(0, slope_spread)), (rng.gauss(0, location_spread),))
        for place in range(size)
    }

"""Sequential mastery: how sure it is that an ability lies above the cut, when to stop, and which item comes next.

Pure and plain Python: one person's answers need no numpy. Source: C. Lewis, K. Sheehan, Applied Psychological Measurement 14,
1990 (Bayesian mastery testing); expected a posteriori: R. D. Bock, R. Mislevy, Applied Psychological Measurement 6, 1982.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from statistics import NormalDist

from trainer_academy.psychometrics.response_model import ItemParameters, information, probabilities

NORMAL = NormalDist()
# The grid reaches this many standard deviations to both sides of the population's mean, and of the cut.
REACH = 5.0
PARTS = 10

# From the items answered so far: are the minima of the blueprint met?
BlueprintMet = Callable[[Sequence[str]], bool]


@dataclass(frozen=True)
class Population:
    """The prior: abilities of the people who come are normal with this mean and standard deviation, in logits."""

    mean: float = 0.0
    sd: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.sd) and self.sd > 0):
            raise ValueError("the population needs a finite mean and a positive spread")


STANDARD = Population()


@dataclass(frozen=True)
class Estimate:
    """Mean and standard deviation of the ability given the answers (EAP), and the probability that it lies above the cut."""

    ability: float
    error: float
    above: float


@dataclass(frozen=True)
class Grid:
    """Equally spaced abilities with the cut half-way between two of them, and the prior at each (not normalised)."""

    cut: float
    points: tuple[float, ...]
    prior: tuple[float, ...]
    first_above: int
    step: float
    # Tables of items that were asked for before: (item) to one tuple of probabilities for each level.
    tables: dict[ItemParameters, tuple[tuple[float, ...], ...]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def around(cls, cut: float, population: Population = STANDARD) -> Grid:
        """A grid with `PARTS` points a standard deviation. Raises ValueError for a cut that is not finite."""
        if not math.isfinite(cut):
            raise ValueError("the cut must be finite")
        step = population.sd / PARTS
        low = min(population.mean, cut) - REACH * population.sd
        high = max(population.mean, cut) + REACH * population.sd
        below, above = math.ceil((cut - low) / step), math.ceil((high - cut) / step)
        points = tuple(cut + (place + 0.5) * step for place in range(-below, above))
        prior = tuple(math.exp(-(((point - population.mean) / population.sd) ** 2) / 2) for point in points)
        return cls(cut, points, prior, below, step)

    def table(self, item: ItemParameters) -> tuple[tuple[float, ...], ...]:
        """For each level its probability at each point; worked out once an item."""
        found = self.tables.get(item)
        if found is None:
            found = self.tables[item] = tuple(zip(*(probabilities(item, point) for point in self.points), strict=True))
        return found


class Posterior:
    """What the answers so far say. Items are independent given the ability, so each answer is one product."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self.weights: list[float] = list(grid.prior)

    def add(self, item: ItemParameters, level: int) -> None:
        """Take in one answer. Raises ValueError for a level that the item does not have."""
        if not 0 <= level <= item.top:
            raise ValueError(f"level {level} is not one of 0 to {item.top}")
        weights = [weight * chance for weight, chance in zip(self.weights, self.grid.table(item)[level], strict=True)]
        # Kept near 1, so that a thousand answers do not run into the smallest number.
        top = max(weights)
        self.weights = [weight / top for weight in weights] if top < 1e-100 else weights

    def above(self) -> float:
        """P(ability > cut): the sum above the cut with the first correction of the midpoint rule, error of order step^4."""
        first, weights = self.grid.first_above, self.weights
        correction = (weights[first] - weights[first - 1]) / 24
        return min(1.0, max(0.0, (math.fsum(weights[first:]) - correction) / math.fsum(weights)))

    def estimate(self) -> Estimate:
        """EAP, posterior standard deviation and P(ability > cut)."""
        total = math.fsum(self.weights)
        mean = math.fsum(weight * point for weight, point in zip(self.weights, self.grid.points, strict=True)) / total
        spread = math.fsum(weight * (point - mean) ** 2 for weight, point in zip(self.weights, self.grid.points, strict=True))
        return Estimate(mean, math.sqrt(spread / total), self.above())


def estimate(answers: Sequence[tuple[ItemParameters, int]], cut: float, population: Population = STANDARD) -> Estimate:
    """The estimate from all answers at once."""
    posterior = Posterior(Grid.around(cut, population))
    for item, level in answers:
        posterior.add(item, level)
    return posterior.estimate()


@dataclass(frozen=True)
class StopRule:
    """When to stop: P(ability above the cut) outside [`low`, `high`] after `minimum` items, or at `maximum` items.

    `pass_at` is the end rule: at the maximum a person passes with at least this probability. .5 is right most often; .8 makes
    fewer wrong passes and more wrong fails. `ended_passes`: a sitting that the person or the clock ended before the rule may
    pass too, with `pass_at`; so it was for attempts from before 2026.12, and it doubled the wrong passes of people who stop
    when they are ahead. `steady`: stop too when the items still to come would leave the decision as it is with more than this
    probability (`staying`); None: never, as in attempts from before 2026.12. Raises ValueError for limits that contradict
    each other.
    """

    low: float = 0.05
    high: float = 0.95
    minimum: int = 12
    maximum: int = 60
    pass_at: float = 0.5
    ended_passes: bool = True
    steady: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high <= 1 or not self.low <= self.pass_at <= self.high:
            raise ValueError("the limits must be 0 <= low <= pass_at <= high <= 1")
        if self.steady is not None and not 0.5 < self.steady < 1:
            raise ValueError("a decision is steady with a probability between one half and 1")
        if not 1 <= self.minimum <= self.maximum:
            raise ValueError("the lengths must be 1 <= minimum <= maximum")


STANDARD_RULE = StopRule()


class Reason(Enum):
    """Why a sitting goes on or ends."""

    GOES_ON = "goes on"
    SURE_ABOVE = "sure above the cut"
    SURE_BELOW = "sure below the cut"
    STEADY = "more items would very likely not change it"
    MAXIMUM = "maximum length"
    NO_ITEMS = "no items left"


@dataclass(frozen=True)
class Verdict:
    """What the rule says after an answer. `is_passed` is None while the sitting goes on."""

    reason: Reason
    is_passed: bool | None
    above: float

    @property
    def is_over(self) -> bool:
        return self.is_passed is not None


def no_minima(_: Sequence[str]) -> bool:
    """A blueprint without minima."""
    return True


def staying(found: Estimate, cut: float, information_to_come: float, pass_at: float = 0.5) -> tuple[float, bool]:
    """The probability that the decision at the greatest length is the one of today, and whether that is a pass.

    The ability is taken as normal around `found`; the items to come add `information_to_come` (1/logit^2, at the cut), so the
    error at the end is known and the estimate at the end is normal around the one of today with the variance that is lost on
    the way. A person passes at the end when that estimate lies far enough above the cut for `pass_at`. The idea of stopping
    by what is to come: M. Finkelman, Journal of Educational and Behavioral Statistics 33, 2008 (stochastic curtailment).
    """
    variance = found.error**2
    at_end = 1 / (1 / variance + information_to_come)
    distance = found.ability - (cut + NORMAL.inv_cdf(pass_at) * math.sqrt(at_end))
    lost = variance - at_end
    return (NORMAL.cdf(abs(distance) / math.sqrt(lost)) if lost > 0 else 1.0), distance > 0


def judge(
    found: Estimate,
    answered: Sequence[str],
    rule: StopRule,
    is_met: BlueprintMet = no_minima,
    *,
    cut: float = 0.0,
    information_to_come: float = 0.0,
    has_more: bool = True,
) -> Verdict:
    """Go on, or end with a decision. `answered` are the ids of the scored items so far.

    An early stop needs the minimum length and the minima of the blueprint; the maximum length ends the sitting in any case.
    `cut` and `information_to_come` count for a rule with `steady` only.
    """
    count, above = len(answered), found.above
    may_stop = count >= rule.minimum
    if may_stop and (above < rule.low or above > rule.high) and is_met(answered):
        is_passed = above > rule.high
        return Verdict(Reason.SURE_ABOVE if is_passed else Reason.SURE_BELOW, is_passed, above)
    if count >= rule.maximum:
        return Verdict(Reason.MAXIMUM, above >= rule.pass_at, above)
    if not has_more:
        return Verdict(Reason.NO_ITEMS, above >= rule.pass_at, above)
    if may_stop and rule.steady is not None:
        stays, passes = staying(found, cut, information_to_come, rule.pass_at)
        # The normal curve and the grid may differ right at the limit: then nothing is decided yet.
        if stays > rule.steady and passes is (above >= rule.pass_at) and is_met(answered):
            return Verdict(Reason.STEADY, passes, above)
    return Verdict(Reason.GOES_ON, None, above)


@dataclass(frozen=True)
class RandomOrder:
    """Every item that is left is as likely as any other: no item is shown more than the length of sittings demands."""

    def pick(self, left: Sequence[str], rng: random.Random) -> str:
        return left[int(rng.random() * len(left))]


IN_RANDOM_ORDER = RandomOrder()


@dataclass(frozen=True)
class NearCut:
    """One of the `among` items that tell most at the cut, at random (randomesque exposure control).

    `ranking` is item id to information at the cut, see `rank_at`. Ids without a rank come last. A larger `among` shows the
    best items to fewer people. Source: G. Kingsbury, A. Zara, Applied Measurement in Education 2, 1989.
    """

    ranking: Mapping[str, float]
    among: int = 40

    def pick(self, left: Sequence[str], rng: random.Random) -> str:
        best = sorted(left, key=lambda name: -self.ranking.get(name, -1.0))[: self.among]
        return best[int(rng.random() * len(best))]


Order = RandomOrder | NearCut


def rank_at(cut: float, bank: Mapping[str, ItemParameters]) -> dict[str, float]:
    """Item id to Fisher information at the cut."""
    return {name: information(item, cut) for name, item in bank.items()}


def next_item(left: Sequence[str], order: Order, rng: random.Random, wanted: Collection[str] | None = None) -> str:
    """The id of the next item. With `wanted` only those are drawn while any is left (an area that lacks items).

    Raises ValueError when nothing is left.
    """
    if not left:
        raise ValueError("no item is left")
    fitting = [name for name in left if name in wanted] if wanted is not None else left
    return order.pick(fitting or left, rng)


def neediest_area(targets: Mapping[str, float], counts: Mapping[str, int]) -> str:
    """The area whose share of the items so far falls furthest below its target share; the first of equals.

    Source: Kingsbury and Zara 1989 (content balancing by the largest deficit). Raises ValueError without targets.
    """
    if not targets:
        raise ValueError("a blueprint needs at least one area")
    whole, total = sum(targets.values()), sum(counts.values())
    return max(targets, key=lambda area: targets[area] / whole - (counts.get(area, 0) / total if total else 0.0))

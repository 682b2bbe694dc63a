"""How likely each level of an item is at an ability: the two-parameter logistic and the generalised partial credit model.

One form serves both: with one step the partial credit model is the two-parameter logistic. Plain Python, so that the web
process may use it without numpy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True)
class ItemParameters:
    """`slope` (a > 0, per logit) and the `steps` (b, in logits of ability) between levels; one step is right or wrong.

    Raises ValueError for a slope that is not positive, for no steps, and for numbers that are not finite.
    """

    slope: float
    steps: tuple[float, ...]

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and self.slope > 0):
            raise ValueError("the slope must be positive and finite")
        if not self.steps or not all(map(math.isfinite, self.steps)):
            raise ValueError("an item needs at least one step, and finite ones")

    @property
    def location(self) -> float:
        """The mean of the steps: for right or wrong the difficulty."""
        return sum(self.steps) / len(self.steps)

    @property
    def top(self) -> int:
        """The highest level."""
        return len(self.steps)


def probabilities(item: ItemParameters, ability: float) -> tuple[float, ...]:
    """The probability of each level, 0 first; sums to 1.

    P(k) is proportional to exp(sum over j <= k of a (ability - b_j)). Source: E. Muraki, Applied Psychological Measurement
    16, 1992; with one step A. Birnbaum's logistic model (Lord and Novick 1968).
    """
    exponents = [0.0, *accumulate(item.slope * (ability - step) for step in item.steps)]
    top = max(exponents)
    weights = [math.exp(exponent - top) for exponent in exponents]
    total = sum(weights)
    return tuple(weight / total for weight in weights)


def information(item: ItemParameters, ability: float) -> float:
    """Fisher information about the ability, in 1/logit^2: a^2 times the variance of the level. Source: Muraki 1993."""
    chances = probabilities(item, ability)
    mean = sum(level * chance for level, chance in enumerate(chances))
    return item.slope**2 * sum(chance * (level - mean) ** 2 for level, chance in enumerate(chances))


def expected_credit(item: ItemParameters, ability: float) -> float:
    """The mean credit in [0, 1] at an ability: the expected level over the top level."""
    return sum(level * chance for level, chance in enumerate(probabilities(item, ability))) / item.top


def level_of(credit: float, levels: int) -> int:
    """The level (0 .. levels - 1) that stands for a credit in [0, 1]: the nearest of equally spaced ones, halves upward.

    Raises ValueError for fewer than two levels or a credit outside [0, 1].
    """
    if levels < 2:
        raise ValueError("an item needs at least two levels")
    if not 0.0 <= credit <= 1.0:
        raise ValueError(f"a credit lies between 0 and 1, not {credit}")
    return math.floor(credit * (levels - 1) + 0.5)

"""Answers that are more alike than chance allows, and answers too quick to be thought about. Pure, plain Python.

An index is a reason to look, never a verdict, and never the only evidence. Sources: GBT: W. van der Linden, L. Sotaridona,
Journal of Educational and Behavioral Statistics 31, 2006; omega: J. Wollack, Applied Psychological Measurement 21, 1997;
response-time effort: S. Wise, X. Kong, Applied Measurement in Education 18, 2005; NT10: S. Wise, L. Ma, NCME 2012.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from trainer_academy.psychometrics.response_model import ItemParameters, probabilities

# Item to option to probability, for one person at that person's ability.
Chances = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Person:
    """One sitting: item to chosen option (items not answered are absent), and the chances of all options."""

    name: str
    chosen: Mapping[str, str]
    chances: Chances


@dataclass(frozen=True)
class Likeness:
    """One pair. `matches` of `items` are the same option, right or wrong; `expected` by chance at their abilities.

    `p` (GBT) is the probability of so many matches or more, `z` how many standard deviations the number is above what was
    expected. `is_flagged`: p is below the level divided by the number of pairs that were looked at.
    """

    one: str
    other: str
    items: int
    matches: int
    expected: float
    z: float
    p: float
    is_flagged: bool = False


def option_chances(item: ItemParameters, ability: float, right: str, wrong: Mapping[str, float]) -> dict[str, float]:
    """The chance of each option of a right/wrong item: the model's for the right one, the rest in proportion to `wrong`.

    `wrong` are counts or shares of the wrong options among those who were wrong; they are taken not to depend on ability, which
    a nominal response model would not need. Raises ValueError for graded items and for wrong options without any weight.
    """
    total = math.fsum(wrong.values())
    if item.top != 1 or total <= 0 or right in wrong:
        raise ValueError("a right/wrong item with weights for its wrong options is needed")
    missed, hit = probabilities(item, ability)
    return {right: hit, **{option: missed * weight / total for option, weight in wrong.items()}}


def likeness(one: Person, other: Person) -> Likeness:
    """GBT for one pair over the items that both answered; p is 1 where there are none. Symmetric."""
    common = [item for item in one.chosen if item in other.chosen]
    by_item = [_match_chance(one.chances[item], other.chances[item]) for item in common]
    matches = sum(one.chosen[item] == other.chosen[item] for item in common)
    expected = math.fsum(by_item)
    z = _standardised(matches - expected, by_item)
    return Likeness(one.name, other.name, len(common), matches, expected, z, at_least(by_item, matches))


def _match_chance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return min(1.0, math.fsum(chance * other.get(option, 0.0) for option, chance in one.items()))


def _standardised(excess: float, chances: Sequence[float]) -> float:
    spread = math.sqrt(math.fsum(chance * (1 - chance) for chance in chances))
    return excess / spread if spread > 0 else 0.0


def at_least(chances: Sequence[float], least: int) -> float:
    """P(at least `least` of independent events with these chances); exact, by adding one event at a time."""
    counts = [1.0]
    for chance in chances:
        longer = [0.0, *(part * chance for part in counts)]
        for place, part in enumerate(counts):
            longer[place] += part * (1 - chance)
        counts = longer
    return min(1.0, math.fsum(counts[max(0, least) :]))


@dataclass(frozen=True)
class Omega:
    """How far a person's matches with another's answers exceed what is expected; `p` is one-sided and normal."""

    items: int
    matches: int
    expected: float
    omega: float
    p: float


def omega(copier: Person, source: Person) -> Omega:
    """Wollack's omega: the source's answers are taken as given, so it matters who is named the copier."""
    common = [item for item in source.chosen if item in copier.chosen]
    chances = [copier.chances[item].get(source.chosen[item], 0.0) for item in common]
    matches = sum(copier.chosen[item] == source.chosen[item] for item in common)
    expected = math.fsum(chances)
    value = _standardised(matches - expected, chances)
    return Omega(len(common), matches, expected, value, math.erfc(value / math.sqrt(2)) / 2)


@dataclass(frozen=True)
class TimeRule:
    """NT10: an answer is a rapid guess below `share` of the item's usual time, at most `ceiling` seconds.

    The usual time is the median, where the source takes the mean: one person's break would move the mean. `least`: persons
    needed before an item gets a threshold.
    """

    share: float = 0.10
    ceiling: float = 10.0
    least: int = 20


DEFAULT_TIME_RULE = TimeRule()


def rapid_threshold(seconds: Sequence[float], rule: TimeRule = DEFAULT_TIME_RULE) -> float | None:
    """Seconds below which an answer to this item is a rapid guess; None with too few answers."""
    return min(rule.ceiling, rule.share * median(seconds)) if len(seconds) >= rule.least else None

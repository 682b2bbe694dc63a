"""Items that are harder for one group than for another of the same ability: Mantel-Haenszel. Pure, plain Python.

Source: P. Holland, D. Thayer, in Wainer and Braun (eds.), Test Validity, 1988; the ETS classes as in R. Zwick, ETS RR-12-08,
2012. A flagged item goes to people who look for the reason; the number alone does not say that an item is unfair.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

# One-sided 5 % point of the normal distribution, and the two-sided 5 % level.
Z90 = 1.6448536269514722
LEVEL = 0.05
# So many persons must be in each group before anything is said.
LEAST = 100
DELTA = -2.35


class Size(Enum):
    """The ETS classes: negligible, moderate, large."""

    NEGLIGIBLE = "A"
    MODERATE = "B"
    LARGE = "C"


@dataclass(frozen=True)
class Difference:
    """One item. `delta` on the ETS scale: below 0 the item is harder for the focal group than for equally able others.

    `odds` is the common odds ratio (reference to focal), `chi2` is continuity corrected with one degree of freedom, `error`
    the standard error of delta.
    """

    reference_n: int
    focal_n: int
    chi2: float
    p: float
    odds: float
    delta: float
    error: float
    size: Size


@dataclass
class _Stratum:
    """Persons with the same matching score: [wrong, right] of the reference and of the focal group."""

    reference: list[int]
    focal: list[int]


def mantel_haenszel(
    right: Sequence[bool], is_focal: Sequence[bool], matching: Sequence[float], least: int = LEAST
) -> Difference | None:
    """Compare two groups on one item, matched on a score that includes the item. All three run in parallel over persons.

    None where a group has fewer than `least` persons or no stratum has both groups with both answers ("not enough data").
    The error is that of Phillips and Holland, Biometrics 43, 1987. Raises ValueError for different lengths.
    """
    strata: dict[float, _Stratum] = {}
    for answer, focal, score in zip(right, is_focal, matching, strict=True):
        stratum = strata.setdefault(score, _Stratum([0, 0], [0, 0]))
        (stratum.focal if focal else stratum.reference)[bool(answer)] += 1
    focal_n = sum(map(bool, is_focal))
    if min(focal_n, len(is_focal) - focal_n) < least:
        return None
    return _difference(list(strata.values()), len(is_focal) - focal_n, focal_n)


def difference_of_counts(strata: Iterable[tuple[int, int, int, int]], least: int = LEAST) -> Difference | None:
    """The same from counts: (reference wrong, reference right, focal wrong, focal right) of each stratum.

    Persons may have had different papers, when they are matched on the share of the credit of their own papers.
    """
    made = [_Stratum([b, a], [d, c]) for b, a, d, c in strata]
    reference_n = sum(sum(stratum.reference) for stratum in made)
    focal_n = sum(sum(stratum.focal) for stratum in made)
    return None if min(reference_n, focal_n) < least else _difference(made, reference_n, focal_n)


def _difference(strata: Sequence[_Stratum], reference_n: int, focal_n: int) -> Difference | None:
    excess = spread = for_reference = for_focal = 0.0
    for stratum in strata:
        (b, a), (d, c) = stratum.reference, stratum.focal
        total = a + b + c + d
        if total < 2:
            continue
        excess += a - (a + b) * (a + c) / total
        spread += (a + b) * (c + d) * (a + c) * (b + d) / (total * total * (total - 1))
        for_reference += a * d / total
        for_focal += b * c / total
    if not spread or not for_reference or not for_focal:
        return None
    chi2, odds = max(0.0, abs(excess) - 0.5) ** 2 / spread, for_reference / for_focal
    delta, error = DELTA * math.log(odds), -DELTA * math.sqrt(_log_odds_variance(strata, odds, for_reference))
    p = math.erfc(math.sqrt(chi2 / 2))
    return Difference(reference_n, focal_n, chi2, p, odds, delta, error, size_of(delta, error, p))


def _log_odds_variance(strata: Sequence[_Stratum], odds: float, for_reference: float) -> float:
    total = 0.0
    for stratum in strata:
        (b, a), (d, c) = stratum.reference, stratum.focal
        n = a + b + c + d
        if n:
            total += (a * d + odds * b * c) * (a + d + odds * (b + c)) / (n * n)
    return total / (2 * for_reference**2)


def size_of(delta: float, error: float, p: float) -> Size:
    """A: |delta| < 1 or not significant; C: |delta| at least 1.5 and significantly above 1 (one-sided 5 %); else B."""
    if abs(delta) < 1 or p >= LEVEL:
        return Size.NEGLIGIBLE
    return Size.LARGE if abs(delta) >= 1.5 and abs(delta) - 1 > Z90 * error else Size.MODERATE


@dataclass(frozen=True)
class Screening:
    """All items of one comparison; None where there is not enough data. `not_matched_on`: left out of the matching score."""

    items: Mapping[str, Difference | None]
    not_matched_on: tuple[str, ...]


def screen(answers: Sequence[Mapping[str, bool]], is_focal: Sequence[bool], least: int = LEAST, purify: int = 0) -> Screening:
    """Every item in turn. `answers` is one map of item to right or wrong for each person; all saw the same items.

    With `purify` rounds the items found large leave the matching score (not their own), and all are compared again, until
    nothing changes. For graded items let "right" be at least half of the credit. Raises ValueError for different papers.
    """
    if not answers or any(set(own) != set(answers[0]) for own in answers):
        raise ValueError("everybody must have seen the same items")
    left_out: frozenset[str] = frozenset()
    found = _screen(answers, is_focal, least, left_out)
    for _ in range(purify):
        large = frozenset(name for name, item in found.items() if item and item.size is Size.LARGE)
        if large == left_out:
            break
        left_out = large
        found = _screen(answers, is_focal, least, left_out)
    return Screening(found, tuple(sorted(left_out)))


def _screen(
    answers: Sequence[Mapping[str, bool]], is_focal: Sequence[bool], least: int, left_out: Collection[str]
) -> dict[str, Difference | None]:
    kept = [sum(right for name, right in own.items() if name not in left_out) for own in answers]
    found: dict[str, Difference | None] = {}
    for name in answers[0]:
        right = [own[name] for own in answers]
        scores = [score + (name in left_out and answer) for score, answer in zip(kept, right, strict=True)]
        found[name] = mantel_haenszel(right, is_focal, scores, least)
    return found

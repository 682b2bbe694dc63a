"""How far raters agree: weighted kappa, severity, their intervals, and what is settled when they differ. Pure.

A judgement is two levels for one criterion of one text. Criteria may have different numbers of levels, so differences are
taken as shares of the criterion's range (0 for the same level, 1 for the two ends of the scale).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainer_academy.psychometrics.intervals import Estimate, t95

Levels = Mapping[str, float]


@dataclass(frozen=True)
class Judgement:
    """Two levels (0 the lowest) for one criterion of one text. `piece` names the text, `scale` the criterion."""

    piece: str
    scale: str
    one: float
    other: float
    levels: int


@dataclass(frozen=True)
class Agreement:
    """What two raters, or a rater and the settled levels, have in common. `severity` is in levels: above 0 is milder."""

    kappa: Estimate
    severity: Estimate
    exact: float
    mean_difference: float


def judgements_of(piece: str, one: Levels, other: Levels, sizes: Mapping[str, int]) -> list[Judgement]:
    """One judgement for each criterion that both have. `sizes` is the number of levels of each criterion."""
    return [
        Judgement(piece, f"{name}/{sizes[name]}", one[name], other[name], sizes[name])
        for name in sizes
        if name in one and name in other
    ]


def quadratic_kappa(judgements: Sequence[Judgement]) -> float:
    """Quadratic-weighted kappa: 1 - observed / expected squared difference, both as shares of the criterion's range.

    The difference that chance would give is taken within each criterion (all first with all second levels), then summed over
    criteria: that one criterion is easier than another is no agreement. With one criterion this is Cohen's weighted kappa
    (J. Cohen, Psychological Bulletin 70, 1968). Where chance gives no difference, because everybody gave the same level
    everywhere, it is 1. Raises ValueError without judgements.
    """
    if not judgements:
        raise ValueError("there is nothing to compare")
    return _kappa(_by_scale(judgements))


@dataclass(frozen=True)
class _Sums:
    """What the kappa of one criterion needs: count, sums and sums of squares of both levels, squared differences."""

    n: int = 0
    one: float = 0.0
    other: float = 0.0
    squares: float = 0.0
    apart: float = 0.0

    def with_(self, judgement: Judgement, sign: int = 1) -> _Sums:
        x, y = judgement.one / (judgement.levels - 1), judgement.other / (judgement.levels - 1)
        return _Sums(
            self.n + sign,
            self.one + sign * x,
            self.other + sign * y,
            self.squares + sign * (x * x + y * y),
            self.apart + sign * (x - y) ** 2,
        )

    @property
    def by_chance(self) -> float:
        """The sum of squared differences if the same levels were paired at random."""
        return self.squares - 2 * self.one * self.other / self.n if self.n else 0.0


def _by_scale(judgements: Iterable[Judgement]) -> dict[str, _Sums]:
    sums: dict[str, _Sums] = {}
    for judgement in judgements:
        sums[judgement.scale] = sums.get(judgement.scale, _Sums()).with_(judgement)
    return sums


def _kappa(sums: Mapping[str, _Sums]) -> float:
    apart = sum(part.apart for part in sums.values())
    by_chance = sum(part.by_chance for part in sums.values())
    # Rounding leaves tiny rests where both are 0.
    return 1.0 if by_chance < 1e-9 else min(1.0, 1.0 - max(0.0, apart) / by_chance)


def kappa_interval(judgements: Sequence[Judgement]) -> Estimate:
    """The kappa with a 95 % jackknife interval over texts, cut to [-1, 1].

    Levels of one text hang together, so whole texts are left out in turn; the standard error is that of the estimates
    without one text, the interval uses Student's t. Source: J. L. Fleiss, M. Davies, American Journal of Epidemiology 115,
    1982. With one text it is [-1, 1]. With full agreement it has no width: then only `n` says how little it rests on.
    """
    pieces = _by_piece(judgements)
    whole, n = _by_scale(judgements), len(pieces)
    value = quadratic_kappa(judgements)
    if n < 2:
        return Estimate(value, -1.0, 1.0, n)
    without = []
    for own in pieces.values():
        rest = dict(whole)
        for judgement in own:
            rest[judgement.scale] = rest[judgement.scale].with_(judgement, -1)
        without.append(_kappa(rest))
    mean = sum(without) / n
    half = t95(n - 1) * math.sqrt((n - 1) / n * sum((each - mean) ** 2 for each in without))
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half), n)


def severity(judgements: Sequence[Judgement]) -> Estimate:
    """Mean of first minus second level, in levels, with a 95 % t interval over texts. One text: no interval (infinite)."""
    means = [sum(j.one - j.other for j in own) / len(own) for own in _by_piece(judgements).values()]
    if not means:
        raise ValueError("there is nothing to compare")
    n, value = len(means), sum(means) / len(means)
    if n < 2:
        return Estimate(value, -math.inf, math.inf, n)
    spread = math.sqrt(sum((mean - value) ** 2 for mean in means) / (n - 1))
    half = t95(n - 1) * spread / math.sqrt(n)
    return Estimate(value, value - half, value + half, n)


def agreement(judgements: Sequence[Judgement]) -> Agreement:
    """All measures at once. Raises ValueError without judgements."""
    distances = [abs(j.one - j.other) for j in judgements]
    kappa = kappa_interval(judgements)
    exact = sum(distance < 1e-9 for distance in distances) / len(distances)
    return Agreement(kappa, severity(judgements), exact, sum(distances) / len(distances))


def _by_piece(judgements: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    pieces: dict[str, list[Judgement]] = {}
    for judgement in judgements:
        pieces.setdefault(judgement.piece, []).append(judgement)
    return pieces


def differ_too_much(one: Levels, other: Levels, max_difference: float) -> bool:
    """True when two ratings are more than `max_difference` levels apart on any criterion."""
    return any(abs(one[name] - other[name]) > max_difference for name in one)


def settle(one: Levels, other: Levels) -> dict[str, float]:
    """The mean of two ratings, criterion by criterion."""
    return {name: (one[name] + other[name]) / 2 for name in one}


def settle_three(one: Levels, other: Levels, third: Levels) -> dict[str, float]:
    """On each criterion the mean of the two closest of three ratings; where two pairs are equally close, the middle one."""
    return {name: _closest(sorted((one[name], other[name], third[name]))) for name in one}


def _closest(ordered: Sequence[float]) -> float:
    low, middle, high = ordered
    if middle - low == high - middle:
        return float(middle)
    return (low + middle) / 2 if middle - low < high - middle else (middle + high) / 2


def share_of_levels(levels: Levels, sizes: Mapping[str, int]) -> float:
    """The mean over criteria of level / highest level: what raters' levels alone are worth, 0 to 1."""
    return sum(levels[name] / (size - 1) for name, size in sizes.items()) / len(sizes)

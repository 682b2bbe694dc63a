"""How well people know what they know: stated confidence against what came true. Pure, plain Python.

Source: G. Brier, Monthly Weather Review 78, 1950; its three parts: A. Murphy, Journal of Applied Meteorology 12, 1973.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from trainer_academy.psychometrics.intervals import Estimate, Interval, t95, wilson_interval

# Below this number of answers the figures are not shown.
LEAST = 30


@dataclass(frozen=True)
class Forecast:
    """One answer: the confidence stated for it, in [0, 1], and whether it was right."""

    confidence: float
    is_right: bool


@dataclass(frozen=True)
class Bin:
    """Answers with confidence from `low` up to `high`: the mean confidence, the share that was right and its interval."""

    low: float
    high: float
    n: int
    confidence: float
    right: float
    interval: Interval


@dataclass(frozen=True)
class ConfidenceProfile:
    """`brier` (0 is best; .25 is always saying one half) with a 95 % interval, and `bias`: mean confidence minus share right.

    `calibration_error` is the mean distance of the bins from the diagonal, weighted with their n.
    """

    n: int
    brier: Estimate
    bias: float
    calibration_error: float
    curve: tuple[Bin, ...]


def brier(forecasts: Sequence[Forecast]) -> Estimate:
    """The mean squared difference of confidence and outcome, with a 95 % t interval within [0, 1].

    Raises ValueError without forecasts and for a confidence outside [0, 1].
    """
    if not forecasts or not all(0 <= each.confidence <= 1 for each in forecasts):
        raise ValueError("forecasts with a confidence between 0 and 1 are needed")
    losses = [(each.confidence - each.is_right) ** 2 for each in forecasts]
    n, value = len(losses), fmean(losses)
    if n < 2:
        return Estimate(value, 0.0, 1.0, n)
    half = t95(n - 1) * stdev(losses) / math.sqrt(n)
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), n)


def curve(forecasts: Sequence[Forecast], bins: int = 10) -> tuple[Bin, ...]:
    """Equally wide bins that hold any answers; a confidence of 1 belongs to the last one. Raises ValueError for no bins."""
    if bins < 1:
        raise ValueError("at least one bin is needed")
    groups: dict[int, list[Forecast]] = {}
    for each in forecasts:
        # The small number keeps .3 * 10 and its like out of the bin below.
        groups.setdefault(min(bins - 1, int(each.confidence * bins + 1e-9)), []).append(each)
    return tuple(_bin(place / bins, (place + 1) / bins, groups[place]) for place in sorted(groups))


def _bin(low: float, high: float, own: Sequence[Forecast]) -> Bin:
    right = sum(each.is_right for each in own) / len(own)
    return Bin(low, high, len(own), fmean(each.confidence for each in own), right, wilson_interval(right, len(own)))


def profile(forecasts: Sequence[Forecast], bins: int = 10, least: int = LEAST) -> ConfidenceProfile | None:
    """All figures; None ("not enough data") with fewer than `least` answers."""
    if len(forecasts) < least:
        return None
    points, n = curve(forecasts, bins), len(forecasts)
    bias = fmean(each.confidence for each in forecasts) - sum(each.is_right for each in forecasts) / n
    apart = math.fsum(point.n * abs(point.confidence - point.right) for point in points) / n
    return ConfidenceProfile(n, brier(forecasts), bias, apart, points)


@dataclass(frozen=True)
class BrierParts:
    """Brier = reliability - resolution + uncertainty, exact where all answers of a group state the same confidence."""

    reliability: float
    resolution: float
    uncertainty: float


def parts(forecasts: Sequence[Forecast]) -> BrierParts:
    """Murphy's parts, grouped by stated confidence. Raises ValueError without forecasts."""
    if not forecasts:
        raise ValueError("forecasts are needed")
    groups: dict[float, list[bool]] = {}
    for each in forecasts:
        groups.setdefault(each.confidence, []).append(each.is_right)
    n, base = len(forecasts), sum(each.is_right for each in forecasts) / len(forecasts)
    shares = [(confidence, len(own), sum(own) / len(own)) for confidence, own in groups.items()]
    return BrierParts(
        math.fsum(count * (confidence - share) ** 2 for confidence, count, share in shares) / n,
        math.fsum(count * (share - base) ** 2 for _, count, share in shares) / n,
        base * (1 - base),
    )

"""Intervals for shares and means."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """A 95 % interval for a share between 0 and 1, from `n` items."""

    low: float
    high: float
    n: int


def wilson_interval(share: float, n: int, z: float = Z95) -> Interval:
    """Wilson score interval for a share of `n` items.

    For items with partial credit it is conservative: credits between 0 and 1 vary no more than right/wrong ones with the
    same mean. Source: E. B. Wilson, Journal of the American Statistical Association 22, 1927.
    """
    if n == 0:
        return Interval(0.0, 1.0, 0)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # min and max keep rounding from pushing the share itself out of its interval.
    return Interval(max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)), n)


# Two-sided 95 % points of Student's t where the expansion in `t95` is not good enough.
T95 = {1: 12.706205, 2: 4.302653, 3: 3.182446}


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval, from `n` texts."""

    value: float
    low: float
    high: float
    n: int


def t95(degrees: int) -> float:
    """Two-sided 95 % point of Student's t. Expansion 26.7.5 of Abramowitz and Stegun; from a table up to 3 degrees."""
    if degrees in T95:
        return T95[degrees]
    z, v = Z95, float(degrees)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / v + second / v**2 + third / v**3


UnitT = TypeVar("UnitT")


def jackknife(measure: Callable[[Sequence[UnitT]], float], units: Sequence[UnitT]) -> Estimate:
    """A measure over units with its 95 % jackknife interval: each unit is left out in turn, Student's t for the half width.

    Source: B. Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982, ch. 3. Raises ValueError where the
    measure is not defined over all units, or over all but one of them, and for fewer than two units.
    """
    n = len(units)
    if n < 2:
        raise ValueError("an interval needs two units")
    value = measure(units)
    without = [measure([*units[:place], *units[place + 1 :]]) for place in range(n)]
    mean = math.fsum(without) / n
    half = t95(n - 1) * math.sqrt((n - 1) / n * math.fsum((one - mean) ** 2 for one in without))
    return Estimate(value, value - half, value + half, n)

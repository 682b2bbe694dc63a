"""Shares between 0 and 1: held against a cut exactly, and written so that none reads as a cut which it does not reach. Pure.

Credits are rational numbers. A float stands for the fraction with a small denominator that it was made from; floats of before
November 2026 were stored with six decimals, and are taken as the small fraction that rounds to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import floor

EXACT_LIMIT = 100_000  # such fractions lie at least 1e-10 apart
SIX, ROUNDED_LIMIT, ROUNDED_ERROR = 6, 900, 5.01e-7  # of six decimals: such fractions lie at least 1.2e-6 apart
SLACK = Fraction(1, 10**9)  # what a float may have lost on its way
MOST_DECIMALS = 4


def as_fraction(share: float) -> Fraction:
    """The fraction that a float was made from; the decimal itself where there is no small one."""
    if round(share, SIX) != share:
        return Fraction(share).limit_denominator(EXACT_LIMIT)
    found = Fraction(share).limit_denominator(ROUNDED_LIMIT)
    return found if abs(found - Fraction(share)) <= ROUNDED_ERROR else Fraction(str(share))


def mean_of(shares: Iterable[float]) -> float:
    """The mean, added up without loss and rounded once; 0 without any."""
    values = [as_fraction(share) for share in shares]
    return float(sum(values, Fraction()) / len(values)) if values else 0.0


def reaches(share: float, cut: float) -> bool:
    """True when a share is at the cut or above it."""
    return Fraction(share) + SLACK >= Fraction(str(cut))


def cut_down(share: float, decimals: int = 1) -> str:
    """A share as a number of 100, cut down and not rounded: 0.7798 is `77.9`, never `78.0`."""
    steps = floor((Fraction(share) + SLACK) * 100 * 10**decimals)
    return f"{steps // 10**decimals}.{steps % 10**decimals:0{decimals}d}" if decimals else str(steps)


def decimals_of(cut: float, least: int = 0) -> int:
    """How many decimals a cut of 100 needs, so that a share beside it can be shown with as many."""
    for decimals in range(least, MOST_DECIMALS):
        if (Fraction(str(cut)) * 100 * 10**decimals).denominator == 1:
            return decimals
    return MOST_DECIMALS


def of_hundred(share: float, cut: float | None = None, least: int = 0) -> str:
    """A score, or a cut, as a number of 100, cut down; with the decimals that the cut needs, so that both can be compared."""
    return cut_down(share, least if cut is None else decimals_of(cut, least))

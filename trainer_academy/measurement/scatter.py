"""Where the points of a picture of two calibrations stand. Pure; x in percent of the width, y in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEFT, RIGHT = 9.0, 98.0  # percent
TOP, BOTTOM = 12.0, 300.0  # pixels


@dataclass(frozen=True)
class Dot:
    """One item: its place, and what is said of it."""

    x: float
    y: float
    name: str
    is_flagged: bool


@dataclass(frozen=True)
class Mark:
    """A number on both axes: its place from the left and from the top."""

    x: float
    y: float
    value: int


@dataclass(frozen=True)
class Scatter:
    """Old against new locations. The line of items that did not move goes from the first to the last mark."""

    dots: tuple[Dot, ...]
    marks: tuple[Mark, ...]


def scatter(points: Sequence[tuple[str, float, float, bool]]) -> Scatter:
    """`points`: name, old location on the new scale, new location, and whether it is flagged; at least one. Logits.

    Both axes have the same range, whole logits at its ends; flagged items come last, so that they lie on top.
    """
    values = [value for _, old, new, _ in points for value in (old, new)]
    low, high = math.floor(min(values)), math.ceil(max(values))
    high = max(high, low + 1)
    step = max(1, math.ceil((high - low) / 8))
    high = low + step * math.ceil((high - low) / step)

    def x(value: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * (value - low) / (high - low), 2)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low), 1)

    dots = [Dot(x(old), y(new), name, is_flagged) for name, old, new, is_flagged in sorted(points, key=lambda p: p[3])]
    return Scatter(tuple(dots), tuple(Mark(x(value), y(value), value) for value in range(low, high + 1, step)))

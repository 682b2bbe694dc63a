"""Where the points of a picture of two calibrations stand. Pure; x in percent of the width, y in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEFT, RIGHT = 9.0, 98.0  # percent
TOP, BOTTOM = 12.0, 300.0  # pixels


@dataclass(frozen=True)
class Label:
    """Where the name of a dot stands: pixels from its middle, and the end of the text that is there."""

    dx: int
    dy: int
    anchor: str


AT_LEFT, AT_RIGHT = Label(-11, 4, "end"), Label(11, 4, "start")
ABOVE, BELOW = Label(-6, -12, "start"), Label(6, 22, "end")


@dataclass(frozen=True)
class Dot:
    """One item: its place, and what is said of it. Names stand away from the line, where the other dots are."""

    x: float
    y: float
    name: str
    is_flagged: bool
    is_easier: bool

    @property
    def label(self) -> Label:
        if self.is_easier:
            return AT_RIGHT if self.x < 70 else BELOW
        return AT_LEFT if self.x > 35 else ABOVE


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

    dots = [Dot(x(old), y(new), name, flag, new < old) for name, old, new, flag in sorted(points, key=lambda p: p[3])]
    return Scatter(tuple(dots), tuple(Mark(x(value), y(value), value) for value in range(low, high + 1, step)))

"""Places of points and lines of the charts, in per cent of the drawing. Pure; the templates draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from trainer_academy.measurement.item_statistics import ItemStatistics

# The scatter shows item-rest correlations from -.4 to .8; what lies beyond is drawn on the edge.
LOW, HIGH = -0.4, 0.8
MOST_CURVES = 6


@dataclass(frozen=True)
class Point:
    """One item: x is its facility, y its item-rest correlation (0 at the top)."""

    item_id: str
    x: float
    y: float
    is_flagged: bool


def points_of(items: Sequence[ItemStatistics]) -> list[Point]:
    """Items with enough answers and a defined correlation."""
    known = [(item, item.item_rest) for item in items if item.is_shown and item.item_rest is not None]
    return [Point(item.item_id, round(item.facility * 100, 1), height(rest), bool(item.flags)) for item, rest in known]


def height(correlation: float) -> float:
    """Per cent from the top for a correlation."""
    return round((HIGH - min(HIGH, max(LOW, correlation))) / (HIGH - LOW) * 100, 1)


@dataclass(frozen=True)
class CurveLine:
    """One line over the four quarters of persons: three pieces as (x1, y1, x2, y2), and where its label stands."""

    label: str
    is_key: bool
    number: int
    pieces: tuple[tuple[float, float, float, float], ...]
    end: float


def curve_lines(item: ItemStatistics) -> list[CurveLine]:
    """The most chosen options, the key among them; for one single label or many the mean credit instead."""
    options = sorted(item.options, key=lambda line: (not line.is_key, -line.n))
    if 2 <= len(options) <= MOST_CURVES:
        return [_line(line.option, line.is_key, number, line.quarters) for number, line in enumerate(options)]
    means = [mean for mean in item.curve if mean is not None]
    return [_line("", True, 0, means)] if len(means) == 4 else []


def _line(label: str, is_key: bool, number: int, shares: Sequence[float]) -> CurveLine:
    places = [(12.5 + 25 * place, round(100 - share * 100, 1)) for place, share in enumerate(shares)]
    pieces = tuple((*one, *other) for one, other in pairwise(places))
    return CurveLine(label, is_key, number, pieces, places[-1][1])

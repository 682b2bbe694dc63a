"""Places of points and lines of the charts, in per cent of the drawing. Pure; the templates draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from trainer_academy.measurement.analysis.statistics import ItemStatistics

# The scatter shows item-rest correlations from -.4 to .8; what lies beyond is drawn on the edge.
LOW, HIGH = -0.4, 0.8
MOST_CURVES = 6
LABEL = 11.0  # per cent of the height that a label takes


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
    """The key and the other answers that somebody gave; where they are too many for a drawing, the mean credit instead."""
    options = sorted((line for line in item.options if line.option), key=lambda line: (not line.is_key, -line.n))
    if 2 <= len(options) <= MOST_CURVES:
        lines = [(line.option, line.is_key, line.quarters) for line in options]
    else:
        means = tuple(mean for mean in item.curve if mean is not None)
        lines = [("", True, means)] if len(means) == 4 else []
    ends = spread([_height(shares[-1]) for _, _, shares in lines])
    return [
        CurveLine(own[0], own[1], number, _pieces(own[2]), end)
        for number, (own, end) in enumerate(zip(lines, ends, strict=True))
    ]


def _height(share: float) -> float:
    return round(100 - share * 100, 1)


def _pieces(shares: Sequence[float]) -> tuple[tuple[float, float, float, float], ...]:
    places = [(12.5 + 25 * place, _height(share)) for place, share in enumerate(shares)]
    return tuple((*one, *other) for one, other in pairwise(places))


def spread(heights: Sequence[float], least: float = LABEL) -> list[float]:
    """The heights moved apart as little as needed, so that labels do not cover each other; their order stays."""
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    found = list(heights)
    for before, place in pairwise(order):
        found[place] = max(found[place], found[before] + least)
    limit = 100.0 + least / 2
    for place in reversed(order):
        found[place] = min(found[place], limit)
        limit = found[place] - least
    return [round(height, 1) for height in found]

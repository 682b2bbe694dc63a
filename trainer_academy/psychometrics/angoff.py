"""Standard setting by the modified Angoff method: a cut from judges' ratings, and how sure it is. Pure, plain Python.

Each judge says for each item which share of just competent people would get it right (or which mean credit they would earn).
After the first round judges see each other's ratings and talk; the second round counts, and all ratings are kept. Source:
W. Angoff in R. Thorndike (ed.), Educational Measurement, 1971; G. Hurtz, N. Hertel, Personnel Psychology 52, 1999 (panels of
10 to 15).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from trainer_academy.psychometrics.intervals import t95

# Judge to item to rating in [0, 1].
Ratings = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class JudgeRow:
    """One judge: the cut that this judge alone would set, how far from the others' mean, and how alike the items are seen.

    `with_panel` correlates the ratings with the mean of the other judges', `with_facility` with how items turned out among
    people who took them; None where there is nothing to correlate.
    """

    name: str
    cut: float
    from_others: float
    with_panel: float | None
    with_facility: float | None


@dataclass(frozen=True)
class ItemRating:
    """One item: mean and standard deviation over judges."""

    name: str
    mean: float
    spread: float


@dataclass(frozen=True)
class Round:
    """One round. `cut` is a share of the highest score; `error` its standard error over judges, with a 95 % t interval.

    `error_with_items` also counts that other items could have been rated; `reliability` is alpha with judges in the place of
    items: how alike they order the items.
    """

    cut: float
    error: float
    low: float
    high: float
    error_with_items: float
    reliability: float | None
    judges: tuple[JudgeRow, ...]
    items: tuple[ItemRating, ...]


def judge_round(ratings: Ratings, facility: Mapping[str, float] | None = None) -> Round:
    """The result of one round of complete ratings.

    The cut is the mean of all ratings; its standard error is that of the judges' cuts. With items: from the mean squares of
    judges, items and rest (R. Brennan, Generalizability Theory, 2001). Raises ValueError with fewer than two judges or two
    items, ratings that are missing, and ratings outside [0, 1].
    """
    names, items = _checked(ratings)
    table = [[ratings[name][item] for item in items] for name in names]
    cuts = [fmean(row) for row in table]
    cut, error = fmean(cuts), stdev(cuts) / math.sqrt(len(cuts))
    half = t95(len(cuts) - 1) * error
    columns = list(zip(*table, strict=True))
    rows = [
        _judge_row(name, place, table, cuts, None if facility is None else [facility.get(item) for item in items])
        for place, name in enumerate(names)
    ]
    return Round(
        cut,
        error,
        max(0.0, cut - half),
        min(1.0, cut + half),
        _error_with_items(table),
        _reliability(table),
        tuple(rows),
        tuple(ItemRating(item, fmean(column), stdev(column)) for item, column in zip(items, columns, strict=True)),
    )


def _checked(ratings: Ratings) -> tuple[list[str], list[str]]:
    names = list(ratings)
    items = sorted({item for own in ratings.values() for item in own})
    if len(names) < 2 or len(items) < 2:
        raise ValueError("at least two judges and two items are needed")
    missing = [f"{name}: {item}" for name in names for item in items if item not in ratings[name]]
    if missing:
        raise ValueError(f"ratings are missing ({', '.join(missing[:5])})")
    if not all(0 <= rating <= 1 for own in ratings.values() for rating in own.values()):
        raise ValueError("a rating lies between 0 and 1")
    return names, items


def _judge_row(
    name: str, place: int, table: Sequence[Sequence[float]], cuts: Sequence[float], facility: Sequence[float | None] | None
) -> JudgeRow:
    others = [row for other, row in enumerate(table) if other != place]
    panel = [fmean(column) for column in zip(*others, strict=True)]
    own = table[place]
    known = [(mine, real) for mine, real in zip(own, facility or [], strict=False) if real is not None]
    with_facility = correlation([mine for mine, _ in known], [real for _, real in known])
    return JudgeRow(name, cuts[place], cuts[place] - fmean(panel), correlation(own, panel), with_facility)


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's correlation; None with fewer than three pairs or without differences."""
    if len(one) < 3:
        return None
    a, b = [x - fmean(one) for x in one], [y - fmean(other) for y in other]
    size = math.sqrt(math.fsum(x * x for x in a) * math.fsum(y * y for y in b))
    return math.fsum(x * y for x, y in zip(a, b, strict=True)) / size if size > 1e-12 else None


def _mean_squares(table: Sequence[Sequence[float]]) -> tuple[float, float, float]:
    """Of judges, items, and the rest of a judges by items table."""
    many, wide = len(table), len(table[0])
    whole = fmean(map(fmean, table))
    rows = wide * math.fsum((fmean(row) - whole) ** 2 for row in table)
    columns = many * math.fsum((fmean(column) - whole) ** 2 for column in zip(*table, strict=True))
    total = math.fsum((rating - whole) ** 2 for row in table for rating in row)
    rest = max(0.0, total - rows - columns)
    return rows / (many - 1), columns / (wide - 1), rest / ((many - 1) * (wide - 1))


def _error_with_items(table: Sequence[Sequence[float]]) -> float:
    """The root of (judges + items - rest) / (number of ratings), in mean squares; never below either alone."""
    judges, items, rest = _mean_squares(table)
    count = len(table) * len(table[0])
    return math.sqrt(max(judges + items - rest, judges, items) / count)


def _reliability(table: Sequence[Sequence[float]]) -> float | None:
    _, items, rest = _mean_squares(table)
    return (items - rest) / items if items > 1e-12 else None


@dataclass(frozen=True)
class Change:
    """From one round to the next: the cut, the spread of the judges' cuts, and how far each judge moved."""

    cut: float
    spread: float
    judges: Mapping[str, float]


def change_between(first: Round, second: Round) -> Change:
    """Second minus first. Raises ValueError when the judges are not the same people."""
    before, after = ({row.name: row.cut for row in each.judges} for each in (first, second))
    if set(before) != set(after):
        raise ValueError("both rounds need the same judges")
    moves = {name: after[name] - before[name] for name in before}
    return Change(second.cut - first.cut, stdev(after.values()) - stdev(before.values()), moves)

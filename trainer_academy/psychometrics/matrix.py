"""From credits to a matrix of levels: how many levels an item bears, and which items are left out. Pure, numpy."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

MISSING = -1
# The numbers of levels that are tried, the finest first.
MOST_LEVELS = (5, 4, 3, 2)
"""Enough of a scale for partial credit: with equally spaced levels the information per item grows little beyond five."""
LEAST_PER_LEVEL = 10
"""Answers that every level needs. Source: J. M. Linacre, Journal of Applied Measurement 3, 2002: 10 for each category."""
LEAST_ANSWERS = 30
"""Answers that an item needs: the error of a difficulty is about half a logit. Source: J. M. Linacre, RMT 7, 1994, p. 328."""

Floats = npt.NDArray[np.float64]
LeftOutReason = Literal["nobody", "few", "same"]


@dataclass
class Column:
    """The answers to one item as they come in: row of the person, and credit in [0, 1]."""

    rows: array[int] = field(default_factory=lambda: array("l"))
    credits: array[float] = field(default_factory=lambda: array("d"))

    def add(self, row: int, credit: float) -> None:
        self.rows.append(row)
        self.credits.append(credit)


@dataclass(frozen=True)
class LeftOut:
    """An item that is not calibrated: nobody answered it, few people did, or all of them got the same level."""

    item_id: str
    reason: LeftOutReason
    answers: int


@dataclass(frozen=True)
class Matrix:
    """Levels of N persons by J items, `MISSING` where a person did not see the item; `levels` of each item (2 to 5)."""

    names: tuple[str, ...]
    levels: tuple[int, ...]
    answers: npt.NDArray[np.int8]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def count(self) -> int:
        """How many answers there are."""
        return int((self.answers != MISSING).sum())

    def digest(self) -> str:
        """SHA-256 of names, levels and answers: the same data give the same digest."""
        head = repr((self.names, self.levels, self.answers.shape)).encode()
        return hashlib.sha256(head + np.ascontiguousarray(self.answers).tobytes()).hexdigest()


def build_matrix(columns: Mapping[str, Column], persons: int, two_level: Iterable[str] = ()) -> Matrix:
    """Levels from credits, items in the order of their ids. `two_level`: ids of items that are right or wrong.

    Persons without an answer to any item that is left are dropped: they say nothing.
    """
    binary = frozenset(two_level)
    names, levels, left_out, parts = [], [], [], []
    for name in sorted(columns):
        credits = np.array(columns[name].credits, dtype=np.float64)
        found = _levels_or_reason(credits, (2,) if name in binary else MOST_LEVELS)
        if isinstance(found, str):
            left_out.append(LeftOut(name, found, len(credits)))
            continue
        names.append(name)
        levels.append(found)
        parts.append(_as_column(columns[name], credits, found, persons))
    answers = np.stack(parts, axis=1) if parts else np.empty((persons, 0), dtype=np.int8)
    kept = answers[(answers != MISSING).any(axis=1)] if parts else answers[:0]
    return Matrix(tuple(names), tuple(levels), kept, tuple(left_out))


def _levels_or_reason(credits: Floats, tried: tuple[int, ...]) -> int | LeftOutReason:
    if not len(credits):
        return "nobody"
    if len(credits) < LEAST_ANSWERS:
        return "few"
    found = count_levels(credits, tried)
    return "same" if len(np.unique(as_levels(credits, found))) < 2 else found


def count_levels(credits: Floats, tried: tuple[int, ...] = MOST_LEVELS) -> int:
    """The largest number of levels of which each has `LEAST_PER_LEVEL` answers; two where none has, held by the priors."""
    for levels in tried:
        if np.bincount(as_levels(credits, levels), minlength=levels).min() >= LEAST_PER_LEVEL:
            return levels
    return 2


def as_levels(credits: Floats, levels: int) -> npt.NDArray[np.int64]:
    """`response_model.level_of` for many credits at once."""
    return np.floor(credits * (levels - 1) + 0.5).astype(np.int64)


def _as_column(column: Column, credits: Floats, levels: int, persons: int) -> npt.NDArray[np.int8]:
    made = np.full(persons, MISSING, dtype=np.int8)
    made[np.array(column.rows, dtype=np.int64)] = as_levels(credits, levels)
    return made

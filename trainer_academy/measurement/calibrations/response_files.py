"""Matrices of responses as CSV: wide (a line a person) or long (a line an answer), persons under a code. Pure.

Wide: the first column is the person, then one column an item; an empty cell means that the person did not see the item. Long:
person, item, score, and seconds where they are known. A score is a credit from 0 to 1, or whole numbers from 0 up, which are
divided by the item's highest one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from trainer_academy.measurement.calibrations.tables import Fault, FaultyFile, table, write_csv

Layout = Literal["wide", "long"]
LAYOUTS: tuple[Layout, ...] = ("wide", "long")
HIGHEST_SCORE = 100
LONG = ("person", "item", "score", "seconds")


@dataclass(frozen=True)
class SheetRow:
    """What one person gave: item id to (score, seconds)."""

    person: str
    answers: Mapping[str, tuple[float, int | None]]


@dataclass
class Responses:
    """A foreign matrix: persons and items in the order of the file, and per item the row of the person and the credit."""

    persons: dict[str, int] = field(default_factory=dict)
    items: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(map(len, self.items.values()))


def person_code(secret: str, exam_key: str, user_id: int) -> str:
    """A code that stands for a person in files of one exam; without the secret nobody finds out who it is."""
    mac = hmac.new(secret.encode(), f"responses/{exam_key}/{user_id}".encode(), hashlib.sha256)
    return f"p{mac.hexdigest()[:16]}"


def responses_as_csv(rows: Iterable[SheetRow], layout: Layout, item_ids: Sequence[str]) -> Iterable[str]:
    """Lines of CSV as they are made, so that a large matrix never stands in memory. `item_ids` are the columns of `wide`."""
    if layout == "long":
        return write_csv(LONG, _long(rows))
    return write_csv(("person", *item_ids), _wide(rows, item_ids))


def _long(rows: Iterable[SheetRow]) -> Iterator[Sequence[object]]:
    for row in rows:
        for item_id, (score, seconds) in row.answers.items():
            yield row.person, item_id, score, seconds


def _wide(rows: Iterable[SheetRow], item_ids: Sequence[str]) -> Iterator[Sequence[object]]:
    for row in rows:
        yield [row.person, *(row.answers[name][0] if name in row.answers else None for name in item_ids)]


def read_responses(text: str) -> Responses:
    """A matrix in either layout; `long` is known by its columns. Raises FaultyFile with every fault."""
    header, rows, faults = table(text)
    if faults:
        raise FaultyFile(faults)
    is_long = set(header) in (set(LONG[:3]), set(LONG))
    found, scores = Responses(), dict[str, list[tuple[int, float, int]]]()
    if not is_long:
        scores = {name: [] for name in header[1:]}
        faults += [Fault(1, f"number {place}", "", "the id of an item") for place, name in enumerate(header, 1) if not name]
    read = _read_long if is_long else _read_wide
    for line, cells in rows:
        read(found, scores, faults, line, dict(zip(header, cells, strict=True)), header[0])
    if not rows:
        faults.append(Fault(1, "", "only a header", "a line for each person or answer"))
    for name, given in scores.items():
        found.items[name] = _credits(name, given, faults)
    if faults:
        raise FaultyFile(sorted(faults, key=lambda fault: fault.line))
    return found


_Scores = dict[str, list[tuple[int, float, int]]]  # item to (row of the person, score, line)


def _read_wide(found: Responses, scores: _Scores, faults: list[Fault], line: int, cells: Mapping[str, str], first: str) -> None:
    person = cells[first]
    if not person or person in found.persons:
        faults.append(Fault(line, first, person, "the code of a person, each once"))
        return
    row = found.persons.setdefault(person, len(found.persons))
    for name, cell in cells.items():
        if name != first and cell and (score := _score(cell, line, name, faults)) is not None:
            scores[name].append((row, score, line))


def _read_long(
    found: Responses, scores: _Scores, faults: list[Fault], line: int, cells: Mapping[str, str], _first: str
) -> None:
    for name in ("person", "item"):
        if not cells[name]:
            faults.append(Fault(line, name, "", f"the code of {'a person' if name == 'person' else 'an item'}"))
    row = found.persons.setdefault(cells["person"], len(found.persons))
    own = scores.setdefault(cells["item"], [])
    score = _score(cells["score"], line, "score", faults)
    if score is not None:
        own.append((row, score, line))


def _score(cell: str, line: int, column: str, faults: list[Fault]) -> float | None:
    expected = f"a credit from 0 to 1, or a whole number from 0 to {HIGHEST_SCORE}"
    try:
        value = float(cell)
    except ValueError:
        value = -1.0
    if not 0 <= value <= HIGHEST_SCORE or (value > 1 and value != int(value)):
        faults.append(Fault(line, column, cell, expected))
        return None
    return value


def _credits(name: str, given: Sequence[tuple[int, float, int]], faults: list[Fault]) -> list[tuple[int, float]]:
    """Scores as credits. A score between 0 and 1 beside one above 1 contradicts it; so does a second answer of a person."""
    highest = max((score for _, score, _ in given), default=1.0)
    seen: set[int] = set()
    for row, score, line in given:
        if highest > 1 and score != int(score):
            faults.append(Fault(line, name, repr(score), f"a whole number: the item's highest score is {highest:g}"))
        if row in seen:
            faults.append(Fault(line, name, repr(score), "one answer of a person to an item"))
        seen.add(row)
    return [(row, score / highest if highest > 1 else score) for row, score, _ in given]

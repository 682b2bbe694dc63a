"""Tables of a file: safe cells for spreadsheets, encodings, rows with their line numbers, faults. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


Place = tuple[int, str]  # line, column


@dataclass(frozen=True)
class Fault:
    """One mistake in a file: where it is, what stands there, and what is expected."""

    line: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: found {self.found!r}, expected {self.expected}"


class FaultyFile(ValueError):
    """A file that cannot be used; carries every fault. Nothing of the file is used."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


def safe_cell(text: str) -> str:
    """A text that a spreadsheet does not take for a formula: a leading sign gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain_cell(text: str) -> str:
    """The text that `safe_cell` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def decode(data: bytes) -> str:
    """UTF-8, with or without a byte order mark. Raises FaultyFile with the line of the first byte that is not."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        found = data[error.start : error.start + 4].hex(" ")
        raise FaultyFile([Fault(line, "", f"bytes {found}", "text in UTF-8")]) from error


def table(text: str) -> tuple[list[str], list[tuple[int, list[str]]], list[Fault]]:
    """Header, rows with their line numbers, and faults in the shape: cells that are too many or too few, broken quotes."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    faults: list[Fault] = []
    try:
        header = [plain_cell(cell.strip()) for cell in next(reader, [])]
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                faults.append(Fault(reader.line_num, "", f"{len(cells)} cells", f"{len(header)} cells, as in the first line"))
            rows.append((reader.line_num, [plain_cell(cell.strip()) for cell in cells]))
    except csv.Error as error:
        faults.append(Fault(max(1, reader.line_num), "", str(error), "cells separated by commas, quotes in pairs"))
        return [], [], faults
    if len(header) < 2:
        faults.append(Fault(1, "", ",".join(header), "a first line with the names of the columns, separated by commas"))
    for name in sorted({name for name in header if header.count(name) > 1}):
        faults.append(Fault(1, name, f"{header.count(name)} columns", "each column once"))
    return header, rows, faults


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterable[str]:
    """Lines of CSV. Text cells are made safe for spreadsheets; floats are written exactly; None is an empty cell."""
    yield _line(header)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return out.getvalue()


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    return repr(cell) if isinstance(cell, float) else safe_cell(str(cell))

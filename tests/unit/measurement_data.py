"""Answers and reference numbers for the tests of the measurement modules.

The LSAT pattern counts are those printed by R. D. Bock and M. Lieberman, Psychometrika 35, 1970 (sections 6 and 7 of the Law
School Admission Test, 1,000 persons each); the estimates beside them are in the tests.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "assessment-data"

# How many persons gave each pattern of answers to the five items.
LSAT6 = (
    "00000 3 00001 6 00010 2 00011 11 00100 1 00101 1 00110 3 00111 4 01000 1 01001 8 01011 16 01101 3 01110 2 01111 15 "
    "10000 10 10001 29 10010 14 10011 81 10100 3 10101 28 10110 15 10111 80 11000 16 11001 56 11010 21 11011 173 11100 11 "
    "11101 61 11110 28 11111 298"
)
LSAT7 = (
    "00000 12 00001 19 00010 1 00011 7 00100 3 00101 19 00110 3 00111 17 01000 10 01001 5 01010 3 01011 7 01100 7 01101 23 "
    "01110 8 01111 28 10000 7 10001 39 10010 11 10011 34 10100 14 10101 51 10110 15 10111 90 11000 6 11001 25 11010 7 11011 35 "
    "11100 18 11101 136 11110 32 11111 308"
)
FIVE = ["1", "2", "3", "4", "5"]


def persons(patterns: str) -> npt.NDArray[np.int8]:
    """(N, J) answers from the counts of patterns."""
    words = patterns.split()
    rows = [
        [int(sign) for sign in pattern]
        for pattern, count in zip(words[::2], words[1::2], strict=True)
        for _ in range(int(count))
    ]
    return np.array(rows, dtype=np.int8)


def reference(name: str) -> Any:
    """The numbers of a reference file; skips the test where the folder is absent."""
    return json.loads(_file(f"reference/{name}").read_text())


def answers(name: str) -> list[dict[str, str]]:
    """The rows of a file of answers; skips the test where the folder is absent."""
    with _file(f"irt/{name}").open() as file:
        return list(csv.DictReader(file))


def answer_key(name: str) -> Any:
    return json.loads(_file(f"irt/{name}").read_text())


def matrix(name: str, columns: int | None = None) -> npt.NDArray[np.int64]:
    """The first columns of a file of answers as whole numbers."""
    return np.array([[int(value) for value in row.values()][:columns] for row in answers(name)])


def sat12() -> npt.NDArray[np.int8]:
    """600 persons by 32 items, right or wrong."""
    return (matrix("SAT12_raw.csv") == np.array(answer_key("SAT12_key.json")["key"])).astype(np.int8)


def _file(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the reference data are not on this machine ({name})")
    return path

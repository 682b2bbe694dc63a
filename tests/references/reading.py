"""Outside truth that travels with the code: simulated answers, reference numbers, W3C vectors. README.md has their sources.

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

FOLDER = Path(__file__).resolve().parent
SIMULATED = FOLDER / "simulated"
VECTORS = FOLDER / "w3c" / "vc-di-eddsa"
CONTEXTS = FOLDER / "w3c" / "contexts"

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


def numbers(name: str) -> Any:
    """What other programs computed: `r` and `python` on the simulated answers, `webr` on others."""
    return json.loads((FOLDER / "numbers" / f"{name}.json").read_text())


def examples(name: str) -> list[dict[str, str]]:
    """A table of small cases with their expected values."""
    return _rows(FOLDER / "numbers" / f"{name}.csv")


def answers(name: str) -> list[dict[str, str]]:
    """The rows of a file of simulated answers or ratings."""
    return _rows(SIMULATED / f"{name}.csv")


def answer_key(name: str) -> list[Any]:
    found: list[Any] = json.loads((SIMULATED / f"{name}_key.json").read_text())
    return found


def matrix(name: str, columns: int | None = None) -> npt.NDArray[np.int64]:
    """The first columns of a file of answers as whole numbers."""
    return np.array([[int(value) for value in row.values()][:columns] for row in answers(name)])


def options_test() -> npt.NDArray[np.int8]:
    """600 persons by 32 items, right or wrong by the key, which is wrong for the last item."""
    return (matrix("options_test") == np.array(answer_key("options_test"))).astype(np.int8)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))

"""Makes the simulated answers and ratings that other programs computed the reference numbers on.

`python -m tests.references.make_simulated` writes them into `simulated/`. Only `random()` of Python's own generator is used,
whose numbers stay the same in all versions; a test makes them again and compares. Nothing here imports the application.
"""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from random import Random
from statistics import NormalDist

FOLDER = Path(__file__).resolve().parent / "simulated"
Rows = list[list[object]]
NORMAL = NormalDist()


def normal(rng: Random) -> float:
    return NORMAL.inv_cdf(min(max(rng.random(), 1e-12), 1 - 1e-12))


def between(rng: Random, low: float, high: float) -> float:
    return low + (high - low) * rng.random()


def pick(rng: Random, chances: list[float]) -> int:
    """The place that a random number falls on; the chances need not sum to 1."""
    point, total = rng.random() * math.fsum(chances), 0.0
    for place, chance in enumerate(chances):
        total += chance
        if point < total:
            return place
    return len(chances) - 1


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def levels(slope: float, steps: list[float], ability: float) -> list[float]:
    """Chances of the generalized partial credit model."""
    exponents = [0.0]
    for step in steps:
        exponents.append(exponents[-1] + slope * (ability - step))
    return [math.exp(exponent) for exponent in exponents]


def options_test() -> tuple[Rows, list[int]]:
    """600 persons, 32 items with five options, 8 for no answer. The key of item 32 is wrong: 5 stands there, 3 is right."""
    rng = Random(3201)
    right = [1 + int(5 * rng.random()) for _ in range(31)] + [3]
    slopes = [between(rng, 0.5, 1.8) for _ in range(32)]
    places = [between(rng, -2.0, 1.8) for _ in range(32)]
    slopes[31], places[31] = 1.1, 0.4
    pulls = [[between(rng, 0.5, 1.5) for _ in range(5)] for _ in range(32)]
    rows: Rows = [[f"i{place}" for place in range(1, 33)]]
    for _ in range(600):
        ability, row = normal(rng), []
        for place in range(32):
            chance = logistic(slopes[place] * (ability - places[place]))
            wrong = list(pulls[place])
            wrong[right[place] - 1] = 0.0
            if place == 31:  # the option that the key names draws the abler among those who are wrong
                wrong[4] = 2.5 * math.exp(1.2 * ability)
            given = [(1 - chance) * pull / math.fsum(wrong) for pull in wrong]
            given[right[place] - 1] = chance
            is_missing = rng.random() < 0.01
            row.append(8 if is_missing else 1 + pick(rng, given))
        rows.append(list(row))
    return rows, [*right[:31], 5]


def letters_test() -> tuple[Rows, list[str]]:
    """100 persons, 20 items with options A to D."""
    rng = Random(2001)
    key = [int(4 * rng.random()) for _ in range(20)]
    items = [(between(rng, 0.6, 1.6), between(rng, -1.2, 1.4)) for _ in range(20)]
    rows: Rows = [[f"i{place}" for place in range(1, 21)]]
    for _ in range(100):
        ability = normal(rng)
        row: list[object] = []
        for (slope, place), own in zip(items, key, strict=True):
            is_right = rng.random() < logistic(slope * (ability - place))
            other = (own + 1 + int(3 * rng.random())) % 4
            row.append("ABCD"[own if is_right else other])
        rows.append(row)
    return rows, ["ABCD"[own] for own in key]


def two_groups() -> Rows:
    """316 persons, 24 items right or wrong, and a group; items 6 and 14 are harder for group 1, item 20 is easier."""
    rng = Random(2402)
    items = [(between(rng, 0.7, 1.8), between(rng, -1.5, 1.5)) for _ in range(24)]
    shift = {5: 1.0, 13: 0.9, 19: -1.0}
    rows: Rows = [[*(f"i{place}" for place in range(1, 25)), "group"]]
    for person in range(316):
        group = int(person % 4 == 0)
        ability = normal(rng) - 0.2 * group
        row: list[object] = [
            int(rng.random() < logistic(slope * (ability - place - shift.get(number, 0.0) * group)))
            for number, (slope, place) in enumerate(items)
        ]
        rows.append([*row, group])
    return rows


def partial_credit() -> Rows:
    """392 persons, four items with levels 1 to 4."""
    rng = Random(403)
    items = [
        (0.9, [-2.6, -1.4, 1.3]),
        (0.85, [-1.9, -0.9, 1.8]),
        (1.9, [-1.8, -0.8, 0.8]),
        (0.75, [-2.2, -0.7, 1.4]),
    ]
    rows: Rows = [["i1", "i2", "i3", "i4"]]
    for _ in range(392):
        ability = normal(rng)
        rows.append([1 + pick(rng, levels(slope, steps, ability)) for slope, steps in items])
    return rows


def four_parameter_bank() -> Rows:
    """85 items with slope, location, lower and upper asymptote."""
    rng = Random(8504)
    rows: Rows = [["a", "b", "c", "d"]]
    for _ in range(85):
        high = 1.0 if rng.random() < 0.7 else round(between(rng, 0.85, 0.99), 3)
        low = round(between(rng, 0.0, 0.3), 3)
        rows.append([round(between(rng, 0.5, 2.4), 3), round(between(rng, -2.6, 2.2), 3), low, high])
    return rows


def three_levels() -> Rows:
    """291 persons, six questions with answers 0 to 2."""
    rng = Random(605)
    items = [(between(rng, 1.0, 2.8), [between(rng, 0.0, 0.9), between(rng, 1.0, 2.4)]) for _ in range(6)]
    rows: Rows = [[f"q{place}" for place in range(1, 7)]]
    for _ in range(291):
        ability = normal(rng)
        rows.append([pick(rng, levels(slope, steps, ability)) for slope, steps in items])
    return rows


def three_raters() -> Rows:
    """20 persons rated by three raters on levels 1 to 7; they agree little."""
    rng = Random(706)
    rows: Rows = [["rater1", "rater2", "rater3"]]
    for _ in range(20):
        truth = between(rng, 1.5, 5.5)
        rows.append([min(7, max(1, round(truth + 1.6 * normal(rng) + move))) for move in (0.0, 0.7, -0.8)])
    return rows


def distribution() -> Rows:
    """15 units, six raters, five categories: how many raters chose each."""
    rng = Random(1507)
    rows: Rows = [["a", "b", "c", "d", "e"]]
    for _ in range(15):
        truth, counts = int(5 * rng.random()), [0] * 5
        for _rater in range(6):
            counts[truth if rng.random() < 0.65 else int(5 * rng.random())] += 1
        rows.append(list(counts))
    return rows


def diagnoses() -> Rows:
    """30 patients, six raters, five categories 1 to 5."""
    rng = Random(3008)
    rows: Rows = [[f"rater{place}" for place in range(1, 7)]]
    for _ in range(30):
        truth = int(5 * rng.random())
        rows.append([1 + (truth if rng.random() < 0.6 else int(5 * rng.random())) for _ in range(6)])
    return rows


def grades() -> Rows:
    """Two raters, 2,000 units, four grades: the table of counts."""
    rng = Random(409)
    counts = [[0] * 4 for _ in range(4)]
    for _ in range(2000):
        truth = pick(rng, [0.25, 0.3, 0.33, 0.12])
        one, other = (min(3, max(0, round(truth + 0.6 * normal(rng)))) for _ in range(2))
        counts[one][other] += 1
    return [["first", "second", "third", "fourth"], *(list(row) for row in counts)]


def labels() -> Rows:
    """45 items, five raters who err in ways of their own, four categories; each rater labels each item once."""
    rng = Random(4510)
    errors = []
    for _ in range(5):
        skill = between(rng, 0.55, 0.9)
        errors.append([[skill if own == truth else (1 - skill) / 3 for own in range(4)] for truth in range(4)])
    rows: Rows = [["item", "rater", "label"]]
    for item in range(1, 46):
        truth = pick(rng, [0.4, 0.35, 0.15, 0.1])
        rows += [[item, rater + 1, 1 + pick(rng, errors[rater][truth])] for rater in range(5)]
    return rows


def files() -> dict[str, str]:
    """Name and text of every file."""
    (options, options_key), (letters, letters_key) = options_test(), letters_test()
    tables = {
        "options_test": options,
        "letters_test": letters,
        "two_groups": two_groups(),
        "partial_credit": partial_credit(),
        "four_parameter_bank": four_parameter_bank(),
        "three_levels": three_levels(),
        "three_raters": three_raters(),
        "distribution": distribution(),
        "diagnoses": diagnoses(),
        "grades": grades(),
        "labels": labels(),
    }
    made = {f"{name}.csv": _as_text(rows) for name, rows in tables.items()}
    keys = {"options_test_key.json": options_key, "letters_test_key.json": letters_key}
    return made | {name: json.dumps(key) + "\n" for name, key in keys.items()}


def _as_text(rows: Rows) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text)

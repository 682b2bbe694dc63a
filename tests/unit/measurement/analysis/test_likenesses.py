"""Groups of sittings, and pairs that are more alike than chance: quiet where nobody copies, loud where somebody does."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.unit.measurement.analysis.test_item_sums import TWENTY, bank, population, sitting
from trainer_academy.measurement.analysis.likenesses import (
    LEVEL,
    MOST,
    Begun,
    OptionModel,
    abilities,
    compare_group,
    groups_of,
    option_models,
)
from trainer_academy.measurement.analysis.sums import ItemSums
from trainer_academy.psychometrics.response_model import ItemParameters, probabilities

NINE = datetime(2026, 11, 2, 9, tzinfo=UTC)
FORTY = {
    f"q{number:02}": OptionModel(ItemParameters(1.2, ((number - 20) / 12,)), "a", {"b": 5, "c": 3, "d": 2})
    for number in range(40)
}


def begun(number: int, minutes: float, user_id: int | None = None) -> Begun:
    return Begun(number, user_id or number, NINE + timedelta(minutes=minutes))


def test_groups_by_start_and_by_organization() -> None:
    sittings = [begun(1, 0), begun(2, 59), begun(3, 118), begun(4, 300), begun(5, 1000), begun(6, 1010)]
    found = groups_of(sittings, {1: [7], 5: [7, 8], 6: []})
    assert {group.name: [one.attempt_id for one in group.sittings] for group in found} == {
        "start 1": [1, 2, 3],
        "start 5": [5, 6],
        "organization 7 part 1": [1, 5],
    }
    assert [group.organization_id for group in found] == [7, None, None]


def test_large_groups_are_cut_along_time() -> None:
    sittings = [begun(number, number) for number in range(1, MOST + 51)]
    found = groups_of(sittings, {number: [3] for number in range(1, MOST + 51)})
    assert sorted((group.name, len(group.sittings)) for group in found) == [
        ("organization 3 part 1", MOST),
        ("organization 3 part 2", 50),
        ("start 1", MOST),
        ("start 401", 50),
    ]


def draw(ability: float, rng: random.Random) -> dict[str, str]:
    chosen = {}
    for name, model in FORTY.items():
        is_right = rng.random() < probabilities(model.parameters, ability)[1]
        chosen[name] = "a" if is_right else rng.choices(["b", "c", "d"], [5, 3, 2])[0]
    return chosen


def test_abilities_give_back_the_number_of_right_answers() -> None:
    rng = random.Random(1)
    people = [draw(ability, rng) for ability in (-2.0, 0.0, 1.0, 3.0)]
    labels = np.array([[0 if own[name] == "a" else 1 for name in FORTY] for own in people])
    slope = np.array([model.parameters.slope for model in FORTY.values()])
    location = np.array([model.parameters.location for model in FORTY.values()])
    for own, ability in zip(people, abilities(labels, slope, location), strict=True):
        expected = math.fsum(probabilities(model.parameters, float(ability))[1] for model in FORTY.values())
        right = sum(letter == "a" for letter in own.values())
        assert expected == pytest.approx((right + 0.5) / 41 * 40, abs=1e-6)


def test_nobody_is_flagged_where_nobody_copies_even_the_best() -> None:
    rng = random.Random(2)
    people = [draw(rng.gauss(0, 1), rng) for _ in range(60)] + [dict.fromkeys(FORTY, "a") for _ in range(6)]
    found, pairs = compare_group(people, FORTY)
    assert pairs == 66 * 65 / 2
    assert not any(pair.is_flagged for pair in found)


def test_a_copied_paper_is_flagged_with_the_exact_index() -> None:
    rng = random.Random(3)
    people = [draw(rng.gauss(0, 1), rng) for _ in range(40)]
    people[17] = {name: letter if rng.random() < 0.9 else people[17][name] for name, letter in people[4].items()}
    found, pairs = compare_group(people, FORTY)
    first = found[0]
    assert (first.one, first.other, first.is_flagged) == (4, 17, True)
    assert first.likeness.p < LEVEL / pairs and first.likeness.z > 4 and min(first.omega_one.omega, first.omega_other.omega) > 3
    assert first.likeness.matches == sum(people[4][name] == people[17][name] for name in FORTY)
    assert not any(pair.is_flagged for pair in found[1:])
    assert [pair.likeness.p for pair in found] == sorted(pair.likeness.p for pair in found)


def test_the_share_of_chance_pairs_below_one_in_a_hundred_is_about_that() -> None:
    rng = random.Random(4)
    found, pairs = compare_group([draw(rng.gauss(0, 1), rng) for _ in range(80)], FORTY)
    # GBT is discrete and so conservative; abilities are estimated from the same answers.
    assert 0.001 < sum(pair.likeness.p < 0.01 for pair in found) / pairs < 0.02


def test_pairs_with_few_items_in_common_are_not_looked_at() -> None:
    names = list(FORTY)
    people = [dict.fromkeys(names[start : start + 20], "b") for start in (0, 11, 12)]
    _, pairs = compare_group(people, FORTY)
    assert pairs == 1, "9, 8 and 19 items in common"
    assert compare_group([], FORTY) == ([], 0) and compare_group([{}, {}], FORTY) == ([], 0)


def test_models_come_from_the_counts_or_from_a_calibration() -> None:
    sums = ItemSums()
    people = population(300, TWENTY, 20, 5)
    sums.add(people, {})
    classical = option_models(sums, {})
    assert set(classical) == set(TWENTY)
    right = sum(answer[3] for s in people for answer in s.answers if answer[0] == "i02")
    assert classical["i02"].right == "c" and sum(classical["i02"].wrong.values()) == 300 - right
    assert classical["i02"].parameters.location == pytest.approx(-math.log((right + 0.5) / (301 - right - 0.5)))
    calibrated = option_models(sums, {"i02": ItemParameters(1.7, (0.4,)), "i03": ItemParameters(1.0, (0.0, 1.0))})
    assert calibrated["i02"].parameters == ItemParameters(1.7, (0.4,))
    assert calibrated["i03"] == classical["i03"], "a graded item keeps the classical proportions"


def test_an_item_that_everybody_has_right_is_left_out() -> None:
    items, sums = bank({"one": "a", "two": "a"}), ItemSums()
    sums.add([sitting(number, {"one": "a", "two": "ab"[number % 2]}, items) for number in range(1, 41)], {})
    assert set(option_models(sums, {})) == {"two"}

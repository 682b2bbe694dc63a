"""Rules of a standard-setting study: the sample, the cut of a paper, what may be adopted, what a typed number means."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.make import choice_item, pairwise_item, rubric_item
from tests.unit.assessments.exams.test_assembly import spec
from trainer_academy.assessments.bank.schema import drawable
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.errors import Refusal
from trainer_academy.measurement.standard_setting import rules as study_rules
from trainer_academy.measurement.standard_setting.rules import (
    adoption_refusal,
    choose_items,
    complete_judges,
    paper_cut,
    paper_cut_without,
    paper_weights,
    read_value,
)


def drawn(*args: Any, **named: Any) -> list[SomeItem]:
    """A sample that is there."""
    sample = choose_items(*args, **named)
    assert isinstance(sample, list)
    return sample


def bank(pairs: int = 10, choices: int = 30) -> list[SomeItem]:
    return [
        *(pairwise_item(id=f"p-{n:03}", skill="facts") for n in range(pairs)),
        *(choice_item(id=f"c-{n:03}", skill="facts") for n in range(choices)),
        rubric_item(id="r-001", skill="rubrics"),
        choice_item(id="c-900", skill="facts", status="retired"),
    ]


# A paper with two thirds pairs, though the bank is three quarters choices.
PLAN = spec({"skill": "facts", "kind": "pairwise", "count": 4}, {"skill": "facts", "kind": "choice", "count": 2})


def test_only_what_a_paper_may_hold_is_rated() -> None:
    ids = [item.id for item in drawable(PLAN, bank())]
    assert len(ids) == 40 and ids == sorted(ids)
    assert "r-001" not in ids and "c-900" not in ids


def test_a_sample_follows_the_paper_and_not_the_bank() -> None:
    sample = drawn(PLAN, bank(), 12, seed=5)
    assert Counter(item.kind for item in sample) == {"pairwise": 8, "choice": 4}
    assert [item.id for item in sample] == [item.id for item in drawn(PLAN, bank(), 12, seed=5)]
    assert [item.id for item in sample] != [item.id for item in drawn(PLAN, bank(), 12, seed=6)]


def test_a_stratum_that_is_used_up_gives_its_place_to_the_others() -> None:
    sample = drawn(PLAN, bank(pairs=3), 20, seed=1)
    assert Counter(item.kind for item in sample) == {"pairwise": 3, "choice": 17}


@pytest.mark.parametrize(
    ("size", "refused"),
    [(41, Refusal("sample.too_large", drawable=40, asked=41)), (1, Refusal("sample.too_small", groups=2))],
)
def test_a_sample_that_cannot_be_is_refused(size: int, refused: Refusal) -> None:
    assert choose_items(PLAN, bank(), size, seed=1) == refused


# Two pairs and four choices were rated; a paper has twice as many pairs as choices.
STRATA = {"p1": ("facts", "pairwise"), "p2": ("facts", "pairwise")} | {f"c{n}": ("facts", "choice") for n in range(4)}
RATED = {
    "1": {"p1": 0.9, "p2": 0.7} | {f"c{n}": 0.5 for n in range(4)},
    "2": {"p1": 0.8, "p2": 0.8} | {f"c{n}": 0.2 for n in range(4)},
    "3": {"p1": 0.6, "p2": 0.6} | {f"c{n}": 0.3 for n in range(4)},
}


def test_the_cut_of_a_paper_by_hand() -> None:
    found = paper_cut(RATED, STRATA, paper_weights(PLAN))
    # Judges: (2*.8+.5)/3 = .7; (2*.8+.2)/3 = .6; (2*.6+.3)/3 = .5. Mean .6, spread .1, error .1/sqrt(3); t is 4.3027.
    assert found.cut == pytest.approx(0.6)
    assert found.error == pytest.approx(0.057735, abs=1e-6)
    assert (found.low, found.high) == pytest.approx((0.6 - 4.302653 * 0.057735, 0.6 + 4.302653 * 0.057735), abs=1e-4)
    assert found.covered == 1.0
    assert paper_cut_without(RATED, STRATA, paper_weights(PLAN), "1") == pytest.approx(0.55)


def test_what_was_not_rated_is_said() -> None:
    more = spec({"skill": "facts", "kind": "pairwise", "count": 3}, {"skill": "bias", "kind": "pairwise", "count": 1})
    pairs = {name: {item: own[item] for item in ("p1", "p2")} for name, own in RATED.items()}
    assert paper_cut(pairs, STRATA, paper_weights(more)).covered == 0.75


def test_one_judge_is_no_panel() -> None:
    with pytest.raises(ValueError, match="two judges"):
        paper_cut({"1": RATED["1"]}, STRATA, paper_weights(PLAN))


def test_judges_who_left_items_open_do_not_count() -> None:
    assert complete_judges({"1": {"a": 0.5, "b": 0.5}, "2": {"a": 0.5}, "3": {"b": 0.1, "a": 0.2}}, ["a", "b"]) == ["1", "3"]


@pytest.mark.parametrize(
    ("chosen", "typed", "expected"),
    [
        ("70", "", 0.7),
        ("0", "", 0.0),
        ("100", "", 1.0),
        ("70", "72", 0.72),
        ("", "37,5", 0.375),
        ("", "64 %", 0.64),
        ("", "", None),
        ("70", "seventy", None),
        ("", "101", None),
        ("", "-1", None),
        ("", "nan", None),
        ("", "inf", None),
    ],
)
def test_a_rating_from_the_page(chosen: str, typed: str, expected: float | None) -> None:
    assert read_value(chosen, typed) == expected


WHY = "The panel asked for a safety margin."


@pytest.mark.parametrize(
    ("status", "judges", "score", "why", "expected"),
    [
        ("closed", 12, 0.7, "", ""),
        ("closed", 5, 0.7, "", ""),
        ("closed", 4, 0.7, "", "cut.few"),
        ("round_2", 12, 0.7, "", "cut.open"),
        ("abandoned", 12, 0.7, "", "cut.open"),
        ("closed", 12, 0.75, "", "cut.why"),
        ("closed", 12, 0.75, "because", "cut.why"),
        ("closed", 12, 0.75, WHY, ""),
        ("closed", 12, 1.0, WHY, "cut.range"),
        ("closed", 12, 0.7004, "", ""),
    ],
)
def test_what_may_be_adopted(status: str, judges: int, score: float, why: str, expected: str) -> None:
    refused = adoption_refusal(status, judges, score, 0.7, why)
    assert (refused.code if refused else "") == expected


def test_the_usual_panel_is_larger_than_the_least() -> None:
    assert study_rules.LEAST_JUDGES == 5 and study_rules.USUAL_JUDGES == 10

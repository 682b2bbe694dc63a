"""Item kinds: reading forms in the shown order, completeness, scoring, and the presentation's symmetry."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.make import choice_item, pairwise_item, rubric_item
from trainer_academy.core.errors import BadInput


def test_pairwise_reads_the_shown_order() -> None:
    item = pairwise_item(overall=-2, dimensions={"facts": "first", "clarity": "same"})
    form = {"overall": ["2"], "dim-facts": ["b"], "dim-clarity": ["s"], "reason": ["  because  "]}
    payload = item.read(form, {"swapped": True})
    assert payload == {"overall": -2, "dimensions": {"facts": "first", "clarity": "same"}, "reason": "because"}
    assert item.score(payload).value == 1
    assert item.is_complete(payload)


@given(st.integers(-3, 3), st.sampled_from("asb"), st.booleans())
def test_pairwise_form_and_payload_are_inverse(overall: int, side: str, swapped: bool) -> None:
    item = pairwise_item(overall=1, dimensions={"facts": "first"})
    presentation = {"swapped": swapped}
    payload = item.read({"overall": [str(overall)], "dim-facts": [side]}, presentation)
    values = item.form_values(payload, presentation)
    assert (values["overall"], values["dim-facts"]) == (overall, side)


@given(st.integers(-3, 3), st.integers(-3, 3), st.booleans())
def test_pairwise_score_does_not_depend_on_the_side(key: int, verdict: int, swapped: bool) -> None:
    """The same judgement of the same texts earns the same, whichever side they were shown on."""
    item = pairwise_item(overall=key, dimensions={"facts": "same"})
    shown = -verdict if swapped else verdict
    payload = item.read({"overall": [str(shown)], "dim-facts": ["s"]}, {"swapped": swapped})
    plain = item.read({"overall": [str(verdict)], "dim-facts": ["s"]}, {"swapped": False})
    assert item.score(payload) == item.score(plain)


@pytest.mark.parametrize("form", [{"overall": ["4"]}, {"overall": ["x"]}, {"dim-facts": ["first"]}, {"overall": ["-3.0"]}])
def test_pairwise_refuses_forged_values(form: dict[str, list[str]]) -> None:
    with pytest.raises(BadInput, match=r"^answer\."):
        pairwise_item().read(form, {})


def test_pairwise_in_part_is_not_complete_and_earns_its_part() -> None:
    item = pairwise_item(overall=3, dimensions={"facts": "second", "clarity": "second"})
    payload = item.read({"overall": ["3"]}, {})
    assert not item.is_complete(payload)
    assert item.score(payload).value == 0.6
    assert item.score({}).value == 0


def test_choice_reads_shown_letters() -> None:
    item = choice_item(correct=["c"])
    shown = {"order": ["d", "c", "b", "a"]}
    assert item.score(item.read({"choice": ["b"]}, shown)).value == 1
    assert item.score(item.read({"choice": ["c"]}, shown)).value == 0
    assert item.form_values({"selected": ["c"]}, shown) == {"choice": ["b"]}
    assert item.read({}, {}) == {}


@pytest.mark.parametrize("form", [{"choice": ["z"]}, {"choice": ["a", "b"]}])
def test_choice_refuses_forged_values(form: dict[str, list[str]]) -> None:
    with pytest.raises(BadInput):
        choice_item(correct=["a"]).read(form, {})


def test_rubric() -> None:
    item = rubric_item(levels={"count": 2, "tone": 0})
    payload = item.read({"level-1": ["1"], "level-2": ["0"]}, {})
    assert item.score(payload).value == (-1 / 8 + 1) / 2
    with pytest.raises(BadInput):
        item.read({"level-1": ["3"]}, {})


@pytest.mark.parametrize("item", [pairwise_item(), choice_item(), rubric_item()], ids=lambda item: item.kind)
def test_the_perfect_answer_earns_one(item: Any) -> None:
    assert item.score(item.perfect()).value == 1
    assert item.is_complete(item.perfect())
    assert item.score({}).value == 0


def test_sides_and_options_are_shown_in_each_order_about_equally_often() -> None:
    pair, choice = pairwise_item(), choice_item()
    swaps = sum(pair.present(random.Random(seed))["swapped"] for seed in range(2000))
    assert 900 < swaps < 1100
    firsts = Counter(choice.present(random.Random(seed))["order"][0] for seed in range(2000))
    assert all(400 < count < 600 for count in firsts.values())


def test_the_view_before_the_answer_has_no_key() -> None:
    for item in (pairwise_item(), choice_item(), rubric_item()):
        text = repr(item.view(item.present(random.Random(1))))
        assert "THE-REASON" not in text
        assert "key" not in text


def test_the_review_speaks_in_the_shown_letters() -> None:
    item = pairwise_item(overall=-3)
    assert "Response B is right" in item.review({"swapped": True}, {}, "c").why
    assert item.review({"swapped": True}, {}, "c").overall == 3
    assert "Response A is right" in item.review({"swapped": False}, {}, "c").why

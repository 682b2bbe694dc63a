"""Ranking, steps and error spans: forms, completeness, scores, and what bad files are refused for."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.make import ranking_item, spans_item, steps_item
from trainer_academy.core.errors import BadInput

ITEMS = [
    ranking_item(),
    ranking_item({"a": 1, "b": 1, "c": 2}),
    steps_item(),
    steps_item(0),
    spans_item(),
    spans_item([]),
]


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.kind)
def test_the_perfect_answer_earns_one_and_survives_the_form(item: Any) -> None:
    presentation = item.present(random.Random(3))
    values = item.form_values(item.perfect(), presentation)
    payload = item.read({name: [str(value)] for name, value in values.items()}, presentation)
    assert item.is_complete(payload)
    assert item.score(payload).value == 1
    assert item.score({}).value == 0
    assert not item.is_complete({})


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.kind)
def test_the_view_has_no_key_and_the_review_has(item: Any) -> None:
    view = repr(item.view(item.present(random.Random(1))))
    assert "THE-REASON" not in view
    assert "critical" not in view
    assert "THE-REASON" in item.review({}, {}, "c").why


@given(st.permutations([1, 2, 3]), st.integers())
def test_a_ranking_does_not_depend_on_the_shown_order(ranks: list[int], seed: int) -> None:
    item = ranking_item()
    payload, shown = {"ranks": dict(zip("abc", ranks, strict=True))}, item.present(random.Random(seed))
    form = {name: [str(rank)] for name, rank in item.form_values(payload, shown).items()}
    assert item.read(form, shown) == payload


def test_equal_ranks_are_always_possible() -> None:
    form = {"rank-a": ["1"], "rank-b": ["1"], "rank-c": ["2"]}
    strict, loose = ranking_item(), ranking_item({"a": 1, "b": 1, "c": 2})
    assert strict.is_complete(strict.read(form, {}))
    assert strict.score(strict.read(form, {})).value < 1
    assert loose.is_complete(loose.read(form, {}))
    assert loose.score(loose.read(form, {})).value == 1


@pytest.mark.parametrize(("typed", "credit"), [("2", 1), ("1", 0), ("3", 0), ("0", 0)])
def test_steps_are_right_or_wrong(typed: str, credit: float) -> None:
    item = steps_item(2)
    assert item.score(item.read({"step": [typed]}, {})).value == credit


@pytest.mark.parametrize(
    ("item", "form"),
    [
        (ranking_item(), {"rank-a": ["0"]}),
        (ranking_item(), {"rank-a": ["4"]}),
        (ranking_item(), {"rank-a": ["x"]}),
        (steps_item(), {"step": ["4"]}),
        (steps_item(), {"step": ["-1"]}),
        (spans_item(), {"mark-1-from": ["0"], "mark-1-to": ["2"]}),
        (spans_item(), {"mark-1-from": ["1"], "mark-1-to": ["99"]}),
        (spans_item(), {"mark-1-from": ["²"]}),
        (spans_item(), {"mark-1-from": ["1"], "mark-1-category": ["style"]}),
        (spans_item(), {"mark-1-from": ["1"], "mark-1-severity": ["huge"]}),
    ],
)
def test_forged_values_are_refused(item: Any, form: dict[str, list[str]]) -> None:
    with pytest.raises(BadInput, match=r"^answer\."):
        item.read(form, {})


def span_form(first: int, last: int, category: str = "facts", severity: str = "critical") -> dict[str, list[str]]:
    return {"mark-1-from": [str(first)], "mark-1-to": [str(last)], "mark-1-category": [category], "mark-1-severity": [severity]}


@pytest.mark.parametrize(
    ("form", "credit"),
    [
        (span_form(4, 6), 1.0),  # capital of Spain.
        (span_form(6, 4), 1.0),  # the other way round
        (span_form(3, 6), 1.0),  # one word too many lies within the tolerance
        (span_form(4, 6, category="clarity"), 0.5),  # right place, and what the kind adds by chance is taken off
        (span_form(4, 6, severity="minor"), 0.5),
        (span_form(10, 12), 0.0),
        ({"clean": ["1"]}, 0.0),
    ],
)
def test_spans(form: dict[str, list[str]], credit: float) -> None:
    item = spans_item()
    assert item.score(item.read(form, {})).value == pytest.approx(credit)


def test_marking_everything_does_not_pay() -> None:
    item = spans_item()
    everything = item.score(item.read(span_form(1, 13), {})).value
    assert everything < 0.6
    assert spans_item([]).score(spans_item([]).read(span_form(1, 13), {})).value == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ranking_item({"a": 1, "b": 3, "c": 4}), "no gaps"),
        (lambda: ranking_item({"a": 2, "b": 2, "c": 2}), "start at 1"),
        (lambda: steps_item(4), "no step 4"),
        (lambda: spans_item([{"text": "is not there", "category": "facts", "severity": "minor"}]), "exactly once"),
        (lambda: spans_item([{"text": "a", "category": "facts", "severity": "minor"}]), "exactly once"),
        (lambda: spans_item([{"text": "Paris", "category": "safety", "severity": "minor"}]), "categories"),
    ],
)
def test_keys_that_do_not_fit_are_refused(make: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        make()

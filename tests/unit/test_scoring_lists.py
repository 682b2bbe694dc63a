"""Ranking and error spans: reference numbers where they are at hand, and properties that must always hold."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_academy.assessments.scoring import Mark, score_ranking, score_spans

SHARED = Path(__file__).resolve().parents[3] / "shared" / "assessment-data"
REFERENCE = Path(os.environ.get("ASSESSMENT_DATA", SHARED)) / "reference"
needs_reference = pytest.mark.skipif(not REFERENCE.exists(), reason="the reference numbers are not on this machine")
RANKS = st.lists(st.integers(1, 6), min_size=3, max_size=6).map(lambda ranks: dict(zip("abcdef", ranks, strict=False)))


def marks(spans: list[list[object]]) -> list[Mark]:
    return [Mark(int(str(start)), int(str(end)), str(label), "major") for start, end, label in spans]


@needs_reference
def test_ranking_is_kendalls_tau_with_a_floor() -> None:
    rows = list(csv.DictReader((REFERENCE / "ranking_examples_n4.csv").open()))
    assert len(rows) == 24
    for row in rows:
        # "1324" is the order of the responses from best to worst.
        key = {name: place for place, name in enumerate(row["gold"], 1)}
        answer = {name: place for place, name in enumerate(row["answer"], 1)}
        assert score_ranking(answer, key) == pytest.approx(max(0.0, float(row["tau"])), abs=1e-4)


@needs_reference
def test_span_location_is_the_character_f1_of_the_reference() -> None:
    for row in csv.DictReader((REFERENCE / "span_examples.csv").open()):
        found = score_spans(marks(json.loads(row["pred"])), marks(json.loads(row["gold"])))
        assert found.location == pytest.approx(float(row["char_f1"]), abs=1e-4), row["case"]


@pytest.mark.parametrize(
    ("answer", "key", "credit"),
    [
        ({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 2, "c": 3}, 1.0),
        ({"a": 3, "b": 2, "c": 1}, {"a": 1, "b": 2, "c": 3}, 0.0),
        ({"a": 1, "b": 2, "c": 2}, {"a": 1, "b": 2, "c": 3}, 2 / 3),
        ({"a": 1, "b": 3, "c": 2}, {"a": 1, "b": 2, "c": 2}, 1.0),
        ({"a": 1}, {"a": 1, "b": 2, "c": 3}, 0.0),
        ({}, {"a": 1, "b": 2, "c": 3}, 0.0),
    ],
)
def test_ranking(answer: dict[str, int], key: dict[str, int], credit: float) -> None:
    assert score_ranking(answer, key) == pytest.approx(credit)


@given(RANKS, RANKS)
def test_ranking_is_in_range_and_perfect_for_the_key(answer: dict[str, int], key: dict[str, int]) -> None:
    assert 0 <= score_ranking(answer, key) <= 1
    assert score_ranking(key, key) == 1


@given(RANKS, RANKS, st.permutations("abcdef"))
def test_ranking_does_not_depend_on_the_names(answer: dict[str, int], key: dict[str, int], names: list[str]) -> None:
    other = dict(zip("abcdef", names, strict=True))
    renamed = score_ranking({other[n]: r for n, r in answer.items()}, {other[n]: r for n, r in key.items()})
    assert renamed == pytest.approx(score_ranking(answer, key))


SPAN = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: Mark(pair[0], pair[0] + pair[1], "facts", "major"))


@given(st.lists(SPAN, max_size=4), st.lists(SPAN, max_size=4), st.integers(0, 5))
def test_span_scores_are_in_range_and_do_not_depend_on_the_order(one: list[Mark], two: list[Mark], tolerance: int) -> None:
    found = score_spans(one, two, tolerance)
    for value in (found.location, found.category, found.severity):
        assert 0 <= value <= 1
    assert found == score_spans(one[::-1], two[::-1], tolerance)
    perfect = score_spans(two, two, tolerance)
    assert (perfect.location, perfect.category, perfect.severity, perfect.false_alarm) == (1, 1, 1, 0)


@given(st.lists(SPAN, max_size=4), st.lists(SPAN, max_size=4), st.integers(0, 5))
def test_tolerance_never_lowers_a_score(one: list[Mark], two: list[Mark], tolerance: int) -> None:
    assert score_spans(one, two, tolerance).location >= score_spans(one, two).location - 1e-12


def test_a_mark_on_clean_text_is_a_false_alarm() -> None:
    found = score_spans([Mark(3, 9, "facts", "minor")], [])
    assert (found.location, found.false_alarm) == (0, 6)


def test_category_and_severity_are_scored_apart() -> None:
    key = [Mark(0, 10, "facts", "major"), Mark(20, 30, "style", "minor")]
    found = score_spans([Mark(0, 10, "facts", "minor"), Mark(20, 30, "facts", "minor")], key)
    assert (found.location, found.category, found.severity) == (1, 0.5, 0.5)

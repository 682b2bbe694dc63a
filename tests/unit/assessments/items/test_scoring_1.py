"""Scoring 1, frozen: reference numbers, properties, and stored scores that come out again to the last digit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.references.reading import examples
from tests.speed import shared_library
from trainer_academy.assessments.items.scoring import FIRST_SCORING, Mark
from trainer_academy.assessments.items.scoring_1 import (
    score_choice,
    score_level,
    score_preference,
    score_ranking,
    score_side,
    score_spans,
)

POINTS = st.integers(-3, 3)
GOLDEN = Path(__file__).with_name("scores_of_scoring_1.json")

RANKS = st.lists(st.integers(1, 6), min_size=3, max_size=6).map(lambda ranks: dict(zip("abcdef", ranks, strict=False)))


def marks(spans: list[list[object]]) -> list[Mark]:
    return [Mark(int(str(start)), int(str(end)), str(label), "major") for start, end, label in spans]


def test_ranking_is_kendalls_tau_with_a_floor() -> None:
    rows = examples("ranking_examples_n4")
    assert len(rows) == 24
    for row in rows:
        # "1324" is the order of the responses from best to worst.
        key = {name: place for place, name in enumerate(row["gold"], 1)}
        answer = {name: place for place, name in enumerate(row["answer"], 1)}
        assert score_ranking(answer, key) == pytest.approx(max(0.0, float(row["tau"])), abs=1e-4)


def test_span_location_is_the_character_f1_of_the_reference() -> None:
    for row in examples("span_examples"):
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


@pytest.mark.parametrize(
    ("given_", "key", "credit"),
    [
        (3, 3, 1.0),
        (2, 3, 0.8),
        (1, 3, 0.5),
        (0, 3, 0.0),
        (-1, 3, 0.0),
        (-3, 3, 0.0),
        (0, 0, 1.0),
        (1, 0, 0.4),
        (-1, 0, 0.4),
        (2, 0, 0.0),
        (0, 1, 0.4),
        (0, -1, 0.4),
        (0, 2, 0.0),
        (-1, 1, 0.0),
        (1, 2, 0.8),
    ],
)
def test_preference(given_: int, key: int, credit: float) -> None:
    assert score_preference(given_, key) == credit


@given(POINTS, POINTS)
def test_preference_is_symmetric_under_a_swap_of_a_and_b(given_: int, key: int) -> None:
    assert score_preference(given_, key) == score_preference(-given_, -key)


@given(POINTS, POINTS, POINTS)
def test_preference_falls_with_the_distance_on_one_side(one: int, other: int, key: int) -> None:
    if one * key > 0 and other * key > 0 and abs(one - key) <= abs(other - key):
        assert score_preference(one, key) >= score_preference(other, key)


@pytest.mark.parametrize(
    ("selected", "correct", "credit"),
    [
        (["a"], ["a"], 1.0),
        (["b"], ["a"], 0.0),
        ([], ["a"], 0.0),
        (["a", "b"], ["a", "b"], 1.0),
        (["a"], ["a", "b"], 0.5),
        (["a", "c"], ["a", "b"], 0.0),
        (["a", "b", "c"], ["a", "b"], 0.5),
        (["c", "d"], ["a", "b"], 0.0),
    ],
)
def test_choice(selected: list[str], correct: list[str], credit: float) -> None:
    assert score_choice(selected, correct) == credit


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef"), min_size=1))
def test_choice_is_in_range_and_full_only_for_the_key(selected: set[str], correct: set[str]) -> None:
    credit = score_choice(selected, correct)
    assert 0 <= credit <= 1
    assert (credit == 1) == (selected == correct)


@pytest.mark.parametrize(
    ("given_", "key", "levels", "credit"),
    [
        (0, 0, 2, 1.0),
        (1, 0, 2, 0.0),
        (1, 2, 3, 1 / 3),
        (0, 2, 3, 0.0),
        (1, 2, 4, 0.5),
        (0, 2, 4, 0.0),
        (3, 4, 5, 0.6),
        (2, 4, 5, 0.2),
        (1, 4, 5, 0.0),
    ],
)
def test_level(given_: int, key: int, levels: int, credit: float) -> None:
    assert score_level(given_, key, levels) == pytest.approx(credit)


@given(st.integers(2, 7), st.data())
def test_level_is_monotonic(levels: int, data: st.DataObject) -> None:
    key = data.draw(st.integers(0, levels - 1))
    credits = [score_level(level, key, levels) for level in sorted(range(levels), key=lambda level: abs(level - key))]
    assert credits[0] == 1
    assert credits == sorted(credits, reverse=True)


@pytest.mark.parametrize(
    ("given_", "key", "credit"),
    [("first", "first", 1), ("same", "first", 0.4), ("first", "same", 0.4), ("second", "first", 0), ("", "same", 0)],
)
def test_side(given_: str, key: str, credit: float) -> None:
    assert score_side(given_, key) == credit


def test_stored_scores_come_out_again_to_the_last_digit() -> None:
    """Answers with the scores that the rules of November 2026 gave; items that have changed since are left out."""
    items, seen = shared_library().store.items, set()
    for row in json.loads(GOLDEN.read_text()):
        item = items[row["item"]]
        if item.version == row["version"]:
            found = item.score(row["payload"], FIRST_SCORING)
            assert (found.value, [part.credit for part in found.parts]) == (row["value"], row["parts"]), row["item"]
            seen.add(item.kind)
    assert seen == {"choice", "pairwise", "ranking", "rubric", "spans", "steps"}

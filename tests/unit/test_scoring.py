"""Scoring rules: tables of cases, and properties that must always hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_academy.assessments.scoring import (
    ItemScore,
    PartScore,
    score_choice,
    score_level,
    score_paper,
    score_preference,
    score_side,
    wilson_interval,
)

POINTS = st.integers(-3, 3)


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


def test_wilson_interval_against_a_published_figure() -> None:
    """33 of 42: 64 % to 88 % (two-sided 95 %)."""
    found = wilson_interval(33 / 42, 42)
    assert round(found.low, 2) == 0.64
    assert round(found.high, 2) == 0.88


@given(st.integers(1, 200), st.data())
def test_wilson_interval_holds_the_share_and_narrows(n: int, data: st.DataObject) -> None:
    share = data.draw(st.integers(0, n)) / n
    found = wilson_interval(share, n)
    assert 0 <= found.low <= share <= found.high <= 1
    wider = wilson_interval(share, n * 4)
    assert wider.high - wider.low < found.high - found.low


def test_wilson_interval_without_items_says_nothing() -> None:
    assert (wilson_interval(0.0, 0).low, wilson_interval(0.0, 0).high) == (0.0, 1.0)


def test_paper_counts_empty_items_as_zero_and_splits_by_skill() -> None:
    result = score_paper([1.0, 0.5, 0.0, 1.0], ["x", "x", "y", "y"], 0.6)
    assert result.share == 0.625
    assert result.is_passed
    assert [(row.skill, row.share, row.interval.n) for row in result.skills] == [("x", 0.75, 2), ("y", 0.5, 2)]


def test_a_score_on_the_cut_passes() -> None:
    assert score_paper([0.78] * 42, ["s"] * 42, 0.78).is_passed
    assert not score_paper([0.7799] * 42, ["s"] * 42, 0.78).is_passed


def test_weighted_parts() -> None:
    assert ItemScore.from_parts([PartScore("a", 1.0, 0.7), PartScore("b", 0.0, 0.3)]).value == pytest.approx(0.7)

"""Scoring rules in force: tables of cases, and properties that must always hold."""

from __future__ import annotations

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_academy.assessments.exams.scoring import score_paper
from trainer_academy.assessments.items.scoring import (
    ItemScore,
    Mark,
    PartScore,
    best_matching,
    place_credit,
    score_level,
    score_options,
    score_pair,
    score_preference,
    score_ranking,
    score_spans,
)
from trainer_academy.psychometrics.intervals import wilson_interval

POINTS = st.integers(-3, 3)
TEXT = "one two three four five six seven eight nine ten eleven twelve"
WORDS = [(TEXT.index(word), TEXT.index(word) + len(word)) for word in TEXT.split()]


def marked(first: int, last: int, category: str = "facts", severity: str = "major") -> Mark:
    """A mark on words by number from 1."""
    return Mark(WORDS[first - 1][0], WORDS[last - 1][1], category, severity)


@pytest.mark.parametrize(
    ("given_", "key", "credit"),
    [
        (3, 3, 1),
        (2, 3, F(1, 2)),
        (1, 3, F(1, 5)),
        (0, 3, 0),
        (-1, 3, 0),
        (-1, 1, 0),
        (0, 0, 1),
        (1, 0, F(1, 5)),
        (2, 0, 0),
        (0, -1, F(1, 5)),
        (0, 2, 0),
    ],
)
def test_preference(given_: int, key: int, credit: float) -> None:
    assert score_preference(given_, key) == credit


@given(POINTS, POINTS)
def test_preference_is_symmetric_and_nothing_is_earned_on_the_wrong_side(given_: int, key: int) -> None:
    assert score_preference(given_, key) == score_preference(-given_, -key)
    assert given_ * key >= 0 or score_preference(given_, key) == 0


def test_dimensions_of_a_pair_count_as_a_whole_and_chance_is_taken_off() -> None:
    assert score_pair(1, [1, 1]) == 1
    assert score_pair(1, [1, 0]) == score_pair(1, [0, 0]) == F(3, 5)
    assert score_pair(F(1, 2), [1, 0]) == F(2, 15)
    assert score_pair(F(1, 5), [1, 1]) == F(19, 75)
    assert score_pair(0, [1, 1]) == F(1, 15) and score_pair(0, [0]) == 0


@pytest.mark.parametrize(
    ("selected", "correct", "options", "credit"),
    [
        ("a", "a", 4, 1),
        ("b", "a", 4, 0),
        ("ab", "a", 4, 0),
        ("ab", "ab", 4, 1),
        ("a", "ab", 4, F(1, 2)),
        ("abc", "ab", 4, F(1, 2)),
        ("abcd", "abc", 4, 0),
        ("abcd", "ab", 4, 0),
        ("ac", "ab", 4, 0),
        ("", "ab", 4, 0),
    ],
)
def test_options(selected: str, correct: str, options: int, credit: float) -> None:
    assert score_options(selected, correct, options) == credit


@given(st.integers(2, 7))
def test_a_level_at_random_earns_nothing_on_average(levels: int) -> None:
    pairs = [(one, other) for one in range(levels) for other in range(levels)]
    assert sum(score_level(one, other, levels) for one, other in pairs) == 0
    assert all(score_level(level, level, levels) == 1 for level in range(levels))
    assert score_level(0, 1, 2) == -1 and score_level(0, 1, 3) == F(-1, 8) and score_level(0, 2, 3) == F(-5, 4)


@pytest.mark.parametrize(
    ("order", "credit"), [("abcd", 1), ("acbd", F(8, 27)), ("bacd", F(8, 27)), ("badc", F(1, 27)), ("dcba", 0), ("cadb", 0)]
)
def test_ranking(order: str, credit: float) -> None:
    key = {letter: place for place, letter in enumerate("abcd", 1)}
    assert score_ranking({letter: place for place, letter in enumerate(order, 1)}, key) == credit


def test_ties_of_a_ranking() -> None:
    assert score_ranking({"a": 1, "b": 3, "c": 2}, {"a": 1, "b": 2, "c": 2}) == 1
    assert score_ranking({"a": 1, "b": 2, "c": 2}, {"a": 1, "b": 2, "c": 3}) == F(8, 27)
    assert score_ranking({}, {"a": 1, "b": 2, "c": 3}) == 0


@pytest.mark.parametrize(
    ("given_", "key", "credit"),
    [
        ((4, 4), (4, 4), 1),
        ((2, 6), (4, 4), 1),
        ((4, 4), (2, 6), 1),
        ((1, 7), (4, 4), F(1, 3)),
        ((4, 4), (1, 7), F(1, 3)),
        ((5, 5), (4, 4), 0),
        ((-1, -1), (4, 4), 0),
    ],
)
def test_borders_are_forgiven_by_two_words_both_ways(given_: tuple[int, int], key: tuple[int, int], credit: float) -> None:
    assert place_credit(given_, key) == place_credit(key, given_) == credit or given_[0] < 0


def test_each_mark_is_matched_with_one_error_so_that_most_is_earned() -> None:
    assert sorted(best_matching([[F(1, 2), F(1)], [F(0), F(9, 10)]])) == [(0, 0), (1, 1)]
    assert best_matching([[F(1)], [F(1, 2)]]) == [(0, 0)] and best_matching([[F(0)]]) == []


def test_marks_that_are_not_needed_cost_as_much_as_missed_ones() -> None:
    key = [marked(2, 3), marked(9, 9)]
    assert score_spans(key, key, WORDS).value == 1
    assert score_spans([marked(2, 2), marked(9, 10)], key, WORDS).value == 1
    assert score_spans(key[:1], key, WORDS).value == F(2, 3)
    assert score_spans([*key, marked(6, 6)], key, WORDS).value == F(4, 5)
    assert score_spans([key[0], key[0], key[1], key[1]], key, WORDS).value == F(2, 3)
    assert score_spans([marked(1, 12)], key, WORDS).location == F(2, 3) * F(2, 2 + 7)
    assert score_spans([marked(1, 1)], [], WORDS).value == score_spans([], key, WORDS).value == 0
    assert score_spans([], [], WORDS).value == 1


def test_category_and_severity_are_credited_apart_and_chance_is_taken_off() -> None:
    key = [marked(2, 3)]
    found = score_spans([marked(2, 3, "safety")], key, WORDS)
    assert (found.location, found.category, found.severity, found.value) == (1, 0, 1, F(1, 2))
    assert score_spans([marked(2, 3, "safety", "minor")], key, WORDS).value == 0


KINDS, WEIGHTS = st.sampled_from(["facts", "safety"]), st.sampled_from(["minor", "major"])
SPAN = st.tuples(
    st.integers(1, 12), st.integers(0, 4), st.sampled_from(["facts", "safety"]), st.sampled_from(["minor", "major"])
)
SPANS = st.lists(SPAN.map(lambda s: marked(s[0], min(12, s[0] + s[1]), s[2], s[3])), max_size=4)


@given(SPANS, SPANS)
def test_span_scores_are_in_range_and_do_not_depend_on_the_order(one: list[Mark], two: list[Mark]) -> None:
    found = score_spans(one, two, WORDS)
    assert all(0 <= value <= 1 for value in (found.location, found.category, found.severity, found.value))
    assert found.value == score_spans(one[::-1], two[::-1], WORDS).value
    assert score_spans(two, two, WORDS).value == 1


def test_thirds_at_the_cut_pass() -> None:
    credits = [1.0] * 26 + [1 / 3] * 3 + [0.0] * 7
    assert score_paper(credits, ["s"] * 36, 0.75).is_passed
    assert score_paper([round(credit, 6) for credit in credits], ["s"] * 36, 0.75).is_passed
    assert not score_paper([*credits[:-1], 0.0], ["s"] * 36, 0.7501).is_passed


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

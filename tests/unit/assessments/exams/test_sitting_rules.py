"""Access windows, the start rules, extra time, signs and trap profiles: pure rules as tables of cases."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.make import choice_item, pairwise_item
from tests.unit.assessments.exams.test_assembly import spec
from trainer_academy.assessments.bank.schema import Window
from trainer_academy.assessments.exams.eligibility import (
    GrantedWindow,
    PastAttempt,
    StartFacts,
    access_window,
    deadline,
    start_state,
)
from trainer_academy.assessments.exams.integrity import (
    WrongAnswers,
    count_signs,
    rapid_threshold,
    read_signals,
    same_wrong_pairs,
)
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.assessments.results.traps import trap_profile

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def hours(start: float, end: float, personal: bool = False) -> GrantedWindow:
    return GrantedWindow(personal, NOW + timedelta(hours=start), NOW + timedelta(hours=end))


@pytest.mark.parametrize(
    ("own", "granted", "expected"),
    [
        (None, [], None),
        ((-1, 1), [], (-1, 1)),
        ((-1, 1), [hours(2, 3)], (-1, 1)),
        (None, [hours(-3, -2, personal=True), hours(-1, 4)], (-1, 4)),
        (None, [hours(5, 6, personal=True), hours(2, 3)], (2, 3)),
        ((-1, 1), [hours(2, 3), hours(-5, 5, personal=True)], (-5, 5)),
        (None, [hours(-1, 1), hours(-2, 2)], (-2, 2)),
        (None, [hours(5, 6), hours(3, 4), hours(-9, -8)], (3, 4)),
        (None, [hours(-9, -8), hours(-5, -4)], (-5, -4)),
        (None, [hours(-1, 0)], (-1, 0)),
    ],
)
def test_the_window_that_counts(
    own: tuple[int, int] | None, granted: list[GrantedWindow], expected: tuple[int, int] | None
) -> None:
    window = own and Window(opens_at=NOW + timedelta(hours=own[0]), closes_at=NOW + timedelta(hours=own[1]))
    found = access_window(window or None, granted, NOW)
    wanted = expected and (NOW + timedelta(hours=expected[0]), NOW + timedelta(hours=expected[1]))
    assert found == (wanted or None)


@pytest.mark.parametrize(
    ("granted", "reason"),
    [([hours(1, 2)], "early"), ([hours(-2, -1)], "late"), ([hours(-1, 0)], "late"), ([hours(0, 1)], None)],
)
def test_outside_the_window_nothing_starts(granted: list[GrantedWindow], reason: str | None) -> None:
    assert start_state(spec({}), StartFacts(windows=tuple(granted)), NOW).reason == reason


def test_while_raters_read_nothing_else_starts() -> None:
    past = PastAttempt(NOW - timedelta(hours=2), NOW - timedelta(hours=1), None)
    assert start_state(spec({}), StartFacts((past,)), NOW).reason == "rating"


def test_a_pass_by_earlier_rules_may_be_tested_again_once_without_using_an_attempt() -> None:
    exam = spec({}).model_copy(update={"attempts": 1, "window_days": 30, "cooldown_hours": 0})

    def sat(days: int, is_passed: bool, scoring: int = SCORING, is_kept: bool = False) -> PastAttempt:
        at = NOW - timedelta(days=days)
        return PastAttempt(at, at, is_passed, scoring=scoring, is_kept=is_kept)

    def state(*past: PastAttempt) -> tuple[bool, bool, int]:
        found = start_state(exam, StartFacts(past), NOW)
        return found.may_start, found.is_retest, found.attempts_left

    assert state(sat(5, True)) == (False, False, 0)
    assert state(sat(5, True, scoring=1)) == state(sat(5, True, is_kept=True)) == (True, True, 0)
    assert state(sat(5, False, scoring=1)) == (False, False, 0)
    assert state(sat(5, True, scoring=1), sat(1, False)) == (False, False, 0)
    assert state(sat(60, True, scoring=1), sat(1, False)) == (True, False, 1)


@given(st.integers(1, 240), st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0]))
def test_extra_time_multiplies_and_never_shortens(minutes: int, factor: float) -> None:
    length = deadline(NOW, minutes, factor) - NOW
    assert length >= timedelta(minutes=minutes)
    assert abs(length.total_seconds() - minutes * 60 * factor) < 1


@pytest.mark.parametrize(
    ("signals", "seconds", "expected"),
    [
        ("paste:2,left:1", "31", (31, {"paste": 2, "left": 1})),
        ("", "", (None, {})),
        ("left:0,paste:x,evil:3", "-4", (None, {})),
        ("paste:1234", "1e9", (None, {})),
        ("left:5" + "x" * 9999, "99999", (14400, {"left": 5})),
    ],
)
def test_signals_are_read_or_dropped(signals: str, seconds: str, expected: tuple[int | None, dict[str, int]]) -> None:
    found = read_signals(signals, seconds)
    assert (found.seconds, found.counts) == expected


@given(st.text(), st.text())
def test_signals_never_keep_an_answer_from_being_saved(signals: str, seconds: str) -> None:
    read_signals(signals, seconds)


def test_a_longer_item_needs_longer_to_be_read() -> None:
    assert rapid_threshold(0) == 3
    assert rapid_threshold(300) == 30


def test_pairs_with_the_same_wrong_answers_are_found_the_most_alike_first() -> None:
    wrong = {f"i{n}": "a" for n in range(6)}
    items = frozenset(wrong) | {"i9"}
    one, two = WrongAnswers(1, items, wrong), WrongAnswers(2, items, wrong)
    three = WrongAnswers(3, items, wrong | {"i0": "b", "i1": "b"})
    four = WrongAnswers(4, items, dict.fromkeys(wrong, "c"))
    pairs = same_wrong_pairs([one, two, three, four])
    assert [(p.one, p.other, p.same, p.both_wrong, p.shared) for p in pairs] == [
        (1, 2, 6, 6, 7),
        (1, 3, 4, 6, 7),
        (2, 3, 4, 6, 7),
    ]


def test_planted_copies_among_five_hundred_are_found_and_few_others() -> None:
    """Copies share all wrong answers; the others answer wrong at random among three wrong options."""
    rng = random.Random(7)
    people = []
    for number in range(500):
        wrong = {f"i{n}": rng.choice("abc") for n in rng.sample(range(42), 12)}
        people.append(WrongAnswers(number, frozenset(f"i{n}" for n in range(42)), wrong))
    copies = [(n, n + 250) for n in range(20)]
    for original, copy in copies:
        people[copy] = WrongAnswers(copy, people[copy].items, people[original].wrong)
    top = same_wrong_pairs(people)[: len(copies)]
    assert {(pair.one, pair.other) for pair in top} == set(copies)


def test_signs_are_counted() -> None:
    events = [("noticed", {"position": 1, "paste": 2}), ("noticed", {"left": 1}), ("moved", {"device": 3}), ("saved", {})]
    assert count_signs(events) == {"paste": 2, "left": 1, "moved": 1}


def test_a_trap_row_counts_answers_that_follow_the_trap() -> None:
    items = [
        pairwise_item(overall=-2, id="t-1", traps=("length",)),
        pairwise_item(overall=-2, id="t-2", traps=("length", "style")),
        choice_item(id="t-3", traps=("style",)),
        pairwise_item(overall=-2, id="t-4", traps=("length",)),
        pairwise_item(overall=-2, id="t-5", traps=("length",)),
    ]
    dims = {"dimensions": {"facts": "first"}}
    payloads = [{"overall": 3} | dims, {"overall": -1} | dims, {"selected": ["b"]}, {}, {"overall": 3} | dims]
    rows = trap_profile(items, payloads, [0.0, 0.8, 0.0, 0.0, None])
    assert [(row.trap, row.fell, row.items, row.is_side) for row in rows] == [("length", 1, 2, True), ("style", 1, 2, False)]
    assert rows[0].interval.low < 0.5 < rows[0].interval.high

"""Corrected keys and keys from votes: chains, circles, the shape of new keys, and what answers then earn."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.make import choice_item, pairwise_item, ranking_item, rubric_item, spans_item, steps_item
from trainer_academy.assessments.bank.corrected_keys import Corrections, suspend, with_key
from trainer_academy.assessments.corrections.rescoring import effect_on_pass, is_different
from trainer_academy.assessments.corrections.votes import (
    MIN_VOTES,
    count_votes,
    key_from_answer,
    takes_key,
    votes_key,
)
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.errors import BadInput

ITEMS: list[SomeItem] = [
    choice_item(),
    choice_item(["a", "c"]),
    pairwise_item(),
    pairwise_item(2, {"facts": "same", "clarity": "second"}),
    rubric_item(),
    ranking_item(),
    steps_item(),
    spans_item(),
    spans_item([]),
]
LETTERS = "abcd"


def keyed(letter: str) -> dict[str, Any]:
    return {"basis": "judgement", "correct": [letter]}


def version(letter: str) -> str:
    return choice_item([letter]).key_version


def chain(*moves: str) -> Corrections:
    """Corrections of the test item: "ab" replaces a by b."""
    return Corrections({("t-001", version(move[0])): keyed(move[1]) for move in moves})


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.kind)
def test_an_answer_becomes_a_key_that_fits(item: SomeItem) -> None:
    assert takes_key(item)
    new = with_key(item, key_from_answer(item, item.perfect()))
    assert new.key_version == item.key_version
    assert new.score(item.perfect()).value == 1.0


@pytest.mark.parametrize(
    ("moves", "start", "end"),
    [
        ([], "a", "a"),
        (["ab"], "a", "b"),
        (["ab"], "c", "c"),
        (["ab", "bc"], "a", "c"),
        (["ab", "bc"], "b", "c"),
        (["ab", "ba"], "a", "a"),
        (["ab", "ba"], "b", "b"),
        (["ab", "bc", "cb"], "a", "b"),
    ],
)
def test_corrections_follow_each_other_and_a_circle_ends(moves: list[str], start: str, end: str) -> None:
    item = chain(*moves).apply(choice_item([start]))
    assert item.key_version == version(end)
    assert item.score({"selected": [end]}).value == 1.0


@given(st.dictionaries(st.sampled_from(LETTERS), st.sampled_from(LETTERS), max_size=4), st.sampled_from(LETTERS), st.booleans())
def test_applying_corrections_twice_is_applying_them_once(moves: dict[str, str], start: str, is_suspended: bool) -> None:
    made = Corrections(
        {("t-001", version(old)): keyed(new) for old, new in moves.items()},
        frozenset({"t-001"} if is_suspended else ()),
    )
    once = made.apply(choice_item([start]))
    assert made.apply(once) == once
    assert once.is_counted != is_suspended


def test_another_item_is_not_touched() -> None:
    other = choice_item(["a"], id="t-002")
    assert chain("ab").apply(other) is other


def test_a_suspended_item_keeps_its_key_and_does_not_count() -> None:
    item = suspend(choice_item())
    assert not item.is_counted
    assert item.key_version == choice_item().key_version


@pytest.mark.parametrize(
    "key",
    [keyed("f"), {"basis": "judgement", "correct": []}, {"basis": "judgement", "correct": ["a", "b"]}, {"correct": ["a"]}, {}],
)
def test_a_key_that_does_not_fit_is_refused_with_a_reason(key: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"^key\.misfit"):
        with_key(choice_item(), key)


def test_a_span_that_occurs_twice_cannot_be_a_key() -> None:
    item = spans_item()
    start = item.response.index(" a") + 1
    answer = {"marks": [{"start": start, "end": start + 1, "category": "facts", "severity": "minor"}]}
    with pytest.raises(BadInput, match="exactly once"):
        with_key(item, key_from_answer(item, answer))


def test_votes_on_options_are_counted_and_scored_by_consensus() -> None:
    item = choice_item()
    key = votes_key(item, [{"selected": ["b"]}] * 6 + [{"selected": ["a"]}] * 3)
    assert key == {"basis": "judgement", "correct": ["b"], "votes": {"choice": {"a": 3, "b": 6}}}
    new = with_key(item, key)
    assert [new.score({"selected": [letter]}).value for letter in LETTERS] == [0.5, 1.0, 0.0, 0.0]
    assert new.score({}).value == 0.0
    assert new.key_version != with_key(item, keyed("b")).key_version


def test_votes_on_a_pair_keep_every_part() -> None:
    item = pairwise_item(-3, {"facts": "first", "clarity": "same"})
    votes = [{"overall": -2, "dimensions": {"facts": "first", "clarity": "second"}}] * 4
    votes += [{"overall": 1, "dimensions": {"facts": "same", "clarity": "second"}}] * 2
    key = votes_key(item, votes)
    assert key["votes"] == {"overall": {"-2": 4, "1": 2}, "facts": {"first": 4, "same": 2}, "clarity": {"second": 6}}
    assert (key["overall"], key["dimensions"]) == (-2, {"facts": "first", "clarity": "second"})
    new = with_key(item, key)
    assert new.score({"overall": 1, "dimensions": {"facts": "same", "clarity": "second"}}).value == pytest.approx(
        (0.7 * 0.5 + 0.3 * 0.5 - 0.25) / 0.75
    ), "the dimension with the fewest votes counts for all"


def test_votes_on_a_rubric_and_a_tie() -> None:
    item = rubric_item()
    key = votes_key(item, [{"levels": {"count": 0, "tone": 1}}] * 3 + [{"levels": {"count": 2, "tone": 1}}] * 3)
    assert key["votes"] == {"count": {"0": 3, "2": 3}, "tone": {"1": 6}}
    assert key["levels"] == {"count": 0, "tone": 1}, "the lower one of two equally frequent levels"
    new = with_key(item, key)
    assert {level: new.score({"levels": {"count": level, "tone": 1}}).value for level in (0, 1, 2)} == {0: 1.0, 1: 0.25, 2: 1.0}


@given(st.lists(st.tuples(st.integers(-3, 3), st.sampled_from(["first", "same", "second"])), min_size=MIN_VOTES, max_size=20))
def test_the_most_frequent_answer_always_earns_everything(votes: list[tuple[int, str]]) -> None:
    item = pairwise_item()
    key = votes_key(item, [{"overall": point, "dimensions": {"facts": side}} for point, side in votes])
    new = with_key(item, key)
    assert new.score(new.perfect()).value == 1.0
    assert sum(key["votes"]["overall"].values()) == len(votes)


def test_too_few_votes_and_wrong_kinds_are_refused() -> None:
    with pytest.raises(BadInput, match=r'^vote\.too_few {"votes": 4, "needed": 5}$'):
        votes_key(choice_item(), [{"selected": ["a"]}] * 4)
    for item in (choice_item(["a", "b"]), ranking_item(), steps_item(), spans_item()):
        assert not item.takes_votes
        with pytest.raises(BadInput):
            count_votes(item, [item.perfect()] * 6)


@pytest.mark.parametrize(
    ("was_passed", "is_reached", "keeps", "effect"),
    [
        (False, False, True, ""),
        (True, True, False, ""),
        (False, True, True, "to_pass"),
        (False, True, False, "to_pass"),
        (True, False, True, "kept"),
        (True, False, False, "to_fail"),
    ],
)
def test_what_a_new_score_means(was_passed: bool, is_reached: bool, keeps: bool, effect: str) -> None:
    assert effect_on_pass(was_passed, is_reached, keeps) == effect


def test_rounding_is_no_difference() -> None:
    assert not is_different(0.1 + 0.2, 0.3, 42, 42)
    assert is_different(0.3, 0.3, 42, 41)
    assert is_different(0.3, 0.31, 42, 42)

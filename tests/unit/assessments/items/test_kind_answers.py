"""What pairs and marked texts say of an answer besides its score: shown order, sheets, guesses, votes and judgements."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction
from typing import Any

import pytest

from tests.make import pairwise_item, ranking_item, spans_item
from trainer_academy.assessments.items.pairwise import PairwiseItem
from trainer_academy.assessments.items.scoring import ItemScore, Mark, PartScore, score_ranking, score_spans, score_votes
from trainer_academy.core.errors import BadInput
from trainer_academy.core.markdown import count_words
from trainer_academy.psychometrics.agreement import Judgement

# The sheet shows the first response as A, or as B, by the id.
PLAIN = next(f"t-{n}" for n in range(99) if not pairwise_item(id=f"t-{n}").is_turned_on_sheet)
TURNED = next(f"t-{n}" for n in range(99) if pairwise_item(id=f"t-{n}").is_turned_on_sheet)
FIRST, SECOND = "It is 4.", "It is five, I am sure."


def test_the_order_is_drawn_and_turned() -> None:
    item = pairwise_item()
    drawn = Counter(bool(item.present(random.Random(seed))["swapped"]) for seed in range(400))
    assert 160 < drawn[True] < 240
    for number in (0.0, 0.49, 0.5, 0.9):
        assert item.present(Fixed(number)) == {"swapped": number < 0.5}
    assert PairwiseItem.swapped({"swapped": True}) == {"swapped": False}
    assert PairwiseItem.swapped({"swapped": False}) == PairwiseItem.swapped({}) == {"swapped": True}


class Fixed(random.Random):
    """Draws the same number each time."""

    def __new__(cls, number: float) -> Fixed:
        return super().__new__(cls)

    def __init__(self, number: float) -> None:
        super().__init__(1)
        self.number = number

    def random(self) -> float:
        return self.number


@pytest.mark.parametrize(
    ("payload", "is_complete"),
    [
        ({"overall": 0, "dimensions": {"facts": "same"}}, True),
        ({"dimensions": {"facts": "same"}}, False),
        ({"overall": 0}, False),
        ({"overall": 0, "dimensions": {}}, False),
        ({}, False),
    ],
)
def test_a_pair_is_complete_with_preference_and_dimensions(payload: dict[str, Any], is_complete: bool) -> None:
    assert pairwise_item().is_complete(payload) is is_complete


@pytest.mark.parametrize(("overall", "worse"), [(3, 2), (1, 0), (-1, 0), (-3, -2)])
def test_one_step_worse_is_nearer_to_the_middle(overall: int, worse: int) -> None:
    assert pairwise_item().worse({"overall": overall, "reason": "r"}) == {"overall": worse, "reason": "r"}
    assert pairwise_item().worse({"overall": 0}) == {}


def test_the_stem_does_not_tell_the_order() -> None:
    item, turned = pairwise_item(), pairwise_item(first=SECOND, second=FIRST)
    assert item.stem() == turned.stem() == f"What is 2 + 2?{FIRST}{SECOND}"
    assert item.scale() == {"overall": ["-3", "-2", "-1", "0", "1", "2", "3"], "facts": ["first", "same", "second"]}


@pytest.mark.parametrize(
    ("name", "text", "overall", "side"),
    [
        (PLAIN, "A2 facts:A", -2, "first"),
        (PLAIN, "B3 facts:B", 3, "second"),
        (PLAIN, "0 facts:=", 0, "same"),
        (PLAIN, "A1 facts:B", -1, "second"),
        (TURNED, "A2 facts:A", 2, "second"),
        (TURNED, "B3 facts:B", -3, "first"),
        (TURNED, "0 facts:=", 0, "same"),
    ],
)
def test_a_sheet_speaks_of_a_and_b_as_it_shows_them(name: str, text: str, overall: int, side: str) -> None:
    item = pairwise_item(id=name)
    assert item.read_sheet(text) == {"overall": overall, "dimensions": {"facts": side}}
    shown_first = SECOND if name == TURNED else FIRST
    assert item.sheet_parts()[1] == f"## Response A\n\n{shown_first}"


@pytest.mark.parametrize(
    ("overall", "found"),
    [(-2, {"ties": (0, 1), "first": (1, 1), "longer": (0, 1)}), (2, {"ties": (0, 1), "first": (0, 1), "longer": (1, 1)})],
)
def test_what_gives_a_pair_away(overall: int, found: dict[str, tuple[int, int]]) -> None:
    assert count_words(SECOND) > count_words(FIRST)
    said = pairwise_item(overall=overall).giveaways()
    assert {name: said[name] for name in found} == found
    alike = pairwise_item(overall=overall, first="one two", second="two one").giveaways()
    assert alike["longer"] == alike["polished"] == (0, 0)
    polished = pairwise_item(overall=overall, first="one two", second="# One\n\n- **two**").giveaways()["polished"]
    assert polished == (int(overall > 0), 1)
    assert pairwise_item(overall=0).giveaways() == {"ties": (1, 1)}


@pytest.mark.parametrize(("overall", "side"), [(-3, "first"), (-1, "first"), (0, "same"), (1, "second"), (3, "second")])
def test_a_guess_names_one_side_for_everything(overall: int, side: str) -> None:
    class Player:
        def pair(self, first: str, second: str, rng: random.Random) -> int:
            assert (first, second) == (FIRST, SECOND)
            return overall

    guess = pairwise_item(dimensions={"facts": "first", "clarity": "same"}).guess(Player(), random.Random(1))  # type: ignore[arg-type]
    assert guess == {"overall": overall, "dimensions": {"facts": side, "clarity": side}}


def test_answers_are_counted_by_preference() -> None:
    item = pairwise_item()
    assert item.tally({"overall": -2}) == ["-2"]
    assert item.tally({}) == []
    assert item.says_same({"overall": 1}, {"overall": 1, "reason": "r"}) and not item.says_same({"overall": 1}, {"overall": 2})


@pytest.mark.parametrize(
    ("key", "answer", "fell"),
    [(-2, 1, True), (-2, -3, False), (-2, 0, False), (1, -1, True), (1, 1, False), (0, 1, True), (0, -1, True), (0, 0, False)],
)
def test_who_fell_for_a_trap(key: int, answer: int, fell: bool) -> None:
    assert pairwise_item(overall=key).fell_for({"overall": answer}, 0.0) is fell


def test_an_answer_beside_the_key_is_a_judgement_on_seven_points() -> None:
    item = pairwise_item(overall=-3)
    assert item.beside_key({"overall": 2}) == [Judgement("t-001", "overall/7", 5, 0, 7)]
    assert item.beside_key({}) == []


def test_an_answer_beside_the_raters_is_beside_the_mildest_of_the_most_frequent() -> None:
    votes = {"overall": {"-2": 4, "1": 4, "3": 2}}
    key = {"basis": "panel", "overall": -2, "dimensions": {"facts": "first"}, "votes": votes}
    item = pairwise_item().model_copy(update={"key": type(pairwise_item().key).model_construct(**key)})
    assert item.beside_raters({"overall": 3}) == (0.2, Judgement("t-001", "overall/7", 6, 4, 7))
    assert item.beside_raters({"overall": 0}) == (0.0, Judgement("t-001", "overall/7", 3, 4, 7))
    share, judgement = item.beside_raters({"reason": "r"}) or (None, None)
    assert (share, judgement) == (0.0, Judgement("t-001", "overall/7", 3, 4, 7))
    assert item.beside_raters({}) is None
    assert pairwise_item().beside_raters({"overall": 3}) is None


@pytest.mark.parametrize(
    ("overall", "swapped", "left"),
    [(-2, False, True), (2, False, False), (-2, True, False), (2, True, True), (0, False, None), (None, True, None)],
)
def test_which_side_was_chosen_on_the_screen(overall: int | None, swapped: bool, left: bool | None) -> None:
    payload = {} if overall is None else {"overall": overall}
    assert pairwise_item().chose_left(payload, {"swapped": swapped}) is left


# ---------------------------------------------------------------- marked texts


def test_a_text_without_errors_is_clean() -> None:
    assert spans_item([]).is_clean and not spans_item().is_clean
    assert spans_item([]).giveaways() == {"clean": (1, 1)}
    assert spans_item().giveaways() == {"clean": (0, 1)}


@pytest.mark.parametrize("text", ["a", "not there"])
def test_a_key_names_words_that_stand_there_once(text: str) -> None:
    with pytest.raises(ValueError, match="exactly once"):
        spans_item([{"text": text, "category": "facts", "severity": "minor"}])


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [("2", "3", "is the"), ("3", "2", "is the"), ("1", "", "Paris"), ("", "1", "Paris"), ("13", "13", "river.")],
)
def test_a_mark_is_read_by_its_words(first: str, last: str, words: str) -> None:
    item = spans_item()
    for number in (1, 6):
        form = {f"mark-{number}-from": [first], f"mark-{number}-to": [last], f"mark-{number}-category": ["clarity"]}
        [found] = item.read(form, {})["marks"]
        assert item.response[found["start"] : found["end"]] == words.strip(".") or item.response[found["start"] :].startswith(
            words
        )
        assert (found["category"], found["severity"]) == ("clarity", "major")
    assert item.read({"mark-7-from": ["1"]}, {}) == {}


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("x", "1", "answer.error_place"),
        ("1", "x", "answer.error_place"),
        ("-1", "1", "answer.error_place"),
        ("\uff11", "1", "answer.error_place"),
        ("00001", "1", "answer.error_place"),
        ("0", "1", "answer.words"),
        ("1", "14", "answer.words"),
        ("9999", "1", "answer.words"),
    ],
)
def test_a_mark_stands_in_the_text(first: str, last: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        spans_item().read({"mark-1-from": [first], "mark-1-to": [last]}, {})
    assert refused.value.code == code


def test_a_mark_has_a_kind_and_a_weight_of_the_item() -> None:
    item = spans_item()
    for field, value in (("category", "no-such"), ("severity", "huge")):
        with pytest.raises(BadInput) as refused:
            item.read({"mark-1-from": ["1"], f"mark-1-{field}": [value]}, {})
        assert refused.value.code == "answer.error_kind"
    [found] = item.read({"mark-1-from": ["1"], "mark-1-severity": ["minor"]}, {})["marks"]
    assert (found["category"], found["severity"], found["start"], found["end"]) == ("facts", "minor", 0, 5)
    assert item.read({"clean": ["1"]}, {}) == {"marks": []}
    assert item.read({}, {}) == {}


def test_marks_are_shown_by_their_words_and_guessed_at_numbers() -> None:
    item = spans_item(response="In 1990 there were 12 bridges. There are 30 today, and more will come.", spans=[])
    marks = item.guess(None, random.Random(1))["marks"]  # type: ignore[arg-type]
    assert [item.response[one["start"] : one["end"]] for one in marks] == ["1990", "12", "30"]
    assert {(one["category"], one["severity"]) for one in marks} == {("facts", "critical")}
    values = item.form_values({"marks": marks}, {})
    assert [(values[f"mark-{n}-from"], values[f"mark-{n}-to"]) for n in (1, 2, 3)] == [(2, 2), (5, 5), (9, 9)]
    assert item.form_values({"marks": []}, {}) == {"clean": 1}
    assert item.form_values({}, {}) == {}


# ---------------------------------------------------------------- rules of scoring


def test_credit_is_rounded_to_six_places() -> None:
    thirds = ItemScore.from_parts([PartScore("a", 1.0, 1.0), PartScore("b", 0.0, 2.0)])
    assert thirds.value == 0.333333
    assert ItemScore.from_parts([]).value == 0.0


@pytest.mark.parametrize(
    ("votes", "answer", "credit"), [({"a": 4, "b": 2}, "a", 1), ({"a": 4, "b": 2}, "b", 0.5), ({"a": 4}, "c", 0), ({}, "a", 0)]
)
def test_credit_by_votes(votes: dict[str, int], answer: str, credit: float) -> None:
    assert score_votes(votes, answer) == credit


def test_a_ranking_that_is_turned_round_earns_nothing_and_a_straight_one_everything() -> None:
    key = {"a": 1, "b": 2, "c": 3}
    assert score_ranking(key, key) == 1
    assert score_ranking({"a": 3, "b": 2, "c": 1}, key) == 0
    assert score_ranking({"a": 1, "b": 3, "c": 2}, key) == Fraction(1, 27)
    assert score_ranking({"a": 2, "b": 1, "c": 3}, {"a": 3, "b": 1, "c": 2}) == Fraction(1, 27)


@pytest.mark.parametrize(
    ("start", "end", "share"), [(0, 5, 0), (0, 10, 0), (0, 11, 1), (10, 20, 1), (19, 30, 1), (20, 30, 0), (12, 15, 1)]
)
def test_kind_and_weight_count_where_the_mark_touches_the_error(start: int, end: int, share: int) -> None:
    key, words = [Mark(10, 20, "facts", "major")], [(place, place + 10) for place in range(0, 50, 10)]
    given = [Mark(start, end, "facts", "major"), Mark(40, 50, "clarity", "minor")]
    found = score_spans(given, key, words)
    assert (found.category, found.severity) == (share * Fraction(2, 3), share * Fraction(2, 3)), "two marks, one error"
    other = score_spans([Mark(start, end, "clarity", "minor"), Mark(40, 50, "facts", "major")], key, words)
    assert (other.category, other.severity) == (0, 0)


def test_all_pairs_show_the_same_dimensions_in_one_order() -> None:
    one = pairwise_item(dimensions={"safety": "same", "facts": "first", "instructions": "same"})
    other = pairwise_item(dimensions={"facts": "first"})
    assert one.view({}).dimensions == other.view({}).dimensions == ("instructions", "facts", "clarity", "safety")


def test_a_dimension_without_a_key_is_asked_and_never_scored() -> None:
    item = pairwise_item(-3, {"facts": "first"})
    form = {"overall": ["-3"], "dim-facts": ["a"]}
    short = item.read(form, {})
    assert item.is_complete(short) and not item.is_full(short), "what the page calls answered must not tell what is scored"
    for side in "asb":
        whole = item.read(form | {f"dim-{name}": [side] for name in ("instructions", "clarity", "safety")}, {})
        assert item.is_full(whole)
        assert item.score(whole) == item.score(short)
        assert item.score(whole, 1) == item.score(short, 1)
        assert item.key_from_answer(whole)["dimensions"] == {"facts": "first"}
        assert item.answers_by_part(whole) == {"overall": "-3", "facts": "first"}
    assert item.is_full(item.perfect())


@pytest.mark.parametrize(
    ("prompt", "fault"),
    [
        ("Mark the faults in this prompt, if it has any. The need: a sign.", ""),
        ("Mark the faults in this prompt. The need: a sign.", "if it has any"),
        ("Write a sign.", ""),
        ("Write a sign and mark the errors, if there are any.", "no fault"),
        ("Mark the faults in this prompt, if it has any. The need: a sign. A wrong date is critical.", "weight"),
    ],
)
def test_the_wording_of_a_task_does_not_tell_whether_there_is_a_fault(prompt: str, fault: str) -> None:
    found = spans_item(prompt=prompt).wording_fault
    assert (fault in found) if fault else found == ""


def test_a_ranking_has_no_rule_of_its_own_for_ties() -> None:
    assert ranking_item().wording_fault == ""
    assert "has_ties" in ranking_item(has_ties=True).wording_fault

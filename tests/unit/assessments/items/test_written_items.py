"""Written work: reading it, its checks, its score with and without raters, and how files become items."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.house import ROOT
from tests.make import choice_item, pairwise_item, written_item
from trainer_academy.assessments.bank.corrected_keys import with_key
from trainer_academy.assessments.bank.store import parse_item
from trainer_academy.core.errors import BadInput

GOOD = {"text": "Response B says '5'."}  # meets both checks
LONG = {"text": "Response B has far too many words."}  # meets one of the two
LEVELS = st.fixed_dictionaries({"names": st.floats(0, 2), "shows": st.floats(0, 3)})
TEXTS = st.sampled_from([GOOD["text"], LONG["text"], "No name.", "Far too many words for it."])


def test_only_written_work_waits_for_raters() -> None:
    assert written_item().is_rated
    assert not choice_item().is_rated
    assert not pairwise_item().is_rated


@pytest.mark.parametrize(
    ("typed", "payload"),
    [
        ("one\r\ntwo\rthree\n", {"text": "one\ntwo\nthree\n"}),
        ("  kept as typed ", {"text": "  kept as typed "}),
        ("nul\x00l", {"text": "null"}),
        (" \r\n\t\u200b", {}),
        ("", {}),
        ("ü" * 500, {"text": "ü" * 500}),
        ("x\r\n" * 250, {"text": "x\n" * 250}),
    ],
)
def test_reading(typed: str, payload: dict[str, str]) -> None:
    item = written_item()
    assert item.read({"text": [typed]}, {}) == payload
    assert item.is_complete(payload) == bool(payload)


def test_a_text_that_is_too_long_is_refused_with_both_lengths() -> None:
    with pytest.raises(BadInput, match=r'^answer.too_long {"length": 501, "limit": 500}$'):
        written_item().read({"text": ["x" * 501]}, {})


@pytest.mark.parametrize(
    ("payload", "value"), [(GOOD, 1.0), (LONG, 0.5), ({"text": "It is so because it is so."}, 0.0), ({}, 0.0)]
)
def test_without_raters_the_checks_are_the_score(payload: dict[str, str], value: float) -> None:
    score = written_item().score(payload)
    assert score.value == value
    assert [part.name for part in score.parts] == ["check-1", "check-2"]


def test_without_raters_and_checks_a_text_has_nothing_against_it() -> None:
    item = written_item(checks=[])
    assert item.score(GOOD).value == 1
    assert item.score({}).value == 0


@pytest.mark.parametrize(
    ("payload", "levels", "weight", "value"),
    [
        (GOOD, {"names": 2, "shows": 3}, 0.2, 1.0),
        (GOOD, {"names": 0, "shows": 0}, 0.2, 0.2),
        (LONG, {"names": 0, "shows": 0}, 0.2, 0.1),
        (LONG, {"names": 2, "shows": 0}, 0.2, 0.5),
        (GOOD, {"names": 1.5, "shows": 1.5}, 0.2, 0.7),
        (GOOD, {"names": 1, "shows": 3}, 0.0, 0.75),
        (LONG, {"names": 2, "shows": 3}, 1.0, 0.5),
        ({}, {"names": 2, "shows": 3}, 0.2, 0.0),
    ],
)
def test_with_raters(payload: dict[str, str], levels: dict[str, float], weight: float, value: float) -> None:
    score = written_item(check_weight=weight).score_rated(payload, levels)
    assert score.value == pytest.approx(value)
    assert [part.name for part in score.parts] == ["check-1", "check-2", "names", "shows"]


def test_without_checks_the_ratings_carry_all() -> None:
    score = written_item(checks=[], check_weight=0.5).score_rated(GOOD, {"names": 1, "shows": 0})
    assert score.value == 0.25
    assert [part.name for part in score.parts] == ["names", "shows"]


@pytest.mark.parametrize("levels", [{"names": 1}, {"names": 3, "shows": 1}, {"names": 1, "shows": -0.5}, {}])
def test_levels_that_are_missing_or_off_the_scale_are_an_error(levels: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be there and lie between"):
        written_item().score_rated(GOOD, levels)


@given(TEXTS, LEVELS, st.floats(0, 1))
def test_the_score_lies_between_0_and_1(text: str, levels: dict[str, float], weight: float) -> None:
    assert 0 <= written_item(check_weight=weight).score_rated({"text": text}, levels).value <= 1


@given(TEXTS, LEVELS, LEVELS, st.floats(0, 1))
def test_a_higher_level_never_lowers_the_score(text: str, one: dict[str, float], two: dict[str, float], weight: float) -> None:
    item = written_item(check_weight=weight)
    higher = {name: max(one[name], two[name]) for name in one}
    assert item.score_rated({"text": text}, higher).value >= item.score_rated({"text": text}, one).value - 1e-6


@given(LEVELS, st.floats(0, 1))
def test_a_check_that_is_met_never_lowers_the_score(levels: dict[str, float], weight: float) -> None:
    item = written_item(check_weight=weight)
    scores = [
        item.score_rated({"text": text}, levels).value for text in ("No name, and six words here.", LONG["text"], GOOD["text"])
    ]
    assert scores == sorted(scores)


@given(st.floats(0, 1))
def test_all_levels_and_all_checks_are_full_credit(weight: float) -> None:
    item = written_item(check_weight=weight)
    assert item.perfect() == GOOD, "the best example"
    assert item.score_rated(item.perfect(), item.examples["b"].levels).value == pytest.approx(1)


EXAMPLE = {"levels": {"names": 0, "shows": 0}, "text": "x", "why": "long enough for the rule."}


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"key": {"basis": "computed"}}, "judgement"),
        ({"key": {"basis": "judgement", "check_weight": 1.1}}, "less than or equal to 1"),
        ({"guideline": ()}, "needs `guideline:`"),
        ({"task": "poem"}, "ideal-response"),
        ({"examples": {}}, "at least 1 item"),
        ({"examples": {"b": EXAMPLE}}, "without gaps"),
        ({"examples": {"a": EXAMPLE | {"levels": {"names": 0}}}}, "a level for each criterion"),
        ({"examples": {"a": EXAMPLE | {"levels": {"names": 3, "shows": 0}}}}, "has the levels 0 to 2"),
        ({"examples": {"a": EXAMPLE | {"text": "x" * 501}}}, "longer than `max_characters`"),
        ({"criteria": [{"id": "check-1", "name": "One", "levels": ["a", "b"]}] * 2}, "an id of its own"),
        ({"criteria": [{"id": "names", "name": "One", "levels": ["a", "b"]}]}, "at least 2 items"),
        ({"max_characters": 30_000}, "less than or equal to 20000"),
    ],
)
def test_an_item_that_cannot_be_rated_is_refused(head: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        written_item(**head)


def test_a_file_becomes_an_item_and_a_correction_of_its_key_keeps_the_rest() -> None:
    file = ROOT / "content/items/evaluating-exam/ev-x-201.md"
    item = parse_item(file.read_text(), "ev-x-201", "evaluating-exam")
    assert item.kind == "written"
    assert list(item.examples) == ["a", "b", "c", "d"]
    assert item.examples["c"].text.startswith("Response A breaks the instruction")
    assert item.examples["c"].why.startswith("Difference 2")
    changed = with_key(item, {"basis": "judgement", "check_weight": 0.5})
    assert changed.key_version != item.key_version
    assert changed.examples == item.examples


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("## Example d why", "## Example e why", "examples"),
        ("## Example d\n", "## Example d text\n", 'unknown section "## Example d text"'),
        ("## Task", "## Prompt", 'unknown section "## Prompt"'),
        ("check: length, min: 30", "check: length, low: 30", "low"),
        ("## Example a why\n", "## Example a why\n\n## Check\n", "is empty"),
    ],
)
def test_mistakes_in_a_file_are_found(old: str, new: str, message: str) -> None:
    source = (ROOT / "content/items/evaluating-exam/ev-x-201.md").read_text()
    assert old in source
    with pytest.raises(ValueError, match=message):
        parse_item(source.replace(old, new, 1), "ev-x-201", "evaluating-exam")


def test_the_page_before_the_answer_has_checks_and_no_examples() -> None:
    item = written_item()
    view = item.view({})
    assert [str(result.label) for result in view.check_states("")] == [
        "At most 5 words",
        "Has at least one of: “Response A”, “Response B”",
    ]
    assert [result.is_met for result in view.check_states(LONG["text"])] == [False, True]
    shown = repr(view)
    for secret in ("EXAMPLE-WHY", "Both are fine.", "THE-REASON"):
        assert secret not in shown


def test_the_review_has_examples_with_levels_and_why() -> None:
    review = written_item().review({}, LONG, "evaluating-responses")
    assert [result.is_met for result in review.checks] == [False, True]
    assert [(one.letter, one.levels["shows"]) for one in review.examples] == [("A", 0), ("B", 3), ("C", 1)]
    assert "EXAMPLE-WHY-B" in review.examples[1].why
    assert written_item().form_values(LONG, {}) == {"text": LONG["text"]}
    assert written_item().read({"text": [LONG["text"]]}, {}) == LONG

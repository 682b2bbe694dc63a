"""Every kind of item answers for itself: one table of cases over the register, and what must hold for all of them."""

from __future__ import annotations

import random
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.house import PACKAGE, ROOT
from tests.unit.assessments.items.kind_cases import CASES, Case
from trainer_academy.assessments.bank.balance import GIVEAWAYS, PLAYERS
from trainer_academy.assessments.corrections.votes import key_from_answer
from trainer_academy.assessments.items.kinds import KINDS, answer_label

ALL = [pytest.param(case, id=f"{name}-{place}") for name, cases in CASES.items() for place, case in enumerate(cases, 1)]
KEYED = [name for name, kind in KINDS.items() if not kind.is_rated]


def test_every_kind_has_cases_a_template_and_a_module() -> None:
    assert set(CASES) == set(KINDS)
    for name, kind in KINDS.items():
        assert any(case.is_complete for case in CASES[name]) and any(not case.is_complete for case in CASES[name]), name
        assert {case.item.kind for case in CASES[name]} == {name}
        assert all(type(case.item) is kind for case in CASES[name])
        assert kind.__module__.rpartition(".")[2] == name
        assert (ROOT / PACKAGE / "templates" / kind.template).is_file(), name


@pytest.mark.parametrize("case", ALL)
def test_a_form_becomes_an_answer_and_a_score(case: Case) -> None:
    item = case.item
    payload = item.read({name: [value] for name, value in case.form.items()}, case.shown)
    assert payload == case.payload
    assert item.is_complete(payload) == case.is_complete
    assert item.score(payload).value == pytest.approx(case.credit, abs=1e-6)
    assert answer_label(payload) == case.label


@pytest.mark.parametrize("case", ALL)
def test_a_stored_answer_becomes_the_same_form_again(case: Case) -> None:
    values = case.item.form_values(case.payload, case.shown)
    form = {name: value if isinstance(value, list) else [str(value)] for name, value in values.items()}
    assert case.item.read(form, case.shown) == case.payload


@pytest.mark.parametrize("case", [param for param in ALL if param.values[0].key is not None])
def test_an_answer_becomes_the_key_under_which_it_is_right(case: Case) -> None:
    new_key = key_from_answer(case.item, case.payload)
    assert new_key == {"basis": "judgement"} | (case.key or {})
    keyed = type(case.item).model_validate(case.item.model_dump() | {"key": new_key} | _several(new_key))
    assert keyed.score(case.payload).value == 1
    assert (keyed.key_version == case.item.key_version) == (keyed.key == case.item.key)


def _several(new_key: dict[str, object]) -> dict[str, str]:
    """An item with two right options gets one with one of them."""
    correct = new_key.get("correct")
    return {"select": "one"} if isinstance(correct, list) and len(correct) == 1 else {}


@pytest.mark.parametrize("case", [param for param in ALL if param.values[0].sheet])
def test_a_sheet_says_the_same(case: Case) -> None:
    assert case.item.read_sheet(case.sheet) == case.payload
    assert case.item.sheet_score(case.sheet) == pytest.approx(case.credit, abs=1e-6)
    assert "THE-REASON" not in case.item.sheet()


@pytest.mark.parametrize("case", ALL)
def test_a_view_holds_no_key_and_a_review_does(case: Case) -> None:
    shown = case.item.view(case.shown)
    review = case.item.review(case.shown, case.payload, "c")
    assert "THE-REASON" not in repr(shown) and "EXAMPLE-WHY" not in repr(shown)
    assert "THE-REASON" in review.why
    assert asdict(review.item) == asdict(shown)
    assert review.score == case.item.score(case.payload)
    assert set(asdict(review)) > {"item", "score", "why", "clauses"}, "a review adds the key of its kind"


@pytest.mark.parametrize("case", [param for param in ALL if param.values[0].item.takes_votes and param.values[0].key])
def test_votes_are_counted_by_part_and_come_back_as_the_answer(case: Case) -> None:
    item, answers = case.item, case.item.answers_by_part(case.payload)
    assert item.payload_of(answers) == case.payload
    scale = item.scale()
    assert set(answers) == set(scale)
    assert all(answer in scale[part] for part, answer in answers.items())


@pytest.mark.parametrize("name", KINDS)
def test_file_order_and_guesses_are_answers_of_the_kind(name: str) -> None:
    for case in CASES[name]:
        item = case.item
        order = item.present(random.Random(5))
        assert set(order) == set(item.file_order())
        sent = {field: ["".join(value) if isinstance(value, list) else str(int(value))] for field, value in order.items()}
        assert item.read_presentation(sent) == order
        assert set(item.giveaways()) <= set(GIVEAWAYS)
        assert item.perfect() and item.is_complete(item.perfect())
        assert (item.rated is item) == item.is_rated
        for player in PLAYERS.values():
            guess = item.guess(player, random.Random(1))
            assert item.is_rated or item.is_complete(guess)


@pytest.mark.parametrize("name", KEYED)
def test_the_perfect_answer_earns_one(name: str) -> None:
    for case in CASES[name]:
        assert case.item.score(case.item.perfect()).value == 1
        assert case.item.key_label() == answer_label(case.item.perfect()) != ""


def test_no_template_of_a_kind_stands_without_a_kind() -> None:
    folder = Path(ROOT / PACKAGE / "templates" / "assessments" / "items")
    found = {f"assessments/items/{file.name}" for file in folder.glob("[a-z]*.html")}
    assert found == {kind.template for kind in KINDS.values()}

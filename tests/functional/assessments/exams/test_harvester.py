"""People who collect keys through the pages: constant answers, appeals, reports, empty papers, speed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import pytest
from flask import Flask
from sqlmodel import Session, col

from tests.functional.assessments.exams.exam_answers import fill_paper, paper_length, right_form
from tests.functional.conftest import TestClock
from tests.stage import count, give_role, write
from tests.visitor import Visitor
from trainer_academy.assessments.bank.models import ReleasedItem
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import known_outside, retired_items, store_versions
from trainer_academy.assessments.exams.attempts import save_response
from trainer_academy.assessments.exams.models import Attempt, AttemptEvent, AttemptStatus, Hold
from trainer_academy.assessments.exams.scoring import Released
from trainer_academy.assessments.exams.starting import facts_of
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.credentials.life.models import Credential
from trainer_academy.measurement.cards.steps import load_card
from trainer_academy.notices.models import Notice
from trainer_academy.web.context import get, provide
from trainer_academy.workflows.certification import Services

EXAM = "evaluating-responses"
DIGITS = re.compile(r"\d+(?:\.\d+)?<span class=\"of\">|\d ·")


class Constant:
    """Always the first response, the lowest level, the first option."""

    pair = staticmethod(lambda _first, _second, _rng: 2)
    level = staticmethod(lambda _top, _rng: 0)
    is_longest_option = False


def answer_blindly(app: Flask, attempt_id: int, most: int = 999) -> None:
    with app.app_context(), get(Database).writing() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        for position, entry in enumerate(attempt.paper[:most], 1):
            answer = get(ItemStore).items[entry.item_id].guess(Constant(), random.Random(entry.item_id))
            save_response(session, attempt, position, answer, False, 1, utc_now())
        session.commit()


def attempt_of(app: Flask, attempt_id: int) -> Attempt:
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        session.expunge(attempt)
        return attempt


def secrets_of(app: Flask, attempt_id: int) -> list[str]:
    """Titles and the beginnings of the reasons of all items of the paper."""
    with app.app_context():
        items = [get(ItemStore).items[entry.item_id] for entry in attempt_of(app, attempt_id).paper]
    return [f">{item.title}<" for item in items] + [item.why[:50] for item in items]


def test_constant_answers_get_no_number_and_no_item(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam(EXAM)
    answer_blindly(app, attempt_id)
    page = learner.post(f"/attempts/{attempt_id}/submit").text
    assert attempt_of(app, attempt_id).released is Released.BELOW
    assert "Your score is below 50 of 100" in page
    assert not DIGITS.search(page)
    assert not [secret for secret in secrets_of(app, attempt_id) if secret in page]
    with app.app_context(), get(Database).reader() as session:
        user_id, spec = attempt_of(app, attempt_id).user_id, get(ItemStore).exams[EXAM]
        [past] = facts_of(session, user_id, EXAM, spec, utc_now()).attempts
        assert past.score is None, "what a team lead sees of the attempt"
        assert load_card(session, get(ItemStore), user_id).items == 0
    assert "What to read and practise" in page and f"/courses/{EXAM}/practice/facts" in page


def test_a_paper_that_was_hardly_answered_gives_nothing_and_uses_the_attempt(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam(EXAM)
    fill_paper(app, attempt_id, right=13)
    page = learner.post(f"/attempts/{attempt_id}/submit").text
    assert attempt_of(app, attempt_id).released is Released.NOTHING
    assert "Fewer than a third of the items were answered" in page
    assert not DIGITS.search(page)
    assert "Attempts left: 2." in page


def test_a_score_that_means_something_is_given_in_whole_points(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam(EXAM)
    fill_paper(app, attempt_id, right=25)
    page = " ".join(learner.post(f"/attempts/{attempt_id}/submit").text.split())
    assert attempt_of(app, attempt_id).released is Released.SUMS
    assert "On 42 items you agreed with the key to 59 of 100." in page
    assert not [secret for secret in secrets_of(app, attempt_id) if secret in page]
    assert not re.search(r"\d\.\d{3}", page.replace("(0.786)", "")), "no number that single credits could be worked out from"


def test_an_appeal_shows_the_item_without_a_key_three_times_for_a_while(app: Flask, learner: Visitor, clock: TestClock) -> None:
    attempt_id = learner.start_exam(EXAM)
    assert learner.get(f"/attempts/{attempt_id}/appeal").status_code == 409, "the exam runs"
    answer_blindly(app, attempt_id)
    learner.post(f"/attempts/{attempt_id}/submit")
    path = f"/attempts/{attempt_id}/appeal"
    assert "Show the item once more" in learner.get(path).text
    for position in (1, 2, 3):
        page = learner.post(path, {"position": str(position)})
        assert page.status_code == 200
        assert "checked" in page.text or "selected" in page.text or "value=" in page.text, "the own answer is there"
        assert not [secret for secret in secrets_of(app, attempt_id) if secret in page.text]
    assert learner.post(path, {"position": "1"}).status_code == 200, "open again within the time"
    assert learner.post(path, {"position": "4"}).status_code == 409
    assert learner.post(path, {"position": "0"}).status_code == 404
    clock.forward(minutes=21)
    assert learner.post(path, {"position": "1"}).status_code == 409
    assert count(app, AttemptEvent, AttemptEvent.kind == "shown_again") == 3
    sent = learner.post(f"/attempts/{attempt_id}/items/1/report", {"kind": "key", "text": "The key must be another one."}).text
    assert "Thank you." in sent
    assert not [secret for secret in secrets_of(app, attempt_id) if secret in sent]
    clock.forward(days=31)
    learner.sign_in("learner@example.org")
    assert learner.post(path, {"position": "5"}).status_code == 409


def test_nobody_looks_again_at_the_paper_of_somebody_else(
    app: Flask, learner: Visitor, people: Callable[[str], Visitor]
) -> None:
    attempt_id = learner.start_exam(EXAM)
    learner.post(f"/attempts/{attempt_id}/submit")
    other = people("other@example.org")
    assert other.get(f"/attempts/{attempt_id}/appeal").status_code == 404
    assert other.post(f"/attempts/{attempt_id}/appeal", {"position": "1"}).status_code == 404
    assert other.post(f"/attempts/{attempt_id}/statement", {"text": "This is not mine."}).status_code == 404


@pytest.fixture
def strict(app: Flask) -> None:
    """Exams are held that were faster than ten words a second."""
    with app.app_context():
        services = get(Services)
        provide(app, get(ItemStore), Services(services.store, services.issuer, 10.0))


def operator_of(app: Flask, clock: TestClock, people: Callable[[str], Visitor]) -> Visitor:
    operator = people("operator@example.org")
    give_role(app, clock, "operator@example.org", "academy", "operator")
    return operator


@pytest.mark.parametrize(("outcome", "is_passed"), [("counts", True), ("refused", False)])
def test_a_person_decides_about_an_exam_that_was_faster_than_reading(
    app: Flask,
    learner: Visitor,
    clock: TestClock,
    people: Callable[[str], Visitor],
    strict: None,
    outcome: str,
    is_passed: bool,
) -> None:
    attempt_id = learner.start_exam(EXAM)
    fill_paper(app, attempt_id)
    page = learner.post(f"/attempts/{attempt_id}/submit").text
    assert "A person looks at this attempt first" in page
    assert attempt_of(app, attempt_id).status == AttemptStatus.AWAITING
    assert count(app, Credential) == 0
    assert learner.post("/exams/evaluating-responses/start").status_code == 409
    assert learner.post(f"/attempts/{attempt_id}/statement", {"text": "short"}).status_code == 400
    assert "reads it" in learner.post(f"/attempts/{attempt_id}/statement", {"text": "I knew these texts from my work."}).text
    operator = operator_of(app, clock, people)
    assert "has answered" in operator.get("/operate/held").text
    assert "I knew these texts from my work." in operator.get(f"/operate/attempts/{attempt_id}").text
    path = f"/operate/attempts/{attempt_id}/decide"
    assert operator.post(path, {"outcome": outcome, "note": ""}).status_code == 400
    assert operator.post(path, {"outcome": outcome, "note": "Asked by phone, the answer fits."}).status_code == 200
    assert operator.post(path, {"outcome": outcome, "note": "Asked by phone, the answer fits."}).status_code in (400, 409)
    attempt = attempt_of(app, attempt_id)
    assert (attempt.status, attempt.is_passed) == (AttemptStatus.DECIDED, is_passed)
    assert count(app, Credential) == is_passed
    assert count(app, Notice, Notice.kind == "exam_result") == 1
    assert learner.post(f"/attempts/{attempt_id}/statement", {"text": "One thing more to say."}).status_code == 409
    if not is_passed:
        assert "Asked by phone, the answer fits." in learner.get(f"/attempts/{attempt_id}").text


def test_an_exam_in_reading_time_is_not_held(app: Flask, learner: Visitor, clock: TestClock, strict: None) -> None:
    attempt_id = learner.start_exam(EXAM)
    clock.forward(minutes=40)
    for position in range(1, paper_length(app, attempt_id) + 1):
        learner.answer(attempt_id, position, right_form(app, attempt_id, position))
    assert "You passed" in learner.post(f"/attempts/{attempt_id}/submit").text
    assert attempt_of(app, attempt_id).hold is Hold.NONE


def test_an_attempt_that_we_disturbed_is_given_back(
    app: Flask, learner: Visitor, clock: TestClock, people: Callable[[str], Visitor]
) -> None:
    attempt_id = learner.start_exam(EXAM)
    learner.post(f"/attempts/{attempt_id}/submit")
    operator = operator_of(app, clock, people)
    path = f"/operate/attempts/{attempt_id}/decide"
    assert operator.post(path, {"outcome": "counts", "note": "Nothing was held here."}).status_code == 409
    assert operator.post(path, {"outcome": "back", "note": "The server was down for half an hour."}).status_code == 200
    assert attempt_of(app, attempt_id).status == AttemptStatus.VOID
    assert "The server was down for half an hour." in learner.get("/messages").text
    assert learner.start_exam(EXAM) != attempt_id


def test_a_passed_attempt_is_not_given_back(
    app: Flask, learner: Visitor, clock: TestClock, people: Callable[[str], Visitor]
) -> None:
    attempt_id = learner.start_exam(EXAM)
    fill_paper(app, attempt_id)
    learner.post(f"/attempts/{attempt_id}/submit")
    operator = operator_of(app, clock, people)
    reply = operator.post(f"/operate/attempts/{attempt_id}/decide", {"outcome": "back", "note": "There was no reason for it."})
    assert reply.status_code == 409
    assert attempt_of(app, attempt_id).is_passed


def test_a_retired_item_is_released_to_those_who_sat_it_and_never_certifies_again(
    app: Flask, learner: Visitor, clock: TestClock
) -> None:
    attempt_id = learner.start_exam(EXAM)
    answer_blindly(app, attempt_id)
    learner.post(f"/attempts/{attempt_id}/submit")
    with app.app_context():
        store = get(ItemStore)
    entry = next(e for e in attempt_of(app, attempt_id).paper if e.is_scored)
    retired = store.items[entry.item_id].model_copy(update={"status": "retired"})
    changed = with_item(store, retired)
    with app.app_context():
        services = get(Services)
        provide(app, changed, Services(changed, services.issuer, 0.0))
    assert retired.title in learner.get(f"/attempts/{attempt_id}").text

    def note(session: Session) -> set[str]:
        store_versions(session, changed, clock())
        return set(known_outside(session, store, store.exams[EXAM].bank))

    assert write(app, note) == {retired.id}, "also when its file says active again"
    assert count(app, ReleasedItem, col(ReleasedItem.item_id) == retired.id) == 1


def test_a_family_in_use_keeps_its_retired_member(app: Flask) -> None:
    with app.app_context():
        store = get(ItemStore)
    one, other = list(store.banks[store.exams[EXAM].bank].items.values())[:2]
    family = {"family": "twins"}
    both = with_item(with_item(store, one.model_copy(update=family | {"status": "retired"})), other.model_copy(update=family))
    assert one.id not in retired_items(both)
    assert one.id in retired_items(with_item(both, other.model_copy(update=family | {"status": "retired"})))


def with_item(store: ItemStore, item: SomeItem) -> ItemStore:
    items = dict(store.items) | {item.id: item}
    bank = store.banks[item.bank]
    own = replace(bank, items=MappingProxyType(dict(bank.items) | {item.id: item}))
    return replace(store, items=MappingProxyType(items), banks=MappingProxyType(dict(store.banks) | {bank.key: own}))

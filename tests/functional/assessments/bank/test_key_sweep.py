"""Keys, reasons, examples and votes reach nobody's browser before the answer is scored: a sweep over pages and replies.

Every item gets a marker of its own in all that explains its key, and a correction gives some items a key with votes of a
telling number. A person then walks through everything that can be reached by links and forms, and the markers are looked for
in each body.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session
from werkzeug.test import TestResponse

from tests.functional.assessments.exams.exam_answers import fill_paper, paper_length, right_form
from tests.functional.conftest import TestClock
from tests.stage import count, give_role, id_of, write
from tests.visitor import Visitor
from trainer_academy.app import create_app
from trainer_academy.assessments.bank.models import Correction
from trainer_academy.assessments.bank.store import Bank, ItemStore
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.assessments.exams.attempts import start_attempt
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.written import WrittenItem
from trainer_academy.config import Config
from trainer_academy.core.db import Database
from trainer_academy.library import Library
from trainer_academy.web.access import AUTHOR, RATER, rule_of
from trainer_academy.web.context import get

VOTES = 79193  # a number that nothing else on a page has
MARK = re.compile(r"KEYMARK-([a-z0-9-]+)-END")
LINK = re.compile(r'href="(/[^"#]*)')
# Names of fields that only keys have.
FIELDS = re.compile(r"&#34;(?:correct|first_wrong|votes|check_weight)&#34;|\"(?:correct|first_wrong|votes|check_weight)\"")
MOST_PAGES = 400


def mark(item: SomeItem) -> SomeItem:
    text = f"KEYMARK-{item.id}-END"
    values: dict[str, Any] = {"why": f"{item.why} {text}"}
    if isinstance(item, ChoiceItem):
        values["why_not"] = {letter: f"{words} {text}" for letter, words in item.why_not.items()}
    if isinstance(item, WrittenItem):
        values["examples"] = {
            letter: one.model_copy(update={"why": f"{one.why} {text}", "text": f"{one.text} {text}"})
            for letter, one in item.examples.items()
        }
    return item.model_copy(update=values)


@pytest.fixture
def marked_library(library: Library) -> Library:
    items = {item_id: mark(item) for item_id, item in library.store.items.items()}
    banks = {
        key: Bank(key, bank.file, MappingProxyType({item_id: items[item_id] for item_id in bank.items}))
        for key, bank in library.store.banks.items()
    }
    store = replace(library.store, items=MappingProxyType(items), banks=MappingProxyType(banks))
    return replace(library, store=store)


@pytest.fixture
def app(config: Config, marked_library: Library, clock: TestClock) -> Iterator[Flask]:
    made = create_app(config, clock, marked_library)
    with made.app_context(), get(Database).writing() as session:
        store_versions(session, marked_library.store, clock())
        session.commit()
    yield made
    with made.app_context():
        get(Database).dispose()


def marks_in(reply: TestResponse) -> set[str]:
    text = reply.get_data(as_text=True)
    assert str(VOTES) not in text, reply.request.path
    assert not FIELDS.search(text), (reply.request.path, FIELDS.search(text))
    return set(MARK.findall(text))


def crawl(visitor: Visitor, start: list[str]) -> dict[str, set[str]]:
    """Every page that can be reached by links from these, with the marks on it."""
    queue, seen = deque(start), set(start)
    found: dict[str, set[str]] = {}
    while queue and len(found) < MOST_PAGES:
        path = queue.popleft()
        reply = visitor.get(path)
        assert reply.status_code < 500, path
        if not reply.mimetype.startswith(("text/", "application/json")):
            continue
        found[path] = marks_in(reply)
        for link in LINK.findall(reply.get_data(as_text=True)):
            address = link.replace("&amp;", "&")
            if address not in seen and not address.startswith("/static"):
                seen.add(address)
                queue.append(address)
    return found


def plain_pages(app: Flask) -> list[str]:
    """Every page without a number or name in its address, but those of authors and raters, who work with keys."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and rule_of(app, rule.endpoint) not in (AUTHOR, RATER)
    )


def add_votes(session: Session, clock: TestClock, people: tuple[int, int]) -> None:
    """A key with votes for every single-choice item of the exam bank."""
    store = get(ItemStore)
    for item in store.banks["evaluating-exam"].items.values():
        if isinstance(item, ChoiceItem) and item.select == "one":
            right = item.key.correct[0]
            key = item.key.model_dump() | {"votes": {"choice": {right: VOTES}}}
            session.add(
                Correction(
                    item_id=item.id,
                    kind="key",
                    from_key_version=item.key_version,
                    new_key=key,
                    new_key_version="votes",
                    reason="test",
                    status="applied",
                    proposed_by=people[0],
                    proposed_at=clock(),
                    decided_by=people[1],
                    decided_at=clock(),
                )
            )


def answers_of(visitor: Visitor, app: Flask, attempt_id: int) -> None:
    """Every kind of reply that an item gives: the page, a saved answer, a refused one, as HTML and as JSON."""
    for position in range(1, paper_length(app, attempt_id) + 1):
        path = f"/attempts/{attempt_id}/items/{position}"
        assert not marks_in(visitor.get(path))
        form = right_form(app, attempt_id, position) | {"sequence": "1"}
        assert not marks_in(visitor.post(path, form, headers={"Accept": "application/json"}))
        assert not marks_in(visitor.post(path, form | {"go": "check", "sequence": "2"}))
        assert not marks_in(visitor.post(path, form | {"choice": "zz", "overall": "9", "step": "99", "flag": "1"}))


def test_before_and_after_an_exam(app: Flask, learner: Visitor, clock: TestClock) -> None:
    def prepare(session: Session) -> None:
        learner_id = id_of(session, "learner@example.org")
        add_votes(session, clock, (learner_id, id_of(session, "other@example.org")))

    Visitor(app).sign_up("other@example.org")
    write(app, prepare)
    attempt_id = learner.start_exam()
    answers_of(learner, app, attempt_id)
    others = [f"/attempts/{attempt_id}", f"/attempts/{attempt_id}/review", f"/attempts/{attempt_id}/time"]
    during = crawl(learner, [*plain_pages(app), *others])
    assert len(during) > 60, "the walk must reach the lessons and practice"
    assert not {path: marks for path, marks in during.items() if marks}
    fill_paper_wrong(learner, app, attempt_id)
    assert not marks_in(learner.post(f"/attempts/{attempt_id}/submit"))
    after = crawl(learner, [*plain_pages(app), f"/attempts/{attempt_id}", f"/attempts/{attempt_id}/appeal"])
    assert not {path: marks for path, marks in after.items() if marks}, "the items of a certifying exam are used again"


def test_a_mock_exam_gives_everything(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam("evaluating-responses-mock")
    assert not marks_in(learner.get(f"/attempts/{attempt_id}/items/1"))
    shown = marks_in(learner.post(f"/attempts/{attempt_id}/submit"))
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        assert shown == {entry.item_id for entry in attempt.paper}


def fill_paper_wrong(visitor: Visitor, app: Flask, attempt_id: int) -> None:
    """Empty two answers, so that the result has something to explain."""
    for position in (1, 2):
        visitor.answer(attempt_id, position, {"flag": "1"})


def test_a_second_device_a_stranger_and_a_team_lead_see_no_key(app: Flask, learner: Visitor, clock: TestClock) -> None:
    attempt_id = learner.start_exam()
    other = Visitor(app)
    other.sign_in("learner@example.org")
    assert not marks_in(other.get(f"/attempts/{attempt_id}/items/1"))
    assert not marks_in(other.post(f"/attempts/{attempt_id}/items/1", {"sequence": "1"}))
    lead = Visitor(app)
    lead.sign_up("lead@example.org")
    give_role(app, clock, "lead@example.org", "vendor", "manager")
    for person in (Visitor(app), lead):
        assert not any(crawl(person, plain_pages(app)).values())


def test_practice_gives_the_reason_of_the_answered_item_only(app: Flask, learner: Visitor) -> None:
    with app.app_context():
        items = {item.id: item for item in get(ItemStore).banks["evaluating-practice"].items.values()}
    rubric = items["ev-p-101"]
    unfinished = learner.post(f"/practice/items/{rubric.id}", {"level-none": "1"})
    assert unfinished.status_code == 400
    assert not marks_in(unfinished)
    form = {name: str(level) for name, level in rubric.form_values(rubric.perfect(), {}).items()}
    assert marks_in(learner.post(f"/practice/items/{rubric.id}", form)) == {rubric.id}
    written = items["ev-p-301"]
    assert not marks_in(learner.get("/courses/evaluating-responses/practice/rationale"))
    assert marks_in(learner.post(f"/practice/items/{written.id}", {"text": "A short text."})) == {written.id}
    pages = crawl(learner, ["/courses/evaluating-responses/practice", "/"])
    answered = {rubric.id, written.id}
    assert all(marks <= answered for marks in pages.values())


def test_written_work_that_waits_for_raters_shows_nothing(app: Flask, learner: Visitor, clock: TestClock) -> None:
    def start(session: Session) -> int:
        store = get(ItemStore)
        spec = store.exams["writing-rationales"]
        items = list(store.banks[spec.bank].items.values())
        made = start_attempt(session, id_of(session, "learner@example.org"), "writing-rationales", spec, items, 3, clock())
        assert isinstance(made, Attempt)
        assert made.id is not None
        return made.id

    attempt_id = int(write(app, start))
    fill_paper(app, attempt_id)
    for position in range(1, paper_length(app, attempt_id) + 1):
        assert not marks_in_but_own_text(learner.get(f"/attempts/{attempt_id}/items/{position}"), app, attempt_id)
    waiting = learner.post(f"/attempts/{attempt_id}/submit")
    assert "People are reading your work" in waiting.text
    assert not marks_in(waiting)
    assert count(app, Attempt, Attempt.status == "awaiting") == 1


def marks_in_but_own_text(reply: TestResponse, app: Flask, attempt_id: int) -> set[str]:
    """The answer of this test is an example's text, marker and all; what the person wrote may be on the page."""
    text = re.sub(r"<textarea[^>]*>.*?</textarea>", "", reply.get_data(as_text=True), flags=re.S)
    return set(MARK.findall(text))

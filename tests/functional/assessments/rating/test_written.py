"""Written work through HTTP: checks while writing, examples after the answer and not before, drafts in an exam."""

from __future__ import annotations

import html
import json
import re

import pytest
from flask import Flask
from sqlmodel import func, select

from tests.visitor import Visitor
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.models import Response, Score
from trainer_academy.assessments.items.written import WrittenItem
from trainer_academy.core.db import Database
from trainer_academy.web.context import get

ITEM = "ev-p-301"
PRACTICE = "/courses/evaluating-responses/practice/rationale"
HALF = "Response A and Response B are equal."  # too short, with both names, without feelings


def item_of(app: Flask, item_id: str = ITEM) -> WrittenItem:
    with app.app_context():
        item = get(ItemStore).items[item_id]
    assert isinstance(item, WrittenItem)
    return item


def count(app: Flask, model: type[Response] | type[Score]) -> int:
    with app.app_context(), get(Database).reader() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def words_of(page: str) -> str:
    """The text of a page, without tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def secrets_of(item: WrittenItem) -> list[str]:
    """The beginnings of everything that may be seen only after the answer."""
    texts = [item.why, *(part for one in item.examples.values() for part in (one.text, one.why))]
    return [text[:40] for text in texts]


def open_item(learner: Visitor, item_id: str = ITEM) -> str:
    """The page of a practice item: an empty answer leads to it."""
    return learner.post(f"/practice/items/{item_id}", {"skill": "rationale"}).text


def test_practice_shows_checks_before_the_answer_and_nothing_of_the_key(app: Flask, learner: Visitor) -> None:
    item, page = item_of(app), open_item(learner)
    assert 'name="text"' in page
    assert 'value="check"' in page
    assert "js/written." in page
    assert "What raters look for" in page
    assert "Names Response A and Response B" in words_of(page)
    assert words_of(page).count("not yet") == 3
    for criterion in item.criteria:
        for level in criterion.levels:
            assert level in words_of(page)
    for secret in secrets_of(item):
        assert secret not in words_of(page)
    assert str(item.examples["b"].levels) not in page


def test_the_script_gets_the_checks_as_json(app: Flask, learner: Visitor) -> None:
    page = open_item(learner)
    rules = json.loads(html.unescape(page.split("data-checks='")[1].split("'")[0]))
    assert [rule["check"] for rule in rules] == ["length", "contains", "excludes"]
    assert rules[0] == {"check": "length", "min": 25, "max": 120}
    words = json.loads(html.unescape(page.split("data-words='")[1].split("'")[0]))
    assert words["%(n)s words"] == "{n} words"


def test_check_my_text_shows_the_results_and_stores_nothing(app: Flask, learner: Visitor) -> None:
    reply = learner.post(f"/practice/items/{ITEM}", {"skill": "rationale", "text": HALF + " <b>&", "go": "check"})
    assert reply.status_code == 200
    assert "Answer every part" not in reply.text
    assert html.escape(HALF + " <b>&") in reply.text
    shown = words_of(reply.text)
    assert "25 to 120 words not yet 8 words" in shown
    assert "Names Response A and Response B met all found" in shown
    assert not any(secret in shown for secret in secrets_of(item_of(app)))
    assert count(app, Response) == 0


def test_the_answer_shows_checks_examples_levels_and_why(app: Flask, learner: Visitor) -> None:
    item = item_of(app)
    reply = learner.post(f"/practice/items/{ITEM}", {"skill": "rationale", "text": HALF})
    assert reply.status_code == 200
    shown = words_of(reply.text)
    assert "Checks met: 2 of 3" in shown
    assert "No person rated this text here" in shown
    for secret in secrets_of(item):
        assert secret in shown
    assert "Example A" in shown
    for name, level in item.examples["b"].levels.items():
        criterion = next(criterion for criterion in item.criteria if criterion.id == name)
        assert f"{criterion.name} {level}: {criterion.levels[level]}" in shown
    assert count(app, Score) == 1


def test_a_blank_text_is_not_scored(app: Flask, learner: Visitor) -> None:
    reply = learner.post(f"/practice/items/{ITEM}", {"skill": "rationale", "text": " \r\n "})
    assert reply.status_code == 400
    assert "Nothing was scored" in reply.text
    assert count(app, Response) == 0


def test_a_text_that_is_too_long_says_what_was_kept(app: Flask, learner: Visitor) -> None:
    reply = learner.post(f"/practice/items/{ITEM}", {"skill": "rationale", "text": "x" * 6001})
    assert reply.status_code == 400
    assert "at most 6,000 can be saved" in reply.text
    assert count(app, Response) == 0


@pytest.mark.parametrize("text", ["</textarea><script>alert(1)</script>", "\nfirst line is empty", "{{ 7 * 7 }} %(n)s"])
def test_a_text_comes_back_as_it_was_typed(learner: Visitor, text: str) -> None:
    page = learner.post(f"/practice/items/{ITEM}", {"skill": "rationale", "text": text, "go": "check"}).text
    inside = re.split(r'<textarea\s+id="i-text"', page)[1].split(">", 1)[1].split("</textarea>")[0]
    assert html.unescape(inside.removeprefix("\n")) == text  # a browser drops one line break after the tag
    shown = learner.post(f"/practice/items/{ITEM}", {"skill": "rationale", "text": text}).text
    assert "<script>alert" not in shown
    assert html.escape(text, quote=False) in html.unescape(shown.replace("&lt;", "&amp;lt;").replace("&gt;", "&amp;gt;"))


def find_written(learner: Visitor, attempt: int) -> int:
    """The position of the first written item of a paper."""
    for position in range(1, 7):
        if 'name="text"' in learner.get(f"/attempts/{attempt}/items/{position}").text:
            return position
    raise AssertionError("no written item on the paper")


def test_an_exam_saves_the_draft_and_shows_the_checks(app: Flask, learner: Visitor) -> None:
    attempt = learner.start_exam("writing-rationales")
    position = find_written(learner, attempt)
    reply = learner.answer(attempt, position, {"text": "Only\r\nfour short words", "go": "check"}, follow=False)
    assert reply.headers["Location"].endswith(f"/attempts/{attempt}/items/{position}")
    page = learner.get(reply.headers["Location"]).text
    assert "Only\nfour short words</textarea>" in page
    assert "not yet 4 words" in words_of(page)
    assert "js/written." in page
    with app.app_context():
        items = [item for item in get(ItemStore).items.values() if isinstance(item, WrittenItem)]
    for item in items:
        assert not any(secret in words_of(page) for secret in secrets_of(item))


def test_autosave_of_a_text_that_is_too_long_keeps_the_earlier_one(learner: Visitor) -> None:
    attempt = learner.start_exam("writing-rationales")
    position = find_written(learner, attempt)
    learner.answer(attempt, position, {"text": "The first draft."})
    reply = learner.answer(attempt, position, {"text": "x" * 6001}, headers={"Accept": "application/json"})
    assert reply.status_code == 400
    assert "saved before is kept" in reply.get_json()["error"]
    assert "The first draft.</textarea>" in learner.get(f"/attempts/{attempt}/items/{position}").text


def test_a_learner_cannot_open_the_preview_with_the_examples(learner: Visitor) -> None:
    assert learner.get(f"/banks/items/{ITEM}").status_code == 403, "authors only"

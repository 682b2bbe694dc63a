"""Courses and practice through HTTP: progress, where to go on, feedback, items that come back."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import func, select

from tests.functional.conftest import TestClock
from tests.page import page_of
from tests.visitor import Visitor
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.models import Response, Score
from trainer_academy.core.db import Database
from trainer_academy.web.context import get

COURSE = "/courses/evaluating-responses"


def item_form(app: Flask, item_id: str, is_right: bool = True) -> dict[str, object]:
    """A full answer in the order of the file: the key, or something else."""
    with app.app_context():
        item = get(ItemStore).items[item_id]
    payload = item.perfect()
    if item.kind == "choice" and not is_right:
        payload = {"selected": [letter for letter in item.options if letter not in item.key.correct][:1]}
    elif item.kind == "pairwise" and not is_right:
        payload = {"overall": -3 if item.key.overall >= 0 else 3, "dimensions": dict.fromkeys(payload["dimensions"], "same")}
    elif item.kind == "steps" and not is_right:
        payload = {"first_wrong": (item.key.first_wrong + 1) % 2}
    elif item.kind == "ranking" and not is_right:
        payload = {"ranks": {letter: len(item.responses) + 1 - rank for letter, rank in item.key.ranks.items()}}
    elif item.kind == "spans" and not is_right:
        payload = {"marks": [] if item.key.spans else [{"start": 0, "end": 9, "category": "facts", "severity": "minor"}]}
    elif item.kind == "written" and not is_right:
        payload = {"text": "too short"}
    elif not is_right:
        payload = {"levels": {name: 1 if level == 0 else 0 for name, level in item.key.levels.items()}}
    values = item.form_values(payload, {"swapped": False})
    return {"swapped": "0", **{name: str(v) if isinstance(v, int) else v for name, v in values.items()}}


def shown_item(page: str) -> str:
    match = re.search(r'action="/practice/items/([a-z0-9-]+)"', page)
    assert match
    return match[1]


def test_progress_and_where_to_go_on(learner: Visitor) -> None:
    assert "0 of 10 lessons done" in learner.get(COURSE).text
    learner.post(f"{COURSE}/enroll")
    reply = learner.post(f"{COURSE}/lessons/01-reading-a-guideline/done")
    assert "Lesson 2 of 10" in reply.text
    home = learner.get("/").text
    assert "1 of 10 lessons done" in home
    assert f'href="{COURSE}/lessons/02-following-instructions"' in home
    assert "Continue:" in home
    learner.post(f"{COURSE}/lessons/05-position-bias/done")
    assert f'href="{COURSE}/lessons/06-rating-with-rubrics"' in learner.get("/").text, "where the person went on last"
    learner.post(f"{COURSE}/lessons/05-position-bias/done")
    assert "2 of 10 lessons done" in learner.get(COURSE).text, "marking twice counts once"


def test_a_stranger_may_read_and_not_answer(visitor: Visitor) -> None:
    page = visitor.get(f"{COURSE}/lessons/01-reading-a-guideline").text
    assert "Sign up to answer and see the reason" in page
    assert visitor.post(f"{COURSE}/lessons/01-reading-a-guideline/done").status_code == 401


def test_an_item_in_a_lesson_gives_the_reason_on_the_same_page(app: Flask, learner: Visitor) -> None:
    lesson = f"{COURSE}/lessons/01-reading-a-guideline"
    page = learner.get(lesson).text
    item_id = shown_item(page)
    with app.app_context():
        why = get(ItemStore).items[item_id].why
    start = " ".join(re.sub(r"[*_`]", "", why).split()[:4])
    assert start not in page
    reply = learner.post(f"/practice/items/{item_id}", item_form(app, item_id) | {"back": lesson}, follow=False)
    assert reply.headers["Location"] == f"{lesson}#item-{item_id}"
    assert start in re.sub(r"<[^>]+>", "", learner.get(lesson).text)


def test_practice_feedback_names_key_reason_and_lesson(app: Flask, learner: Visitor) -> None:
    item_id = shown_item(learner.get(f"{COURSE}/practice/facts").text)
    right = learner.post(f"/practice/items/{item_id}", item_form(app, item_id))
    assert "Agrees with the key" in right.text
    assert 'class="why"' in right.text
    assert "Read again:" in right.text
    wrong = learner.post(f"/practice/items/{item_id}", item_form(app, item_id, is_right=False))
    assert "Differs from the key" in wrong.text or "Part credit" in wrong.text
    with app.app_context(), get(Database).reader() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 2
        assert session.scalar(select(func.count()).select_from(Score)) == 2


def test_wrong_items_come_back_and_the_page_says_so(app: Flask, learner: Visitor, clock: TestClock) -> None:
    path = f"{COURSE}/practice/guideline"
    seen = []
    with app.app_context():
        in_skill = sum(item.skill == "guideline" for item in get(ItemStore).banks["evaluating-practice"].items.values())
    for _ in range(in_skill):
        item_id = shown_item(learner.get(path).text)
        seen.append(item_id)
        learner.post(f"/practice/items/{item_id}", item_form(app, item_id, is_right=len(seen) > 1))
    assert len(set(seen)) == in_skill, "new items first"
    assert "No item is waiting" in learner.get(path).text
    clock.forward(minutes=11)
    page = learner.get(path).text
    assert shown_item(page) == seen[0]
    assert "This item comes back" in page
    learner.post(f"/practice/items/{seen[0]}", item_form(app, seen[0]))
    assert "No item is waiting" in learner.get(path).text


@pytest.mark.parametrize("item_id", ["ev-p-201", "ev-p-202", "ev-p-203", "ev-p-204", "ev-p-205", "ev-p-206"])
def test_rankings_steps_and_spans_are_answered_and_explained(app: Flask, learner: Visitor, item_id: str) -> None:
    reply = learner.post(f"/practice/items/{item_id}", item_form(app, item_id))
    assert "Agrees with the key" in reply.text
    assert 'class="why"' in reply.text


@pytest.mark.parametrize(("skill", "control"), [("instructions", "rank-a"), ("facts", "mark-1-from"), ("facts", 'name="step"')])
def test_the_controls_of_each_kind_come_up_in_practice(app: Flask, learner: Visitor, skill: str, control: str) -> None:
    for _ in range(20):
        page = learner.get(f"{COURSE}/practice/{skill}").text
        if control in page:
            return
        item_id = shown_item(page)
        learner.post(f"/practice/items/{item_id}", item_form(app, item_id))
    raise AssertionError(f"{control} did not come up")


def test_an_answer_in_part_is_not_scored(app: Flask, learner: Visitor) -> None:
    for back in ({}, {"back": f"{COURSE}/lessons/02-following-instructions"}):
        reply = learner.post("/practice/items/ev-p-001", {"overall": "1", "swapped": "0", **back})
        assert "Answer every part of the item first" in reply.text
    kept = learner.post("/practice/items/ev-p-001", {"overall": "1", "swapped": "0"})
    [chosen] = page_of(kept.text).findall(".//input[@name='overall'][@checked]")
    assert chosen.get("value") == "1", "what was chosen is kept"
    with app.app_context(), get(Database).reader() as session:
        assert session.scalar(select(func.count()).select_from(Response)) == 0


def test_a_refused_answer_inside_a_lesson_gives_everything_back(app: Flask, learner: Visitor) -> None:
    """Parts that are missing, and values that cannot be read: nothing that was typed is lost, and the way back is kept."""
    back = f"{COURSE}/lessons/02-following-instructions"
    typed = {"overall": "1", "dim-facts": "b", "reason": "Because of the third sentence. " * 20, "swapped": "0", "back": back}
    refused = learner.post("/practice/items/ev-p-001", typed)
    assert refused.status_code == 400
    page = page_of(refused.text)
    chosen = {box.get("name"): box.get("value") for box in page.findall(".//input[@checked]")}
    assert {"overall": "1", "dim-facts": "b"}.items() <= chosen.items()
    assert typed["reason"].strip() in (page.find(".//textarea[@name='reason']").text or "")  # type: ignore[union-attr]
    assert page.find(".//input[@name='back']").get("value") == back  # type: ignore[union-attr]
    whole = item_form(app, "ev-p-001") | {"back": back}
    assert learner.post("/practice/items/ev-p-001", whole, follow=False).headers["Location"] == f"{back}#item-ev-p-001"
    wrong = item_form(app, "ev-p-205") | {"mark-2-from": "9999", "mark-2-to": "9999"}
    again = learner.post("/practice/items/ev-p-205", wrong)
    assert again.status_code == 400
    kept = page_of(again.text)
    for name in ("mark-1-from", "mark-1-to", "mark-2-from"):
        assert kept.find(f".//input[@name='{name}']").get("value") == wrong[name]  # type: ignore[union-attr]
    assert "what you chose is kept" in again.text


def test_exam_items_cannot_be_practised(app: Flask, learner: Visitor) -> None:
    for item_id in ("ev-x-001", "ev-x-101", "nothing"):
        assert learner.post(f"/practice/items/{item_id}", {"overall": "1"}).status_code == 404


def test_practice_answers_are_private(app: Flask, learner: Visitor, people: Callable[[str], Visitor]) -> None:
    item_id = shown_item(learner.get(f"{COURSE}/practice/facts").text)
    reply = learner.post(f"/practice/items/{item_id}", item_form(app, item_id), follow=False)
    path = reply.headers["Location"]
    assert learner.get(path).status_code == 200
    assert people("nosy@example.org").get(path).status_code == 404


def test_the_lesson_has_everything_a_lesson_needs(visitor: Visitor) -> None:
    page = visitor.get(f"{COURSE}/lessons/03-checking-facts").text
    for part in (
        "<math",
        'class="code"',
        'class="admonition example"',
        'class="footnote"',
        'id="sources"',
        "After this you can",
        "10 min",
    ):
        assert part in page, part
    assert "/guidelines/response-evaluation#c3-2" in page
    assert 'id="c3-2"' in visitor.get("/guidelines/response-evaluation").text

"""Practice: how others answered, skipping without penalty, taking an answer back within ten seconds."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask

from tests.functional.conftest import TestClock
from tests.page import page_of, texts, words
from tests.stage import count, id_of, write
from tests.visitor import Visitor
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.models import Response, Score
from trainer_academy.assessments.practice.models import PracticeSkip
from trainer_academy.assessments.practice.steps import record_answer
from trainer_academy.core.clock import utc_now
from trainer_academy.web.context import get

PRACTICE = "/courses/evaluating-responses/practice/guideline"
ITEM = re.compile(r'action="/practice/items/([a-z0-9-]+)"')


def next_id(visitor: Visitor) -> str:
    found = ITEM.search(visitor.get(PRACTICE).text)
    assert found
    return found[1]


def answer(visitor: Visitor, item_id: str, letter: str) -> str:
    return visitor.post(f"/practice/items/{item_id}", {"choice": letter, "order": "abcd"}).text


def wrong_letter(app: Flask, item_id: str) -> str:
    with app.app_context():
        item = get(ItemStore).items[item_id]
        return next(letter for letter in "abcd" if letter not in item.key.correct)  # type: ignore[union-attr]


def test_others_are_shown_only_when_five_others_have_answered(
    app: Flask, learner: Visitor, people: Callable[[str], Visitor]
) -> None:
    item_id = next_id(learner)
    wrong = wrong_letter(app, item_id)
    others = [people(f"other{n}@example.org") for n in range(5)]
    for number in range(4):
        answer(others[number], item_id, wrong)
    answer(others[0], item_id, wrong), answer(others[0], item_id, "a"), answer(others[0], item_id, wrong)
    assert "How others answered" not in answer(learner, item_id, wrong), "four people, whatever their number of tries"
    with app.app_context():
        perfect = get(ItemStore).items[item_id]

    def agree(session: object) -> None:
        record_answer(session, id_of(session, "other4@example.org"), perfect, {}, perfect.perfect(), utc_now())  # type: ignore[arg-type]

    write(app, agree)
    page = answer(learner, item_id, wrong)
    assert "5 other people have answered this item. 1 of them agreed with the key in full at the first try." in words(page)
    assert "4" in texts(page, ".//span[@class='num']")


def test_others_never_show_before_the_answer(app: Flask, learner: Visitor) -> None:
    assert "How others answered" not in learner.get(PRACTICE).text


def test_a_skipped_item_goes_away_for_a_day_and_costs_nothing(app: Flask, learner: Visitor, clock: TestClock) -> None:
    first = next_id(learner)
    page = learner.post(f"/practice/items/{first}/skip", {"reason": "unclear", "note": "which text?", "skill": "guideline"})
    assert "Skipped, with no penalty." in page.text
    assert next_id(learner) != first
    assert count(app, PracticeSkip, PracticeSkip.reason == "unclear") == 1
    assert count(app, Score) == 0
    clock.forward(hours=25)
    assert next_id(learner) == first


def test_a_skip_needs_one_of_the_reasons(app: Flask, learner: Visitor) -> None:
    first = next_id(learner)
    assert learner.post(f"/practice/items/{first}/skip", {"reason": "bored"}).status_code == 400
    assert learner.post("/practice/items/ev-x-001/skip", {"reason": "other"}).status_code == 404, "an exam item"
    assert count(app, PracticeSkip) == 0


def test_an_answer_can_be_taken_back_for_ten_seconds(app: Flask, learner: Visitor, clock: TestClock) -> None:
    item_id = next_id(learner)
    page = answer(learner, item_id, wrong_letter(app, item_id))
    [undo] = re.findall(r'action="(/practice/answers/\d+/undo)"', page)
    clock.forward(seconds=9)
    back = learner.post(undo, {"skill": "guideline"})
    assert "Your answer was taken back." in back.text
    assert f"/practice/items/{item_id}" in back.text
    [chosen] = page_of(back.text).findall(".//input[@name='choice'][@checked]")
    assert chosen.get("value") == wrong_letter(app, item_id), "the form keeps what was chosen"
    assert next_id(learner) == item_id, "it counts as not answered"
    assert count(app, Response) == 1, "the row stays, marked"
    assert learner.post(undo).status_code == 404, "a second time there is nothing to take back"


def test_later_an_answer_stays(app: Flask, learner: Visitor, clock: TestClock) -> None:
    item_id = next_id(learner)
    page = answer(learner, item_id, wrong_letter(app, item_id))
    [undo] = re.findall(r'action="(/practice/answers/\d+/undo)"', page)
    clock.forward(seconds=20)
    refused = learner.post(undo)
    assert refused.status_code == 409
    assert "for ten seconds" in refused.text
    assert next_id(learner) != item_id


def test_somebody_elses_answer_cannot_be_taken_back(app: Flask, learner: Visitor, people: Callable[[str], Visitor]) -> None:
    item_id = next_id(learner)
    page = answer(learner, item_id, wrong_letter(app, item_id))
    [undo] = re.findall(r'action="(/practice/answers/\d+/undo)"', page)
    assert people("other@example.org").post(undo).status_code == 404


def test_a_task_is_not_called_a_prompt_from_a_user(learner: Visitor) -> None:
    of_user = learner.get("/courses/evaluating-responses/practice/bias").text
    assert "Prompt from the user" in of_user
    skills = ("task", "context", "format", "examples", "steps", "testing", "demonstrations")
    of_author = "".join(learner.get(f"/courses/prompt-engineering/practice/{skill}").text for skill in skills)
    assert "<summary>Task</summary>" in of_author
    assert "Prompt from the user" not in of_author

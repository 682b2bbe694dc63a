"""What goes wrong around an exam page: a second device that hands in, a clock that is set back, a barred person who failed."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from tests.functional.assessments.exams.exam_answers import right_form
from tests.functional.conftest import TestClock
from tests.visitor import Visitor
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus
from trainer_academy.core.db import Database


def attempt_of(app: Flask, attempt_id: int) -> Attempt:
    with app.app_context(), app.extensions["academy"][Database].reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        session.expunge(attempt)
        return attempt


def test_a_device_that_may_not_save_may_not_hand_in(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    learner.answer(attempt_id, 1, right_form(app, attempt_id, 1))
    other = Visitor(app)
    other.sign_in("learner@example.org")
    reply = other.post(f"/attempts/{attempt_id}/submit")
    assert reply.status_code == 409
    assert "Move the exam here?" in reply.text
    assert attempt_of(app, attempt_id).status == AttemptStatus.IN_PROGRESS
    assert learner.answer(attempt_id, 2, right_form(app, attempt_id, 2)).status_code == 200, "the first device goes on"
    other.post(f"/attempts/{attempt_id}/move", {"position": "1"})
    assert learner.post(f"/attempts/{attempt_id}/submit").status_code == 409, "now it is the other way round"
    assert other.post(f"/attempts/{attempt_id}/submit").status_code == 200
    assert attempt_of(app, attempt_id).status == AttemptStatus.DECIDED


def test_an_exam_whose_time_is_over_is_closed_from_any_device(app: Flask, learner: Visitor, clock: TestClock) -> None:
    attempt_id = learner.start_exam()
    other = Visitor(app)
    other.sign_in("learner@example.org")
    clock.forward(hours=4)
    assert other.post(f"/attempts/{attempt_id}/submit").status_code == 200
    assert attempt_of(app, attempt_id).close_reason == "time"


def test_a_clock_that_is_set_back_gives_no_more_time(app: Flask, learner: Visitor, clock: TestClock) -> None:
    attempt_id = learner.start_exam()
    clock.forward(minutes=30)
    before = learner.get(f"/attempts/{attempt_id}/time").json
    clock.ahead -= timedelta(minutes=25)
    after = learner.get(f"/attempts/{attempt_id}/time").json
    assert before is not None and after is not None
    assert before["seconds_left"] - 5 <= after["seconds_left"] <= before["seconds_left"]
    clock.ahead += timedelta(hours=5)
    assert learner.post(f"/attempts/{attempt_id}/items/1", {"sequence": "1", "overall": "1"}).status_code == 409

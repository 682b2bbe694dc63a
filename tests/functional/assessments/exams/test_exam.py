"""Exams through HTTP: durable saves, one attempt, one certificate, the server's clock, what is shown and what is not."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.functional.assessments.exams.exam_answers import counted_length, fill_paper, paper_length, right_form
from tests.functional.conftest import TestClock
from tests.page import texts
from tests.stage import at_once, count, tabs
from tests.visitor import Visitor
from trainer_academy.assessments.exams.models import Attempt, Response, Score
from trainer_academy.core.db import Database
from trainer_academy.credentials.life.models import Credential
from trainer_academy.notices.models import Notice
from trainer_academy.web.context import get
from trainer_academy.workflows.certification import Services, close_expired_attempts


def test_the_whole_exam_page_by_page(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    total = paper_length(app, attempt_id)
    for position in range(1, total + 1):
        response = learner.answer(attempt_id, position, right_form(app, attempt_id, position))
        assert response.status_code == 200
    assert f"{total} of {total} items are answered" in learner.get(f"/attempts/{attempt_id}/review").text
    result = learner.post(f"/attempts/{attempt_id}/submit")
    assert "You passed, Lea Learner." in result.text
    assert count(app, Credential) == 1
    assert count(app, Score) == total
    assert count(app, Notice, Notice.kind == "exam_result") == 1


def test_a_fail_says_when_and_how_often_again(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    fill_paper(app, attempt_id, right=10)
    page = learner.post(f"/attempts/{attempt_id}/submit").text
    assert "Not passed this time." in page
    assert "Attempts left: 2." in page
    assert "The next attempt opens on" in page
    assert count(app, Credential) == 0
    refused = learner.post("/exams/evaluating-responses/start")
    assert refused.status_code == 409
    assert "pause" in refused.text


def test_every_number_of_the_result_can_be_worked_out_from_the_page(app: Flask, learner: Visitor) -> None:
    """On a mock exam; a certifying exam gives sums only."""
    attempt_id = learner.start_exam("evaluating-responses-mock")
    fill_paper(app, attempt_id, right=8)
    page = learner.post(f"/attempts/{attempt_id}/submit").text
    credits = [float(value) for value in texts(page, ".//td[@class='num']") if re.fullmatch(r"\d\.\d{4}", value)]
    assert len(credits) == counted_length(app, attempt_id)
    share, n, z = sum(credits) / len(credits), len(credits), 1.959963984540054
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    assert f"{sum(credits):.4f} / {n} = {int(share * 10000 + 1e-5) / 10000:.4f}" in page
    assert f"{middle - half:.4f} to {middle + half:.4f}" in page


def test_two_starts_at_once_give_one_attempt(app: Flask, learner: Visitor) -> None:
    assert at_once(tabs(learner, 6), "/exams/evaluating-responses/start") == [302] * 6
    assert count(app, Attempt) == 1


def test_two_submits_at_once_give_one_certificate(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    fill_paper(app, attempt_id)
    assert at_once(tabs(learner, 6), f"/attempts/{attempt_id}/submit") == [302] * 6
    assert count(app, Credential) == 1
    assert count(app, Notice, Notice.kind == "exam_result") == 1
    assert count(app, Score) == paper_length(app, attempt_id)


def test_the_attempt_limit_holds_when_starts_come_at_once(app: Flask, learner: Visitor, clock: TestClock) -> None:
    for _ in range(3):
        attempt_id = learner.start_exam()
        learner.post(f"/attempts/{attempt_id}/submit")
        clock.forward(hours=25)
    refused = learner.post("/exams/evaluating-responses/start")
    assert refused.status_code == 409
    assert count(app, Attempt) == 3
    clock.forward(days=364)
    learner.sign_in("learner@example.org")
    assert learner.start_exam()


def test_the_paper_and_its_order_are_frozen(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    strip = re.compile(r'csrf_token" value="[^"]+"|data-left="\d+"|role="timer"[^>]*>\s*[\d:]+')
    one = strip.sub("", learner.get(f"/attempts/{attempt_id}/items/3").text)
    other = Visitor(app)
    other.sign_in("learner@example.org")
    other.get("/account")
    other.post(f"/attempts/{attempt_id}/move", {"position": "3"})
    two = strip.sub("", other.get(f"/attempts/{attempt_id}/items/3").text)
    assert one == two


def test_saving_the_same_again_changes_nothing_and_an_older_tab_is_told(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    right = right_form(app, attempt_id, 1)
    for _ in range(2):
        assert learner.answer(attempt_id, 1, right, sequence=1).status_code == 200
    assert count(app, Response) == 1
    refused = learner.answer(attempt_id, 1, right | {"flag": "1"}, sequence=1)
    assert refused.status_code == 409
    assert "in another tab or on another device" in refused.text
    assert count(app, Response) == 1


def test_the_server_owns_the_time(app: Flask, learner: Visitor, clock: TestClock) -> None:
    attempt_id = learner.start_exam()
    learner.answer(attempt_id, 1, right_form(app, attempt_id, 1))
    late = right_form(app, attempt_id, 2)
    clock.forward(minutes=75, seconds=2)
    assert learner.answer(attempt_id, 2, late).status_code == 200, "a save in flight at the deadline is taken"
    clock.forward(seconds=30)
    response = learner.post(f"/attempts/{attempt_id}/items/3", {"sequence": 1, **right_form(app, attempt_id, 3)})
    assert response.status_code == 409
    assert "Time was over at" in response.text
    assert "Time is over" in learner.get(f"/attempts/{attempt_id}").text
    with app.app_context():
        assert close_expired_attempts(get(Database), get(Services), clock()) == 1
        assert close_expired_attempts(get(Database), get(Services), clock()) == 0
    page = learner.get(f"/attempts/{attempt_id}").text
    assert "Not passed this time." in page
    assert count(app, Response) == 2


def test_somebody_elses_attempt_does_not_exist(app: Flask, learner: Visitor, people: Callable[[str], Visitor]) -> None:
    attempt_id = learner.start_exam()
    other = people("other@example.org")
    for path in ("", "/items/1", "/review", "/time"):
        assert other.get(f"/attempts/{attempt_id}{path}").status_code == 404
    assert other.post(f"/attempts/{attempt_id}/submit").status_code == 404
    assert other.post(f"/attempts/{attempt_id}/items/1", {"sequence": 1, "overall": "1"}).status_code == 404


def test_bad_answers_are_refused_with_a_reason(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    for data in ({"sequence": "x"}, {"sequence": "0"}, {"sequence": "9" * 30}, {}, {"sequence": "²"}):
        assert learner.post(f"/attempts/{attempt_id}/items/1", data).status_code == 400
    bad = {"sequence": "1", "overall": "9", "choice": "q", "level-a": "99"}
    statuses = {learner.post(f"/attempts/{attempt_id}/items/{n}", bad).status_code for n in range(1, 48)}
    assert statuses <= {400, 200}
    assert learner.post(f"/attempts/{attempt_id}/items/48", {"sequence": 1}).status_code == 404
    assert learner.get(f"/attempts/{2**31}/items/1").status_code == 404


def test_no_key_or_reason_reaches_the_page_before_the_score(app: Flask, learner: Visitor) -> None:
    """Every item page of the paper is searched for the reason and the key of every item."""
    from trainer_academy.assessments.bank.store import ItemStore

    attempt_id = learner.start_exam()
    with app.app_context():
        store = get(ItemStore)
    reasons = [item.why.split("{{")[0][:40] for item in store.items.values()]
    reasons = [reason for reason in reasons if len(reason) >= 25]
    assert len(reasons) > 50
    pages = [learner.get(f"/attempts/{attempt_id}/items/{n}").text for n in range(1, paper_length(app, attempt_id) + 1)]
    pages.append(learner.get(f"/attempts/{attempt_id}/review").text)
    for page in pages:
        assert not any(reason in page for reason in reasons)
        assert "Guideline: clause" not in page
        assert 'class="tag ok"' not in page


def test_autosave_answers_in_json(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    reply = learner.answer(attempt_id, 1, right_form(app, attempt_id, 1), headers={"Accept": "application/json"}, follow=False)
    assert reply.get_json()["sequence"] == 1
    assert 0 < reply.get_json()["seconds_left"] <= 75 * 60
    learner.client.delete_cookie("ta_session")
    gone = learner.client.post(f"/attempts/{attempt_id}/items/1", data={}, headers={"Accept": "application/json"})
    assert gone.status_code in (400, 401)
    assert gone.is_json


def test_no_exam_starts_on_a_full_disk(app: Flask, learner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    learner.get("/exams/evaluating-responses")
    monkeypatch.setattr("trainer_academy.web.context.LOW_DISK", 2**62)
    refused = learner.post("/exams/evaluating-responses/start")
    assert refused.status_code == 503
    assert "nearly full" in refused.text
    assert learner.get("/healthz").status_code == 503
    assert count(app, Attempt) == 0


def test_the_mock_exam_has_the_same_screen_and_certifies_nothing(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam("evaluating-responses-mock")
    total = paper_length(app, attempt_id)
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        assert all(entry.item_id.startswith("ev-p-") for entry in attempt.paper), "no exam item is shown"
    for position in range(1, total + 1):
        assert learner.answer(attempt_id, position, right_form(app, attempt_id, position)).status_code == 200
    page = learner.post(f"/attempts/{attempt_id}/submit").text
    assert "This was a mock exam." in page
    assert "Score 100 of 100" in page
    assert count(app, Credential) == 0
    assert count(app, Notice) == 0
    assert learner.start_exam("evaluating-responses-mock"), "as often as wanted"


def test_a_course_without_an_exam_has_an_open_quiz(app: Flask, learner: Visitor) -> None:
    course = learner.get("/courses/foundations").text
    assert "Open quiz" in texts(course, ".//a")
    assert "Go to the exam" not in course
    assert "This is an open quiz" in learner.get("/exams/foundations-quiz").text
    attempt_id = learner.start_exam("foundations-quiz")
    for position in range(1, paper_length(app, attempt_id) + 1):
        assert learner.answer(attempt_id, position, right_form(app, attempt_id, position)).status_code == 200
    page = learner.post(f"/attempts/{attempt_id}/submit").text
    assert "This was the open quiz." in page
    assert "Score 100 of 100" in page
    assert count(app, Credential) == 0
    assert learner.start_exam("foundations-quiz"), "at once again"

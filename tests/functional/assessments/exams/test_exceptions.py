"""Exceptions that people set for others: make-up windows and extra time, who may set, see and end them, and when they end."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from flask import Flask
from sqlmodel import Session, select

from tests.functional.assessments.exams.test_sitting import EXAM, team_of
from tests.functional.conftest import TestClock
from tests.stage import give_role, id_of, write
from tests.visitor import Visitor
from trainer_academy.accounts import people as accounts
from trainer_academy.accounts.models import Organization
from trainer_academy.assessments.exams.models import Accommodation, ExamWindow
from trainer_academy.core.db import Database
from trainer_academy.web.context import get

SECRET = "has epilepsy and needs breaks"


@pytest.fixture
def manager(app: Flask) -> Visitor:
    person = Visitor(app)
    person.sign_up("lead@example.org", "Lina Lead")
    return person


def window(manager: Visitor, clock: TestClock, person: str, start: float, end: float) -> int:
    opens_at, closes_at = (f"{(clock() + timedelta(hours=n)).astimezone(UTC):%Y-%m-%dT%H:%M}" for n in (start, end))
    form = {"exam": "evaluating-responses", "person": person, "opens_at": opens_at, "closes_at": closes_at}
    manager.get("/team/windows")
    return manager.post("/team/windows", form).status_code


def join(app: Flask, clock: TestClock, team: str, login: str) -> None:
    def step(session: Session) -> None:
        organization = session.exec(select(Organization).where(Organization.name == team)).one()
        accounts.add_membership(session, id_of(session, login), organization.id or 0, "staff", None, clock())

    write(app, step)


def newest(app: Flask, kind: type[ExamWindow] | type[Accommodation]) -> int:
    with app.app_context(), get(Database).reader() as session:
        return max(row.id or 0 for row in session.exec(select(kind)).all())


def test_a_make_up_window_that_is_over_locks_nobody_out(
    app: Flask, learner: Visitor, manager: Visitor, clock: TestClock
) -> None:
    user_id = team_of(app, clock, manager, "lead@example.org", "learner@example.org")
    assert window(manager, clock, str(user_id), -1, 1) == 200
    page = learner.get(EXAM).text
    assert "Set for you by" in page
    clock.forward(hours=2)
    assert "is over" in learner.get(EXAM).text
    assert window(manager, clock, "team", -1, 5) == 200
    assert learner.start_exam() > 0, "the window of the team is open"


def test_a_window_is_shown_with_who_set_it_and_can_be_ended(
    app: Flask, learner: Visitor, manager: Visitor, clock: TestClock
) -> None:
    user_id = team_of(app, clock, manager, "lead@example.org", "learner@example.org")
    window(manager, clock, str(user_id), 2, 4)
    assert learner.post(f"{EXAM}/start").status_code == 409
    assert "set by Lina Lead" in manager.get("/team/windows").text
    number = newest(app, ExamWindow)
    stranger = Visitor(app)
    stranger.sign_up("other-lead@example.org")
    give_role(app, clock, "other-lead@example.org", "vendor", "manager")
    stranger.get("/team/windows")
    assert stranger.post(f"/team/windows/{number}/end").status_code == 404
    assert manager.post(f"/team/windows/{number}/end").status_code == 200
    assert manager.post(f"/team/windows/{number}/end").status_code == 404
    assert learner.start_exam() > 0


def test_what_a_team_granted_ends_with_the_membership_and_does_not_come_back(
    app: Flask, learner: Visitor, manager: Visitor, clock: TestClock
) -> None:
    user_id = team_of(app, clock, manager, "lead@example.org", "learner@example.org")
    window(manager, clock, str(user_id), 2, 4)
    manager.get(f"/team/{user_id}/extra-time")
    manager.post(f"/team/{user_id}/extra-time", {"factor": "1.5", "reason": SECRET})
    assert "113 minutes instead of 75" in learner.get(EXAM).text
    assert manager.post(f"/team/{user_id}/remove").status_code == 200
    page = learner.get(EXAM).text
    assert "instead of 75" not in page and "You may start from" not in page
    clock.forward(minutes=1)
    join(app, clock, "lead@example.org Ltd", "learner@example.org")
    assert "instead of 75" not in learner.get(EXAM).text, "a new membership is a new right"


def test_nobody_sets_exceptions_for_themselves_and_limits_make_sense(app: Flask, manager: Visitor, clock: TestClock) -> None:
    own_id = team_of(app, clock, manager, "lead@example.org", "lead@example.org")
    manager.get(f"/team/{own_id}/extra-time")
    refused = manager.post(f"/team/{own_id}/extra-time", {"factor": "2.0", "reason": "I want to"})
    assert refused.status_code == 400
    assert "Nobody sets extra time or windows for themselves" in refused.text
    assert window(manager, clock, str(own_id), 1, 2) == 400
    assert window(manager, clock, "team", 1, 24 * 400) == 400
    assert window(manager, clock, "team", 24 * 400, 24 * 401) == 400
    operator = Visitor(app)
    operator.sign_up("operator@example.org")
    give_role(app, clock, "operator@example.org", "academy", "operator")
    operator.get("/operate/extra-time")
    own = {"login": "operator@example.org", "factor": "3.0", "reason": "x"}
    assert operator.post("/operate/extra-time", own).status_code == 400
    with app.app_context(), get(Database).reader() as session:
        assert not session.exec(select(ExamWindow)).all() and not session.exec(select(Accommodation)).all()


def test_a_team_gives_at_most_twice_the_time(app: Flask, learner: Visitor, manager: Visitor, clock: TestClock) -> None:
    user_id = team_of(app, clock, manager, "lead@example.org", "learner@example.org")
    manager.get(f"/team/{user_id}/extra-time")
    assert manager.post(f"/team/{user_id}/extra-time", {"factor": "3.0", "reason": "x"}).status_code == 400
    assert manager.post(f"/team/{user_id}/extra-time", {"factor": "2.0", "reason": "x"}).status_code == 200


def test_another_vendor_does_not_see_the_reason(app: Flask, learner: Visitor, manager: Visitor, clock: TestClock) -> None:
    user_id = team_of(app, clock, manager, "lead@example.org", "learner@example.org")
    manager.get(f"/team/{user_id}/extra-time")
    manager.post(f"/team/{user_id}/extra-time", {"factor": "1.5", "reason": SECRET})
    assert SECRET in manager.get(f"/team/{user_id}/extra-time").text
    assert "Set by Lina Lead" in manager.get(f"/team/{user_id}/extra-time").text
    following = Visitor(app)
    following.sign_up("next-lead@example.org")
    give_role(app, clock, "next-lead@example.org", "vendor", "manager")
    join(app, clock, "next-lead@example.org Ltd", "learner@example.org")
    both = following.get(f"/team/{user_id}/extra-time")
    assert both.status_code == 200
    assert SECRET not in both.text and "1.5 times" in both.text
    assert following.post(f"/team/{user_id}/extra-time", {"factor": "1.0", "reason": ""}).status_code == 400, (
        "not theirs to end"
    )
    manager.post(f"/team/{user_id}/remove")
    page = following.get(f"/team/{user_id}/extra-time").text
    assert SECRET not in page and "1.5 times" not in page
    assert following.post(f"/team/{user_id}/extra-time", {"factor": "1.25", "reason": "slow network"}).status_code == 200

"""Who can see keys of exams by role is barred from them and told so before the start, until a year after the role has ended."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlmodel import Session

from tests.functional.assessments.exams.test_sitting import EXAM
from tests.functional.conftest import TestClock
from tests.stage import give_role, id_of, write
from tests.visitor import Visitor
from trainer_academy.accounts import people as accounts


@pytest.mark.parametrize("role", ["author", "operator", "rater"])
def test_who_sees_keys_sits_no_exam(app: Flask, learner: Visitor, clock: TestClock, role: str) -> None:
    team = give_role(app, clock, "learner@example.org", "academy", role)
    page = learner.get(EXAM).text
    assert "Authors, operators and raters can see keys" in page
    assert "Start now" not in page
    refused = learner.post(f"{EXAM}/start")
    assert refused.status_code == 409
    assert "can see keys of exams" in refused.text
    mock = learner.start_exam("evaluating-responses-mock")  # mock exams show their keys to everybody
    assert learner.post(f"/attempts/{mock}/submit").status_code == 200

    def take(session: Session) -> None:
        user_id = id_of(session, "learner@example.org")
        assert accounts.remove_membership(session, user_id, team, role, user_id, clock())

    write(app, take)
    assert learner.post(f"{EXAM}/start").status_code == 409
    clock.forward(days=364)
    learner.sign_in("learner@example.org")
    assert "Authors, operators and raters can see keys" in learner.get(EXAM).text
    clock.forward(days=2)
    learner.sign_in("learner@example.org")
    assert learner.start_exam() > 0


def test_other_roles_bar_nobody(app: Flask, learner: Visitor, clock: TestClock) -> None:
    give_role(app, clock, "learner@example.org", "vendor", "manager")
    assert learner.start_exam() > 0


def test_a_barred_person_who_failed_is_not_told_to_start_again(app: Flask, learner: Visitor, clock: TestClock) -> None:
    attempt_id = learner.start_exam()
    learner.post(f"/attempts/{attempt_id}/submit")
    clock.forward(days=2)
    assert "You may start again now." in learner.get(f"/attempts/{attempt_id}").text
    give_role(app, clock, "learner@example.org", "academy", "author")
    page = learner.get(f"/attempts/{attempt_id}").text
    assert "You may start again now." not in page
    assert "The next attempt opens on" in page

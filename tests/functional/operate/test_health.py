"""The operator's first page shows every duty of the worker, what went wrong, and whether any worker runs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.functional.conftest import TestClock
from tests.visitor import Visitor
from trainer_academy.accounts import people as steps
from trainer_academy.accounts.people import find_user
from trainer_academy.core import schedule
from trainer_academy.core.db import Database, id_of
from trainer_academy.web.context import get

HOUR = timedelta(hours=1)


@pytest.fixture
def operator(app: Flask, clock: TestClock) -> Visitor:
    person = Visitor(app)
    person.sign_up("operator@example.org")
    with app.app_context(), get(Database).writing() as session:
        user = find_user(session, "operator@example.org")
        assert user is not None
        academy = steps.create_organization(session, "academy", "Academy", clock())
        steps.add_membership(session, id_of(user), id_of(academy), "operator", None, clock())
        session.commit()
    return person


def carry_out(app: Flask, name: str, at: datetime, error: str = "") -> None:
    with app.app_context(), get(Database).writing() as session:
        assert schedule.claim(session, name, at, HOUR)
        if error:
            schedule.fail(session, name, at, HOUR, error)
        else:
            schedule.finish(session, name, at, HOUR)
        session.commit()


def test_duties_stand_on_the_page(app: Flask, operator: Visitor, clock: TestClock) -> None:
    assert "No worker has run yet" in operator.get("/operate").text
    carry_out(app, "offers", clock())
    carry_out(app, "issuance log", clock(), "OSError: no space left")
    text = operator.get("/operate").text
    assert "Offers whose date is over" in text and "in order" in text
    assert "failed once" in text and "OSError: no space left" in text
    assert "does a worker run?" not in text
    clock.forward(minutes=65)
    assert "does a worker run?" not in operator.get("/operate").text, "due for five minutes: a worker may be about to act"
    clock.forward(minutes=10)
    assert "does a worker run?" in operator.get("/operate").text

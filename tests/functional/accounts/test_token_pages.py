"""The page on which a client makes and ends tokens."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlmodel import select

from tests.functional.conftest import TestClock
from tests.visitor import Visitor
from trainer_academy.accounts import api_tokens, people
from trainer_academy.accounts.models import ApiToken, User
from trainer_academy.core.db import Database, id_of
from trainer_academy.web.context import get


@pytest.fixture
def buyer(app: Flask, clock: TestClock) -> Visitor:
    person = Visitor(app)
    person.sign_up("buyer@example.org", "Bo Buyer")
    with app.app_context(), get(Database).writing() as session:
        user = session.exec(select(User).where(User.login == "buyer@example.org")).one()
        client = people.create_organization(session, "client", "Acme", clock())
        people.add_membership(session, id_of(user), id_of(client), "buyer", None, clock())
        session.commit()
    return person


def stored(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context(), get(Database).reader() as session:
        return [(row.name, row.ended_at is None) for row in session.exec(select(ApiToken)).all()]


def test_a_token_is_shown_once_and_kept_by_its_name(app: Flask, buyer: Visitor) -> None:
    made = buyer.post("/account/api", {"name": "Night robot"})
    assert made.status_code == 200
    assert api_tokens.PREFIX in made.text and "Night robot" in made.text
    again = buyer.get("/account/api").text
    assert "Night robot" in again and api_tokens.PREFIX not in again.replace("tac_…", "")
    assert stored(app) == [("Night robot", True)]


def test_a_token_needs_a_name_and_a_free_place(app: Flask, buyer: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert buyer.post("/account/api", {"name": ""}).status_code == 400
    monkeypatch.setattr(api_tokens, "MAX_OPEN", 1)
    assert buyer.post("/account/api", {"name": "one"}).status_code == 200
    refused = buyer.post("/account/api", {"name": "two"})
    assert refused.status_code == 409
    assert 'class="error"' in refused.text
    assert stored(app) == [("one", True)]


def test_ending_a_token_says_whether_there_was_one(app: Flask, buyer: Visitor) -> None:
    buyer.post("/account/api", {"name": "one"})
    assert "The token does not work any more." in buyer.post("/account/api/1/end").text
    assert "There is no such open token." in buyer.post("/account/api/1/end").text
    assert stored(app) == [("one", False)]

"""The page of messages, and a client's webhook."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import select

from tests.functional.conftest import TestClock
from tests.visitor import Visitor
from trainer_academy.accounts import people as accounts
from trainer_academy.core.db import Database
from trainer_academy.notices.delivery import PostOffice, deliver_due
from trainer_academy.notices.mail import FileMail
from trainer_academy.notices.models import Notice
from trainer_academy.notices.outbox import add_message
from trainer_academy.notices.webhooks import WebhookSender, standard_secret
from trainer_academy.web.context import get

SECRET = re.compile(r"whsec_[\w+/=-]{40,}")
ADDRESS = "https://hooks.example.org/academy"
PAGE = "/organization/webhook"


@pytest.fixture
def buyer(app: Flask, clock: TestClock) -> Visitor:
    person = Visitor(app)
    person.sign_up("buyer@example.org", "Bo Buyer")
    with app.app_context(), get(Database).writing() as session:
        user = accounts.find_user(session, "buyer@example.org")
        client = accounts.create_organization(session, "client", "Buyer Ltd", clock())
        assert user is not None
        assert user.id is not None
        assert client.id is not None
        accounts.add_membership(session, user.id, client.id, "buyer", None, clock())
        session.commit()
    return person


def save(buyer: Visitor, url: str) -> str:
    buyer.get(PAGE)
    return buyer.post(PAGE, {"url": url, "action": "save"}).text


def test_messages_are_shown_to_their_owner_as_text(app: Flask, learner: Visitor, buyer: Visitor, clock: TestClock) -> None:
    with app.app_context(), get(Database).writing() as session:
        user = accounts.find_user(session, "learner@example.org")
        assert user is not None
        assert user.id is not None
        add_message(session, user.id, "k", "Hello <b>you</b>", "See https://a.example/x <script>alert(1)</script>", clock())
        session.commit()
    page = learner.get("/messages").text
    assert "Hello &lt;b&gt;you&lt;/b&gt;" in page
    assert "<script>alert" not in page
    assert 'href="https://a.example/x"' in page
    assert "Hello" not in buyer.get("/messages").text


def test_the_secret_is_shown_once(buyer: Visitor) -> None:
    page = save(buyer, ADDRESS)
    first = SECRET.search(page)
    assert first
    assert [first[0], standard_secret(SECRET.findall(page)[1])] == [first[0]] * 2, "the form for libraries, then the older one"
    assert not SECRET.search(buyer.get(PAGE).text)
    assert not SECRET.search(save(buyer, ADDRESS + "/two"))
    assert ADDRESS + "/two" in buyer.get(PAGE).text
    second = SECRET.search(buyer.post(PAGE, {"action": "renew"}).text)
    assert second
    assert second[0] != first[0]


def test_a_private_address_is_refused_with_a_reason(buyer: Visitor) -> None:
    for url in ("https://127.0.0.1/", "http://hooks.example.org/", "https://hooks.example.org:22/", "nonsense", ""):
        buyer.get(PAGE)
        response = buyer.post(PAGE, {"url": url, "action": "save"})
        assert response.status_code == 400, url
        assert "Nothing was saved yet" in response.text
    assert "Send a test call" not in buyer.get(PAGE).text


def test_a_test_call_and_its_outcome_are_in_the_log(app: Flask, buyer: Visitor, clock: TestClock, tmp_path: Path) -> None:
    save(buyer, ADDRESS)
    assert "is on its way" in buyer.post(f"{PAGE}/test").text
    assert "waiting" in buyer.get(PAGE).text

    def no_such_host(*_args: object, **_options: object) -> list[object]:
        raise OSError

    office = PostOffice(FileMail(tmp_path, "a@school.example"), WebhookSender(resolve=no_such_host))
    with app.app_context():
        deliver_due(get(Database), office, clock() + timedelta(seconds=1))
    assert "There was no valid answer from this address." in buyer.get(PAGE).text
    with app.app_context(), get(Database).reader() as session:
        stored = session.exec(select(Notice).where(Notice.channel == "webhook")).one()
    assert json.loads(stored.body)["type"] == "test"


def test_ten_test_calls_are_enough(buyer: Visitor) -> None:
    save(buyer, ADDRESS)
    statuses = [buyer.post(f"{PAGE}/test").status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]


def test_switched_off_is_off(buyer: Visitor) -> None:
    save(buyer, ADDRESS)
    assert "do not call" in buyer.post(PAGE, {"action": "off"}).text
    assert "Send a test call" not in buyer.get(PAGE).text
    save(buyer, ADDRESS)
    assert "Send a test call" in buyer.get(PAGE).text


def test_only_clients_have_webhooks(learner: Visitor) -> None:
    assert learner.get(PAGE).status_code == 403
    assert learner.post(PAGE, {"url": ADDRESS}).status_code == 403
    assert learner.post(f"{PAGE}/test").status_code == 403


def test_without_an_address_there_is_nothing_to_renew_test_or_switch_off(buyer: Visitor) -> None:
    buyer.get(PAGE)
    assert buyer.post(PAGE, {"action": "renew"}).status_code == 404
    assert buyer.post(PAGE, {"action": "off"}).status_code == 404
    assert buyer.post(f"{PAGE}/test").status_code == 404

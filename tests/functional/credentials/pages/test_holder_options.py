"""The holder's options, the hidden and the withdrawn page, the hold, and what is published for checking us."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlmodel import select

from tests.functional.conftest import TestClock
from tests.visitor import Visitor
from trainer_academy.accounts import people as steps
from trainer_academy.accounts.models import User
from trainer_academy.core.db import Database
from trainer_academy.credentials.criteria import Measurement
from trainer_academy.credentials.life import logs
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.credentials.life.models import Credential
from trainer_academy.web.context import get

KEY = "response-evaluator-1"
MEASUREMENT = Measurement(0.9048, 0.7791, 0.9623, 0.75, 42, "Evaluating model responses", "2026.11", 130, "0123456789ab")
JSON = {"Accept": "application/vc"}


@pytest.fixture
def number(app: Flask, learner: Visitor, clock: TestClock) -> str:
    """The certificate of the learner."""
    with app.app_context(), get(Database).writing() as session:
        user = session.exec(select(User).where(User.login == "learner@example.org")).one()
        credential = issue(session, get(Issuer), user, KEY, MEASUREMENT, None, clock())
        session.commit()
        return credential.id


@pytest.fixture
def operator(app: Flask, clock: TestClock) -> Visitor:
    person = Visitor(app)
    person.sign_up("operator@example.org")
    with app.app_context(), get(Database).writing() as session:
        user = session.exec(select(User).where(User.login == "operator@example.org")).one()
        academy = steps.create_organization(session, "academy", "Academy", clock())
        assert user.id is not None and academy.id is not None
        steps.add_membership(session, user.id, academy.id, "operator", None, clock())
        session.commit()
    return person


def stored(app: Flask, number: str) -> Credential:
    with app.app_context(), get(Database).reader() as session:
        found = session.get(Credential, number)
        assert found is not None
        return found


def code_of(app: Flask, number: str) -> str:
    return stored(app, number).code


def test_holder_leaves_scores_and_name_out(app: Flask, learner: Visitor, number: str, clock: TestClock) -> None:
    page = learner.get(f"/certificates/{number}/options")
    assert page.status_code == 200
    assert f"/certificates/{number}/options" in learner.get("/certificates").text
    assert f"/certificates/{number}/options" in learner.get(f"/credentials/{number}").text
    clock.forward(minutes=1)
    saved = learner.post(f"/certificates/{number}/shown", {})
    assert "Saved." in saved.text
    public = Visitor(app).get(f"/credentials/{number}")
    assert "Lea Learner" not in public.text
    assert "90.4" not in public.text
    document = json.loads(Visitor(app).get(f"/credentials/{number}", headers=JSON).text)
    assert "name" not in document["credentialSubject"]
    learner.post(f"/certificates/{number}/shown", {"scores": "y", "name": "y"})
    assert "90.4" in Visitor(app).get(f"/credentials/{number}").text


def test_holder_changes_the_shown_name(app: Flask, learner: Visitor, number: str) -> None:
    for wrong in ("", "a\x07b", "...", "x" * 121):
        assert learner.post(f"/certificates/{number}/name", {"name": wrong}).status_code == 400
    assert "Saved." in learner.post(f"/certificates/{number}/name", {"name": 'Lea "L" ]]> مريم'}).text
    assert "Lea &#34;L&#34; ]]&gt; مريم" in Visitor(app).get(f"/credentials/{number}").text


def test_wallet_identifier_is_checked(app: Flask, learner: Visitor, number: str) -> None:
    reply = learner.post(f"/certificates/{number}/identifier", {"did": "did:web:example.org"})
    assert reply.status_code == 400
    assert "did:key:z6Mk" in reply.text
    wallet = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"
    assert "Saved." in learner.post(f"/certificates/{number}/identifier", {"did": wallet}).text
    assert stored(app, number).holder_did == wallet


def test_hidden_page_says_so_and_its_files_are_gone(app: Flask, learner: Visitor, number: str) -> None:
    assert "The page is hidden" in learner.post(f"/certificates/{number}/hide", {}).text
    public = Visitor(app).get(f"/credentials/{number}")
    assert public.status_code == 200
    assert "hidden by its holder" in public.text
    assert "Lea Learner" not in public.text
    assert public.headers["X-Robots-Tag"] == "noindex"
    for path, headers in ((f"/credentials/{number}", JSON), (f"/credentials/{number}.json", {})):
        assert Visitor(app).get(path, headers=headers).status_code == 404
    assert "Only you see this page." in learner.get(f"/credentials/{number}").text
    answer = Visitor(app).get(f"/verify?code={code_of(app, number)}").text
    assert "Lea Learner" not in answer
    assert "can be opened" not in answer
    learner.post(f"/certificates/{number}/show", {})
    assert "Lea Learner" in Visitor(app).get(f"/credentials/{number}").text


def test_holder_withdraws_for_good(app: Flask, learner: Visitor, number: str) -> None:
    path, code = f"/certificates/{number}/withdraw", code_of(app, number)
    assert "Delete for good" in learner.get(path).text
    assert learner.post(path, {}).status_code == 400
    assert stored(app, number).erased_at is None
    assert "is withdrawn" in learner.post(path, {"is_sure": "y"}).text
    public = Visitor(app).get(f"/credentials/{number}")
    assert "This certificate was withdrawn" in public.text
    assert "Lea Learner" not in public.text
    assert Visitor(app).get(f"/credentials/{number}.json").status_code == 404
    assert "Lea Learner" not in Visitor(app).get(f"/verify?code={code}").text
    assert learner.get(f"/certificates/{number}/options").status_code == 404
    assert "Withdrawn" in learner.get("/certificates").text


def test_others_cannot_change_it(app: Flask, number: str) -> None:
    other = Visitor(app)
    other.sign_up("other@example.org")
    for action in ("options", "withdraw"):
        assert other.get(f"/certificates/{number}/{action}").status_code == 404
    for action in ("shown", "name", "identifier", "hide", "show", "withdraw"):
        assert other.post(f"/certificates/{number}/{action}", {"name": "Other", "is_sure": "y"}).status_code == 404
    assert stored(app, number).signed_at == stored(app, number).issued_at


def test_operator_holds_and_lets_go(app: Flask, learner: Visitor, operator: Visitor, number: str) -> None:
    path = f"/operate/credentials/{number}/suspend"
    assert learner.get(path).status_code == 403
    assert operator.post(path, {"reason": "x"}).status_code == 400
    assert "on hold" in operator.post(path, {"reason": "A report is being looked into."}).text
    public = Visitor(app).get(f"/credentials/{number}").text
    assert "On hold" in public
    assert "A report is being looked into." in public
    assert "On hold" in learner.get("/certificates").text
    assert "counts again" in operator.post(f"/operate/credentials/{number}/resume", {}).text
    assert "On hold" not in Visitor(app).get(f"/credentials/{number}").text


def test_old_page_leads_to_the_newer_certificate(app: Flask, learner: Visitor, number: str, clock: TestClock) -> None:
    clock.forward(days=700)
    with app.app_context(), get(Database).writing() as session:
        user = session.exec(select(User).where(User.login == "learner@example.org")).one()
        newer = issue(session, get(Issuer), user, KEY, MEASUREMENT, None, clock()).id
        session.commit()
    assert f"/credentials/{newer}" in Visitor(app).get(f"/credentials/{number}").text
    assert "newer certificate" not in Visitor(app).get(f"/credentials/{newer}").text


# ---------------------------------------------------------------- what is published


def test_keys_and_logs_are_public(app: Flask, number: str, clock: TestClock) -> None:
    visitor = Visitor(app)
    assert visitor.get("/.well-known/issuance-log/head").status_code == 404
    with app.app_context(), get(Database).writing() as session:
        logs.keep_logs(session, get(Issuer).signer, clock() + timedelta(seconds=1))
        session.commit()
        issuer = get(Issuer)
        name = issuer.keys.newest("jwt")
    for path in ("/.well-known/issuance-log", "/.well-known/issuance-log/head", "/.well-known/did-history"):
        reply = visitor.get(path)
        assert reply.status_code == 200
        assert reply.headers["Access-Control-Allow-Origin"] == "*"
        assert "max-age" in reply.headers["Cache-Control"]
        assert visitor.get(path, headers={"If-None-Match": reply.headers["ETag"]}).status_code == 304
    (entry,) = visitor.get("/.well-known/issuance-log").get_json()["entries"]
    head = visitor.get("/.well-known/issuance-log/head").get_json()
    assert (head["number"], head["hash"]) == (1, entry["hash"])
    key = visitor.get(f"/.well-known/keys/{name}.jwk").get_json(force=True)
    assert (key["kty"], key["crv"]) == ("EC", "P-256")
    assert "d" not in key
    assert key["kid"] == issuer.signer.key_url(name)
    for wrong in ("key-2026-11", "jwt-1999-01", "..", "%2e%2e%2fkey", "jwt-2026-11.pem"):
        assert visitor.get(f"/.well-known/keys/{wrong}.jwk").status_code == 404


@pytest.mark.parametrize("after", ["-5", "x", "99999999999999", "1e9", ""])
def test_odd_places_in_the_log_are_empty_or_the_start(app: Flask, number: str, after: str) -> None:
    reply = Visitor(app).get(f"/.well-known/issuance-log?after={after}")
    assert reply.status_code == 200
    assert len(reply.get_json()["entries"]) in (0, 1)


def test_status_list_can_be_asked_for_changes_only(app: Flask, number: str) -> None:
    reply = Visitor(app).get(f"/status-lists/{stored(app, number).status_list_id}")
    assert reply.headers["Cache-Control"] == "public, max-age=60"
    again = Visitor(app).get(reply.request.path, headers={"If-None-Match": reply.headers["ETag"]})
    assert again.status_code == 304

"""/api/v1: tokens, one certificate, many codes in one call, watches and their webhooks, errors as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, select

from tests.functional.conftest import TestClock
from tests.functional.test_query_counts import counting
from tests.stage import give_role, id_of, write
from tests.visitor import Visitor
from trainer_academy.accounts.models import ApiToken, User
from trainer_academy.core.db import Database
from trainer_academy.credentials.criteria import Measurement
from trainer_academy.credentials.life import revoking, watching
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.credentials.life.models import Credential
from trainer_academy.notices.endpoints import set_endpoint
from trainer_academy.notices.models import Notice
from trainer_academy.web.context import get

MEASUREMENT = Measurement(0.9048, 0.7791, 0.9623, 0.75, 42, "Evaluating model responses", "2026.11")
KEY = "response-evaluator-1"
API = "/api/v1"


@dataclass
class Client:
    """A client's software with a token, and the certificates that there are."""

    app: Flask
    token: str
    organization_id: int
    codes: list[str]
    ids: list[str]

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return self.app.test_client().open(f"{API}{path}", method=method, json=body, headers=headers)


@pytest.fixture
def client(app: Flask, learner: Visitor, clock: TestClock) -> Client:
    buyer = Visitor(app)
    buyer.sign_up("buyer@example.org")
    organization_id = give_role(app, clock, "buyer@example.org", "client", "buyer")
    page = buyer.post("/account/api", {"name": "nightly check"})
    found = re.search(r"<code>(tac_[^<]+)</code>", page.text)
    assert found, page.text[:500]
    assert found[1] not in buyer.get("/account/api").text

    def make(session: Session) -> list[Credential]:
        holder = session.get(User, id_of(session, "learner@example.org"))
        assert holder is not None
        return [issue(session, get(Issuer), holder, KEY, MEASUREMENT, None, clock()) for _ in range(3)]

    made = write(app, make)
    return Client(app, found[1], organization_id, [item.code for item in made], [item.id for item in made])


def calls(app: Flask) -> list[dict[str, Any]]:
    with app.app_context(), get(Database).reader() as session:
        return [json.loads(row.body) for row in session.exec(select(Notice).where(Notice.channel == "webhook")).all()]


def change(app: Flask, step: Any, credential_id: str, *more: Any) -> None:
    def act(session: Session) -> None:
        row = session.get(Credential, credential_id)
        assert row is not None
        assert step(session, get(Issuer), row, *more) is None

    write(app, act)


def test_one_certificate_is_public(client: Client) -> None:
    reply = client.app.test_client().get(f"{API}/credentials/{client.ids[0]}")
    found = reply.get_json()
    assert (found["status"], found["is_good"], found["results"]["score"]) == ("valid", True, "90.4")
    assert found["links"]["json"].endswith(f"/credentials/{client.ids[0]}.json")
    assert {check["outcome"] for check in found["checks"]} == {"ok"}
    missing = client.app.test_client().get(f"{API}/credentials/00000000-0000-4000-8000-000000000000")
    assert missing.status_code == 404
    assert set(missing.get_json()) == {"error", "advice"}


def test_a_thousand_codes_take_one_statement(client: Client) -> None:
    codes = [client.codes[0].lower(), client.ids[1], f"https://x/credentials/{client.ids[2]}", "000-000-000-00", "no"] * 200
    with counting(client.app) as found:
        reply = client.call("POST", "/credentials/verify", {"codes": codes})
    assert reply.status_code == 200
    answers = reply.get_json()["answers"]
    assert [one["status"] for one in answers[:5]] == ["valid", "valid", "valid", "unknown", "unknown"]
    assert [one["code"] for one in answers] == codes
    assert len([one for one in found if "FROM credentials" in one]) == 1
    assert "learner" not in reply.text.lower()
    too_many = client.call("POST", "/credentials/verify", {"codes": [*codes, "x"]})
    assert too_many.status_code == 400
    assert "codes" in too_many.get_json()["error"]


@pytest.mark.parametrize("body", ["", "[]", "{", '{"codes": "x"}', '{"codes": [], "more": 1}', '{"codes": [1]}'])
def test_a_wrong_body_says_where(client: Client, body: str) -> None:
    headers = {"Authorization": f"Bearer {client.token}"}
    reply = client.app.test_client().post(f"{API}/credentials/verify", data=body, headers=headers)
    assert reply.status_code == 400
    assert "does not fit at" in reply.get_json()["error"]


def test_who_may_call(client: Client, learner: Visitor) -> None:
    body = {"codes": client.codes}
    for token in ("", "tac_wrong", "x" * 3000):
        assert client.call("POST", "/credentials/verify", body, token=token).status_code == 401
    # A browser's cookie needs the CSRF token, and a token opens no page.
    buyer = Visitor(client.app)
    buyer.sign_in("buyer@example.org")
    assert buyer.client.post(f"{API}/credentials/verify", json=body).status_code == 400
    buyer.get("/account/api")
    reply = buyer.client.post(f"{API}/credentials/verify", json=body, headers={"X-CSRFToken": buyer.token})
    assert reply.status_code == 200
    page = client.app.test_client().get("/account/api", headers={"Authorization": f"Bearer {client.token}"})
    assert page.status_code == 302
    assert learner.client.get(f"{API}/watches").status_code == 403


def test_an_ended_token_is_refused(client: Client) -> None:
    buyer = Visitor(client.app)
    buyer.sign_in("buyer@example.org")
    assert client.call("POST", "/credentials/verify", {"codes": ["x"]}).status_code == 200
    page = buyer.get("/account/api").text
    assert "last used" in page
    found = re.search(r"/account/api/(\d+)/end", page)
    assert found
    buyer.post(found[0])
    assert client.call("POST", "/credentials/verify", {"codes": ["x"]}).status_code == 401
    with client.app.app_context(), get(Database).reader() as session:
        assert client.token not in str(session.exec(select(ApiToken)).one().model_dump())


def test_watchers_are_told_in_the_same_transaction(client: Client, clock: TestClock) -> None:
    write(client.app, lambda session: set_endpoint(session, client.organization_id, "https://h.example/x", 1, clock()))
    asked = {"add": [*client.codes, "000-000-000-00"]}
    assert client.call("POST", "/watches", asked).get_json() == {"added": 3, "ended": 0, "unknown": ["000-000-000-00"]}
    assert client.call("POST", "/watches", asked).get_json()["added"] == 0
    change(client.app, revoking.suspend, client.ids[0], "We look into it.", None, clock())
    change(client.app, revoking.revoke, client.ids[1], "Somebody else sat it.", None, clock())
    found = {one["data"]["certificate"]: one for one in calls(client.app)}
    assert found[client.ids[0]]["type"] == "certificate.suspended"
    assert found[client.ids[1]]["data"]["reason"] == "Somebody else sat it."
    assert "Lea" not in json.dumps(found)
    listed = client.call("GET", "/watches").get_json()["watches"]
    assert sorted(one["status"] for one in listed) == ["revoked", "suspended", "valid"]
    assert client.call("POST", "/watches", {"end": client.codes}).get_json()["ended"] == 3


def test_the_end_is_told_once(client: Client, clock: TestClock) -> None:
    write(client.app, lambda session: set_endpoint(session, client.organization_id, "https://h.example/x", 1, clock()))
    client.call("POST", "/watches", {"add": client.codes[:1]})
    clock.forward(days=731)
    for _ in range(2):
        write(client.app, lambda session: watching.tell_expired(session, get(Issuer), clock()))
    assert [one["type"] for one in calls(client.app)] == ["certificate.expired"]


def test_a_rolled_back_revocation_tells_nobody(client: Client, clock: TestClock) -> None:
    write(client.app, lambda session: set_endpoint(session, client.organization_id, "https://h.example/x", 1, clock()))
    client.call("POST", "/watches", {"add": client.codes})
    with client.app.app_context(), get(Database).writing() as session:
        row = session.get(Credential, client.ids[0])
        assert row is not None
        revoking.revoke(session, get(Issuer), row, "A reason", None, clock())
        session.rollback()
    assert calls(client.app) == []


def test_too_many_calls_are_refused(client: Client, clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer_academy.api.views.CALLS_IN_FIVE_MINUTES", 2)
    statuses = [client.call("POST", "/credentials/verify", {"codes": ["x"]}).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    clock.forward(minutes=6)
    assert client.call("POST", "/credentials/verify", {"codes": ["x"]}).status_code == 200


def test_the_description_names_every_path(client: Client) -> None:
    described = client.app.test_client().get(f"{API}/openapi.json").get_json()
    served = {
        re.sub(r"<[^>]*>", "{id}", rule.rule) for rule in client.app.url_map.iter_rules() if rule.endpoint.startswith("api.")
    }
    assert {API + path for path in described["paths"]} == served - {f"{API}/openapi.json"}
    names = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described)))
    assert names <= set(described["components"]["schemas"])

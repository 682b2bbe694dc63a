"""Public pages and documents of certificates over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from tests.speed import shared_library
from trainer_academy.accounts import people
from trainer_academy.accounts.sign_in import open_session
from trainer_academy.app import create_app
from trainer_academy.config import Config
from trainer_academy.core.db import Database
from trainer_academy.credentials.criteria import Measurement
from trainer_academy.credentials.life import status
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.signing.linked_data import decode_multikey
from trainer_academy.credentials.signing.proof_sets import verify_proofs
from trainer_academy.library import Library
from trainer_academy.notices.models import Notice

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
KEY = "response-evaluator-1"
MEASUREMENT = Measurement(0.9048, 0.7791, 0.9623, 0.75, 42, "Evaluating model responses", "2026.11")
NAME = 'Amina <b>"Wanjikũ"</b> مريم'
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Site(SimpleNamespace):
    """The application with one issued certificate; `clock.now` may be moved."""

    app: Flask
    database: Database
    clock: SimpleNamespace
    number: str
    code: str
    list_id: int

    def client(self, login: str = "") -> FlaskClient:
        """A browser, signed in when a login is given."""
        client = self.app.test_client()
        if login:
            with self.database.writing() as session:
                user = people.find_user(session, login)
                assert user is not None
                token = open_session(session, user, "test", self.clock.now)
                session.commit()
            with client.session_transaction() as cookie:
                cookie["_user_id"], cookie["_fresh"] = token, True
        return client

    @property
    def path(self) -> str:
        return f"/credentials/{self.number}"

    def stored(self) -> Credential:
        with self.database.reader() as session:
            found = session.get(Credential, self.number)
            assert found is not None
            return found


@pytest.fixture(scope="module")
def library() -> Library:
    return shared_library()


@pytest.fixture
def site(database_url: str, tmp_path: Path, library: Library) -> Iterator[Site]:
    config = Config(environment="test", instance=tmp_path, database_url=database_url, base_url="https://academy.example")
    clock = SimpleNamespace(now=START)
    app = create_app(config.completed(), clock=lambda: clock.now, library=library)
    things = app.extensions["academy"]
    database: Database = things[Database]
    with database.writing() as session:
        holder = people.create_user(session, "amina@example.org", NAME, "hash", START)
        operator = people.create_user(session, "operator@example.org", "Olu", "hash", START)
        academy = people.create_organization(session, "academy", "Academy", START)
        assert operator.id is not None
        assert academy.id is not None
        people.add_membership(session, operator.id, academy.id, "operator", None, START)
        made = issue(session, things[Issuer], holder, KEY, MEASUREMENT, None, START)
        session.commit()
    yield Site(app=app, database=database, clock=clock, number=made.id, code=made.code, list_id=made.status_list_id)
    database.dispose()


def csrf_token(page: str) -> str:
    """The token of the form, not of the buttons around it."""
    return str(re.findall(r'id="csrf_token"[^>]*value="([^"]+)"', page)[0])


# ---------------------------------------------------------------- documents


@pytest.mark.parametrize(
    "accept",
    ["application/vc", "application/vc+ld+json", "application/ld+json", "application/json", "text/html;q=0.3, application/vc"],
)
def test_machines_get_the_exact_signed_bytes(site: Site, accept: str) -> None:
    response = site.client().get(site.path, headers={"Accept": accept})
    assert response.get_data(as_text=True) == site.stored().document
    assert response.content_type == accept.rpartition(" ")[2]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept" in response.headers["Vary"]


def test_json_address_needs_no_negotiation(site: Site) -> None:
    response = site.client().get(f"{site.path}.json", headers=BROWSER)
    assert response.content_type == "application/vc"
    assert response.get_data(as_text=True) == site.stored().document


def test_outsider_can_verify_with_what_is_published(site: Site) -> None:
    client = site.client()
    document = client.get(f"{site.path}.json").get_json(force=True)
    did = client.get("/.well-known/did.json")
    assert did.content_type == "application/did+ld+json"
    assert did.headers["Cache-Control"] == "public, max-age=300"
    methods = {item["id"]: item for item in did.get_json(force=True)["verificationMethod"]}
    key = decode_multikey(methods[document["proof"][0]["verificationMethod"]]["publicKeyMultibase"])
    assert [proof["cryptosuite"] for proof in document["proof"]] == ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
    assert verify_proofs(document, lambda _method: key) == "good"
    listed = client.get(f"/status-lists/{site.list_id}")
    assert listed.content_type == "application/vc"
    assert listed.headers["Cache-Control"] == "public, max-age=60"
    assert listed.headers["Access-Control-Allow-Origin"] == did.headers["Access-Control-Allow-Origin"] == "*"
    assert verify_proofs(listed.get_json(force=True), lambda _method: key) == "good"
    assert listed.get_json(force=True)["id"] == document["credentialStatus"]["statusListCredential"]


def test_achievement_for_people_and_machines(site: Site) -> None:
    client = site.client()
    page = client.get(f"/achievements/{KEY}", headers=BROWSER)
    assert "<em>Evaluating model responses</em>" in page.get_data(as_text=True)
    document = client.get(f"/achievements/{KEY}", headers={"Accept": "application/ld+json"})
    signed = json.loads(site.stored().document)
    assert document.get_json(force=True)["id"] == signed["credentialSubject"]["achievement"]["id"]
    assert document.content_type == "application/ld+json"


@pytest.mark.parametrize(
    "path",
    [
        "/credentials/00000000-0000-4000-8000-000000000000",
        "/credentials/00000000-0000-4000-8000-000000000000.json",
        "/credentials/1",
        "/status-lists/999",
        "/status-lists/99999999999999999999",
        "/achievements/no-such",
    ],
)
def test_unknown_addresses(site: Site, path: str) -> None:
    assert site.client().get(path).status_code == 404


# ---------------------------------------------------------------- the page


def test_page_says_everything_in_little(site: Site) -> None:
    response = site.client().get(site.path, headers=BROWSER)
    page = response.get_data(as_text=True)
    assert len(response.get_data()) <= 30_000
    for text in (
        "Amina &lt;b&gt;&#34;Wanjikũ&#34;&lt;/b&gt; مريم",
        "Response Evaluator, level 1",
        "Level 1",
        "90.4 %",
        "77.9 to 96.2",
        "75.0 %",
        ">42<",
        "21 Nov 2026",
        "21 Nov 2028",
        "Trainer Academy",
        "academy.example",
        "The signature fits",
        site.code,
        f"{site.path}.json",
        "linkedin.com/profile/add?startTask=CERTIFICATION_NAME",
        'property="og:title"',
        "<path ",
    ):
        assert text in page, text
    assert 'name="robots" content="noindex"' in page
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert "amina@example.org" not in page


def test_pages_keep_to_the_content_policy(site: Site) -> None:
    client = site.client()
    for path in (site.path, f"/verify?code={site.code}", "/verify", f"/achievements/{KEY}"):
        page = client.get(path, headers=BROWSER).get_data(as_text=True)
        assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", page), path


def test_changed_bytes_are_called_out(site: Site) -> None:
    with site.database.writing() as session:
        credential = session.get(Credential, site.number)
        assert credential is not None
        credential.document = credential.document.replace('"90.4"', '"99.5"')
        session.commit()
    page = site.client().get(site.path, headers=BROWSER).get_data(as_text=True)
    assert "The signature does not fit" in page
    assert "The signature fits" not in page
    assert "This certificate is valid." not in page
    assert "This certificate is valid." not in site.client().get(f"/verify?code={site.code}").get_data(as_text=True)


def test_expired_certificate(site: Site) -> None:
    site.clock.now = START + timedelta(days=731)
    page = site.client().get(site.path, headers=BROWSER).get_data(as_text=True)
    assert "This certificate has expired." in page
    assert "It ended on 21 Nov 2028." in page
    assert "This certificate has expired." in site.client().get(f"/verify?code={site.code}").get_data(as_text=True)


# ---------------------------------------------------------------- checking a code


@pytest.mark.parametrize("form", ["{code}", "{number}", "https://academy.example/credentials/{number}"])
def test_check_says_yes(site: Site, form: str) -> None:
    typed = form.format(code=site.code.lower(), number=site.number)
    response = site.client().get("/verify", query_string={"code": typed})
    assert response.status_code == 200
    assert "This certificate is valid." in response.get_data(as_text=True)
    assert site.path in response.get_data(as_text=True)


def test_unknown_codes_get_the_same_words(site: Site) -> None:
    def body(typed: str) -> str:
        response = site.client().get("/verify", query_string={"code": typed})
        assert response.status_code == 404
        main = response.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
        return re.sub(r'name="csrf_token" value="[^"]+"', "", main.replace(typed, ""))

    wrong = [
        ("0" if site.code[0] != "0" else "1") + site.code[1:],
        "000-000-000-00",
        "nonsense",
        "00000000-0000-4000-8000-000000000000",
    ]
    assert len({body(typed) for typed in wrong}) == 1
    assert "Amina" not in body(wrong[0])


# ---------------------------------------------------------------- mine, and revoking


def test_my_certificates_are_mine(site: Site) -> None:
    assert site.client().get("/certificates").status_code == 302
    assert site.code in site.client("amina@example.org").get("/certificates").get_data(as_text=True)
    assert site.code not in site.client("operator@example.org").get("/certificates").get_data(as_text=True)


def test_only_operators_revoke(site: Site) -> None:
    path = f"/operate{site.path}/revoke"
    assert site.client().get(path).status_code == 302
    assert site.client("amina@example.org").get(path).status_code == 403
    assert site.client("amina@example.org").post(path, data={"reason": "because I can"}).status_code in (400, 403)
    assert site.stored().revoked_at is None


def test_operator_revokes_with_a_reason(site: Site) -> None:
    path, client = f"/operate{site.path}/revoke", site.client("operator@example.org")
    token = csrf_token(client.get(path).get_data(as_text=True))
    for reason in ("", "   ", "four", "x" * 301, "a\x07bcdef"):
        assert client.post(path, data={"csrf_token": token, "reason": reason}).status_code == 400
    assert site.stored().revoked_at is None
    site.clock.now = START + timedelta(days=2)
    done = client.post(path, data={"csrf_token": token, "reason": "Somebody else sat the <exam>."})
    assert done.headers["Location"].endswith(site.path)
    page = site.client().get(site.path, headers=BROWSER).get_data(as_text=True)
    assert "Revoked on 23 Nov 2026. Reason: Somebody else sat the &lt;exam&gt;." in page
    assert "The signature fits" in page
    listed = site.client().get(f"/status-lists/{site.list_id}").get_json(force=True)
    assert status.is_set(listed["credentialSubject"]["encodedList"], site.stored().status_index)
    again = client.post(path, data={"csrf_token": token, "reason": "Another reason"}, follow_redirects=True)
    assert "revoked already" in again.get_data(as_text=True)
    with site.database.reader() as session:
        assert len(session.exec(select(Notice)).all()) == 1

"""The product as an attacker uses it: other people's objects, hostile text, stolen cookies, odd requests."""

from __future__ import annotations

import email
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlmodel import select

from tests.functional.assessments.exams.exam_answers import fill_paper, right_form
from tests.functional.conftest import TestClock
from tests.stage import OFFER, PROFILE, Make, count, give_role, id_of, tabs, write
from tests.visitor import PASSWORD, Visitor
from trainer_academy.accounts import passwords
from trainer_academy.accounts.models import Invitation, LoginSession, User
from trainer_academy.accounts.people import create_user, read_login
from trainer_academy.accounts.sign_in import ACCOUNT_LIMIT, ADDRESS_LIMIT
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.models import Attempt, Response
from trainer_academy.core.db import Database
from trainer_academy.core.limits import LoginThrottle
from trainer_academy.credentials.life.models import Credential
from trainer_academy.notices.delivery import PostOffice, deliver_due
from trainer_academy.notices.mail import FileMail
from trainer_academy.notices.models import Notice, WebhookEndpoint
from trainer_academy.notices.webhooks import WebhookSender
from trainer_academy.pool.models import Offer, Requisition
from trainer_academy.tables import metadata
from trainer_academy.web.context import get

NEED = {
    "title": "Rate replies",
    "description": "Rate short replies.",
    "achievement_key": "response-evaluator-1",
    "client_rate": "60",
    "hours": "10",
    "starts_on": "",
}
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "attribute": '"\' onmouseover=alert(1) x="><img src=x onerror=alert(1)>',
    "template": "{{7*7}} {% raw %} %(name)s %s %d ${7*7}",
    "link": 'javascript:alert(1) http://evil.example/"onclick=alert(1)',
    "nul": "Ann\x00Example",
    "header": "Ann\r\nBcc: victim@evil.example\r\n\r\nbody",
    "separator": "Ann\u2028Bcc: victim@evil.example\u0085X: y",
    "direction": "Ann \u202eelpmaxE\u202c",
    "formula": '=HYPERLINK("http://evil.example")',
    "emoji": "👩🏽\u200d💻 Ann 🏴\U000e0067\U000e0062\U000e007f \U0001f600",
    "surrogate": "Ann \udc80 \ufffe",
    "word": "W" * 110,
    "long": "x" * 100_000,
}
ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "http://evil.example",
    "https:evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
    "%2f%2fevil.example",
    "@evil.example",
    ".evil.example",
    "evil.example",
    "?//evil.example",
    "//evil%E3%80%82example",
    "////evil.example/..",
    "//evil.example@localhost",
    "/\\/evil.example",
    "ftp://evil.example",
    "//localhost\\@evil.example",
    "\u2044\u2044evil.example",
    "/%5c%5cevil.example\\",
]

PRIVATE = [
    "127.0.0.1",
    "localhost",
    "localhost.",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "0",
    "169.254.169.254",
    "100.64.0.1",
    "[::ffff:127.0.0.1]",
    "[fd00::1]",
    "[fe80::1]",
    "user:pass@example.org",
    "224.0.0.1",
    "example.org:22",
    "example.org:6379",
    "printer.local",
    "db.internal",
    "[2002:7f00:1::]",
    "[64:ff9b::7f00:1]",
]


class Dangers(HTMLParser):
    """What could run or load on a page, apart from our own files."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        own = given.get("src", "").startswith("/static/")
        if tag in ("iframe", "object", "embed", "base", "style") or (tag in ("script", "img") and not own):
            self.found.append(f"<{tag} {given}>")
        self.found += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        addresses = [given.get(name, "") for name in ("href", "action", "formaction", "src")]
        self.found += [one for one in addresses if re.match(r"\s*(javascript|data|vbscript):", one, re.IGNORECASE)]


@dataclass
class Side:
    """One lead with a team member, one client, one certified specialist, and the addresses of what they own."""

    lead: Visitor
    member_id: int
    invitation_id: int
    buyer: Visitor
    requisition: str
    person: Visitor
    person_id: int
    attempt_id: int
    response_id: int
    offer_id: int


def make_side(app: Flask, clock: TestClock, people: Make, name: str) -> Side:
    lead, buyer, person = (people(f"{role}-{name}@example.org") for role in ("lead", "buyer", "person"))
    give_role(app, clock, f"lead-{name}@example.org", "vendor", "manager")
    give_role(app, clock, f"buyer-{name}@example.org", "client", "buyer")
    person_id = int(write(app, lambda session: id_of(session, f"person-{name}@example.org")))
    lead.post("/team/invite", {"name": f"Private {name}"})
    code = write(app, lambda session: session.exec(select(Invitation).order_by(Invitation.id.desc())).first().code)  # type: ignore
    person.post("/account/join", {"code": code})
    slip = lead.post("/team/invite", {"name": f"Private {name}"}, follow=False).headers["Location"]
    attempt_id = person.start_exam()
    fill_paper(app, attempt_id)
    person.post(f"/attempts/{attempt_id}/submit")
    with app.app_context():
        item = next(one for one in get(ItemStore).items.values() if one.kind == "choice" and one.bank == "evaluating-practice")
    choice = {"choice": list(item.key.correct), "order": "".join(item.options)}
    answered = person.post(f"/practice/items/{item.id}", choice, follow=False).headers["Location"]
    person.post("/profile", PROFILE | {"alias": f"Crane {name}"})
    person.post("/profile/listing", {"listing": "list"})
    day = (clock() + timedelta(days=9)).date().isoformat()
    requisition = buyer.post("/requisitions/new", NEED | {"starts_on": day, "title": f"Private {name}"}, follow=False)
    address = requisition.headers["Location"]
    buyer.post(f"{address}/offer/{person_id}", OFFER)
    buyer.post("/organization/webhook", {"action": "save", "url": f"https://{name}.example.org/hook"})
    offer_id = int(write(app, lambda session: session.exec(select(Offer.id).where(Offer.specialist_id == person_id)).one()))
    return Side(
        lead,
        person_id,
        int(slip.split("/")[-1]),
        buyer,
        address,
        person,
        person_id,
        attempt_id,
        int(re.findall(r"/practice/answers/(\d+)", answered)[0]),
        offer_id,
    )


def everything(app: Flask) -> dict[str, list[Any]]:
    """All rows of all tables, as text."""
    with app.app_context(), get(Database).engine.connect() as connection:
        return {table.name: sorted(map(str, connection.execute(table.select()))) for table in metadata.sorted_tables}


def test_objects_of_others_do_not_exist_and_do_not_change(app: Flask, clock: TestClock, people: Make) -> None:
    one, two = make_side(app, clock, people, "one"), make_side(app, clock, people, "two")
    session_id = write(
        app, lambda session: session.exec(select(LoginSession.id).where(LoginSession.user_id == two.person_id)).first()
    )
    credential = write(app, lambda session: session.exec(select(Credential.id)).first())
    tries: list[tuple[Visitor, str, str]] = [
        (visitor, method, path)
        for visitor in (one.person, one.lead, one.buyer)
        for method, path in [
            ("GET", f"/attempts/{two.attempt_id}"),
            ("GET", f"/attempts/{two.attempt_id}/items/1"),
            ("GET", f"/attempts/{two.attempt_id}/time"),
            ("GET", f"/attempts/{two.attempt_id}/review"),
            ("POST", f"/attempts/{two.attempt_id}/items/1"),
            ("POST", f"/attempts/{two.attempt_id}/submit"),
            ("GET", f"/practice/answers/{two.response_id}"),
            ("GET", f"/offers/{two.offer_id}"),
            ("POST", f"/offers/{two.offer_id}/answer"),
            ("POST", f"/account/sessions/{session_id}/end"),
            ("GET", two.requisition),
            ("POST", f"{two.requisition}/close"),
            ("GET", f"{two.requisition}/offer/{one.person_id}"),
            ("POST", f"{two.requisition}/offer/{one.person_id}"),
            ("GET", f"/team/{two.member_id}"),
            ("POST", f"/team/{two.member_id}/remove"),
            ("POST", f"/team/{two.member_id}/unassign/evaluating-responses"),
            ("GET", f"/team/invitations/{two.invitation_id}"),
            ("GET", f"/operate/credentials/{credential}/revoke"),
            ("POST", f"/operate/credentials/{credential}/revoke"),
        ]
    ]
    form = OFFER | {"answer": "accept", "reason": "because I can", "sequence": "9", "choice": "a"}
    before = everything(app)
    for visitor, method, path in tries:
        reply = visitor.get(path) if method == "GET" else visitor.post(path, form, follow=False)
        assert reply.status_code in (403, 404), f"{method} {path}: {reply.status_code}"
        assert not re.search(r"Private two|two@example\.org|Crane two|two\.example\.org", reply.text), path
    assert one.lead.post("/team/assign", {"people": [two.member_id], "course": "evaluating-responses"}).status_code == 400
    assert one.buyer.get(f"/pool?requisition={two.requisition.split('/')[-1]}").status_code == 404
    for page in ("/requisitions", "/team", "/messages", "/organization/webhook", "/offers", "/pool/" + str(two.person_id)):
        for visitor in (one.person, one.lead, one.buyer):
            assert not re.search(r"Private two|two@example\.org|two\.example\.org", visitor.get(page).text), page
    assert everything(app) == before
    shown = Visitor(app).get(f"/credentials/{credential}.json").text
    assert "@" not in shown.replace("@context", "")
    assert "person-one" not in shown


def test_hostile_text_is_text(app: Flask, clock: TestClock, people: Make, tmp_path: Path) -> None:
    """In every field that people can type into: no crash, nothing that runs, mail with the headers that we wrote."""
    lead, buyer = people("lead@example.org"), people("buyer@example.org")
    give_role(app, clock, "lead@example.org", "vendor", "manager")
    give_role(app, clock, "buyer@example.org", "client", "buyer")
    for name, text in HOSTILE.items():
        typed = text.encode("utf-8", "replace").decode()
        type_everywhere(app, clock, lead, buyer, typed)
        asked = [("/verify", "code"), ("/pool", "language"), ("/sign-up", "code"), ("/sign-in", "next")]
        pages = [(buyer, f"{path}?{urlencode({field: typed[:2000]})}") for path, field in asked]
        pages += [
            (lead, "/account"),
            (lead, "/team"),
            (buyer, "/profile"),
            (buyer, "/requisitions"),
            (buyer, "/organization/webhook"),
        ]
        for visitor, path in pages:
            reply = visitor.get(path)
            assert reply.status_code < 500, (name, path)
            assert not Dangers(reply.text).found, (name, path)
    check_mail(app, clock, tmp_path / "mail")


def type_everywhere(app: Flask, clock: TestClock, lead: Visitor, buyer: Visitor, typed: str) -> None:
    stranger = Visitor(app)
    day = (clock() + timedelta(days=9)).date().isoformat()
    exercise = dict.fromkeys(("choice", "order", "reason", "back", "overall", "swapped", "skill"), typed)
    posts: list[tuple[Visitor, str, dict[str, Any]]] = [
        (stranger, "/sign-in", {"login": typed, "password": typed}),
        (stranger, "/sign-up", {"name": typed, "login": f"{len(typed)}{ord(typed[-1])}@example.org", "password": PASSWORD}),
        (Visitor(app), "/sign-up", {"name": "Ann", "login": typed, "password": typed}),
        (lead, "/account/name", {"name": typed}),
        (lead, "/account/join", {"code": typed}),
        (lead, "/account/password", {"old_password": typed, "new_password": typed}),
        (lead, "/theme", {"theme": typed, "next": typed}),
        (lead, "/team/invite", {"name": typed, "email": "friend@example.org"}),
        (lead, "/team/invite", {"name": "Ann", "email": typed}),
        (lead, "/team/assign", {"people": [typed], "course": typed, "due_on": typed}),
        (lead, "/practice/items/ev-p-001", exercise),
        (buyer, "/profile", PROFILE | {"alias": typed[:60], "about": typed}),
        (buyer, "/profile", dict.fromkeys(PROFILE, typed)),
        (buyer, "/profile/listing", {"listing": typed}),
        (buyer, "/requisitions/new", NEED | {"starts_on": day, "title": typed[:120], "description": f"{typed} and more"}),
        (buyer, "/requisitions/new", dict.fromkeys(NEED, typed)),
        (buyer, "/organization/webhook", {"action": "save", "url": typed}),
        (buyer, "/organization/webhook", {"action": typed, "url": typed}),
        (buyer, "/organization/webhook", {"action": "save", "url": f"https://example.org/{typed}"}),
    ]
    for visitor, path, form in posts:
        reply = visitor.post(path, form)
        assert reply.status_code < 500, f"{path} {form!r}"[:300]
        assert not Dangers(reply.text).found, path


def check_mail(app: Flask, clock: TestClock, folder: Path) -> None:
    with app.app_context():
        deliver_due(get(Database), PostOffice(FileMail(folder, "academy@localhost"), WebhookSender()), clock())
    ours = {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Type",
        "Content-Transfer-Encoding",
        "MIME-Version",
    }
    for file in folder.glob("*.eml"):
        message = email.message_from_bytes(file.read_bytes())
        assert set(message.keys()) <= ours
        assert len(message.keys()) == len(set(message.keys()))
        assert message["To"] == "friend@example.org"


@pytest.mark.parametrize("local", ["=?utf-8?q?victim=40evil.example=3E=2C?=", "=?utf-8?q?x=0d=0aBcc=3A=20v=40evil.example?="])
def test_an_address_that_decodes_into_another_one_is_refused(
    app: Flask, clock: TestClock, people: Make, local: str, tmp_path: Path
) -> None:
    """Also when it is in the database already: it is given up, and what waits behind it is sent."""
    assert read_login(f"{local}@example.org") is None
    lead = people("lead@example.org")
    organization_id = give_role(app, clock, "lead@example.org", "vendor", "manager")
    assert lead.post("/team/invite", {"name": "Ann", "email": f"{local}@example.org"}).status_code == 400
    for _ in range(2):
        lead.post("/team/invite", {"name": "Ann", "email": "friend@example.org"})

    def spoil(session: Any) -> None:
        invitation = session.exec(select(Invitation).where(Invitation.organization_id == organization_id)).first()
        invitation.email = f"{local}@example.org"

    write(app, spoil)
    check_mail(app, clock, tmp_path / "mail")
    assert count(app, Notice, Notice.kind.startswith("invitation:"), Notice.status == "sent") == 1  # type: ignore[attr-defined]
    assert count(app, Notice, Notice.status == "dead") == 1


def test_cookies_of_before_are_dead(app: Flask, people: Make) -> None:
    """Fixation, a copied cookie after a password change, after another sign-in, and after sign-out."""
    visitor = Visitor(app)
    visitor.get("/sign-in")
    planted = visitor.client.get_cookie("ta_session")
    assert planted is not None
    visitor.sign_up("ann@example.org")
    for step in ("password", "sign-in", "sign-out"):
        [thief] = tabs(visitor, 1)
        assert thief.get("/account").status_code == 200
        if step == "password":
            visitor.post("/account/password", {"old_password": PASSWORD, "new_password": "eight new lamps"})
        elif step == "sign-in":
            visitor.sign_in("ann@example.org", "eight new lamps")
        else:
            visitor.post("/sign-out")
        assert thief.get("/account").status_code == 302, step
        assert visitor.get("/account").status_code == (302 if step == "sign-out" else 200)
    thief = Visitor(app)
    thief.client.set_cookie("ta_session", planted.value)
    assert thief.get("/account").status_code == 302


def test_the_cookie_is_not_for_scripts_and_a_foreign_token_is_refused(app: Flask, people: Make) -> None:
    one, two = people("one@example.org"), people("two@example.org")
    set_cookie = one.post("/sign-in", {"login": "one@example.org", "password": PASSWORD}, follow=False).headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    one.token = two.token
    assert one.client.post("/account/name", data={"csrf_token": two.token, "name": "Forged"}).status_code == 400
    body = json.dumps({"csrf_token": two.token, "name": "Forged"})
    for kind in ("text/plain", "application/json"):
        assert one.client.post("/account/name", data=body, content_type=kind).status_code == 400
    assert count(app, User, User.name == "Forged") == 0


def test_guessing_is_throttled_everywhere(app: Flask, people: Make, clock: TestClock) -> None:
    """The password on the account page, logins that exist, vendor codes; a changing X-Forwarded-For does not help."""
    person = people("ann@example.org")
    forged = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Real-IP": "203.0.113.9"}
    guess = {"old_password": "wrong password", "new_password": "eight new lamps"}
    statuses = [person.post("/account/password", guess, headers=forged).status_code for _ in range(ACCOUNT_LIMIT + 1)]
    assert statuses == [400] * ACCOUNT_LIMIT + [429]
    clock.forward(minutes=6)
    form = {"name": "Ann", "login": "ann@example.org", "password": PASSWORD}
    stranger = Visitor(app)
    assert stranger.post("/sign-up", form, headers=forged).status_code == 400

    def nearly(session: Any) -> None:
        row = session.exec(select(LoginThrottle).where(LoginThrottle.subject == "address:127.0.0.1")).one()
        assert row.failures == 1
        row.failures = ADDRESS_LIMIT

    write(app, nearly)
    assert stranger.post("/sign-up", form, headers=forged).status_code == 429
    assert Visitor(app).sign_in("ann@example.org").status_code == 429
    clock.forward(minutes=6)
    assert Visitor(app).sign_in("ann@example.org").status_code == 200


def test_sign_in_works_as_hard_for_every_login(
    app: Flask, people: Make, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One argon2 run for a known login, an unknown one, and an account without a password: the time tells nothing."""
    people("known@example.org")
    write(app, lambda session: create_user(session, "none@example.org", "Nobody", "!", clock()))
    passwords._dummy_hash()
    runs: list[str] = []
    real_verify, real_hash = passwords._hasher.verify, passwords._hasher.hash

    class Counting:
        def verify(self, stored: str, typed: str) -> bool:
            runs.extend(["run"] if stored.startswith("$argon2") else [])
            return real_verify(stored, typed)

        def hash(self, typed: str) -> str:
            runs.append("run")
            return real_hash(typed)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    for login in ("known@example.org", "unknown@example.org", "none@example.org"):
        runs.clear()
        assert Visitor(app).sign_in(login, "wrong password").status_code == 400
        assert runs == ["run"], login


def test_redirects_stay_on_this_site(app: Flask, people: Make) -> None:
    people("ann@example.org")
    for target in ELSEWHERE:
        visitor = Visitor(app)
        visitor.get("/sign-in")
        form = {"login": "ann@example.org", "password": PASSWORD}
        signed = visitor.post("/sign-in", form, follow=False, query_string={"next": target})
        themed = visitor.post("/theme", {"theme": "dark", "next": target}, follow=False)
        back = visitor.post("/practice/items/ev-p-001", {"back": target}, follow=False)
        for reply in (signed, themed, back):
            assert reply.status_code in (302, 400, 401), target
            assert re.match(r"/(?![/\\])|$", reply.headers.get("Location", "")), target
    reply = app.test_client().get("/courses//evaluating-responses", headers={"Host": "evil.example"})
    assert "evil" not in reply.headers.get("Location", "")


def test_every_route_answers_odd_methods(app: Flask, people: Make) -> None:
    person, samples = people("ann@example.org"), {"int:": "1", "uuid:": "3f2b8c1e-5d1f-4b6a-9c0e-0123456789ab"}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(\w+:)?\w+>", lambda match: samples.get(match[1] or "", "x"), rule.rule)
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
            reply = person.client.open(path, method=method, headers={"X-HTTP-Method-Override": "POST"})
            assert reply.status_code in (400, 405), f"{method} {path}"
            assert reply.status_code == 400 or "OPTIONS" in reply.headers["Allow"]
        head = person.client.head(path)
        assert head.status_code < 500
        assert not head.data
        assert person.client.options(path).status_code in (200, 403, 401), path


def test_webhooks_to_private_places_are_refused_when_they_are_set(app: Flask, clock: TestClock, people: Make) -> None:
    buyer = people("buyer@example.org")
    give_role(app, clock, "buyer@example.org", "client", "buyer")
    for host in PRIVATE:
        reply = buyer.post("/organization/webhook", {"action": "save", "url": f"https://{host}/x"})
        assert reply.status_code == 400, host
    for scheme in ("http", "file", "gopher", "ftp", "dict"):
        assert buyer.post("/organization/webhook", {"action": "save", "url": f"{scheme}://example.org/x"}).status_code == 400
    assert count(app, WebhookEndpoint) == 0


def test_an_unknown_button_does_not_switch_a_webhook_off(app: Flask, clock: TestClock, people: Make) -> None:
    buyer = people("buyer@example.org")
    give_role(app, clock, "buyer@example.org", "client", "buyer")
    buyer.post("/organization/webhook", {"action": "save", "url": "https://hooks.example.org/x"})
    assert buyer.post("/organization/webhook", {"action": "sav"}).status_code == 400
    assert count(app, WebhookEndpoint, WebhookEndpoint.is_active) == 1


def test_an_exam_cannot_be_bent(app: Flask, people: Make, clock: TestClock) -> None:
    person = people("ann@example.org")
    attempt_id = person.start_exam()
    address = f"/attempts/{attempt_id}/items"
    with app.app_context(), get(Database).reader() as session:
        paper = session.get_one(Attempt, attempt_id).paper
    swapped = next(place for place, entry in enumerate(paper, 1) if "swapped" in entry.presentation)
    right = right_form(app, attempt_id, swapped)
    bent = right | {"sequence": "1", "swapped": "1", "order": "dcba", "score": "1", "user_id": "1", "attempt_id": "999"}
    assert person.post(f"{address}/{swapped}", bent).status_code == 200
    with app.app_context(), get(Database).reader() as session:
        stored = session.exec(select(Response)).one()
        assert stored.presentation == paper[swapped - 1].presentation
        assert stored.attempt_id == attempt_id
    for sequence in ("0", "-1", "1" * 5000, "x", "", "1.0", "٣", "1000001", "9" * 19):
        assert person.post(f"{address}/1", {"choice": "a", "sequence": sequence}).status_code == 400, sequence[:10]
    for position in ("0", "999", "2147483647"):
        assert person.post(f"{address}/{position}", right | {"sequence": "1"}).status_code == 404
    assert person.start_exam() == attempt_id
    assert person.post(f"{address}/{swapped}", right | {"sequence": "1", "flag": "1"}).status_code == 409
    person.post(f"/attempts/{attempt_id}/submit")
    before = everything(app)
    assert person.post(f"/attempts/{attempt_id}/submit").status_code == 200
    assert person.post(f"{address}/{swapped}", right | {"sequence": "5"}).status_code == 409
    assert everything(app) == before
    clock.forward(hours=25)
    second = person.start_exam()
    assert person.post(f"/attempts/{attempt_id}/items/1", right | {"sequence": "6"}).status_code == 409
    assert count(app, Response, Response.attempt_id == second) == 0


def test_a_saved_answer_says_nothing_about_the_key(app: Flask, people: Make) -> None:
    """The same status, size, header names and fields for a right answer and a wrong one."""
    person = people("ann@example.org")
    attempt_id = person.start_exam()
    with app.app_context(), get(Database).reader() as session:
        paper = session.get_one(Attempt, attempt_id).paper
    place = next(number for number, entry in enumerate(paper, 1) if "swapped" in entry.presentation)
    right = right_form(app, attempt_id, place)
    wrong = right | {"overall": "3" if right["overall"].startswith("-") else "-3"}
    accept = {"Accept": "application/json"}
    replies = []
    for number, form in enumerate((right, wrong), 1):
        replies.append(person.post(f"/attempts/{attempt_id}/items/{place}", form | {"sequence": number}, headers=accept))
    assert set(replies[0].headers.keys()) == set(replies[1].headers.keys())
    assert abs(len(replies[0].data) - len(replies[1].data)) <= 1  # the seconds that are left
    assert set(replies[0].json or {}) == set(replies[1].json or {}) == {"saved_at", "sequence", "seconds_left"}
    assert "ETag" not in replies[0].headers


def test_certificates_say_their_state_and_nothing_private(app: Flask, people: Make, clock: TestClock) -> None:
    person = people("ann.private@example.org")
    attempt_id = person.start_exam()
    fill_paper(app, attempt_id)
    person.post(f"/attempts/{attempt_id}/submit")
    with app.app_context(), get(Database).reader() as session:
        credential = session.exec(select(Credential)).one()
    stranger, address = Visitor(app), f"/credentials/{credential.id}"
    document = stranger.get(f"{address}.json")
    assert "ann.private" not in document.text
    assert document.data == stranger.get(address, headers={"Accept": "application/vc"}).data
    lists = [stranger.get(f"/status-lists/{credential.status_list_id}").data for _ in range(2)]
    assert lists[0] == lists[1]
    forged = json.loads(document.text)
    forged["credentialSubject"]["name"] = "Somebody Else"
    for path in (address, f"{address}.json", "/verify", f"/status-lists/{credential.status_list_id}"):
        assert stranger.client.post(path, json=forged).status_code in (400, 405)
    for code in ("A", "-", "0" * 300, credential.code[:-1], credential.code + "0", "%", "'; DROP TABLE users;--", "\u0130"):
        reply = stranger.get("/verify", query_string={"code": code})
        assert reply.status_code == 404
        assert "Test Person" not in reply.text
    assert "Test Person" in stranger.get("/verify", query_string={"code": f" {credential.code.lower()} "}).text
    clock.forward(days=365 * 11)
    assert "expired" in stranger.get(address).text.lower()
    assert count(app, Requisition) == 0

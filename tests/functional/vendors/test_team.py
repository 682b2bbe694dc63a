"""A team lead at work, and what others may not do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.page import page_of, text_of
from tests.visitor import PASSWORD, Visitor
from trainer_academy.accounts import people as accounts
from trainer_academy.core.db import Database
from trainer_academy.core.tokens import read_code
from trainer_academy.web.context import get

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
COURSE = "evaluating-responses"
CODE = re.compile(r"\b[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}\b")


def give_role(app: Flask, login: str, kind: str, organization: str, role: str) -> None:
    with app.app_context(), get(Database).writing() as session:
        user = accounts.find_user(session, login)
        made = accounts.create_organization(session, kind, organization, NOW)
        assert user is not None
        assert user.id is not None
        assert made.id is not None
        accounts.add_membership(session, user.id, made.id, role, None, NOW)
        session.commit()


@pytest.fixture
def lead(app: Flask, people: Callable[[str], Visitor]) -> Visitor:
    person = people("lead@example.org")
    give_role(app, "lead@example.org", "vendor", "Kivu Data", "manager")
    return person


@pytest.fixture
def other_lead(app: Flask, people: Callable[[str], Visitor]) -> Visitor:
    person = people("other@example.org")
    give_role(app, "other@example.org", "vendor", "Lagos Labels", "manager")
    return person


def invite(lead: Visitor, **values: str) -> tuple[str, str]:
    """The code and the address of the slip."""
    lead.get("/team/invite")
    response = lead.post("/team/invite", values)
    assert response.status_code == 200
    match = next(code for code in CODE.findall(response.text) if read_code(code) == code)
    return match, response.request.path


def join(app: Flask, lead: Visitor, name: str) -> Visitor:
    """A person without e-mail who joins with a code."""
    code, _ = invite(lead, name=name)
    person = Visitor(app)
    person.get(f"/join/{code}")
    person.get(f"/sign-up?code={code}")
    assert person.post("/sign-up", {"name": name, "login": code, "password": PASSWORD}).status_code == 200
    return person


def id_of(lead: Visitor, name: str) -> int:
    links = page_of(lead.get("/team").text).findall(".//tbody//a")
    found = [link.get("href", "") for link in links if text_of(link) == name]
    assert found, f"{name} is not on the roster"
    return int(found[0].removeprefix("/team/"))


def test_a_person_without_mail_joins_by_slip_takes_the_course_and_appears(app: Flask, lead: Visitor) -> None:
    assert "Your team is empty" in lead.get("/team").text
    worker = join(app, lead, "Nia Field")
    user_id = id_of(lead, "Nia Field")
    lead.get("/team/assign")
    response = lead.post("/team/assign", {"people": [user_id], "course": COURSE, "due_on": ""})
    assert "1 person has the course now." in response.text
    assert ">not started<" in response.text
    worker.post(f"/courses/{COURSE}/lessons/01-reading-a-guideline/done")
    page = lead.get(f"/team/{user_id}").text
    assert "1 of 10 lessons" in page
    mine = worker.get("/team/me").text
    assert "Kivu Data" in mine
    assert "1 of 10 lessons" in mine
    assert "A course for you" in worker.get("/messages").text


def test_a_slip_is_printable_without_inline_style_or_script(lead: Visitor) -> None:
    code, path = invite(lead, name="Nia")
    page = lead.get(path).text
    assert code in page
    assert f"/join/{code}" in page
    svg = re.search(r'class="qr".*?(<svg.*?</svg>)', page, re.DOTALL)
    assert svg
    assert "style=" not in page
    assert "<script" not in svg[1]


def test_an_invitation_by_mail_is_written_into_the_outbox(app: Flask, lead: Visitor) -> None:
    invite(lead, email="New.Person@Example.org")
    assert "new.person@example.org" in lead.get("/team").text


def test_bad_invitations_are_explained(lead: Visitor) -> None:
    for values in ({"email": "not an address"}, {"email": "4TF-9KQ-2WX"}, {"name": "\u202egnp"}, {"name": "x" * 121}):
        lead.get("/team/invite")
        response = lead.post("/team/invite", values)
        assert response.status_code == 400, values
        assert "Nothing was saved yet" in response.text
    assert "0 open invitations" in lead.get("/team").text


def test_a_removed_person_is_gone_at_once(app: Flask, lead: Visitor) -> None:
    worker = join(app, lead, "Nia Field")
    user_id = id_of(lead, "Nia Field")
    response = lead.post(f"/team/{user_id}/remove")
    assert "is not in your team any more" in response.text
    assert lead.get(f"/team/{user_id}").status_code == 404
    assert lead.post(f"/team/{user_id}/remove").status_code == 404
    assert "You are in no team" in worker.get("/team/me").text


def test_another_vendor_sees_and_changes_nothing(app: Flask, lead: Visitor, other_lead: Visitor) -> None:
    join(app, lead, "Nia Field")
    user_id = id_of(lead, "Nia Field")
    _, slip = invite(lead, name="Next")
    assert "Nia Field" not in other_lead.get("/team").text
    assert other_lead.get(slip).status_code == 404
    assert other_lead.get(f"/team/{user_id}").status_code == 404
    assert other_lead.post(f"/team/{user_id}/remove").status_code == 404
    assert other_lead.post(f"/team/{user_id}/unassign/{COURSE}").status_code == 404
    other_lead.get("/team/assign")
    assert other_lead.post("/team/assign", {"people": [user_id], "course": COURSE}).status_code == 400
    assert id_of(lead, "Nia Field") == user_id


PAGES = ["/team", "/team/invite", "/team/assign", "/team/1", "/team/invitations/1"]


def test_only_team_leads_enter(learner: Visitor, visitor: Visitor) -> None:
    for path in PAGES:
        assert learner.get(path).status_code == 403
        assert visitor.get(path).status_code == 302
    assert learner.get("/team/me").status_code == 200


BAD_ASSIGNMENTS: list[dict[str, object]] = [
    {"people": [], "course": COURSE},
    {"people": ["x"], "course": COURSE},
    {"people": ["9" * 20], "course": COURSE},
    {"people": ["0"], "course": COURSE},
    {"people": ["WORKER"], "course": "no-such-course"},
    {"people": ["WORKER"]},
    {"people": ["WORKER"], "course": COURSE, "due_on": "2001-01-01"},
    {"people": ["WORKER"], "course": COURSE, "due_on": "9999-12-31"},
    {"people": ["WORKER"], "course": COURSE, "due_on": "soon"},
]


def test_bad_assignments_are_refused_and_change_nothing(app: Flask, lead: Visitor) -> None:
    join(app, lead, "Nia Field")
    user_id = str(id_of(lead, "Nia Field"))
    for values in BAD_ASSIGNMENTS:
        chosen = [user_id if person == "WORKER" else person for person in values["people"]]  # type: ignore[attr-defined]
        lead.get("/team/assign")
        assert lead.post("/team/assign", {**values, "people": chosen}).status_code == 400, values
    assert "not assigned" in lead.get("/team").text


def test_filters_are_addresses_that_never_fail(app: Flask, lead: Visitor) -> None:
    join(app, lead, "Nia Field")
    pages = ("page=0", "page=-1", "page=x", f"page={'9' * 30}")
    for query in ("show=stuck", "show=exam-due", "show=ending", "show=not-started", "show=%3Cb%3E", *pages):
        response = lead.get(f"/team?{query}")
        assert response.status_code == 200, query
        assert "<b>" not in response.text


def test_the_not_started_filter_finds_who_has_not_started(app: Flask, lead: Visitor) -> None:
    """An assignment enrolls, so "not started" means: enrolled by the team lead, and nothing done."""
    join(app, lead, "Nia Field")
    user_id = id_of(lead, "Nia Field")
    assert "Nobody fits this filter" in lead.get("/team?show=not-started").text
    lead.get("/team/assign")
    lead.post("/team/assign", {"people": [user_id], "course": COURSE})
    assert "Nia Field" in lead.get("/team?show=not-started").text


def test_no_page_of_a_team_has_inline_style(app: Flask, lead: Visitor) -> None:
    join(app, lead, "Nia Field")
    for path in ("/team", "/team/invite", "/team/assign", f"/team/{id_of(lead, 'Nia Field')}", "/team/me"):
        page = lead.get(path)
        assert page.status_code == 200
        assert not re.search(r"\sstyle=|<style|\son\w+=|<script(?![^>]*src=)", page.text), path

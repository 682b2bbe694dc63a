"""Two requests at the same moment: never a crash, never two rows, on both engines, through HTTP as in production."""

from __future__ import annotations

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from tests.functional.assessments.exams.exam_answers import fill_paper, right_form
from tests.functional.conftest import TestClock
from tests.page import texts
from tests.stage import AT_ONCE, COURSE, OFFER, PROFILE, Make, at_once, count, give_role, id_of, strangers, tabs, write
from tests.visitor import PASSWORD, Visitor
from trainer_academy.accounts import people as accounts
from trainer_academy.accounts.models import AuditEvent, Invitation, Membership, User
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams import views as exam_views
from trainer_academy.assessments.exams.models import Response
from trainer_academy.core.db import Database
from trainer_academy.core.limits import LoginThrottle
from trainer_academy.courses.models import Enrollment, LessonDone
from trainer_academy.credentials.life.models import Credential
from trainer_academy.notices.models import Notice, WebhookEndpoint
from trainer_academy.pool.models import Offer, ProfileLanguage, SpecialistProfile
from trainer_academy.web.context import get


@pytest.fixture
def code(app: Flask, clock: TestClock, people: Make) -> str:
    """An open code of a vendor."""
    people("lead@example.org")
    organization_id = give_role(app, clock, "lead@example.org", "vendor", "manager")

    def step(session: Session) -> str:
        return accounts.invite(session, organization_id, "staff", id_of(session, "lead@example.org"), clock()).code

    return str(write(app, step))


@pytest.fixture
def buyer(app: Flask, clock: TestClock, people: Make) -> Visitor:
    person = people("buyer@example.org")
    give_role(app, clock, "buyer@example.org", "client", "buyer")
    return person


@pytest.fixture
def specialist(app: Flask, people: Make) -> tuple[Visitor, int]:
    """A certified person in the pool, and the person's id."""
    person = people("specialist@example.org")
    attempt_id = person.start_exam()
    fill_paper(app, attempt_id)
    person.post(f"/attempts/{attempt_id}/submit")
    person.post("/profile", PROFILE)
    person.post("/profile/listing", {"listing": "list"})
    return person, int(write(app, lambda session: id_of(session, "specialist@example.org")))


@pytest.fixture
def requisition(buyer: Visitor, clock: TestClock) -> str:
    """The address of an open requisition."""
    form = {
        "title": "Rate replies",
        "description": "Rate short replies.",
        "achievement_key": "response-evaluator-1",
        "client_rate": "60",
        "hours": "10",
        "starts_on": (clock() + timedelta(days=9)).date().isoformat(),
    }
    response = buyer.post("/requisitions/new", form, follow=False)
    assert response.status_code == 302, response.text
    return str(response.headers["Location"])


def test_one_login_is_taken_once(app: Flask) -> None:
    form = {"name": "Ann Example", "login": "ann@example.org", "password": PASSWORD}
    statuses = at_once(strangers(app), "/sign-up", form)
    assert sorted(statuses) == [302] + [400] * (AT_ONCE - 1)
    assert count(app, User) == 1


def test_one_code_is_for_one_person(app: Flask, people: Make, code: str) -> None:
    """Two people with an account and one without type the same code at the same moment."""
    visitors = [people("one@example.org"), people("two@example.org"), people("three@example.org")]
    newcomers = strangers(app, 2)
    gate, statuses = threading.Barrier(5), []

    def send(visitor: Visitor, path: str, form: dict[str, str]) -> None:
        gate.wait()
        statuses.append(visitor.post(path, form, follow=False).status_code)

    sign_up = {"name": "New Comer", "login": code, "password": PASSWORD}
    threads = [threading.Thread(target=send, args=(one, "/account/join", {"code": code})) for one in visitors]
    threads += [threading.Thread(target=send, args=(one, "/sign-up", sign_up)) for one in newcomers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302, 400, 400, 400, 400]
    assert count(app, Membership, Membership.role == "staff") == 1
    assert count(app, Invitation, col(Invitation.accepted_by).is_not(None)) == 1


def test_one_person_joins_once(app: Flask, people: Make, code: str) -> None:
    statuses = at_once(tabs(people("one@example.org")), "/account/join", {"code": code})
    assert sorted(statuses) == [302] + [400] * (AT_ONCE - 1)
    assert count(app, Membership, Membership.role == "staff") == 1
    assert count(app, AuditEvent, AuditEvent.kind == "role_given", AuditEvent.detail.startswith("staff")) == 1  # type: ignore[attr-defined]


def test_a_role_is_given_once_by_two_codes(app: Flask, clock: TestClock, people: Make, code: str) -> None:
    """Two codes of one team, used by one person at the same moment: one membership, no crash."""

    def another(session: Session) -> str:
        first = session.exec(select(Invitation)).one()
        return accounts.invite(session, first.organization_id, "staff", first.invited_by, clock()).code

    forms = [{"code": code}, {"code": str(write(app, another))}]
    statuses = at_once(tabs(people("one@example.org"), 2), "/account/join", *forms)
    assert statuses == [302, 302]
    assert count(app, Membership, Membership.role == "staff") == 1


def test_a_person_leaves_a_team_once(app: Flask, people: Make, code: str) -> None:
    people("one@example.org").post("/account/join", {"code": code})
    lead = Visitor(app)
    lead.sign_in("lead@example.org")
    person = write(app, lambda session: id_of(session, "one@example.org"))
    statuses = at_once(tabs(lead), f"/team/{person}/remove")
    assert set(statuses) <= {302, 404}
    assert 302 in statuses
    assert count(app, AuditEvent, AuditEvent.kind == "role_taken") == 1


def test_failed_sign_ins_at_once_are_all_counted(app: Flask, people: Make) -> None:
    people("known@example.org")
    wrong = {"login": "known@example.org", "password": "wrong password"}
    assert at_once(strangers(app), "/sign-in", wrong) == [400] * AT_ONCE
    with app.app_context(), get(Database).reader() as session:
        assert {row.failures for row in session.exec(select(LoginThrottle)).all()} == {AT_ONCE}


def test_a_course_is_taken_once_and_a_lesson_done_once(app: Flask, people: Make) -> None:
    person = people("one@example.org")
    assert at_once(tabs(person), f"/courses/{COURSE}/enroll") == [302] * AT_ONCE
    assert count(app, Enrollment) == 1
    other = people("two@example.org")
    assert at_once(tabs(other), f"/courses/{COURSE}/lessons/01-reading-a-guideline/done") == [302] * AT_ONCE
    assert count(app, Enrollment) == 2
    assert count(app, LessonDone) == 1


def test_a_double_click_on_a_practice_answer_is_one_answer(app: Flask, people: Make) -> None:
    person = people("one@example.org")
    with app.app_context():
        item = next(one for one in get(ItemStore).items.values() if one.kind == "choice" and one.bank == "evaluating-practice")
    form = {"choice": list(item.key.correct), "order": "".join(item.options)}
    assert at_once(tabs(person), f"/practice/items/{item.id}", form) == [302] * AT_ONCE
    assert count(app, Response) == 1
    other = "a" if item.key.correct != ("a",) else "b"
    assert person.post(f"/practice/items/{item.id}", {**form, "choice": other}).status_code == 200
    assert count(app, Response) == 2


def test_a_profile_is_one_row(app: Flask, people: Make) -> None:
    person = people("one@example.org")
    statuses = at_once(tabs(person), "/profile", PROFILE)
    assert set(statuses) <= {302, 409}
    assert 302 in statuses
    assert at_once(tabs(person), "/profile", PROFILE, {**PROFILE, "languages": ["fr"]}) == [302] * AT_ONCE
    assert count(app, SpecialistProfile) == 1
    assert count(app, ProfileLanguage) in (1, 2)


def test_one_offer_and_one_answer(app: Flask, buyer: Visitor, specialist: tuple[Visitor, int], requisition: str) -> None:
    person, person_id = specialist
    statuses = at_once(tabs(buyer), f"{requisition}/offer/{person_id}", OFFER)
    assert sorted(statuses) == [302] + [409] * (AT_ONCE - 1)
    assert count(app, Offer) == 1
    offer_id = write(app, lambda session: session.exec(select(Offer.id)).one())
    answers = [{"answer": "accept"}, {"answer": "decline"}]
    assert at_once(tabs(person), f"/offers/{offer_id}/answer", *answers) == [302] * AT_ONCE
    assert count(app, AuditEvent, col(AuditEvent.kind).in_(("offer_accepted", "offer_declined"))) == 1
    assert at_once(tabs(buyer), f"{requisition}/close") == [302] * AT_ONCE
    assert count(app, AuditEvent, AuditEvent.kind == "requisition_closed") == 1


def test_a_webhook_is_one_row(app: Flask, buyer: Visitor) -> None:
    form = {"action": "save", "url": "https://hooks.example.org/academy"}
    statuses = at_once(tabs(buyer), "/organization/webhook", form)
    assert sorted(statuses) == [200] + [302] * (AT_ONCE - 1)  # 200: the page that shows the new secret, once
    assert count(app, WebhookEndpoint) == 1


def test_a_certificate_is_revoked_once(app: Flask, clock: TestClock, people: Make, specialist: tuple[Visitor, int]) -> None:
    operator = people("operator@example.org")
    give_role(app, clock, "operator@example.org", "academy", "operator")
    credential = write(app, lambda session: session.exec(select(Credential.id)).one())
    statuses = at_once(tabs(operator), f"/operate/credentials/{credential}/revoke", {"reason": "A mistake in the name."})
    assert statuses == [302] * AT_ONCE
    assert count(app, AuditEvent, AuditEvent.kind == "credential_revoked") == 1
    assert count(app, Notice, Notice.kind == "credential_revoked") == 1


def test_an_answer_that_is_acknowledged_counts_although_the_exam_is_submitted_at_that_moment(
    app: Flask, people: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The submit arrives between the look at the attempt and the save: it waits, or the answer is refused."""
    person = people("one@example.org")
    attempt_id = person.start_exam("evaluating-responses-mock")  # its result shows the credit of each item
    form = right_form(app, attempt_id, 1) | {"sequence": "1"}
    [other] = tabs(person, 1)
    submitting = threading.Thread(target=other.post, args=(f"/attempts/{attempt_id}/submit",), kwargs={"follow": False})
    resolve = exam_views.resolve_items

    def submit_now(*arguments: Any) -> Any:
        monkeypatch.setattr(exam_views, "resolve_items", resolve)
        submitting.start()
        submitting.join(timeout=1.5)
        return resolve(*arguments)

    monkeypatch.setattr(exam_views, "resolve_items", submit_now)
    saved = person.post(f"/attempts/{attempt_id}/items/1", form, follow=False, headers={"Accept": "application/json"})
    submitting.join()
    cells = texts(person.get(f"/attempts/{attempt_id}").text, ".//td[@class='num']")
    credit = next(cell for cell in cells if re.fullmatch(r"\d\.\d{4}", cell))
    assert (saved.status_code, credit) in ((200, "1.0000"), (409, "0.0000"))

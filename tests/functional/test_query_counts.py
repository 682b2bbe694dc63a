"""How many statements a page sends: at most its number, and not more when there is more to list.

SELECT, INSERT, UPDATE and DELETE count, each once, also for many rows (`executemany`). BEGIN, COMMIT and SAVEPOINT do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from sqlmodel import Session, select

from tests.functional.assessments.exams.exam_answers import fill_paper, right_form
from tests.stage import id_of
from tests.visitor import Visitor
from trainer_academy.accounts import people as accounts
from trainer_academy.assessments.practice.steps import record_answer
from trainer_academy.core.db import Database
from trainer_academy.courses.enrollment import finish_lesson
from trainer_academy.credentials.life.models import Credential, StatusList
from trainer_academy.library import Library
from trainer_academy.notices.outbox import add_message
from trainer_academy.pool.models import Offer, Requisition
from trainer_academy.pool.profiles import ProfileValues, save_profile, set_listed
from trainer_academy.web.context import get

NOW = datetime.now(UTC).replace(microsecond=0)
COURSE = EXAM = "evaluating-responses"
LESSON = f"/courses/{COURSE}/lessons/02-following-instructions"
ACHIEVEMENT = "response-evaluator-1"
COUNTED = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
JSON = {"Accept": "application/json"}


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(COUNTED):
            found.append(statement)

    engine = app.extensions["academy"][Database].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def writing(app: Flask) -> Iterator[Session]:
    with app.app_context(), get(Database).writing() as session:
        yield session
        session.commit()


def count_get(app: Flask, visitor: Visitor, path: str) -> list[str]:
    """The statements behind a page. The first showing fills what is made once: rendered lessons, compiled templates."""
    for _ in range(2):
        with counting(app) as found:
            assert visitor.get(path).status_code == 200, path
    return found


def join(session: Session, login: str, kind: str, role: str) -> int:
    """Give a person a role in a new organization; the organization's id."""
    made = accounts.create_organization(session, kind, f"Organization of {login}", NOW)
    assert made.id is not None
    accounts.add_membership(session, id_of(session, login), made.id, role, None, NOW)
    return made.id


def certify(session: Session, holder_id: int, count: int = 1) -> None:
    """Stored credentials; what their documents say does not matter here."""
    listed = session.exec(select(StatusList)).first() or StatusList(size=131_072, document="{}", signed_at=NOW)
    session.add(listed)
    session.flush()
    assert listed.id is not None
    for _ in range(count):
        listed.used += 1
        session.add(
            Credential(
                id=f"00000000-0000-4000-8000-{listed.used:012}",
                code=f"CODE-{listed.used}",
                holder_id=holder_id,
                achievement_key=ACHIEVEMENT,
                achievement_version="1",
                level=1,
                holder_name="Test",
                score=0.9,
                score_low=0.8,
                score_high=0.95,
                item_count=42,
                status_list_id=listed.id,
                status_index=listed.used,
                document="{}",
                issued_at=NOW - timedelta(days=1),
                valid_until=NOW + timedelta(days=365),
            )
        )
    session.flush()


def add_people(session: Session, numbers: range) -> list[int]:
    made = [accounts.create_user(session, f"p{n}@example.org", f"Person {n}", "!", NOW) for n in numbers]
    return [user.id for user in made if user.id is not None]


def add_specialists(session: Session, numbers: range) -> None:
    for user_id in add_people(session, numbers):
        values = ProfileValues(
            alias=f"Alias {user_id}",
            country="KE",
            time_zone="Africa/Nairobi",
            rate_floor=2_000,
            hours_per_week=20,
            about="",
            languages=("en", "sw"),
            domains=("law",),
        )
        save_profile(session, user_id, values, NOW)
        set_listed(session, user_id, True, NOW)
        certify(session, user_id)


def add_requisition(session: Session, organization_id: int, user_id: int) -> int:
    made = Requisition(
        organization_id=organization_id,
        title="Rate answers",
        description="Compare two answers.",
        achievement_key=ACHIEVEMENT,
        client_rate=4_000,
        hours=40,
        starts_on=date(2030, 1, 1),
        created_by=user_id,
        created_at=NOW,
    )
    session.add(made)
    session.flush()
    assert made.id is not None
    return made.id


def add_offer(session: Session, requisition_id: int, specialist_id: int, sent_by: int) -> None:
    session.add(
        Offer(
            requisition_id=requisition_id,
            specialist_id=specialist_id,
            client_rate=4_000,
            specialist_rate=4_000,
            hours=40,
            sent_by=sent_by,
            sent_at=NOW,
            answer_by=NOW + timedelta(days=7),
        )
    )


# ---------------------------------------------------------------- at most this many


def test_a_lesson_takes_three_statements(app: Flask, learner: Visitor) -> None:
    assert len(count_get(app, learner, LESSON)) <= 3


def test_a_lesson_with_answers_takes_two_more(app: Flask, learner: Visitor, library: Library) -> None:
    items = library.catalog.courses[COURSE].by_key["02-following-instructions"].item_ids
    with writing(app) as session:
        for item_id in items:
            item = library.store.items[item_id]
            record_answer(session, id_of(session, "learner@example.org"), item, {}, item.perfect(), NOW)
    assert len(items) >= 2
    assert len(count_get(app, learner, LESSON)) <= 5


def test_the_catalogue_takes_four_statements(app: Flask, learner: Visitor) -> None:
    assert len(count_get(app, learner, "/courses")) <= 4


def test_a_save_takes_six_statements(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    form = right_form(app, attempt_id, 1)
    for sequence, flag in ((1, "1"), (2, "0"), (3, "1")):  # the first answer, then changes of it
        data = {**form, "flag": flag, "sequence": sequence}
        with counting(app) as found:
            reply = learner.post(f"/attempts/{attempt_id}/items/1", data, headers=JSON)
        assert reply.get_json()["sequence"] == sequence
        assert any("INSERT INTO responses" in one for one in found)
        assert len(found) <= 6, found  # two of them write the log


def count_submit(app: Flask, visitor: Visitor, right: int | None) -> list[str]:
    attempt_id = visitor.start_exam()
    fill_paper(app, attempt_id, right)
    with counting(app) as found:
        assert visitor.post(f"/attempts/{attempt_id}/submit", follow=False).status_code == 302
    return found


def test_a_submit_without_a_certificate_takes_fifteen_statements(app: Flask, people: Callable[[str], Visitor]) -> None:
    few, many = count_submit(app, people("few@example.org"), 3), count_submit(app, people("many@example.org"), 20)
    # One of them reads how good such decisions were found to be, one when each answer was saved first.
    assert len(many) <= 15, many
    assert len(many) == len(few), "the number grows with the answers"


def test_a_new_certificate_takes_a_fixed_number_of_statements_more(app: Flask, people: Callable[[str], Visitor]) -> None:
    first = count_submit(app, people("first@example.org"), None)
    second = count_submit(app, people("second@example.org"), None)
    assert any("INSERT INTO credentials" in one for one in second)
    # The lock of the public log (PostgreSQL), its newest entry, the new entry.
    assert len(second) <= 15 + 7 + 3, second
    assert len(first) <= len(second) + 2, "the first one also makes the status list"


# ---------------------------------------------------------------- the same for 3 and 30 rows

Grow = Callable[[Session, range], None]


def assert_constant(app: Flask, visitor: Visitor, path: str, grow: Grow, most: int) -> None:
    """The page sends as many statements for 30 rows as for 3, and at most `most`."""
    with writing(app) as session:
        grow(session, range(3))
    few = count_get(app, visitor, path)
    before = len(visitor.get(path).text)
    with writing(app) as session:
        grow(session, range(3, 30))
    many = count_get(app, visitor, path)
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= most, "\n".join(many)
    assert len(visitor.get(path).text) != before, "the page shows the same as before: it does not list what grew"


def test_home(app: Flask, learner: Visitor, people: Callable[[str], Visitor]) -> None:
    people("client@example.org")
    with writing(app) as session:
        client, me = id_of(session, "client@example.org"), id_of(session, "learner@example.org")
        organization = join(session, "client@example.org", "client", "buyer")

    def grow(session: Session, numbers: range) -> None:
        lessons = list(get(Library).catalog.courses[COURSE].by_key)
        for n in numbers:
            finish_lesson(session, me, COURSE, lessons[n % len(lessons)], "", NOW)
            add_offer(session, add_requisition(session, organization, client), me, client)
        certify(session, me, len(numbers))

    assert_constant(app, learner, "/", grow, 5)


def test_exam_item(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()

    def grow(_session: Session, numbers: range) -> None:
        _session.commit()  # the next step takes the write lock itself
        fill_paper(app, attempt_id, numbers.stop)

    assert_constant(app, learner, f"/attempts/{attempt_id}/items/1", grow, 3)


@pytest.mark.parametrize("path", [f"/courses/{COURSE}/practice", f"/courses/{COURSE}/practice/all"])
def test_practice(app: Flask, learner: Visitor, library: Library, path: str) -> None:
    spec = library.store.practice[library.catalog.courses[COURSE].file.practice or ""]
    items = [item for item in library.store.banks[spec.bank].items.values() if item.status == "active"]

    def grow(session: Session, numbers: range) -> None:
        me = id_of(session, "learner@example.org")
        for item in items[numbers.start : numbers.stop]:
            record_answer(session, me, item, {}, item.perfect(), NOW)

    assert len(items) > 30
    assert_constant(app, learner, path, grow, 4)


def test_certificates(app: Flask, learner: Visitor) -> None:
    def grow(session: Session, numbers: range) -> None:
        certify(session, id_of(session, "learner@example.org"), len(numbers))

    assert_constant(app, learner, "/certificates", grow, 3)


def test_a_certificate_and_its_check(app: Flask, learner: Visitor) -> None:
    """The credential, and on its page whether there is a newer one; who is asking is read for those who are signed in."""
    with writing(app) as session:
        certify(session, id_of(session, "learner@example.org"))
    stranger = Visitor(app)
    assert len(count_get(app, stranger, "/credentials/00000000-0000-4000-8000-000000000001")) <= 2
    assert len(count_get(app, stranger, "/api/v1/credentials/00000000-0000-4000-8000-000000000001")) == 1
    assert len(count_get(app, stranger, "/verify?code=00000000-0000-4000-8000-000000000001")) == 1


def test_messages(app: Flask, learner: Visitor) -> None:
    def grow(session: Session, numbers: range) -> None:
        for n in numbers:
            add_message(session, id_of(session, "learner@example.org"), "test", f"Subject {n}", "Text", NOW)

    assert_constant(app, learner, "/messages", grow, 3)


@pytest.mark.parametrize("query", ["", f"?achievement={ACHIEVEMENT}", f"?achievement={ACHIEVEMENT}&language=sw&max_rate=30"])
def test_pool_search(app: Flask, people: Callable[[str], Visitor], query: str) -> None:
    client = people("client@example.org")
    with writing(app) as session:
        join(session, "client@example.org", "client", "buyer")
    assert_constant(app, client, f"/pool{query}", add_specialists, 9)


def test_team(app: Flask, people: Callable[[str], Visitor]) -> None:
    lead = people("lead@example.org")
    with writing(app) as session:
        vendor = join(session, "lead@example.org", "vendor", "manager")

    def grow(session: Session, numbers: range) -> None:
        for user_id in add_people(session, numbers):
            accounts.add_membership(session, user_id, vendor, "staff", None, NOW)
            certify(session, user_id)

    assert_constant(app, lead, "/team", grow, 10)


def test_requisition(app: Flask, people: Callable[[str], Visitor]) -> None:
    client = people("client@example.org")
    with writing(app) as session:
        me = id_of(session, "client@example.org")
        requisition = add_requisition(session, join(session, "client@example.org", "client", "buyer"), me)

    def grow(session: Session, numbers: range) -> None:
        add_specialists(session, numbers)
        for n in numbers:
            add_offer(session, requisition, id_of(session, f"p{n}@example.org"), me)

    assert_constant(app, client, f"/requisitions/{requisition}", grow, 8)


@pytest.mark.parametrize("role", ["client", "specialist"])
def test_requisitions_and_my_offers(app: Flask, learner: Visitor, people: Callable[[str], Visitor], role: str) -> None:
    client = people("client@example.org")
    with writing(app) as session:
        buyer, me = id_of(session, "client@example.org"), id_of(session, "learner@example.org")
        organization = join(session, "client@example.org", "client", "buyer")

    def grow(session: Session, numbers: range) -> None:
        for _ in numbers:
            add_offer(session, add_requisition(session, organization, buyer), me, buyer)

    visitor, path = (client, "/requisitions") if role == "client" else (learner, "/offers")
    assert_constant(app, visitor, path, grow, 5)

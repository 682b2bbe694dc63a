"""Saving, moving, claiming and reading attempts, at the edges of their conditions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from tests.integration.assessments.exams.test_windows import HOUR, NOW, SECOND, Desk
from trainer_academy.accounts.models import User
from trainer_academy.accounts.sign_in import open_session, open_sessions
from trainer_academy.assessments.exams import attempts
from trainer_academy.assessments.exams.eligibility import GRACE
from trainer_academy.assessments.exams.models import Attempt, AttemptEvent, AttemptStatus, Response
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Conflict, NotFound


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


@pytest.fixture
def attempt(desk: Desk) -> Attempt:
    return desk.add_attempt(desk.maya, "a", "b")


def browser(desk: Desk, user_id: int) -> int:
    """A signed-in browser of a person; the id of its session."""
    open_session(desk.session, desk.session.get_one(User, user_id), "", NOW)
    return max(map(id_of, open_sessions(desk.session, user_id, NOW)))


def save(desk: Desk, attempt: Attempt, answer: str, sequence: int = 1, position: int = 1, **options: object) -> int:
    payload = {"selected": [answer]} if answer else {}
    values = {"is_flagged": False, "now": NOW} | options
    return attempts.save_response(desk.session, attempt, position, payload, sequence=sequence, **values)  # type: ignore[arg-type]


def saved(desk: Desk) -> list[tuple[int | None, int | None, str]]:
    rows = desk.session.exec(select(Response)).all()
    return sorted((row.position, row.sequence, "".join(row.payload.get("selected", []))) for row in rows)  # type: ignore[type-var]


def test_answers_are_appended_and_the_newest_counts(desk: Desk, attempt: Attempt) -> None:
    other = desk.add_attempt(desk.omar, "a")
    assert [save(desk, attempt, "a", 1, seconds=7), save(desk, attempt, "b", 2), save(desk, attempt, "c", 5, 2)] == [1, 2, 5]
    save(desk, other, "d", 9)
    assert saved(desk) == [(1, 1, "a"), (1, 2, "b"), (1, 9, "d"), (2, 5, "c")]
    newest = attempts.latest_responses(desk.session, id_of(attempt))
    assert {place: row.payload for place, row in newest.items()} == {1: {"selected": ["b"]}, 2: {"selected": ["c"]}}
    first = min(attempts.all_responses(desk.session, id_of(attempt)), key=id_of)
    assert (first.user_id, first.item_id, first.item_version, first.seconds, first.saved_at) == (desk.maya, "a", "v1", 7, NOW)
    assert len(attempts.all_responses(desk.session, id_of(attempt))) == 3
    kinds = [row.kind for row in desk.session.exec(select(AttemptEvent).where(AttemptEvent.attempt_id == id_of(attempt)))]
    assert kinds == ["saved"] * 3


def test_the_same_answer_again_changes_nothing_and_another_needs_a_new_number(desk: Desk, attempt: Attempt) -> None:
    save(desk, attempt, "a", 3)
    assert save(desk, attempt, "a", 3) == 3
    assert save(desk, attempt, "a", 9) == 3
    for number in (2, 3):
        with pytest.raises(Conflict):
            save(desk, attempt, "b", number)
    assert save(desk, attempt, "a", 4, is_flagged=True) == 4
    assert saved(desk) == [(1, 3, "a"), (1, 4, "a")]
    assert attempts.latest_responses(desk.session, id_of(attempt))[1].is_flagged


def test_an_empty_first_answer_is_not_stored_but_a_mark_and_an_emptied_one_are(desk: Desk, attempt: Attempt) -> None:
    assert save(desk, attempt, "", 1) == 0
    assert saved(desk) == []
    assert save(desk, attempt, "", 1, is_flagged=True) == 1
    save(desk, attempt, "a", 1, 2)
    assert save(desk, attempt, "", 2, 2) == 2
    assert saved(desk) == [(1, 1, ""), (2, 1, "a"), (2, 2, "")]


def test_nothing_is_saved_after_the_grace_or_the_end(desk: Desk, attempt: Attempt) -> None:
    end = attempt.deadline_at + GRACE
    assert save(desk, attempt, "a", now=end) == 1
    with pytest.raises(Conflict, match="time_over"):
        save(desk, attempt, "b", 2, now=end + timedelta(microseconds=1))
    attempt.status = AttemptStatus.DECIDED
    with pytest.raises(Conflict, match="closed"):
        save(desk, attempt, "b", 2)
    assert saved(desk) == [(1, 1, "a")]


def test_one_device_answers_until_the_exam_is_moved(desk: Desk, attempt: Attempt) -> None:
    phone, laptop = browser(desk, desk.maya), browser(desk, desk.maya)
    save(desk, attempt, "a", 1)
    assert attempt.login_session_id is None
    save(desk, attempt, "b", 2, login_session_id=phone)
    assert attempt.login_session_id == phone, "one that nobody holds is taken"
    with pytest.raises(Conflict, match="other_device"):
        save(desk, attempt, "c", 3, login_session_id=laptop)
    assert save(desk, attempt, "c", 3) == 3, "a command is no device"
    for _ in range(2):
        attempts.move_here(desk.session, attempt, laptop, NOW)
    assert attempt.login_session_id == laptop
    assert save(desk, attempt, "d", 4, login_session_id=laptop) == 4
    events = [row for row in desk.session.exec(select(AttemptEvent)) if row.kind == "moved"]
    assert [row.detail for row in events] == [{"device": laptop}]
    attempt.status = AttemptStatus.AWAITING
    attempts.move_here(desk.session, attempt, phone, NOW)
    assert attempt.login_session_id == laptop, "what is closed is not moved"


def test_an_attempt_belongs_to_its_person(desk: Desk, attempt: Attempt) -> None:
    for is_to_save in (False, True):
        assert attempts.get_attempt(desk.session, id_of(attempt), desk.maya, is_to_save) is attempt
        for number, user in ((id_of(attempt), desk.omar), (10_000, desk.maya)):
            with pytest.raises(NotFound):
                attempts.get_attempt(desk.session, number, user, is_to_save)


def test_a_save_sees_what_another_process_wrote(desk: Desk, attempt: Attempt) -> None:
    statement = Attempt.__table__.update().values(status="decided")  # type: ignore[attr-defined]
    desk.session.execute(statement, execution_options={"synchronize_session": False})
    assert attempts.get_attempt(desk.session, id_of(attempt), desk.maya).status == AttemptStatus.IN_PROGRESS
    assert attempts.get_attempt(desk.session, id_of(attempt), desk.maya, is_to_save=True).status == AttemptStatus.DECIDED


def test_an_open_attempt_is_claimed_once(desk: Desk, attempt: Attempt) -> None:
    other = desk.add_attempt(desk.omar, "a")
    assert attempts.claim(desk.session, id_of(attempt), "submitted", NOW) is True
    assert attempts.claim(desk.session, id_of(attempt), "time", NOW + HOUR) is False
    desk.session.expire_all()
    assert (attempt.status, attempt.closed_at, attempt.close_reason) == (AttemptStatus.DECIDED, NOW, "submitted")
    assert (other.status, other.closed_at) == (AttemptStatus.IN_PROGRESS, None)


def test_overdue_are_open_attempts_after_deadline_and_grace_the_oldest_first(desk: Desk, attempt: Attempt) -> None:
    earlier = desk.add_attempt(desk.omar, deadline_at=NOW + HOUR - SECOND)
    desk.add_attempt(desk.boss, deadline_at=NOW, status="decided")
    edge = NOW + HOUR + GRACE
    assert attempts.overdue_attempts(desk.session, edge) == [earlier.id]
    assert attempts.overdue_attempts(desk.session, edge + timedelta(microseconds=1)) == [earlier.id, attempt.id]
    assert attempts.overdue_attempts(desk.session, edge + HOUR, limit=1) == [earlier.id]


def test_attempts_are_read_by_person_exam_and_state(desk: Desk, attempt: Attempt) -> None:
    second = desk.add_attempt(desk.omar, number=2, status="decided")
    first = desk.add_attempt(desk.omar, number=1, status="decided")
    desk.add_attempt(desk.omar, exam="other", status="decided")
    desk.add_attempt(desk.boss, status="awaiting")
    assert attempts.attempts_of(desk.session, desk.omar, "exam") == [first, second]
    assert attempts.newest_decided(desk.session, "exam", 9) == [first, second], "the newest row first"
    assert attempts.newest_decided(desk.session, "exam", 1) == [first]
    assert attempts.open_attempt(desk.session, desk.maya) is attempt
    assert attempts.open_attempt(desk.session, desk.omar) is None

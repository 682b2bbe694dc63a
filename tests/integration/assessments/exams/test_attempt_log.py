"""The log of attempts: a chain that shows every change made behind the application's back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from tests.functional.assessments.exams.exam_answers import fill_paper, right_form
from tests.functional.conftest import TestClock
from tests.stage import write
from tests.visitor import Visitor
from trainer_academy.assessments.exams.log import check_logs, check_seals, newest_seal, seal_closed
from trainer_academy.assessments.exams.models import Attempt, AttemptEvent, LogSeal, Response
from trainer_academy.core.db import Database
from trainer_academy.jobs import seal_logs
from trainer_academy.web.context import get


def faults(app: Flask, expected: str = "") -> list[str]:
    with app.app_context(), get(Database).reader() as session:
        return [fault for _, found in check_logs(session) for fault in found] + check_seals(session, expected)


def seal(app: Flask) -> str:
    with app.app_context():
        seal_logs(get(Database), datetime.now(UTC))
        with get(Database).reader() as session:
            found = newest_seal(session)
            assert found is not None
            return found.hash


@pytest.fixture
def attempt_id(app: Flask, learner: Visitor) -> int:
    """A closed attempt with 47 answers, one of them changed once."""
    number = learner.start_exam()
    fill_paper(app, number)
    learner.answer(number, 1, right_form(app, number, 1) | {"flag": "1"})
    learner.post(f"/attempts/{number}/submit")
    return number


def test_an_untouched_log_has_no_fault(app: Flask, attempt_id: int) -> None:
    first = seal(app)
    assert faults(app, first) == []
    with app.app_context(), get(Database).reader() as session:
        kinds = session.exec(select(AttemptEvent.kind).order_by(col(AttemptEvent.number))).all()
        attempt = session.get(Attempt, attempt_id)
    assert kinds == ["started"] + ["saved"] * 48 + ["closed", "decided"]
    assert attempt is not None
    assert attempt.log_length == 51


def change_answer(session: Session) -> None:
    session.execute(update(Response).where(col(Response.position) == 5).values(payload={"selected": ["a", "b"]}))


def change_event(session: Session) -> None:
    session.execute(update(AttemptEvent).where(col(AttemptEvent.number) == 7).values(at=datetime(2026, 1, 1, tzinfo=UTC)))


def drop_event(session: Session) -> None:
    session.execute(delete(AttemptEvent).where(col(AttemptEvent.number) == 7))


def drop_newest(session: Session) -> None:
    session.execute(delete(AttemptEvent).where(col(AttemptEvent.number) >= 50))


def drop_answer(session: Session) -> None:
    session.execute(delete(Response).where(col(Response.position) == 9))


def add_answer(session: Session) -> None:
    one = session.exec(select(Response).where(Response.position == 3)).one()
    session.add(Response(**one.model_dump(exclude={"id", "sequence"}), sequence=9))


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (change_answer, "the answer to item 5, save 1, was changed"),
        (change_event, "event 7 (saved) or one before it was changed"),
        (drop_event, "event 7 is missing"),
        (drop_newest, "the log ends at event 49, the attempt says 51"),
        (drop_answer, "the answer to item 9, save 1, is gone"),
        (add_answer, "the answer to item 3, save 9, is not in the log"),
    ],
)
def test_what_is_changed_is_found(app: Flask, attempt_id: int, tamper: Callable[[Session], None], words: str) -> None:
    write(app, tamper)
    assert any(words in fault for fault in faults(app)), faults(app)


def test_a_log_that_was_rewritten_whole_is_found_by_the_seal(app: Flask, attempt_id: int) -> None:
    kept = seal(app)

    def rewrite(session: Session) -> None:
        session.execute(delete(AttemptEvent))
        session.execute(delete(Response))
        session.execute(update(Attempt).values(log_head="", log_length=0))

    write(app, rewrite)
    assert any("was rewritten or deleted" in fault for fault in faults(app))
    write(app, lambda session: session.execute(delete(LogSeal)))
    assert faults(app) == [], "without the seals nothing is left to compare with"
    assert faults(app, kept) == [f"the seal {kept[:16]} is not in the chain any more"], "but for the copy kept elsewhere"


def test_a_changed_seal_is_found(app: Flask, attempt_id: int) -> None:
    seal(app)
    write(app, lambda session: session.execute(update(LogSeal).values(heads=[[attempt_id, 1, "0" * 64]])))
    assert any("was changed" in fault for fault in faults(app))


def test_seals_take_each_head_once_and_see_what_came_late(app: Flask, attempt_id: int, clock: TestClock) -> None:
    moment = datetime.now(UTC)
    assert write(app, lambda session: seal_closed(session, moment)).heads[0][:2] == [attempt_id, 51]
    assert write(app, lambda session: seal_closed(session, moment + timedelta(seconds=5))) is None, "nothing is new"


def test_the_command_checks_everything_and_fails_after_a_change(app: Flask, attempt_id: int) -> None:
    runner = app.test_cli_runner()
    made = runner.invoke(args=["attempts", "seal"])
    assert "Sealed 1 logs" in made.output
    good = runner.invoke(args=["attempts", "verify"])
    assert good.exit_code == 0
    assert "1 attempts checked, 0 faults. The newest seal is" in good.output
    write(app, change_answer)
    bad = runner.invoke(args=["attempts", "verify"])
    assert bad.exit_code == 1
    assert "item 5, save 1, was changed" in bad.output

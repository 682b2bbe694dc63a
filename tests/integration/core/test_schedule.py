"""The schedule of the worker's duties, at the edges of its times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from trainer_academy.core import schedule
from trainer_academy.core.schedule import Duty

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def row(session: Session, name: str = "a") -> Duty:
    session.expire_all()
    return session.get_one(Duty, name)


def test_a_duty_that_was_never_done_is_due(session: Session) -> None:
    assert schedule.is_due(session, "a", NOW)
    assert schedule.claim(session, "a", NOW, HOUR)
    assert row(session).leased_until == NOW + HOUR
    assert schedule.is_due(session, "b", NOW), "another duty has its own times"


def test_what_is_done_is_due_again_after_its_interval(session: Session) -> None:
    for name in ("a", "b"):
        schedule.claim(session, name, NOW, HOUR)
    schedule.finish(session, "a", NOW + SECOND, HOUR)
    done = row(session)
    assert (done.due_at, done.leased_until, done.done_at) == (NOW + SECOND + HOUR, None, NOW + SECOND)
    assert row(session, "b").leased_until == NOW + HOUR, "the other one is still at work"
    assert not schedule.is_due(session, "a", NOW + HOUR)
    assert not schedule.claim(session, "a", NOW + HOUR, HOUR)
    assert schedule.is_due(session, "a", NOW + SECOND + HOUR)
    assert schedule.claim(session, "a", NOW + SECOND + HOUR, HOUR)
    assert row(session, "b").leased_until == NOW + HOUR


@pytest.mark.parametrize(
    ("failures", "every", "pause"),
    [(1, HOUR, 30), (2, HOUR, 60), (3, HOUR, 120), (8, HOUR, 3600), (25, 9000 * HOUR, 30 * 2**20), (2, 40 * SECOND, 40)],
)
def test_pauses_double_up_to_the_interval(session: Session, failures: int, every: timedelta, pause: int) -> None:
    schedule.claim(session, "a", NOW, HOUR)
    schedule.fail(session, "never claimed", NOW, HOUR, "no row")
    for _ in range(3):
        schedule.claim(session, "B", NOW, HOUR)
        schedule.fail(session, "B", NOW, HOUR, "other")
    schedule.claim(session, "b", NOW, HOUR)
    for _ in range(failures):
        schedule.fail(session, "a", NOW, every, "x" * 400)
    failed = row(session)
    assert (failed.due_at - NOW, failed.tries) == (pause * SECOND, failures)
    assert (failed.leased_until, failed.done_at, failed.error) == (None, None, "x" * schedule.MAX_ERROR)
    assert row(session, "B").tries == 3
    assert (row(session, "b").tries, row(session, "b").leased_until) == (0, NOW + HOUR)


@pytest.mark.parametrize(
    ("due", "leased", "is_late"),
    [
        (NOW - timedelta(minutes=10), None, False),
        (NOW - timedelta(minutes=10, seconds=1), None, True),
        (NOW - HOUR, NOW + SECOND, False),
        (NOW - HOUR, NOW, True),
        (NOW + HOUR, NOW - HOUR, False),
    ],
)
def test_a_duty_is_late_when_no_worker_takes_it(due: datetime, leased: datetime | None, is_late: bool) -> None:
    assert schedule.is_late(Duty(name="a", due_at=due, leased_until=leased), NOW) is is_late


def test_duties_are_listed_by_name(session: Session) -> None:
    for name in ("b", "c", "a"):
        schedule.claim(session, name, NOW, HOUR)
    assert [duty.name for duty in schedule.all_duties(session)] == ["a", "b", "c"]

"""The throttle: what is counted, when a subject closes and when it opens again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from trainer_academy.core.limits import WINDOW, LoginThrottle, count_failure, seconds_blocked

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LIMITS = {"a": 3, "b": 5}


def fail(session: Session, times: int, *subjects: str, now: datetime = NOW) -> None:
    for _ in range(times):
        count_failure(session, subjects, now)


def count_of(session: Session, subject: str) -> int:
    session.expire_all()
    return session.get_one(LoginThrottle, subject).failures


def test_a_subject_closes_with_its_own_limit_and_not_before(session: Session) -> None:
    assert seconds_blocked(session, LIMITS, NOW) == 0
    fail(session, 2, "a", "b")
    assert seconds_blocked(session, LIMITS, NOW) == 0
    fail(session, 1, "a", "b")
    assert (count_of(session, "a"), count_of(session, "b")) == (3, 3)
    assert seconds_blocked(session, {"b": 5}, NOW) == 0
    assert seconds_blocked(session, {"other": 0}, NOW) == 0
    assert seconds_blocked(session, LIMITS, NOW) == 301


@pytest.mark.parametrize(
    ("later", "seconds"),
    [(timedelta(0), 301), (SECOND, 300), (WINDOW - SECOND, 2), (WINDOW - SECOND / 2, 1), (WINDOW, 0), (WINDOW + SECOND, 0)],
)
def test_it_opens_when_the_window_ends(session: Session, later: timedelta, seconds: int) -> None:
    fail(session, 3, "a")
    assert seconds_blocked(session, LIMITS, NOW + later) == seconds


def test_the_longest_wait_of_several_counts(session: Session) -> None:
    fail(session, 3, "a")
    fail(session, 5, "b", now=NOW + 60 * SECOND)
    assert seconds_blocked(session, LIMITS, NOW + 60 * SECOND) == 301
    assert seconds_blocked(session, {"a": 3}, NOW + 60 * SECOND) == 241


def test_the_window_starts_with_the_first_failure_and_again_after_its_end(session: Session) -> None:
    fail(session, 2, "a")
    fail(session, 1, "a", now=NOW + WINDOW - SECOND)
    assert count_of(session, "a") == 3
    assert session.get_one(LoginThrottle, "a").window_ends_at == NOW + WINDOW, "later failures do not move the end"
    fail(session, 1, "a", now=NOW + WINDOW)
    assert count_of(session, "a") == 1
    assert session.get_one(LoginThrottle, "a").window_ends_at == NOW + 2 * WINDOW
    fail(session, 1, "b")
    assert count_of(session, "a") == 1, "another subject's failure is not counted here"

"""The worker: beats, its schedule on SQLite and PostgreSQL, and a clean end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from tests.house import ROOT
from trainer_academy.accounts import people
from trainer_academy.core import schedule
from trainer_academy.core.db import Database
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.life.models import Credential, StatusList
from trainer_academy.jobs import Recurring, beat, keep_beating, notice_expiring_credentials
from trainer_academy.notices.outbox import add_message, messages_for

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_beat_runs_each_duty_in_order_and_raises_at_the_end() -> None:
    calls: list[str] = []

    def fail(_now: datetime) -> None:
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        beat([lambda _now: calls.append("a"), fail, lambda _now: calls.append("b")], NOW)
    assert calls == ["a", "b"]


def test_one_of_several_workers_carries_out_an_hourly_duty_once_an_hour(database: Database) -> None:
    calls: list[datetime] = []
    workers = [Recurring(database, "a duty", calls.append) for _ in range(3)]
    for minutes in (0, 15, 59, 60, 61, 125):
        for worker in workers:
            worker(NOW + timedelta(minutes=minutes))
    assert [int((call - NOW).total_seconds() / 60) for call in calls] == [0, 60, 125]


def test_a_duty_that_fails_is_tried_again_after_longer_and_longer_pauses(database: Database, session: Session) -> None:
    calls: list[int] = []

    def broken(now: datetime) -> None:
        calls.append(int((now - NOW).total_seconds()))
        raise ValueError("the duty is broken")

    duty = Recurring(database, "a duty", broken)
    for seconds in range(0, 600, 15):
        with suppress(ValueError):
            duty(NOW + timedelta(seconds=seconds))
    assert calls == [0, 30, 90, 210, 450]
    [row] = schedule.all_duties(session)
    assert (row.tries, row.error, row.done_at) == (5, "ValueError: the duty is broken", None)
    session.rollback()
    Recurring(database, "a duty", calls.append)(NOW + timedelta(hours=1))  # type: ignore[arg-type]
    [row] = schedule.all_duties(session)
    assert (row.tries, row.error, row.done_at) == (0, "", NOW + timedelta(hours=1))


def test_a_duty_whose_worker_died_is_taken_again_when_its_lease_ends(session: Session) -> None:
    lease = timedelta(minutes=10)
    assert schedule.claim(session, "a duty", NOW, lease)
    assert not schedule.is_due(session, "a duty", NOW + timedelta(minutes=9))
    assert not schedule.claim(session, "a duty", NOW + timedelta(minutes=9), lease)
    assert schedule.is_due(session, "a duty", NOW + lease)
    assert schedule.claim(session, "a duty", NOW + lease, lease)


def test_a_raising_duty_stops_neither_the_others_nor_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[str] = []
    stopping = threading.Event()

    def broken(_now: datetime) -> None:
        calls.append("broken")
        raise ValueError("duty is broken")

    def count(_now: datetime) -> None:
        calls.append("works")
        if len(calls) == 6:
            stopping.set()

    keep_beating([broken, count], stopping, lambda: NOW, pause=0.01)
    assert calls == ["broken", "works"] * 3
    assert "duty is broken" in caplog.text


def add_credential(session: Session, holder_id: int, number: int, until: datetime, **changes: Any) -> str:
    if session.get(StatusList, 1) is None:
        session.add(StatusList(id=1, size=1000, document="", signed_at=NOW))
        session.flush()
    values: dict[str, Any] = {
        "id": f"c-{number}",
        "code": f"CODE-{number}",
        "holder_id": holder_id,
        "achievement_key": f"key-{number}",
        "achievement_version": "1",
        "level": 1,
        "holder_name": "Mai",
        "score": 0.9,
        "score_low": 0.8,
        "score_high": 0.95,
        "item_count": 42,
        "status_list_id": 1,
        "status_index": number,
        "document": "{}",
        "issued_at": NOW - timedelta(days=600),
        "valid_until": until,
    }
    session.add(Credential(**(values | changes)))
    session.flush()
    return f"c-{number}"


def test_holders_are_told_once_that_a_certificate_ends_soon(database: Database, session: Session) -> None:
    user = people.create_user(session, "mai@example.org", "Mai", "hash", NOW)
    assert user.id is not None
    soon = NOW + timedelta(days=59)
    told = add_credential(session, user.id, 1, soon)
    add_credential(session, user.id, 2, NOW + timedelta(days=61))
    add_credential(session, user.id, 3, NOW - timedelta(days=1))
    add_credential(session, user.id, 4, soon, revoked_at=NOW)
    add_credential(session, user.id, 5, soon)
    add_credential(session, user.id, 6, NOW + timedelta(days=700), achievement_key="key-5")  # renewed
    session.commit()
    assert notice_expiring_credentials(database, Achievements(), "https://a.example", NOW) == 1
    assert notice_expiring_credentials(database, Achievements(), "https://a.example", NOW) == 0
    messages = messages_for(session, user.id)
    assert [f"https://a.example/credentials/{told}" in message.body for message in messages] == [True]


def wait_for(path: Path, process: subprocess.Popen[str], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < end and process.poll() is None:
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_the_worker_delivers_and_ends_in_peace(database: Database, session: Session, tmp_path: Path, name: str) -> None:
    """The whole worker as a process of its own: the first beat comes at the start, a signal ends it with status 0."""
    user = people.create_user(session, "mai@example.org", "Mai", "hash", datetime.now(UTC))
    assert user.id is not None
    stored = add_message(session, user.id, "k", "Subject", "Body", datetime.now(UTC))
    session.commit()
    environ = os.environ | {
        "TA_ENV": "test",
        "TA_SECRET_KEY": "s" * 40,
        "TA_INSTANCE": str(tmp_path / "instance"),
        "TA_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
    }
    code = """
from trainer_academy.config import Config
from trainer_academy.jobs import run_worker
from trainer_academy.library import load_library
config = Config.from_env()
run_worker(config, load_library(config.content))
"""
    worker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environ, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(tmp_path / "instance" / "mail" / f"{stored.id}.eml", worker)
        worker.send_signal(getattr(signal, name))
        _, errors = worker.communicate(timeout=15)
    finally:
        worker.kill()
    assert worker.returncode == 0, errors
    assert (tmp_path / "instance" / "mail" / f"{stored.id}.eml").exists(), errors
    session.expire_all()
    session.refresh(stored)
    assert stored.status == "sent"

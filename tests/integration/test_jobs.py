"""The worker: beats, its queue on SQLite and PostgreSQL, and a clean end."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from huey import Huey
from sqlmodel import Session

from tests.postgres import Cluster
from trainer_academy.accounts import people
from trainer_academy.config import Config
from trainer_academy.core.db import Database
from trainer_academy.core.errors import ConfigError
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.models import Credential, StatusList
from trainer_academy.jobs import Hourly, beat, make_huey, notice_expiring_credentials, set_beats
from trainer_academy.notices.outbox import add_mail, messages_for

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def config_for(folder: Path, queue_url: str = "") -> Config:
    made = Config(environment="test", secret_key="s" * 40, instance=folder, content=ROOT / "content", queue_url=queue_url)
    return made.completed()


@pytest.fixture(
    params=[pytest.param("sqlite", marks=pytest.mark.sqlite), pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def huey(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Huey]:
    """The queue on each engine; on PostgreSQL through psycopg 3 in a database of its own."""
    if request.param == "sqlite":
        made = make_huey(config_for(tmp_path))
        yield made
        made.storage.close()
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"queue_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    made = make_huey(config_for(tmp_path, queue_url=cluster.create_database(name)))
    yield made
    made.storage.close()
    cluster.drop_database(name)


def run_all(huey: Huey) -> int:
    """Execute what is ready, as a worker would; returns how many."""
    count = 0
    while huey.pending_count():
        task = huey.dequeue()
        if task is not None:
            huey.execute(task)
            count += 1
    return count


def test_the_tick_plans_four_beats_and_a_raising_duty_stops_neither_the_others_nor_the_worker(
    huey: Huey, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []

    def broken(_now: datetime) -> None:
        calls.append("broken")
        raise ValueError("duty is broken")

    set_beats(huey, [broken, lambda _now: calls.append("works")], lambda: NOW)
    (tick,) = huey.read_periodic(NOW.replace(tzinfo=None))
    huey.enqueue(tick)
    with caplog.at_level(logging.ERROR, logger="huey"):
        run_all(huey)
    waiting = huey.read_schedule(datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=50))
    assert [round((task.eta - waiting[0].eta).total_seconds()) for task in waiting] == [0, 15, 30]
    with caplog.at_level(logging.ERROR, logger="huey"):
        for task in waiting:
            task.eta = None  # its time has come
            huey.enqueue(task)
        run_all(huey)
    assert calls == ["broken", "works"] * 4
    assert "duty is broken" in caplog.text


def test_a_beat_that_waited_too_long_is_dropped(huey: Huey) -> None:
    calls: list[datetime] = []
    set_beats(huey, [calls.append], lambda: NOW)
    (tick,) = huey.read_periodic(NOW.replace(tzinfo=None))
    huey.execute(tick)
    first = huey.dequeue()
    huey.execute(first, datetime.now(UTC).replace(tzinfo=None) + timedelta(seconds=40))
    assert calls == []


def test_unsigned_messages_are_not_run(huey: Huey) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.putenv, ("TA_BOMB_WENT_OFF",)

    huey.storage.enqueue(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match=r"Separator|mismatch"):
        huey.dequeue()


def test_beat_runs_each_duty_in_order_and_raises_at_the_end() -> None:
    calls: list[str] = []

    def fail(_now: datetime) -> None:
        raise ValueError("first")

    with pytest.raises(ValueError, match="first"):
        beat([lambda _now: calls.append("a"), fail, lambda _now: calls.append("b")], NOW)
    assert calls == ["a", "b"]


def test_an_hourly_duty_runs_once_an_hour() -> None:
    calls: list[datetime] = []
    hourly = Hourly(calls.append)
    for minutes in (0, 15, 59, 60, 61, 125):
        hourly(NOW + timedelta(minutes=minutes))
    assert [int((call - NOW).total_seconds() / 60) for call in calls] == [0, 60, 125]


def test_redis_without_its_package_and_unknown_queues_are_explained(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="pip install redis"):
        make_huey(config_for(tmp_path, queue_url="redis://127.0.0.1:1/0"))
    with pytest.raises(ConfigError, match="TA_QUEUE_URL"):
        make_huey(config_for(tmp_path, queue_url="amqp://host"))


def add_credential(session: Session, holder_id: int, number: int, until: datetime, **changes: Any) -> str:
    if session.get(StatusList, 1) is None:
        session.add(StatusList(id=1, size=1000, document="", signed_at=NOW))
        session.flush()
    values: dict[str, Any] = {
        "id": f"c-{number}", "code": f"CODE-{number}", "holder_id": holder_id, "achievement_key": f"key-{number}",
        "achievement_version": "1", "level": 1, "holder_name": "Mai", "score": 0.9, "score_low": 0.8, "score_high": 0.95,
        "item_count": 42, "status_list_id": 1, "status_index": number, "document": "{}", "issued_at": NOW - timedelta(days=600),
        "valid_until": until,
    }  # fmt: skip
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
    stored = add_mail(session, user.id, "k", "Subject", "Body", datetime.now(UTC))
    session.commit()
    environ = os.environ | {
        "TA_ENV": "test", "TA_SECRET_KEY": "s" * 40, "TA_INSTANCE": str(tmp_path / "instance"),
        "TA_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
    }  # fmt: skip
    code = (
        "from trainer_academy.config import Config; from trainer_academy.jobs import run_worker; run_worker(Config.from_env())"
    )
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

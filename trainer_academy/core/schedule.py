"""Recurring duties of the worker: when each is due, who carries it out now (a lease), and what went wrong.

The rows are the whole schedule: any number of workers on any number of machines share it, and a restart forgets nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Field, Session, SQLModel, col, select

from trainer_academy.core.db import UTCDateTime, insert_new

LATE_AFTER = timedelta(minutes=10)  # a worker beats four times a minute
FIRST_RETRY = timedelta(seconds=30)
MAX_ERROR = 300


class Duty(SQLModel, table=True):
    """One recurring duty. `leased_until`: a worker is at it; when that time passes without an end, the worker is dead.

    `tries` counts failures since the last success; the next try comes after 30 seconds, then after twice as long each time, at
    most after the duty's own interval.
    """

    __tablename__ = "duties"
    name: str = Field(max_length=40, primary_key=True)
    due_at: datetime = Field(sa_type=UTCDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UTCDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    tries: int = 0
    error: str = Field(default="", max_length=MAX_ERROR)


def _is_free(now: datetime) -> Any:
    return (col(Duty.due_at) <= now) & or_(col(Duty.leased_until).is_(None), col(Duty.leased_until) <= now)


def is_due(session: Session, name: str, now: datetime) -> bool:
    """Whether a claim would succeed now; so that a quiet beat takes no write lock. A duty that was never done is due."""
    row = session.execute(select(_is_free(now)).where(Duty.name == name)).first()
    return row is None or bool(row[0])


def claim(session: Session, name: str, now: datetime, lease: timedelta) -> bool:
    """Take a duty that is due; False when it is not, or somebody is at it."""
    insert_new(session, Duty, {"name": name, "due_at": now, "leased_until": None, "done_at": None, "tries": 0, "error": ""})
    statement = update(Duty).where(col(Duty.name) == name, _is_free(now)).values(leased_until=now + lease)
    result: Any = session.execute(statement)
    return bool(result.rowcount == 1)


def finish(session: Session, name: str, now: datetime, every: timedelta) -> None:
    """The duty is done; it is due again after its interval."""
    values = {"due_at": now + every, "leased_until": None, "done_at": now, "tries": 0, "error": ""}
    session.execute(update(Duty).where(col(Duty.name) == name).values(**values))


def fail(session: Session, name: str, now: datetime, every: timedelta, error: str) -> None:
    """The duty failed; it is tried again soon, each time after a longer pause."""
    tries = session.scalar(select(Duty.tries).where(Duty.name == name)) or 0
    pause = min(every, FIRST_RETRY * 2 ** min(tries, 20))
    values = {"due_at": now + pause, "leased_until": None, "tries": tries + 1, "error": error[:MAX_ERROR]}
    session.execute(update(Duty).where(col(Duty.name) == name).values(**values))


def all_duties(session: Session) -> list[Duty]:
    """Every duty with its state, by name."""
    return list(session.exec(select(Duty).order_by(col(Duty.name))).all())


def is_late(duty: Duty, now: datetime) -> bool:
    """Due for longer than workers take to notice, and nobody is at it: no worker runs."""
    return duty.due_at < now - LATE_AFTER and (duty.leased_until is None or duty.leased_until <= now)

"""One throttle: failures are counted by subject within a window; a subject with too many is closed until the window ends."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import case, update
from sqlmodel import Field, Session, SQLModel, col, select

from trainer_academy.core.db import UTCDateTime, insert_new

WINDOW = timedelta(minutes=5)


class LoginThrottle(SQLModel, table=True):
    """Failures of one subject (an account, an address) within a window; in the database, so that a restart resets nothing."""

    __tablename__ = "login_throttles"
    subject: str = Field(max_length=80, primary_key=True)
    failures: int = 0
    window_ends_at: datetime = Field(sa_type=UTCDateTime, index=True)


def seconds_blocked(session: Session, limits: Mapping[str, int], now: datetime) -> int:
    """How many seconds these subjects stay closed, 0 when all are open. `limits`: how many failures close each subject."""
    rows = session.exec(select(LoginThrottle).where(col(LoginThrottle.subject).in_(list(limits)))).all()
    waits = [row.window_ends_at - now for row in rows if row.failures >= limits[row.subject]]
    return max((int(wait.total_seconds()) + 1 for wait in waits if wait > timedelta(0)), default=0)


def count_failure(session: Session, subjects: Iterable[str], now: datetime) -> None:
    """Count one failure of each; the window starts with the first one. Failures at the same moment are all counted."""
    is_over = col(LoginThrottle.window_ends_at) <= now
    again = {
        "failures": case((is_over, 1), else_=col(LoginThrottle.failures) + 1),
        "window_ends_at": case((is_over, now + WINDOW), else_=col(LoginThrottle.window_ends_at)),
    }
    for subject in subjects:
        if not insert_new(session, LoginThrottle, {"subject": subject, "failures": 1, "window_ends_at": now + WINDOW}):
            statement = update(LoginThrottle).where(col(LoginThrottle.subject) == subject).values(**again)
            session.execute(statement.execution_options(synchronize_session=False))

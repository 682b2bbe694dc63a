"""What the operator's first page counts and lists."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from trainer_academy.assessments.exams.models import Attempt, AttemptStatus
from trainer_academy.core.schedule import Duty, all_duties
from trainer_academy.credentials.life.models import Credential
from trainer_academy.notices.models import Notice, NoticeStatus

NEWEST = 20


@dataclass(frozen=True)
class Health:
    """Notices by channel and status, the newest dead ones and the newest certificates, how many attempts are open, and the
    duties of the worker."""

    notices: list[tuple[str, str, int]]
    dead: list[Notice]
    recent: list[Credential]
    open_count: int
    duties: list[Duty]


def look_at_health(session: Session) -> Health:
    """Five statements."""
    counts = select(col(Notice.channel), col(Notice.status), func.count()).group_by(col(Notice.channel), col(Notice.status))
    dead = select(Notice).where(Notice.status == NoticeStatus.DEAD).order_by(col(Notice.created_at).desc()).limit(NEWEST)
    recent = select(Credential).order_by(col(Credential.issued_at).desc()).limit(NEWEST)
    running = select(func.count()).where(Attempt.status == AttemptStatus.IN_PROGRESS)
    return Health(
        notices=[(row[0], row[1], row[2]) for row in session.execute(counts)],
        dead=list(session.exec(dead).all()),
        recent=list(session.exec(recent).all()),
        open_count=session.scalar(running) or 0,
        duties=all_duties(session),
    )

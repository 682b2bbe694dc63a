"""The queue of written work: who may take what, locks that run out, and what waits too long. Steps flush.

The database decides races: a slot of a task is one row (unique), and a lock that ran out is taken over by one UPDATE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from trainer_academy.accounts.models import Membership, Organization, User
from trainer_academy.assessments.bank.schema import RatingSpec
from trainer_academy.assessments.contests.models import Contest
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus
from trainer_academy.assessments.rating.models import Rating, RatingTask, TaskStatus
from trainer_academy.assessments.rating.tasks import SLOTS
from trainer_academy.core.db import insert_new

LOOK_AHEAD = 20  # candidates per look; another rater may take some of them at the same moment


def take_next(session: Session, rater_id: int, exam_key: str, spec: RatingSpec, now: datetime) -> Rating | None:
    """The work that this rater has open, or a free place of one that fits; None when nothing waits for this rater.

    Overdue work comes first, otherwise the order is random. Nobody gets work that they wrote, have read, gave back, or that a
    member of their own vendor wrote.
    """
    # Several tabs of one rater take turns, so that they share one text.
    session.execute(select(User.id).where(User.id == rater_id).with_for_update(key_share=True))
    if (running := open_lock(session, rater_id, exam_key, now)) is not None:
        return running
    until = now + timedelta(minutes=spec.lock_minutes)
    if (late := _extend_own(session, rater_id, exam_key, now, until)) is not None:
        return late
    overdue = case((col(RatingTask.created_at) < now - timedelta(days=spec.due_days), 0), else_=1)
    statement = select(RatingTask).where(*_waiting_for(rater_id, exam_key, now))
    for task in session.exec(statement.order_by(overdue, col(RatingTask.shuffle)).limit(LOOK_AHEAD)).all():
        if (taken := _take(session, task, rater_id, now, until)) is not None:
            return taken
    return None


def open_lock(session: Session, rater_id: int, exam_key: str, now: datetime) -> Rating | None:
    """The work of this exam that the rater holds and whose time runs."""
    statement = _own_locks(rater_id, exam_key).where(col(Rating.locked_until) >= now)
    found: Rating | None = session.exec(statement.order_by(col(Rating.id)).limit(1)).first()
    return found


def _own_locks(rater_id: int, exam_key: str) -> Any:
    """Work in the rater's hands that is not rated yet."""
    return select(Rating).where(
        Rating.rater_id == rater_id,
        Rating.exam_key == exam_key,
        col(Rating.task_id).is_not(None),
        col(Rating.submitted_at).is_(None),
    )


def _extend_own(session: Session, rater_id: int, exam_key: str, now: datetime, until: datetime) -> Rating | None:
    """A lock of this rater that ran out and that nobody took since: it goes on, with the time measured anew."""
    is_late = col(Rating.locked_until) > col(Rating.opened_at)  # a lock that was given back ends when it began
    late = session.exec(_own_locks(rater_id, exam_key).where(is_late).order_by(col(Rating.id)).limit(1)).first()
    return _take_over(session, late.id, rater_id, now, until) if late is not None else None


def _is_busy(now: datetime) -> ColumnElement[bool]:
    return or_(col(Rating.submitted_at).is_not(None), col(Rating.locked_until) >= now)


def _waiting_for(rater_id: int, exam_key: str, now: datetime) -> list[ColumnElement[bool]]:
    """Conditions on tasks: a place is free, and this rater may have it."""
    needed = or_(*(and_(col(RatingTask.status) == status, col(Rating.slot).in_(slots)) for status, slots in SLOTS.items()))
    busy = (
        select(func.count(col(Rating.id)))
        .where(col(Rating.task_id) == col(RatingTask.id), needed, _is_busy(now))
        .correlate(RatingTask)
        .scalar_subquery()
    )
    places = case(*((col(RatingTask.status) == status, len(slots)) for status, slots in SLOTS.items()), else_=0)
    seen = select(col(Rating.id)).where(col(Rating.task_id) == col(RatingTask.id), col(Rating.rater_id) == rater_id)
    writer = select(col(Attempt.id)).where(
        col(Attempt.id) == col(RatingTask.attempt_id),
        col(Attempt.status).in_((AttemptStatus.AWAITING, AttemptStatus.DECIDED)),
        col(Attempt.user_id) != rater_id,
        ~_shares_vendor(rater_id),
    )
    return [
        col(RatingTask.exam_key) == exam_key,
        col(RatingTask.status) != TaskStatus.SETTLED,
        busy < places,
        ~seen.correlate(RatingTask).exists(),
        writer.correlate(RatingTask).exists(),
    ]


def _shares_vendor(rater_id: int) -> ColumnElement[bool]:
    """True when the writer of an attempt and the rater belong to the same vendor."""
    own: Any = aliased(Membership)
    theirs: Any = aliased(Membership)
    statement = (
        select(own.id)
        .join(theirs, theirs.organization_id == own.organization_id)
        .join(Organization, col(Organization.id) == own.organization_id)
        .where(own.user_id == rater_id, theirs.user_id == Attempt.user_id, Organization.kind == "vendor")
    )
    return statement.correlate(Attempt).exists()


def _take(session: Session, task: RatingTask, rater_id: int, now: datetime, until: datetime) -> Rating | None:
    """A free place of this task, rather one that nobody had; None when others were faster."""
    held = {row.slot: row for row in session.exec(select(Rating).where(Rating.task_id == task.id)).all()}
    for slot in sorted(SLOTS.get(task.status, ()), key=lambda slot: (slot in held, slot)):
        if slot not in held:
            values = {
                "task_id": task.id,
                "slot": slot,
                "rater_id": rater_id,
                "exam_key": task.exam_key,
                "item_id": task.item_id,
                "item_version": task.item_version,
                "example": None,
                "trial": 1,
                "levels": None,
                "comment": "",
                "seconds": None,
                "opened_at": now,
                "locked_until": until,
                "submitted_at": None,
            }
            if insert_new(session, Rating, values):
                return session.exec(select(Rating).where(Rating.task_id == task.id, Rating.slot == slot)).one()
        elif (taken := _take_over(session, held[slot].id, rater_id, now, until)) is not None:
            return taken
    return None


def _take_over(session: Session, rating_id: int | None, rater_id: int, now: datetime, until: datetime) -> Rating | None:
    """Make a lock that ran out one's own; None when somebody was faster, or this rater got another place of the task."""
    is_free = (col(Rating.id) == rating_id, col(Rating.submitted_at).is_(None), col(Rating.locked_until) < now)
    try:
        with session.begin_nested():
            values = {"rater_id": rater_id, "opened_at": now, "locked_until": until}
            result: Any = session.execute(update(Rating).where(*is_free).values(**values))
    except IntegrityError:
        return None
    return session.get(Rating, rating_id, populate_existing=True) if result.rowcount == 1 else None


def give_back(session: Session, rating: Rating) -> bool:
    """Free the work for others, for example because the rater knows who wrote it. A lock that ends when it began says so.

    The rater does not get it again until somebody else has taken this very place. False when it is rated, or another's by now.
    """
    is_own = (col(Rating.id) == rating.id, col(Rating.rater_id) == rating.rater_id, col(Rating.submitted_at).is_(None))
    result: Any = session.execute(update(Rating).where(*is_own).values(locked_until=col(Rating.opened_at)))
    return bool(result.rowcount == 1)


def count_waiting(session: Session, rater_id: int, exam_key: str, now: datetime) -> int:
    """How many pieces of work of an exam this rater could take now."""
    return session.scalar(select(func.count()).select_from(RatingTask).where(*_waiting_for(rater_id, exam_key, now))) or 0


def changeable(session: Session, rater_id: int, exam_key: str) -> list[Rating]:
    """Ratings of this person that may still be changed, newest first."""
    statement = (
        select(Rating)
        .join(RatingTask, col(RatingTask.id) == col(Rating.task_id))
        .where(Rating.rater_id == rater_id, Rating.exam_key == exam_key, RatingTask.status == TaskStatus.ROUND_1)
        .where(col(Rating.submitted_at).is_not(None))
        .order_by(col(Rating.submitted_at).desc())
        .limit(20)
    )
    return list(session.exec(statement).all())


@dataclass(frozen=True)
class Overdue:
    """Work that waits longer than it should. It names no person."""

    task_id: int
    exam_key: str
    item_id: str
    status: str
    due_at: datetime


def overdue_work(session: Session, specs: Mapping[str, RatingSpec], now: datetime) -> list[Overdue]:
    """Open tasks past their date, oldest date first: the specification's days, or the date of the appeal."""
    statement = (
        select(RatingTask, col(Contest.due_at))
        .join(Attempt, col(Attempt.id) == col(RatingTask.attempt_id))
        .outerjoin(
            Contest,
            and_(
                col(Contest.response_id) == col(RatingTask.response_id),
                col(Contest.kind) == "rating",
                col(RatingTask.status) == TaskStatus.APPEAL,
            ),
        )
        .where(RatingTask.status != TaskStatus.SETTLED, Attempt.status != AttemptStatus.VOID)
    )
    found = []
    for task, appeal_due in session.execute(statement):
        spec = specs.get(task.exam_key)
        due = appeal_due or task.created_at + timedelta(days=spec.due_days if spec else 7)
        if due < now:
            found.append(Overdue(task.id, task.exam_key, task.item_id, task.status, due))
    return sorted(found, key=lambda row: row.due_at)

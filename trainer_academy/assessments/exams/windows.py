"""What decides how a person may sit an exam: access windows, extra time, and how often items were shown. Steps flush."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select, update

from trainer_academy.accounts.audit import record
from trainer_academy.assessments.exams.assembly import Exposure
from trainer_academy.assessments.exams.eligibility import deadline, is_over
from trainer_academy.assessments.exams.log import append_event
from trainer_academy.assessments.exams.models import Accommodation, Attempt, AttemptStatus, ExamWindow
from trainer_academy.assessments.exams.models import Exposure as ExposureRow
from trainer_academy.core.db import insert_new
from trainer_academy.core.errors import BadInput

ALL_PAPERS = ""  # the row of an exam that counts its papers
FACTORS = (1.0, 1.25, 1.5, 2.0, 3.0)
COUNT_BATCH = 200


def set_window(
    session: Session,
    exam_key: str,
    opens_at: datetime,
    closes_at: datetime,
    set_by: int,
    now: datetime,
    user_id: int | None = None,
    organization_id: int | None = None,
) -> ExamWindow:
    """Set when a person or a team may start an exam. Raises BadInput for a window that is empty or over."""
    if closes_at <= opens_at or closes_at <= now:
        raise BadInput("window.order")
    window = ExamWindow(
        exam_key=exam_key,
        user_id=user_id,
        organization_id=organization_id,
        opens_at=opens_at,
        closes_at=closes_at,
        set_by=set_by,
        created_at=now,
    )
    session.add(window)
    session.flush()
    subject = f"user {user_id}" if user_id else f"organization {organization_id}"
    record(session, set_by, "exam_window_set", "exam_window", window.id, now, f"{exam_key} for {subject}")
    return window


def windows_for(session: Session, organization_id: int, user_ids: Collection[int], limit: int = 100) -> list[ExamWindow]:
    """The windows of an organization and of these people, the ones that close last first."""
    ours = or_(col(ExamWindow.organization_id) == organization_id, col(ExamWindow.user_id).in_(user_ids))
    return list(session.exec(select(ExamWindow).where(ours).order_by(col(ExamWindow.closes_at).desc()).limit(limit)).all())


def current_accommodation(session: Session, user_id: int) -> Accommodation | None:
    """The extra time of a person that is in force."""
    statement = select(Accommodation).where(Accommodation.user_id == user_id, col(Accommodation.ended_at).is_(None))
    return session.exec(statement).first()


def set_extra_time(
    session: Session, user_id: int, factor: float, reason: str, minutes_of: dict[str, int], set_by: int, now: datetime
) -> None:
    """Give a person extra time, or end it (factor 1). An exam that is running gets it at once; time is never taken away.

    `minutes_of` are the minutes of each exam. The change is in the audit log, with the reason; certificates never show it.
    """
    if factor not in FACTORS or (factor > 1 and not reason.strip()):
        raise BadInput("extra_time.incomplete")
    ending = update(Accommodation).where(col(Accommodation.user_id) == user_id, col(Accommodation.ended_at).is_(None))
    session.execute(ending.values(ended_at=now))
    if factor > 1:
        values = {"user_id": user_id, "factor": factor, "reason": reason.strip()[:300], "set_by": set_by, "created_at": now}
        if not insert_new(session, Accommodation, values | {"ended_at": None}):
            raise BadInput("extra_time.changed")
    record(session, set_by, "extra_time_set", "user", user_id, now, f"factor {factor}: {reason.strip()}")
    statement = select(Attempt).where(Attempt.user_id == user_id, Attempt.status == AttemptStatus.IN_PROGRESS).with_for_update()
    running = session.exec(statement).first()
    if running is not None and not is_over(running.deadline_at, now):
        extend(session, running, deadline(running.started_at, minutes_of[running.exam_key], factor), now, factor)


def extend(session: Session, attempt: Attempt, ends_at: datetime, now: datetime, factor: float | None = None) -> None:
    """Move the end of a running attempt to a later time; the phone learns of it within a minute."""
    if ends_at <= attempt.deadline_at:
        return
    attempt.deadline_at, attempt.time_factor = ends_at, factor or attempt.time_factor
    append_event(session, attempt, "extended", {"ends_at": ends_at.isoformat()}, now)
    session.flush()


def load_exposure(session: Session, exam_key: str) -> Exposure:
    """On how many counted papers each item of an exam was."""
    statement = select(col(ExposureRow.item_id), col(ExposureRow.papers)).where(ExposureRow.exam_key == exam_key)
    counts = {row[0]: row[1] for row in session.execute(statement).all()}
    return Exposure(counts.pop(ALL_PAPERS, 0), counts)


def count_exposure(session: Session) -> int:
    """Add the papers that were not counted yet, at most 200; returns how many there were.

    A start does not count by itself: people who start in the same minute would wait for each other.
    """
    # A sequential paper is whole only when the attempt is closed.
    is_whole = or_(col(Attempt.model) == "classical", col(Attempt.status) != AttemptStatus.IN_PROGRESS)
    waiting = select(Attempt).where(col(Attempt.is_exposure_counted).is_(False), is_whole)
    statement = waiting.order_by(col(Attempt.id)).limit(COUNT_BATCH)
    attempts = session.exec(statement.with_for_update(skip_locked=True)).all()
    added: dict[tuple[str, str], int] = {}
    for attempt in attempts:
        for item_id in {entry.item_id for entry in attempt.paper} | {ALL_PAPERS}:
            added[attempt.exam_key, item_id] = added.get((attempt.exam_key, item_id), 0) + 1
        attempt.is_exposure_counted = True
    for (exam_key, item_id), papers in sorted(added.items()):
        insert_new(session, ExposureRow, {"exam_key": exam_key, "item_id": item_id, "papers": 0})
        row = (col(ExposureRow.exam_key) == exam_key) & (col(ExposureRow.item_id) == item_id)
        session.execute(update(ExposureRow).where(row).values(papers=col(ExposureRow.papers) + papers))
    session.flush()
    return len(attempts)

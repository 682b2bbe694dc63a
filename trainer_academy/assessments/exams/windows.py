"""What decides how a person may sit an exam: access windows, extra time, and how often items were shown. Steps flush."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, text, union
from sqlmodel import Session, col, select, update

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import Membership, Organization
from trainer_academy.assessments.exams.assembly import Exposure
from trainer_academy.assessments.exams.eligibility import deadline, is_over
from trainer_academy.assessments.exams.log import append_event
from trainer_academy.assessments.exams.models import Accommodation, Attempt, AttemptStatus, ExamWindow
from trainer_academy.assessments.exams.models import Exposure as ExposureRow
from trainer_academy.core.db import insert_new
from trainer_academy.core.errors import BadInput, NotFound

ALL_PAPERS = ""  # the row of an exam that counts its papers
FACTORS = (1.0, 1.25, 1.5, 2.0, 3.0)
MOST_BY_TEAM = 2.0  # more is for the operators to decide
LONGEST_WINDOW = timedelta(days=366)
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
    team_id: int | None = None,
) -> ExamWindow:
    """Set when a person or a team may start an exam; `team_id` is the team of the lead who sets it.

    Raises BadInput for a window that is empty, over, too long or far away, and for one for oneself.
    """
    if closes_at <= opens_at or closes_at <= now:
        raise BadInput("window.order")
    if closes_at - opens_at > LONGEST_WINDOW or opens_at > now + LONGEST_WINDOW:
        raise BadInput("window.limits", days=LONGEST_WINDOW.days)
    if user_id == set_by:
        raise BadInput("exception.own")
    window = ExamWindow(
        exam_key=exam_key,
        user_id=user_id,
        organization_id=organization_id,
        opens_at=opens_at,
        closes_at=closes_at,
        team_id=team_id if team_id is not None else organization_id,
        set_by=set_by,
        created_at=now,
    )
    session.add(window)
    session.flush()
    subject = f"user {user_id}" if user_id else f"organization {organization_id}"
    record(session, set_by, "exam_window_set", "exam_window", window.id, now, f"{exam_key} for {subject}")
    return window


def in_force(row: type[ExamWindow] | type[Accommodation]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What somebody was granted counts until it is ended, or the person leaves the team whose lead granted it.

    A new membership is a new right: what an earlier one brought does not come back with it.
    """
    is_member = exists().where(
        col(Membership.user_id) == col(row.user_id),
        col(Membership.organization_id) == col(row.team_id),
        col(Membership.created_at) <= col(row.created_at),
    )
    return col(row.ended_at).is_(None), or_(col(row.team_id).is_(None), is_member)


def windows_for(session: Session, organization_id: int, user_ids: Collection[int], limit: int = 100) -> list[ExamWindow]:
    """The windows of a team, and those that it or an operator set for these people, the ones that close last first."""
    is_ours = or_(col(ExamWindow.team_id) == organization_id, col(ExamWindow.team_id).is_(None))
    of_people = col(ExamWindow.user_id).in_(user_ids) & is_ours & and_(*in_force(ExamWindow))
    ours = or_(col(ExamWindow.organization_id) == organization_id, of_people)
    statement = select(ExamWindow).where(ours, col(ExamWindow.ended_at).is_(None))
    return list(session.exec(statement.order_by(col(ExamWindow.closes_at).desc()).limit(limit)).all())


def end_window(session: Session, window_id: int, team_id: int, actor_id: int, now: datetime) -> ExamWindow:
    """End a window that this team set; an exam that runs goes on. Raises NotFound for any other."""
    window = session.get(ExamWindow, window_id, with_for_update=True)
    if window is None or window.ended_at is not None or window.team_id != team_id:
        raise NotFound("window.unknown")
    window.ended_at = now
    session.flush()
    record(session, actor_id, "exam_window_ended", "exam_window", window.id, now, window.exam_key)
    return window


def current_accommodation(session: Session, user_id: int) -> Accommodation | None:
    """The extra time of a person that is in force."""
    return session.exec(select(Accommodation).where(Accommodation.user_id == user_id, *in_force(Accommodation))).first()


def granted_by(session: Session, user_id: int, exam_key: str) -> dict[str, str]:
    """Who gave a person extra time and windows for an exam: "time" and "window" to the names of teams, "" for the academy."""
    name = func.coalesce(col(Organization.name), "")
    time = select(literal("time"), name).select_from(Accommodation).outerjoin(Organization, _team_of(Accommodation))
    own = select(literal("window"), name).select_from(ExamWindow).outerjoin(Organization, _team_of(ExamWindow))
    rows = session.execute(
        union(
            time.where(col(Accommodation.user_id) == user_id, *in_force(Accommodation)),
            own.where(col(ExamWindow.user_id) == user_id, col(ExamWindow.exam_key) == exam_key, *in_force(ExamWindow)),
        ).order_by(text("1, 2"))
    ).all()
    found: dict[str, list[str]] = {}
    for what, who in rows:
        found.setdefault(what, []).append(who)
    return {what: ", ".join(filter(None, who)) for what, who in found.items()}


def _team_of(row: type[ExamWindow] | type[Accommodation]) -> ColumnElement[bool]:
    return col(Organization.id) == col(row.team_id)


def set_extra_time(
    session: Session,
    user_id: int,
    factor: float,
    reason: str,
    minutes_of: dict[str, int],
    set_by: int,
    now: datetime,
    team_id: int | None = None,
) -> None:
    """Give a person extra time, or end it (factor 1). An exam that is running gets it at once; time is never taken away.

    `minutes_of` are the minutes of each exam; `team_id` is the team of the lead who sets it, None for an operator. The change
    is in the audit log, with the reason; certificates never show it. Raises BadInput, also for extra time for oneself.
    """
    if factor not in FACTORS or (factor > 1 and not reason.strip()):
        raise BadInput("extra_time.incomplete")
    if user_id == set_by:
        raise BadInput("exception.own")
    current = current_accommodation(session, user_id)
    if team_id is not None and (factor > MOST_BY_TEAM or (current is not None and current.team_id != team_id)):
        raise BadInput("extra_time.academy")
    ending = update(Accommodation).where(col(Accommodation.user_id) == user_id, col(Accommodation.ended_at).is_(None))
    session.execute(ending.values(ended_at=now))
    if factor > 1:
        values = {"user_id": user_id, "factor": factor, "reason": reason.strip()[:300], "set_by": set_by, "created_at": now}
        if not insert_new(session, Accommodation, values | {"ended_at": None, "team_id": team_id}):
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

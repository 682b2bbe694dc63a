"""Rated work as its writer sees it, and appeals against a rating. Steps flush.

A rating is appealed once, within 30 days after the first decision. A rater who has not seen the work reads it without knowing
that it is an appeal; that rater's levels settle it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from trainer_academy.assessments.contests.models import Contest, ContestStatus
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Decision, Response
from trainer_academy.assessments.items.base import RatedItem
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.rating.models import Rating, RatingTask, TaskStatus
from trainer_academy.assessments.rating.tasks import criterion_sizes, tasks_of
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import BadInput, Conflict, NotFound
from trainer_academy.psychometrics.agreement import share_of_levels

APPEAL_DAYS = 30
ANSWER_DAYS = 14
MIN_TEXT, MAX_TEXT = 20, 2000


@dataclass(frozen=True)
class LevelView:
    """The settled level of one criterion, with the anchors that it lies on or between."""

    name: str
    level: float
    top: int
    anchors: tuple[str, ...]
    before: float | None = None  # the level before an appeal


@dataclass(frozen=True)
class RatedWork:
    """One rated text as its writer sees it: no name of a rater, no single rating."""

    task_id: int
    position: int
    title: str
    levels: tuple[LevelView, ...]
    comments: tuple[str, ...]
    readers: int
    status: str
    may_appeal: bool
    appeal_until: datetime | None
    appeal: Contest | None


def rated_work(session: Session, attempt: Attempt, items: Sequence[SomeItem], now: datetime) -> list[RatedWork]:
    """The rated texts of a decided attempt in the order of the paper. `items` are those of the paper, by position."""
    tasks = [task for task in tasks_of(session, id_of(attempt)) if task.settled is not None]
    if not tasks or attempt.status != AttemptStatus.DECIDED:
        return []
    positions = dict(
        _pairs(session, select(col(Response.id), col(Response.position)).where(Response.attempt_id == id_of(attempt)))
    )
    until = appeal_until(session, id_of(attempt))
    comments = _comments(session, [task.id for task in tasks])
    statement = select(Contest).where(Contest.attempt_id == id_of(attempt), Contest.kind == "rating")
    appeals = {contest.response_id: contest for contest in session.exec(statement).all()}
    found = []
    for task in tasks:
        position = positions[task.response_id]
        item, own = items[position - 1].rated, comments.get(id_of(task), [])
        if item is None or task.id is None:
            continue
        is_open = task.status == TaskStatus.SETTLED and task.first_settled is None and until is not None and now <= until
        found.append(
            RatedWork(
                task.id,
                position,
                item.title,
                _level_views(item, task),
                tuple(text for text in own if text),
                len(own),
                task.status,
                is_open,
                until,
                appeals.get(task.response_id),
            )
        )
    return sorted(found, key=lambda work: work.position)


def _pairs(session: Session, statement: Any) -> list[tuple[int, int]]:
    return [(row[0], row[1]) for row in session.execute(statement)]


def _comments(session: Session, task_ids: Sequence[int | None]) -> dict[int, list[str]]:
    """The comments (also empty ones) on each task, in the order of the slots."""
    statement = select(col(Rating.task_id), col(Rating.comment)).where(
        col(Rating.task_id).in_(task_ids), col(Rating.submitted_at).is_not(None)
    )
    found: dict[int, list[str]] = {}
    for task_id, comment in session.execute(statement.order_by(col(Rating.task_id), col(Rating.slot))):
        found.setdefault(task_id, []).append(comment)
    return found


def _level_views(item: RatedItem, task: RatingTask) -> tuple[LevelView, ...]:
    views = []
    first = (task.first_settled or {}) if task.status == TaskStatus.SETTLED else {}
    for criterion in item.criteria:
        level = float((task.settled or {}).get(criterion.id, 0.0))
        anchors = tuple(criterion.levels[place] for place in sorted({math.floor(level), math.ceil(level)}))
        views.append(LevelView(criterion.name, level, len(criterion.levels) - 1, anchors, first.get(criterion.id)))
    return tuple(views)


def appeal_until(session: Session, attempt_id: int) -> datetime | None:
    """The last moment for an appeal: 30 days after the first decision."""
    first = select(col(Decision.decided_at)).where(Decision.attempt_id == attempt_id).order_by(col(Decision.id)).limit(1)
    decided_at = session.scalar(first)
    return decided_at + timedelta(days=APPEAL_DAYS) if decided_at else None


def get_own_task(session: Session, attempt: Attempt, task_id: int) -> RatingTask:
    """A task of this attempt. Raises NotFound."""
    task = session.get(RatingTask, task_id)
    if task is None or task.attempt_id != attempt.id:
        raise NotFound("appeal.no_work")
    return task


def open_appeal(session: Session, attempt: Attempt, task: RatingTask, text: str, now: datetime) -> Contest:
    """Open a settled task for a rater who has not seen it. Raises Conflict when it is too late, or was done before."""
    if not MIN_TEXT <= len(text.strip()) <= MAX_TEXT:
        raise BadInput("appeal.length", least=MIN_TEXT, most=MAX_TEXT)
    until = appeal_until(session, id_of(attempt))
    if attempt.status != AttemptStatus.DECIDED or until is None or now > until:
        raise Conflict("appeal.too_late", days=APPEAL_DAYS)
    is_open = (
        col(RatingTask.id) == task.id,
        col(RatingTask.status) == TaskStatus.SETTLED,
        col(RatingTask.first_settled).is_(None),
    )
    statement = update(RatingTask).where(*is_open).values(status=TaskStatus.APPEAL, first_settled=col(RatingTask.settled))
    result: Any = session.execute(statement)
    if result.rowcount != 1:
        raise Conflict("appeal.twice")
    contest = Contest(
        user_id=attempt.user_id,
        item_id=task.item_id,
        item_version=task.item_version,
        response_id=task.response_id,
        attempt_id=id_of(attempt),
        kind="rating",
        text=text.strip(),
        created_at=now,
        due_at=now + timedelta(days=ANSWER_DAYS),
    )
    session.add(contest)
    session.flush()
    return contest


def answer_appeal(session: Session, task: RatingTask, item: RatedItem, now: datetime) -> Contest | None:
    """Answer the appeal on a task that is settled again: accepted when the levels rose. No rater is named.

    None when there is no open appeal.
    """
    statement = select(Contest).where(
        Contest.response_id == task.response_id, Contest.kind == "rating", Contest.status == ContestStatus.OPEN
    )
    contest = session.exec(statement.with_for_update()).first()
    if contest is None:
        return None
    before, after = task.first_settled or {}, task.settled or {}
    sizes = criterion_sizes(item)
    rose = share_of_levels(after, sizes) > share_of_levels(before, sizes) + 1e-9
    contest.status, contest.answered_at = ContestStatus.ACCEPTED if rose else ContestStatus.REJECTED, now
    contest.answer = appeal_words(item, before, after, rose)
    session.flush()
    return contest


def appeal_words(item: RatedItem, before: Mapping[str, float], after: Mapping[str, float], rose: bool) -> str:
    """The answer to an appeal, with both levels of every criterion."""
    lines = [f"{one.name}: {before[one.id]:g} before, {after[one.id]:g} now." for one in item.criteria]
    first = "A rater who had not seen your text has read it. "
    first += "The levels are higher now, and they count." if rose else "The levels are not higher than before."
    return "\n".join([first, *lines])

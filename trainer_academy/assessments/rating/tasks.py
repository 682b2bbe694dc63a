"""Written work on its way through raters: tasks are opened at the submit and settled by ratings. Steps flush.

Round 1 is two raters (slots 1 and 2), blind to each other. When they differ by more than the specification says, round 2 opens
for a third one (slot 3), and round 1 is frozen. An appeal (slot 4) is read by a rater who has not seen the work.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.schema import RatingSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import resolve_items
from trainer_academy.assessments.exams.attempts import latest_responses
from trainer_academy.assessments.exams.models import Attempt, Response
from trainer_academy.assessments.items.base import Form, RatedItem, single
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.rating.models import Rating, RatingTask, TaskStatus
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import BadInput, Conflict, NotFound
from trainer_academy.psychometrics.agreement import differ_too_much, settle, settle_three

SHUFFLE = 2**31 - 1
SLOTS = {"round_1": (1, 2), "round_2": (3,), "appeal": (4,)}


class LockLost(Conflict):
    """The time for a piece of work ran out and somebody else took it."""


def open_tasks(session: Session, attempt: Attempt, items: Sequence[SomeItem], now: datetime) -> int:
    """One task for each written answer of a closed attempt; returns how many there are to rate."""
    if not any(item.is_rated for item in items):
        return 0
    responses = latest_responses(session, id_of(attempt))
    opened = 0
    for position, item in enumerate(items, 1):
        response = responses.get(position)
        if not item.is_rated or not item.is_counted or response is None or not item.is_complete(response.payload):
            continue
        task = RatingTask(
            response_id=id_of(response),
            attempt_id=id_of(attempt),
            exam_key=attempt.exam_key,
            item_id=item.id,
            item_version=item.version,
            shuffle=secrets.randbelow(SHUFFLE),
            created_at=now,
        )
        session.add(task)
        opened += 1
    session.flush()
    return opened


def tasks_of(session: Session, attempt_id: int) -> list[RatingTask]:
    """The tasks of an attempt."""
    return list(session.exec(select(RatingTask).where(RatingTask.attempt_id == attempt_id).order_by(col(RatingTask.id))).all())


def settled_levels(session: Session, attempt_id: int) -> dict[int, dict[str, float]] | None:
    """Settled levels by position; None while a task of the attempt was never settled. During an appeal the first ones count."""
    statement = (
        select(col(Response.position), col(RatingTask.settled))
        .join(Response, col(Response.id) == col(RatingTask.response_id))
        .where(RatingTask.attempt_id == attempt_id)
    )
    rows = session.execute(statement).all()
    if any(levels is None for _, levels in rows):
        return None
    return {row[0]: row[1] for row in rows}


def appeals_settled(session: Session, attempt_id: int) -> int:
    """How many appeals of an attempt were rated: each one makes the scores of its written work anew."""
    return sum(task.first_settled is not None and task.status == TaskStatus.SETTLED for task in tasks_of(session, attempt_id))


def rating_mark(session: Session, attempt_id: int) -> str:
    """What tells the scores of this reading apart from earlier ones: r1, and one more after each appeal."""
    return f"r{1 + appeals_settled(session, attempt_id)}"


def written_item(session: Session, store: ItemStore, item_id: str, version: str) -> RatedItem:
    """The item that a piece of work belongs to, in its version. Raises NotFound when it is not written work."""
    [item] = resolve_items(session, store, [(item_id, version)])
    work = item.rated
    if work is None:
        raise NotFound("rating.not_by_people")
    return work


def criterion_sizes(item: RatedItem) -> dict[str, int]:
    """The number of levels of each criterion."""
    return {criterion.id: len(criterion.levels) for criterion in item.criteria}


def read_levels(item: RatedItem, form: Form) -> dict[str, int]:
    """`level-<criterion>` holds the chosen level; criteria without one are left out. BadInput for a level that is none."""
    levels = {}
    for name, size in criterion_sizes(item).items():
        if value := single(form, f"level-{name}"):
            if value not in {str(level) for level in range(size)}:
                raise BadInput("rating.level")
            levels[name] = int(value)
    return levels


def find_gap(item: RatedItem, levels: Mapping[str, int], comment: str) -> str:
    """What a rating still lacks: "levels", "comment" (the lowest level needs a reason), or "" when it is whole."""
    if set(levels) != set(criterion_sizes(item)):
        return "levels"
    return "comment" if not comment.strip() and min(levels.values()) == 0 else ""


def get_rating(session: Session, rating_id: int, rater_id: int) -> Rating:
    """A rating that this person holds. NotFound when there is none; LockLost when somebody else holds it."""
    rating = session.get(Rating, rating_id)
    if rating is None:
        raise NotFound("rating.unknown_work")
    if rating.rater_id != rater_id:
        raise LockLost("rating.lock_lost")
    return rating


def get_answer(session: Session, task: RatingTask) -> str:
    """The text that was written."""
    payload = session.scalar(select(col(Response.payload)).where(Response.id == task.response_id)) or {}
    return str(payload.get("text", ""))


def may_change(rating: Rating, task: RatingTask) -> bool:
    """True while a rating is open, or submitted and not frozen: round 1 may be changed until the second rating is in."""
    return rating.submitted_at is None or task.status == TaskStatus.ROUND_1


def check_whole(item: RatedItem, levels: Mapping[str, int], comment: str) -> None:
    """Raises BadInput for a rating that lacks something."""
    if gap := find_gap(item, levels, comment):
        raise BadInput("rating.no_levels" if gap == "levels" else "rating.no_comment")


def submit_rating(
    session: Session,
    rating_id: int,
    rater_id: int,
    item: RatedItem,
    levels: Mapping[str, int],
    comment: str,
    spec: RatingSpec,
    now: datetime,
) -> bool:
    """Store a rating; when it was the last one of its round, settle the task (True) or open round 2.

    The caller holds the attempt's row lock. Sent again with the same content it changes nothing. Raises LockLost when somebody
    else has the work now, Conflict when the rating is frozen.
    """
    check_whole(item, levels, comment)
    rating = session.get(Rating, rating_id, populate_existing=True, with_for_update=True)
    if rating is None or rating.task_id is None:
        raise NotFound("rating.unknown_work")
    if rating.rater_id != rater_id:
        raise LockLost("rating.lock_lost")
    task = session.get(RatingTask, rating.task_id, populate_existing=True, with_for_update=True)
    assert task is not None
    if rating.submitted_at is not None and (rating.levels, rating.comment) == (dict(levels), comment):
        return False
    if not may_change(rating, task):
        raise Conflict("rating.settled")
    write_rating(rating, levels, comment, now)
    session.flush()
    return _advance(session, task, spec, now)


def write_rating(rating: Rating, levels: Mapping[str, int], comment: str, now: datetime) -> None:
    """The time is that of the first submit: a later change is not reading time."""
    rating.levels, rating.comment = dict(levels), comment
    if rating.submitted_at is None:
        rating.seconds = max(0, round((now - rating.opened_at).total_seconds()))
    rating.submitted_at = now


def ratings_of(session: Session, task_id: int) -> dict[int, Rating]:
    """The submitted ratings of a task by slot."""
    statement = select(Rating).where(Rating.task_id == task_id, col(Rating.submitted_at).is_not(None))
    rows = session.exec(statement.order_by(col(Rating.slot)).execution_options(populate_existing=True)).all()
    return {rating.slot: rating for rating in rows if rating.slot is not None}


def _advance(session: Session, task: RatingTask, spec: RatingSpec, now: datetime) -> bool:
    """Settle the task if its round is complete; True when it is settled now."""
    given = {slot: rating.levels or {} for slot, rating in ratings_of(session, id_of(task)).items()}
    if any(slot not in given for slot in SLOTS[task.status]):
        return False
    if task.status == TaskStatus.ROUND_1 and differ_too_much(given[1], given[2], spec.max_difference):
        task.status = TaskStatus.ROUND_2
    elif task.status == TaskStatus.ROUND_1:
        _settle(task, settle(given[1], given[2]), now)
    elif task.status == TaskStatus.ROUND_2:
        _settle(task, settle_three(given[1], given[2], given[3]), now)
    else:
        _settle(task, {name: float(level) for name, level in given[4].items()}, now)
    session.flush()
    return task.status == TaskStatus.SETTLED


def _settle(task: RatingTask, levels: dict[str, float], now: datetime) -> None:
    task.status, task.settled, task.settled_at = TaskStatus.SETTLED, levels, now

"""Practice: choose the next item, answer it, look back at answers."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from trainer_academy.accounts.models import User
from trainer_academy.assessments.exams.models import Response, Score
from trainer_academy.assessments.items.base import Payload, Presentation, same_payload
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.assessments.practice.models import PracticeSkip
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import BadInput, NotFound

FULL_CREDIT = 0.999
COMES_BACK_AFTER = timedelta(minutes=10)
SKIPPED_FOR = timedelta(days=1)
SKIP_REASONS = ("unclear", "too_hard", "not_my_field", "uncomfortable", "other")
UNDO_WITHIN = timedelta(seconds=10)
UNDO_GRACE = timedelta(seconds=3)  # for a request that was under way
MIN_OTHERS = 5
DOUBLE_CLICK = timedelta(seconds=10)


@dataclass(frozen=True)
class Answered:
    """The newest practice answer of a person to an item."""

    response_id: int
    item_id: str
    value: float
    at: datetime


@dataclass(frozen=True)
class Choice:
    """The next item, and whether it comes back because it was wrong before."""

    item_id: str
    is_repeat: bool


_ANSWERS = (
    select(col(Response.id), col(Response.item_id), col(Score.value), col(Response.saved_at))
    .join(Score, col(Score.response_id) == col(Response.id))
    .where(col(Response.user_id) == bindparam("user_id"), col(Response.attempt_id).is_(None), col(Response.undone_at).is_(None))
    .where(col(Response.item_id).in_(bindparam("item_ids", expanding=True)))
    .order_by(col(Response.id), col(Score.id))
)


def answers_of(session: Session, user_id: int, item_ids: Sequence[str]) -> dict[str, Answered]:
    """The newest practice answer to each of these items, one statement."""
    rows = session.execute(_ANSWERS, {"user_id": user_id, "item_ids": item_ids}).all()
    return {row[1]: Answered(row[0], row[1], row[2], row[3]) for row in rows}


def choose_next(
    item_ids: Sequence[str], answered: dict[str, Answered], user_id: int, now: datetime, skipped: Collection[str] = ()
) -> Choice | None:
    """New items first, in an order of the person's own; wrong ones come back after ten minutes. None: nothing is waiting.

    `skipped` items are left out: they come back a day later.
    """
    item_ids = [item_id for item_id in item_ids if item_id not in skipped]
    order = sorted(item_ids, key=lambda item_id: hashlib.sha256(f"{user_id}:{item_id}".encode()).digest())
    due = [a for a in answered.values() if a.value < FULL_CREDIT and a.at <= now - COMES_BACK_AFTER and a.item_id in item_ids]
    new = [item_id for item_id in order if item_id not in answered]
    # Every fourth item is one that comes back, so that wrong ones return while there are still new ones.
    if due and (not new or len(answered) % 4 == 3):
        return Choice(min(due, key=lambda a: a.at).item_id, True)
    return Choice(new[0], False) if new else None


def presentation_for(item: SomeItem, user_id: int, at: datetime) -> Presentation:
    """A fresh order for this showing."""
    return item.present(random.Random(f"{user_id}:{item.id}:{at.timestamp()}"))


def record_answer(
    session: Session, user_id: int, item: SomeItem, presentation: Presentation, payload: Payload, now: datetime
) -> Response:
    """Store a practice answer with its score. The same one again within ten seconds is a double click: the first stays."""
    # The lock makes the second of two equal requests wait, so that it finds what the first one stored.
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    if (stored := _just_stored(session, user_id, item, presentation, payload, now)) is not None:
        return stored
    response = Response(
        user_id=user_id, item_id=item.id, item_version=item.version, presentation=presentation, payload=payload, saved_at=now
    )
    session.add(response)
    session.flush()
    score = item.score(payload)
    session.add(
        Score(
            response_id=id_of(response),
            key_version=item.key_version,
            scoring=SCORING,
            value=score.value,
            parts=[part.as_json() for part in score.parts],
            scored_at=now,
        )
    )
    session.flush()
    return response


def _just_stored(
    session: Session, user_id: int, item: SomeItem, presentation: Presentation, payload: Payload, now: datetime
) -> Response | None:
    statement = select(Response).where(
        Response.user_id == user_id,
        Response.item_id == item.id,
        col(Response.attempt_id).is_(None),
        Response.item_version == item.version,
        col(Response.saved_at) > now - DOUBLE_CLICK,
        col(Response.undone_at).is_(None),
    )
    newest = session.exec(statement.order_by(col(Response.id).desc()).limit(1)).first()
    is_same = newest is not None and newest.presentation == presentation and same_payload(newest.payload, payload)
    return newest if is_same else None


def skip_item(session: Session, user_id: int, item: SomeItem, reason: str, note: str, now: datetime) -> None:
    """Pass over an item. Raises BadInput for a reason that is not offered. It has no score and no penalty."""
    if reason not in SKIP_REASONS:
        raise BadInput("practice.skip_reason")
    skip = PracticeSkip(
        user_id=user_id, item_id=item.id, item_version=item.version, reason=reason, note=note.strip()[:300], skipped_at=now
    )
    session.add(skip)
    session.flush()


def skipped_items(session: Session, user_id: int, now: datetime) -> set[str]:
    """The items that the person skipped within the last day."""
    statement = select(col(PracticeSkip.item_id)).where(
        PracticeSkip.user_id == user_id, col(PracticeSkip.skipped_at) > now - SKIPPED_FOR
    )
    return set(session.scalars(statement).all())


def undo_answer(session: Session, response: Response, now: datetime) -> bool:
    """Take a practice answer back within ten seconds; False when it is too late. The row stays, marked; nothing counts it."""
    if response.undone_at is not None or now > response.saved_at + UNDO_WITHIN + UNDO_GRACE:
        return False
    response.undone_at = now
    session.flush()
    return True


@dataclass(frozen=True)
class Others:
    """How other people answered an item at their first try: how many, and how many agreed with the key or gave each answer.

    `shares` maps the shown value of an answer (an option's letter, a point on the scale) to a count; empty for kinds whose
    answers are too varied to count.
    """

    people: int
    agreed: int
    shares: dict[str, int]


def how_others_answered(session: Session, item: SomeItem, user_id: int) -> Others | None:
    """The first answers of other people to this version of the item; None while fewer than five have answered.

    Looks at the newest 500 answers, so that a popular item costs no more than a rare one.
    """
    statement = (
        select(col(Response.user_id), col(Response.payload), col(Score.value))
        .join(Score, col(Score.response_id) == col(Response.id))
        .where(Response.item_id == item.id, Response.item_version == item.version, Response.user_id != user_id)
        .where(col(Response.attempt_id).is_(None), col(Response.undone_at).is_(None))
        .order_by(col(Response.id).desc(), col(Score.id))
        .limit(500)
    )
    first: dict[int, tuple[Payload, float]] = {row[0]: (row[1], row[2]) for row in session.execute(statement)}
    if len(first) < MIN_OTHERS:
        return None
    answers = Counter(answer for payload, _ in first.values() for answer in item.tally(payload))
    return Others(len(first), sum(value >= FULL_CREDIT for _, value in first.values()), dict(answers))


def get_practice_response(session: Session, response_id: int, user_id: int) -> Response:
    """A practice answer of this person. Raises NotFound for anybody else's and for exam answers."""
    response = session.get(Response, response_id)
    if response is None or response.user_id != user_id or response.attempt_id is not None or response.undone_at is not None:
        raise NotFound("practice.unknown_answer")
    return response


def responses_by_id(session: Session, ids: Sequence[int]) -> dict[int, Response]:
    """Responses by id, one statement."""
    return {row.id: row for row in session.exec(select(Response).where(col(Response.id).in_(ids))).all() if row.id is not None}

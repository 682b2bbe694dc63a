"""Attempts that a person decides about: faster than reading allows, or disturbed by a fault of ours. Steps flush."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.assessments.exams.integrity import is_faster_than_reading
from trainer_academy.assessments.exams.log import append_event
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Hold, Response
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Conflict

LIST_LIMIT = 200


@dataclass(frozen=True)
class Effort:
    """Which positions (from 1) have a full answer, and the seconds from the start to the last first save of an answer."""

    answered: frozenset[int]
    seconds: float


def effort_of(session: Session, attempt: Attempt, items: Sequence[SomeItem]) -> Effort:
    """By the server's clock, one statement; `items` are those of the paper."""
    columns = select(col(Response.position), col(Response.payload), col(Response.saved_at))
    rows = session.execute(columns.where(Response.attempt_id == id_of(attempt)).order_by(col(Response.sequence))).all()
    payloads = {position: payload for position, payload, _ in rows}
    first: dict[int, datetime] = {}
    for position, _, saved_at in rows:
        first.setdefault(position, saved_at)
    answered = frozenset(place for place, item in enumerate(items, 1) if item.is_complete(payloads.get(place, {})))
    last = max(first.values(), default=attempt.started_at)
    return Effort(answered, (last - attempt.started_at).total_seconds())


def hold_if_fast(
    session: Session, attempt: Attempt, items: Sequence[SomeItem], effort: Effort, fastest: float, now: datetime
) -> bool:
    """Hold an attempt whose answered texts cannot have been read in its time; True when it is held now."""
    words = [len(items[position - 1].stem_text.split()) for position in effort.answered]
    if not is_faster_than_reading(words, effort.seconds, fastest):
        return False
    attempt.hold = Hold.FAST
    append_event(session, attempt, "held", {"words": sum(words), "seconds": round(effort.seconds, 1)}, now)
    session.flush()
    return True


def explain(session: Session, attempt: Attempt, text: str, now: datetime) -> None:
    """Store what the person says to the hold. Raises Conflict when it was decided."""
    _check_held(attempt)
    attempt.statement = text
    append_event(session, attempt, "explained", {}, now)
    session.flush()


def held_attempts(session: Session) -> list[Attempt]:
    """What waits for a decision, oldest first."""
    statement = select(Attempt).where(Attempt.hold == Hold.FAST, Attempt.status == AttemptStatus.AWAITING)
    return list(session.exec(statement.order_by(col(Attempt.closed_at)).limit(LIST_LIMIT)).all())


def settle_hold(session: Session, attempt: Attempt, does_count: bool, note: str, actor_id: int, now: datetime) -> None:
    """A person other than the one who sat it decides. Raises Conflict when it was decided, or the attempt is one's own."""
    _check_held(attempt)
    if actor_id == attempt.user_id:
        raise Conflict("hold.own")
    attempt.hold = Hold.COUNTS if does_count else Hold.REFUSED
    attempt.hold_note = note
    append_event(session, attempt, "settled", {"counts": does_count}, now)
    record(session, actor_id, f"hold_{attempt.hold}", "attempt", id_of(attempt), now, note)
    session.flush()


def give_back(session: Session, attempt: Attempt, note: str, actor_id: int, now: datetime) -> None:
    """Void an attempt that a fault of ours disturbed, so that it uses no attempt. Raises Conflict for one that was passed."""
    if actor_id == attempt.user_id:
        raise Conflict("hold.own")
    if attempt.is_passed or attempt.status not in (AttemptStatus.DECIDED, AttemptStatus.AWAITING):
        raise Conflict("hold.not_to_give_back")
    attempt.status, attempt.hold_note = AttemptStatus.VOID, note
    append_event(session, attempt, "given_back", {}, now)
    record(session, actor_id, "attempt_given_back", "attempt", id_of(attempt), now, note)
    session.flush()


def _check_held(attempt: Attempt) -> None:
    if attempt.hold is not Hold.FAST or attempt.status is not AttemptStatus.AWAITING:
        raise Conflict("hold.decided")

"""Exam attempts: start, save, claim and score. Steps flush; the edge commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.assessments.assembly import assemble_paper
from trainer_academy.assessments.eligibility import GRACE, PastAttempt, is_over, start_state
from trainer_academy.assessments.items import Payload, same_payload
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.models import Attempt, Response, Score
from trainer_academy.assessments.schema import ExamSpec
from trainer_academy.assessments.scoring import PaperScore, score_paper
from trainer_academy.core.db import insert_new
from trainer_academy.core.errors import Conflict, NotFound, Refusal


def attempts_of(session: Session, user_id: int, exam_key: str) -> list[Attempt]:
    """All attempts of a person at an exam, oldest first."""
    statement = select(Attempt).where(Attempt.user_id == user_id, Attempt.exam_key == exam_key).order_by(col(Attempt.number))
    return list(session.exec(statement).all())


def open_attempt(session: Session, user_id: int) -> Attempt | None:
    """The one attempt that the person has open, in whatever exam."""
    return session.exec(select(Attempt).where(Attempt.user_id == user_id, Attempt.status == "in_progress")).first()


def as_past(attempts: Sequence[Attempt]) -> list[PastAttempt]:
    """What the eligibility rules need to know; voided attempts do not count."""
    return [PastAttempt(a.started_at, a.closed_at, a.is_passed) for a in attempts if a.status != "void"]


def start_attempt(
    session: Session, user_id: int, exam_key: str, spec: ExamSpec, items: Sequence[SomeItem], seed: int, now: datetime
) -> Attempt | Refusal:
    """Start an attempt, or give the one that is open. Limits hold when two requests arrive at once.

    The database decides the race: one open attempt for a person (partial unique index), one attempt for each number.
    """
    if open_attempt(session, user_id):
        return _running(session, user_id, exam_key)
    earlier = attempts_of(session, user_id, exam_key)
    state = start_state(spec, as_past(earlier), now)
    if not state.may_start:
        # "open" here: another request started one between the two reads.
        return _running(session, user_id, exam_key) if state.reason == "open" else Refusal(state.reason)
    seen = {entry["item_id"] for attempt in earlier for entry in attempt.paper}
    paper = [entry.as_json() for entry in assemble_paper(spec, items, seed, seen)]
    attempt = Attempt(
        user_id=user_id, exam_key=exam_key, exam_version=spec.version, number=len(earlier) + 1, seed=seed, paper=paper,
        started_at=now, deadline_at=now + timedelta(minutes=spec.minutes), cut_score=spec.cut_score,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(attempt)
    except IntegrityError:
        return _running(session, user_id, exam_key)
    return attempt


def _running(session: Session, user_id: int, exam_key: str) -> Attempt | Refusal:
    """The open attempt when it is one of this exam, else the refusal that another exam is open."""
    running = open_attempt(session, user_id)
    return running if running is not None and running.exam_key == exam_key else Refusal("open")


def get_attempt(session: Session, attempt_id: int, user_id: int, is_to_save: bool = False) -> Attempt:
    """An attempt of this person. Raises NotFound, also when it belongs to somebody else.

    `is_to_save` makes a submit at the same moment wait until the answer is stored, so that it is scored.
    """
    attempt = session.get(Attempt, attempt_id, with_for_update={"read": True} if is_to_save else None)
    if attempt is None or attempt.user_id != user_id:
        raise NotFound("This attempt does not exist, or it belongs to another account.")
    return attempt


def latest_responses(session: Session, attempt_id: int) -> dict[int, Response]:
    """The newest saved answer of each position."""
    rows = session.scalars(_newest_of(attempt_id, select(Response))).all()
    return {row.position: row for row in rows if row.position is not None}


def _newest_of(attempt_id: int, statement: Any) -> Any:
    """`statement` over responses, limited to the newest one of each position."""
    newest = (
        select(col(Response.position), func.max(Response.sequence).label("top"))
        .where(Response.attempt_id == attempt_id)
        .group_by(col(Response.position))
        .subquery()
    )
    match = (col(Response.position) == newest.c.position) & (col(Response.sequence) == newest.c.top)
    return statement.join(newest, match).where(Response.attempt_id == attempt_id)


def save_response(
    session: Session, attempt: Attempt, position: int, payload: Payload, is_flagged: bool, sequence: int, now: datetime
) -> int:
    """Append an answer; returns the sequence number that is now the newest.

    Sending the same answer again changes nothing. Raises Conflict when time is over, or when another tab or device has saved
    a different answer with this number or a later one: nothing is overwritten silently.
    """
    if attempt.status != "in_progress":
        raise Conflict("This attempt is closed. The answers that were saved before count; this one was not taken.")
    if is_over(attempt.deadline_at, now):
        raise Conflict(f"Time was over at {attempt.deadline_at:%H:%M:%S} UTC. The answers that were saved before that count.")
    newest = session.execute(_NEWEST, {"attempt_id": attempt.id, "position": position}).first()
    if newest is not None:
        if same_payload(newest.payload, payload) and newest.is_flagged == is_flagged:
            return int(newest.sequence)
        if sequence <= newest.sequence:
            raise Conflict(
                f"A different answer to item {position} was saved at {newest.saved_at:%H:%M:%S} UTC, in another tab or on "
                "another device. That one is kept. Open the item to see it, and change it there if you want."
            )
    if newest is None and not payload and not is_flagged:
        return sequence - 1
    entry = attempt.paper[position - 1]
    values = {
        "user_id": attempt.user_id, "attempt_id": attempt.id, "position": position, "sequence": sequence,
        "item_id": entry["item_id"], "item_version": entry["version"], "presentation": entry["presentation"],
        "payload": payload, "is_flagged": is_flagged, "saved_at": now,
    }  # fmt: skip
    if not insert_new(session, Response, values):  # another request took this number since we looked
        return save_response(session, attempt, position, payload, is_flagged, sequence, now)
    return sequence


_NEWEST = (
    select(col(Response.sequence), col(Response.payload), col(Response.is_flagged), col(Response.saved_at))
    .where(col(Response.attempt_id) == bindparam("attempt_id"), col(Response.position) == bindparam("position"))
    .order_by(col(Response.sequence).desc())
    .limit(1)
)


def claim(session: Session, attempt_id: int, reason: str, now: datetime) -> bool:
    """Close an open attempt; False when somebody was faster. Only the one who claims may score."""
    statement = (
        update(Attempt)
        .where(col(Attempt.id) == attempt_id, col(Attempt.status) == "in_progress")
        .values(status="decided", closed_at=now, close_reason=reason)
    )
    result: Any = session.execute(statement)
    return bool(result.rowcount == 1)


def score_attempt(session: Session, attempt: Attempt, items: Sequence[SomeItem], now: datetime) -> PaperScore:
    """Score the newest answer of each position, store a Score row for each, and write the decision on the attempt."""
    assert attempt.id is not None and attempt.cut_score is not None
    columns = select(col(Response.position), col(Response.id), col(Response.payload))
    answers = {position: (number, payload) for position, number, payload in session.execute(_newest_of(attempt.id, columns))}
    credits, rows = [], []
    for position, item in enumerate(items, 1):
        response_id, payload = answers.get(position, (None, {}))
        score = item.score(payload)
        credits.append(score.value)
        if response_id is not None:
            parts = [part.as_json() for part in score.parts]
            row = {"response_id": response_id, "key_version": item.key_version, "value": score.value}
            rows.append(row | {"parts": parts, "scored_at": now})
    if rows:
        session.execute(insert(Score), rows)
    result = score_paper(credits, [item.skill for item in items], attempt.cut_score)
    attempt.score, attempt.is_passed = result.share, result.is_passed
    attempt.score_low, attempt.score_high = result.interval.low, result.interval.high
    session.flush()
    return result


def scores_of(session: Session, attempt_id: int) -> dict[int, float]:
    """Credit by position as stored; when a key was corrected, the newest score of each response."""
    statement = (
        select(col(Response.position), col(Score.value))
        .join(Score, col(Score.response_id) == col(Response.id))
        .where(Response.attempt_id == attempt_id)
        .order_by(col(Score.id))
    )
    return {row[0]: row[1] for row in session.execute(statement) if row[0] is not None}


def overdue_attempts(session: Session, now: datetime, limit: int = 200) -> list[int]:
    """Ids of open attempts whose deadline and grace have passed."""
    statement = (
        select(col(Attempt.id))
        .where(col(Attempt.status) == "in_progress", col(Attempt.deadline_at) < now - GRACE)
        .order_by(col(Attempt.deadline_at))
        .limit(limit)
    )
    return [attempt_id for attempt_id in session.scalars(statement).all() if attempt_id is not None]

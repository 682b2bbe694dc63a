"""The log of what happened in an attempt: each event carries a hash over itself and the event before it.

Changing, dropping or reordering an event breaks the chain. A saved answer's event holds the digest of the answer, so a
changed answer is found as well. Dropping the newest events is found by the head and length on the attempt, and rewriting
both by the seals: hashes over the heads of closed attempts, chained one to the other, whose newest one operators can copy
to another place. Steps flush; the edge commits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from trainer_academy.assessments.exams.models import Attempt, AttemptEvent, AttemptStatus, LogSeal, Response
from trainer_academy.core.db import id_of

BATCH = 500
LOOK_BACK = timedelta(minutes=10)


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON of a value, in hex."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def answer_digest(payload: dict[str, Any], is_flagged: bool) -> str:
    """What a "saved" event remembers of the answer."""
    return digest([payload, is_flagged])


def event_hash(attempt_id: int, number: int, kind: str, detail: dict[str, Any], at: datetime, previous: str) -> str:
    return digest([attempt_id, number, kind, detail, at.astimezone(UTC).isoformat(timespec="microseconds"), previous])


def append_event(session: Session, attempt: Attempt, kind: str, detail: dict[str, Any], at: datetime) -> None:
    """Add an event and move the attempt's head. The attempt's row must be locked, or not shared yet."""
    number = attempt.log_length + 1
    made = event_hash(id_of(attempt), number, kind, detail, at, attempt.log_head)
    session.add(AttemptEvent(attempt_id=id_of(attempt), number=number, kind=kind, detail=detail, at=at, hash=made))
    attempt.log_head, attempt.log_length = made, number


def events_of(session: Session, attempt_id: int) -> list[AttemptEvent]:
    """The events of an attempt in order."""
    statement = select(AttemptEvent).where(AttemptEvent.attempt_id == attempt_id).order_by(col(AttemptEvent.number))
    return list(session.exec(statement).all())


def find_faults(attempt: Attempt, events: Sequence[AttemptEvent], responses: Sequence[Response]) -> list[str]:
    """What does not fit in the log of one attempt, in words; empty when everything does."""
    faults, head = [], ""
    for place, event in enumerate(events, 1):
        if event.number != place:
            return [f"attempt {id_of(attempt)}: event {place} is missing"]
        head = event_hash(id_of(attempt), place, event.kind, event.detail, event.at, head)
        if head != event.hash:
            return [f"attempt {id_of(attempt)}: event {place} ({event.kind}) or one before it was changed"]
    if (head, len(events)) != (attempt.log_head, attempt.log_length):
        faults.append(f"attempt {id_of(attempt)}: the log ends at event {len(events)}, the attempt says {attempt.log_length}")
    return faults + _answer_faults(id_of(attempt), events, responses)


def _answer_faults(attempt_id: int, events: Sequence[AttemptEvent], responses: Sequence[Response]) -> list[str]:
    logged = {(e.detail["position"], e.detail["sequence"]): e.detail["answer"] for e in events if e.kind == "saved"}
    stored = {(r.position, r.sequence): answer_digest(r.payload, r.is_flagged) for r in responses}
    if not events:  # an attempt from before the log
        return []
    faults = [f"attempt {attempt_id}: the answer to item {p}, save {n}, is gone" for p, n in sorted(set(logged) - set(stored))]
    for place in sorted(stored, key=str):
        if logged.get(place) != stored[place]:
            what = "was changed" if place in logged else "is not in the log"
            faults.append(f"attempt {attempt_id}: the answer to item {place[0]}, save {place[1]}, {what}")
    return faults


def check_logs(session: Session) -> Iterator[tuple[int, list[str]]]:
    """The faults of each attempt, in batches of 500 so that memory stays bounded."""
    last = 0
    while batch := session.exec(select(Attempt).where(col(Attempt.id) > last).order_by(col(Attempt.id)).limit(BATCH)).all():
        ids = [attempt.id for attempt in batch]
        last = ids[-1] or 0
        events: dict[int, list[AttemptEvent]] = {}
        ordered = select(AttemptEvent).where(col(AttemptEvent.attempt_id).in_(ids)).order_by(col(AttemptEvent.number))
        for event in session.exec(ordered).all():
            events.setdefault(event.attempt_id, []).append(event)
        responses: dict[int, list[Response]] = {}
        for response in session.exec(select(Response).where(col(Response.attempt_id).in_(ids))).all():
            responses.setdefault(response.attempt_id or 0, []).append(response)
        for attempt in batch:
            yield id_of(attempt), find_faults(attempt, events.get(id_of(attempt), []), responses.get(id_of(attempt), []))
        session.expunge_all()


def seal_closed(session: Session, now: datetime) -> LogSeal | None:
    """Chain the heads that changed since the last seal; None when there is nothing new. The caller holds the write lock.

    An event may be committed a little later than its time says, so each seal looks back ten minutes further than the last.
    """
    newest = newest_seal(session)
    since = newest.sealed_at - LOOK_BACK if newest else datetime.min.replace(tzinfo=UTC)
    changed = (
        select(col(AttemptEvent.attempt_id))
        .join(Attempt, col(Attempt.id) == col(AttemptEvent.attempt_id))
        .where(col(AttemptEvent.at) > since, col(Attempt.status) != AttemptStatus.IN_PROGRESS)
        .distinct()
    )
    columns = select(col(Attempt.id), col(Attempt.log_length), col(Attempt.log_head)).where(col(Attempt.id).in_(changed))
    recent = session.exec(select(LogSeal).where(col(LogSeal.sealed_at) > since)).all()
    known = {tuple(head) for seal in recent for head in seal.heads}
    heads = [list(row) for row in session.execute(columns.order_by(col(Attempt.id))).all() if tuple(row) not in known]
    if not heads:
        return None
    previous = newest.hash if newest else ""
    seal = LogSeal(heads=heads, hash=digest([previous, heads, _moment(now)]), sealed_at=now)
    session.add(seal)
    session.flush()
    return seal


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def check_seals(session: Session, expected: str = "") -> list[str]:
    """Faults of the chain of seals, in words. `expected` is a seal that was copied elsewhere and must still be there."""
    faults, previous, is_found = [], "", not expected
    for seal in session.exec(select(LogSeal).order_by(col(LogSeal.id))).all():
        if digest([previous, seal.heads, _moment(seal.sealed_at)]) != seal.hash:
            return [f"seal {seal.id} of {seal.sealed_at:%Y-%m-%d %H:%M} UTC, or one before it, was changed"]
        previous = seal.hash
        is_found = is_found or seal.hash == expected
        faults += _sealed_faults(session, seal)
    if not is_found:
        faults.append(f"the seal {expected[:16]} is not in the chain any more")
    return faults


def _sealed_faults(session: Session, seal: LogSeal) -> list[str]:
    """Sealed heads must still be events of their attempts."""
    faults = []
    for start in range(0, len(seal.heads), BATCH):
        heads = seal.heads[start : start + BATCH]
        columns = select(col(AttemptEvent.attempt_id), col(AttemptEvent.number), col(AttemptEvent.hash))
        rows = session.execute(columns.where(col(AttemptEvent.attempt_id).in_([head[0] for head in heads]))).all()
        found = {tuple(row) for row in rows}
        gone = [head[0] for head in heads if tuple(head) not in found]
        faults += [f"seal {seal.id}: the sealed log of attempt {number} was rewritten or deleted" for number in gone]
    return faults


def newest_seal(session: Session) -> LogSeal | None:
    """The last seal; its hash is what an operator copies to another place."""
    return session.exec(select(LogSeal).order_by(col(LogSeal.id).desc()).limit(1)).first()

"""A person's evaluator card from stored answers, and the consent to show it. Steps flush.

The number of statements does not grow with the number of attempts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import current_items
from trainer_academy.assessments.exams.deciding import is_counted
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Response
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.exams.scoring import WITH_SCORE
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.measurement.cards.card import Answer, Card, Repeat, make_card
from trainer_academy.measurement.cards.models import CardConsent

# (attempt id, position) to the newest saved answer and its seconds.
Saved = Mapping[tuple[int, int], tuple[dict[str, Any], int | None]]


def load_card(session: Session, store: ItemStore, user_id: int) -> Card:
    """From all decided attempts at exams that count and whose score is given; mock exams and practice are left out."""
    real = list(store.counting_exams)
    statement = (
        select(Attempt)
        .where(Attempt.user_id == user_id, Attempt.status == AttemptStatus.DECIDED, col(Attempt.exam_key).in_(real))
        .where(col(Attempt.released).in_(WITH_SCORE))
    )
    attempts = session.exec(statement.order_by(col(Attempt.id))).all()
    pairs = sorted({entry.pair for attempt in attempts for entry in attempt.paper})
    items = dict(zip(pairs, current_items(session, store, pairs), strict=True))
    saved = _saved(session, [attempt.id for attempt in attempts if attempt.id is not None])
    answers: dict[str, Answer] = {}
    repeats: list[Repeat] = []
    for attempt in attempts:
        placed = [(entry, items[entry.pair]) for entry in attempt.paper]
        own = [saved.get((id_of(attempt), place), ({}, None)) for place in range(1, len(placed) + 1)]
        for (entry, item), (payload, seconds) in zip(placed, own, strict=True):
            if is_counted(entry, item) and item.id not in answers:
                answers[item.id] = Answer(item, payload, item.score(payload).value, seconds, entry.presentation)
        repeats += _repeats(placed, own)
    return make_card(list(answers.values()), repeats)


def _saved(session: Session, attempt_ids: Sequence[int]) -> Saved:
    if not attempt_ids:
        return {}
    columns = select(col(Response.attempt_id), col(Response.position), col(Response.payload), col(Response.seconds))
    rows = session.execute(columns.where(col(Response.attempt_id).in_(attempt_ids)).order_by(col(Response.sequence)))
    found: dict[tuple[int, int], tuple[dict[str, Any], int | None]] = {}
    for attempt_id, position, payload, seconds in rows:
        # The browser counts from the beginning of each visit: the longest visit is what is known to be spent at least.
        spent = max(found.get((attempt_id, position), ({}, None))[1] or 0, seconds or 0)
        found[attempt_id, position] = (payload, spent or None)
    return found


def _repeats(placed: Sequence[tuple[PaperEntry, SomeItem]], own: Sequence[tuple[dict[str, Any], int | None]]) -> list[Repeat]:
    """Second showings beside the first one of the same item; both must be answered in full."""
    first: dict[str, tuple[PaperEntry, dict[str, Any]]] = {}
    found = []
    for (entry, item), (payload, _) in zip(placed, own, strict=True):
        if not entry.is_repeat:
            first[item.id] = (entry, payload)
            continue
        earlier = first.get(item.id)
        if earlier is not None and item.is_complete(payload) and item.is_complete(earlier[1]):
            is_swapped = bool(entry.presentation.get("swapped")) != bool(earlier[0].presentation.get("swapped"))
            found.append(Repeat(item, earlier[1], payload, is_swapped))
    return found


def is_shown_to_clients(session: Session, user_id: int) -> bool:
    """True when the person's newest decision lets clients see the card; without a decision nobody sees it."""
    newest = select(col(CardConsent.is_shown_to_clients)).where(CardConsent.user_id == user_id)
    return bool(session.scalar(newest.order_by(col(CardConsent.id).desc()).limit(1)))


def decide_consent(session: Session, user_id: int, is_shown: bool, now: datetime) -> None:
    """Store the person's decision; nothing is stored when it is the one that counts already."""
    if is_shown_to_clients(session, user_id) == is_shown:
        return
    session.add(CardConsent(user_id=user_id, is_shown_to_clients=is_shown, decided_at=now))
    record(session, user_id, "card_shown" if is_shown else "card_hidden", "user", user_id, now)
    session.flush()

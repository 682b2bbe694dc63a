"""Made-up first attempts of made-up people at a real exam: what calibration, item analysis and export read.

Abilities are normal, items follow the two-parameter logistic or the partial credit model, all from a seed.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, func, select

from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.models import Attempt, Response, Score
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.measurement.calibrations.stored import drawn_items
from trainer_academy.psychometrics.response_model import ItemParameters, probabilities

EXAM = "evaluating-responses"
BEGIN = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
PAYLOAD = {"made": "up"}


@dataclass(frozen=True)
class Group:
    """How the people and items of a run of attempts are made."""

    people: int
    seed: int = 1
    items: int = 20
    share: float = 1.0
    mean: float = 0.0
    unreached: int = 0  # of each paper so many positions at the end were never answered


def truth_of(items: Sequence[SomeItem], seed: int) -> dict[str, ItemParameters]:
    """Parameters that do not depend on which other items there are."""
    found = {}
    for item in items:
        rng = random.Random(f"{seed}/{item.id}")
        slope, middle = rng.lognormvariate(0, 0.25), rng.gauss(0, 0.8)
        is_binary = item.kind in ("choice", "steps")
        found[item.id] = ItemParameters(slope, (middle,) if is_binary else (middle - 0.5, middle + 0.5))
    return found


def some_items(store: ItemStore, count: int, exam_key: str = EXAM) -> list[SomeItem]:
    """Items of several kinds that the exam draws, the same ones each time."""
    drawn = sorted(drawn_items(store, exam_key, store.banks[store.exams[exam_key].bank].items.values()), key=lambda i: i.id)
    random.Random(7).shuffle(drawn)
    return drawn[:count]


def add_attempts(
    session: Session, store: ItemStore, group: Group, exam_key: str = EXAM, truth: Mapping[str, ItemParameters] | None = None
) -> dict[str, ItemParameters]:
    """Add decided first attempts; the parameters that answers were drawn from."""
    items = some_items(store, group.items, exam_key)
    known = dict(truth or truth_of(items, 3))
    rng = random.Random(group.seed)
    first_user, first_attempt, first_response = (_next_id(session, model) for model in (User, Attempt, Response))
    users, attempts, responses, scores = [], [], [], []
    for number in range(group.people):
        at = BEGIN + timedelta(minutes=number)
        user_id, attempt_id = first_user + number, first_attempt + number
        users.append(_user(user_id, group.seed, at))
        paper = [item for item in items if rng.random() < group.share]
        rng.shuffle(paper)
        ability, credits = rng.gauss(group.mean, 1), []
        for position, item in enumerate(paper, 1):
            if position > len(paper) - group.unreached:
                continue
            chances = probabilities(known[item.id], ability)
            level = rng.choices(range(len(chances)), chances)[0]
            credits.append(level / known[item.id].top)
            response_id = first_response + len(responses)
            responses.append(_response(response_id, user_id, attempt_id, position, item, at))
            scores.append(
                {
                    "response_id": response_id,
                    "key_version": item.key_version,
                    "scoring": SCORING,
                    "value": credits[-1],
                    "parts": [],
                    "scored_at": at,
                }
            )
        attempts.append(_attempt(attempt_id, user_id, exam_key, paper, sum(credits) / max(1, len(paper)), at))
    for model, rows in ((User, users), (Attempt, attempts), (Response, responses), (Score, scores)):
        session.execute(insert(model), rows)
    _move_sequences(session)
    return known


def _next_id(session: Session, model: Any) -> int:
    return (session.scalar(select(func.max(model.id))) or 0) + 1


def _user(user_id: int, seed: int, at: datetime) -> dict[str, Any]:
    return {
        "id": user_id,
        "login": f"made-up-{seed}-{user_id}@example.org",
        "name": f"=Made Up {user_id}",
        "password_hash": "x",
        "locale": "en",
        "theme": "auto",
        "is_active": True,
        "is_demo": True,
        "created_at": at,
        "password_changed_at": at,
    }


def _attempt(
    attempt_id: int, user_id: int, exam_key: str, paper: Sequence[SomeItem], score: float, at: datetime
) -> dict[str, Any]:
    entries = [PaperEntry(item.id, item.version, item.skill, {}) for item in paper]
    return {
        "id": attempt_id,
        "user_id": user_id,
        "exam_key": exam_key,
        "exam_version": "2026.11",
        "number": 1,
        "seed": attempt_id,
        "paper": entries,
        "status": "decided",
        "started_at": at,
        "deadline_at": at + timedelta(hours=1),
        "closed_at": at + timedelta(minutes=40),
        "close_reason": "submitted",
        "score": score,
        "score_low": 0.0,
        "score_high": 1.0,
        "cut_score": 0.6,
        "is_passed": score >= 0.6,
        "scoring": SCORING,
    }


def _response(response_id: int, user_id: int, attempt_id: int, position: int, item: SomeItem, at: datetime) -> dict[str, Any]:
    return {
        "id": response_id,
        "user_id": user_id,
        "attempt_id": attempt_id,
        "position": position,
        "sequence": 1,
        "item_id": item.id,
        "item_version": item.version,
        "presentation": {},
        "payload": PAYLOAD,
        "seconds": 30 + position,
        "saved_at": at,
    }


def _move_sequences(session: Session) -> None:
    """PostgreSQL counts on from where it was when ids are given; SQLite does not."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for model in (User, Attempt, Response):
        largest = session.scalar(select(func.max(model.id)))
        session.execute(select(func.setval(func.pg_get_serial_sequence(model.__tablename__, "id"), largest)))

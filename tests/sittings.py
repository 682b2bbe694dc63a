"""A made-up bank of choice items, an exam over it, and decided attempts written straight into the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.schema import BankFile, ExamSpec
from trainer_academy.assessments.bank.store import Bank, ItemStore, parse_item
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.assessments.exams.deciding import score_position
from trainer_academy.assessments.exams.models import Attempt, Response, Score
from trainer_academy.assessments.exams.paper import read_paper
from trainer_academy.assessments.items.scoring import SCORING

EXAM = "made-up"
BANK = "made-up-bank"
THEN = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
CUT = 0.6
LETTERS = "abcd"
SOURCE = """---
id: {item_id}
title: A made-up item {item_id}
kind: choice
skill: facts
difficulty: 2
domain: daily
traps: []
status: active
lesson: 01-first
guideline: ["3.1"]
key:
  basis: judgement
  correct: [{right}]
---
## Question
{question}

## Option a
One

## Option b
Two

## Option c
Three

## Option d
Four

## Why
This item is made up for a test, and its key is as right as any other one.
"""


def source_of(item_id: str, right: str = "a", question: str = "") -> str:
    """The file of a made-up choice item."""
    return SOURCE.format(item_id=item_id, right=right, question=question or f"Which option does {item_id} ask for?")


def make_store(sources: Mapping[str, str], length: int) -> ItemStore:
    """A store of one bank with these items, and one exam that draws `length` of them."""
    items = {item_id: parse_item(source, item_id, BANK) for item_id, source in sources.items()}
    spec = ExamSpec.model_validate(
        {
            "title": "A made-up exam",
            "version": "1",
            "course": "evaluating-responses",
            "bank": BANK,
            "minutes": 60,
            "cut_score": CUT,
            "cut_basis": "Made up for a test of the software.",
            "attempts": 3,
            "window_days": 30,
            "cooldown_hours": 0,
            "draw": [{"skill": "facts", "kind": "choice", "count": length}],
        }
    )
    file = BankFile(title="Made-up items", course="evaluating-responses", purpose="exam")
    bank = Bank(BANK, file, MappingProxyType(dict(items)))
    return ItemStore({BANK: bank}, {EXAM: spec}, {}, MappingProxyType(dict(items)), dict(sources))


def item_ids(count: int) -> list[str]:
    return [f"item-{number:03}" for number in range(1, count + 1)]


def plain_store(count: int, length: int | None = None) -> ItemStore:
    """`count` items, all with the key a."""
    return make_store({item_id: source_of(item_id) for item_id in item_ids(count)}, length or min(60, count))


@dataclass(frozen=True)
class Written:
    """One attempt: item id to (chosen letter, "" for no answer; seconds), in the order of the paper."""

    answers: Mapping[str, tuple[str, int | None]]
    number: int = 1
    status: str = "decided"
    exam_key: str = EXAM
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # item id to more fields of its entry of the paper
    person: int | None = None
    started_at: datetime = THEN


def write_people(session: Session, numbers: Iterable[int]) -> list[int]:
    rows = [
        {
            "login": f"sitter{number}@example.org",
            "name": f"Sitter {number}",
            "password_hash": "!",
            "locale": "en",
            "theme": "auto",
            "is_active": True,
            "is_demo": False,
            "created_at": THEN,
            "password_changed_at": THEN,
        }
        for number in numbers
    ]
    return list(session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), rows))  # type: ignore[call-overload]


def write_sittings(session: Session, store: ItemStore, written: Sequence[Written], first: int = 0) -> list[int]:
    """Write the attempts with their answers and scores; their ids. `first` numbers the people that are made for them."""
    store_versions(session, store, THEN)
    new = [number for number, one in enumerate(written, first) if one.person is None]
    made = iter(write_people(session, new) if new else [])
    people = [next(made) if one.person is None else one.person for one in written]
    attempts = [_attempt(user_id, store, one) for user_id, one in zip(people, written, strict=True)]
    ids = list(session.scalars(insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True), attempts))  # type: ignore[call-overload]
    rows = [
        row
        for attempt_id, user_id, one in zip(ids, people, written, strict=True)
        for row in _answers(attempt_id, user_id, store, one)
    ]
    if rows:
        answers = [answer for answer, _ in rows]
        numbers = list(session.scalars(insert(Response).returning(Response.id, sort_by_parameter_order=True), answers))  # type: ignore[call-overload]
        session.execute(
            insert(Score), [score | {"response_id": number} for number, (_, score) in zip(numbers, rows, strict=True)]
        )
    session.flush()
    return ids


def _attempt(user_id: int, store: ItemStore, written: Written) -> dict[str, Any]:
    entries = []
    for item_id in written.answers:
        item = store.items[item_id]
        entry = {"item_id": item_id, "version": item.version, "skill": item.skill, "presentation": {"order": list(LETTERS)}}
        entries.append(entry | dict(written.marks.get(item_id, {})))
    counted = [entry["item_id"] for entry in entries if not entry.get("is_pilot")]
    right = sum(written.answers[item_id][0] in store.items[item_id].key.correct for item_id in counted)  # type: ignore[union-attr]
    share = right / len(counted)
    ends_at = written.started_at + timedelta(minutes=40)
    return {
        "user_id": user_id,
        "exam_key": written.exam_key,
        "exam_version": "1",
        "number": written.number,
        "seed": 1,
        "paper": read_paper(entries),
        "status": written.status,
        "started_at": written.started_at,
        "deadline_at": ends_at,
        "closed_at": ends_at,
        "close_reason": "submitted",
        "score": share,
        "score_low": 0.0,
        "score_high": 1.0,
        "cut_score": CUT,
        "is_passed": share >= CUT,
        "scoring": SCORING,
    }


def _answers(attempt_id: int, user_id: int, store: ItemStore, written: Written) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    rows = []
    for position, (item_id, (letter, seconds)) in enumerate(written.answers.items(), 1):
        if not letter:
            continue
        item, payload = store.items[item_id], {"selected": [letter]}
        score, key_version = score_position(item, payload, SCORING, None, "", False)
        assert score is not None
        row = {
            "user_id": user_id,
            "attempt_id": attempt_id,
            "position": position,
            "sequence": 1,
            "item_id": item_id,
            "item_version": item.version,
            "presentation": {"order": list(LETTERS)},
            "payload": payload,
            "is_flagged": False,
            "seconds": seconds,
            "saved_at": written.started_at + timedelta(minutes=position),
        }
        rows.append(
            (row, {"key_version": key_version, "scoring": SCORING, "value": score.value, "parts": [], "scored_at": THEN})
        )
    return rows

"""Many decided attempts, written straight into the tables: for rescoring and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.models import Correction
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.corrections.steps import approve, propose_key
from trainer_academy.assessments.corrections.votes import key_from_answer
from trainer_academy.assessments.exams.models import Attempt, Decision, Response, Score
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.psychometrics.intervals import wilson_interval

EXAM = "evaluating-responses"
THEN = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
ITEMS = 8
CUT = 0.78
BATCH = 500


@dataclass(frozen=True)
class Written:
    """What one attempt answers: an option of the item in question ("" for none), and how many of the other seven are right."""

    letter: str
    right: int


def items_of(store: ItemStore) -> list[ChoiceItem]:
    """Eight items of the exam's bank with one right option; the first is the one to correct."""
    bank = store.banks[store.exams[EXAM].bank].items.values()
    found = sorted((i for i in bank if isinstance(i, ChoiceItem) and i.select == "one"), key=lambda item: item.id)
    assert len(found) >= ITEMS
    return found[:ITEMS]


def answers_of(item: ChoiceItem, number: int) -> Written:
    """The key, the letter that will be the key, a third letter, or nothing, in turn; mostly far from the pass mark."""
    key = item.key.correct[0]
    others = [letter for letter in item.options if letter != key]
    letter = (key, others[0], others[1], "", key, key, others[0])[number % 7]
    # 6 of 8 is below the pass mark of .78, 7 of 8 above: one attempt in twenty stands where one item decides.
    return Written(letter, 6 if number % 20 < 2 else 7 if number % 3 else 3)


def expected_share(written: Written, right_letter: str) -> float:
    return (written.right + (written.letter == right_letter)) / ITEMS


def store_papers(session: Session, store: ItemStore, count: int) -> int:
    """Write `count` people with one decided attempt each; the id of the first attempt."""
    items = items_of(store)
    first: int | None = None
    for start in range(0, count, BATCH):
        numbers = range(start, min(count, start + BATCH))
        first = _store_batch(session, items, numbers) if first is None else (_store_batch(session, items, numbers), first)[1]
        session.commit()
    assert first is not None
    return first


def _store_batch(session: Session, items: Sequence[ChoiceItem], numbers: range) -> int:
    people = [
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
    user_ids = list(session.scalars(insert(User).returning(User.id, sort_by_parameter_order=True), people))  # type: ignore[call-overload]
    written = [answers_of(items[0], number) for number in numbers]
    attempts = [_attempt(user_id, items, one) for user_id, one in zip(user_ids, written, strict=True)]
    ids = list(session.scalars(insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True), attempts))  # type: ignore[call-overload]
    session.execute(insert(Decision), [_decision(attempt_id, row) for attempt_id, row in zip(ids, attempts, strict=True)])
    answers = [
        answer
        for user_id, attempt_id, one in zip(user_ids, ids, written, strict=True)
        for answer in _answers(user_id, attempt_id, items, one)
    ]
    rows = [{name: value for name, value in answer.items() if name != "credit"} for answer in answers]
    numbers_of = list(session.scalars(insert(Response).returning(Response.id, sort_by_parameter_order=True), rows))  # type: ignore[call-overload]
    versions = {item.id: item.key_version for item in items}
    scores = [
        {
            "response_id": response_id,
            "key_version": versions[answer["item_id"]],
            "scoring": SCORING,
            "value": answer["credit"],
            "parts": [{"name": "choice", "credit": answer["credit"], "weight": 1.0}],
            "scored_at": THEN,
        }
        for response_id, answer in zip(numbers_of, answers, strict=True)
    ]
    session.execute(insert(Score), scores)
    return int(ids[0])


def _attempt(user_id: int, items: Sequence[ChoiceItem], written: Written) -> dict[str, Any]:
    share = expected_share(written, items[0].key.correct[0])
    interval = wilson_interval(share, ITEMS)
    paper = [PaperEntry(item.id, item.version, item.skill, {"order": list(item.options)}) for item in items]
    return {
        "user_id": user_id,
        "exam_key": EXAM,
        "exam_version": "2026.11",
        "number": 1,
        "seed": 1,
        "paper": paper,
        "status": "decided",
        "started_at": THEN,
        "deadline_at": THEN,
        "closed_at": THEN,
        "close_reason": "submitted",
        "score": share,
        "score_low": interval.low,
        "score_high": interval.high,
        "cut_score": CUT,
        "is_passed": share >= CUT,
        "scoring": SCORING,
    }


def _decision(attempt_id: int, row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("score", "score_low", "score_high", "cut_score", "is_passed", "scoring")}
    return kept | {"attempt_id": attempt_id, "reason": "submitted", "item_count": ITEMS, "is_kept": False, "decided_at": THEN}


def _answers(user_id: int, attempt_id: int, items: Sequence[ChoiceItem], written: Written) -> list[dict[str, Any]]:
    found = []
    for position, item in enumerate(items, 1):
        key = item.key.correct[0]
        letter = written.letter if position == 1 else key if position - 1 <= written.right else _wrong(item)
        if not letter:
            continue
        row = {
            "user_id": user_id,
            "attempt_id": attempt_id,
            "position": position,
            "sequence": 1,
            "item_id": item.id,
            "item_version": item.version,
            "presentation": {"order": list(item.options)},
            "payload": {"selected": [letter]},
            "is_flagged": False,
            "saved_at": THEN,
            "credit": float(letter == key),
        }
        found.append(row)
    return found


def _wrong(item: ChoiceItem) -> str:
    return next(letter for letter in item.options if letter not in item.key.correct)


def correct_first(session: Session, store: ItemStore, first_author: int, second_author: int) -> Correction:
    """Put another key of the first item in force."""
    item = items_of(store)[0]
    made = propose_key(
        session, store, item, key_from_answer(item, {"selected": [_wrong(item)]}), "A test of the run.", first_author, THEN
    )
    assert isinstance(made, Correction)
    refused = approve(session, store, made, second_author, "A test of the run.", THEN)
    assert refused is None
    return made

"""Sequential exams in tests: a made-up calibration of the exam's bank, adopted, so that the exam decides by it."""

from __future__ import annotations

import random
from typing import Any

from flask import Flask

from tests.functional.assessments.exams.exam_answers import right_form
from tests.visitor import Visitor
from trainer_academy.accounts import people
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.assembly import assemble_paper
from trainer_academy.assessments.exams.models import Attempt, CalibrationAdoption, StoredCalibration, StoredItem
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.web.context import get

EXAM = "evaluating-responses"
BANK = "evaluating-exam"
RIGHT_OR_WRONG = ("choice", "steps")


def adopt_calibration(app: Flask, items: int | None = None, answers: int = 150, seed: int = 1) -> int:
    """Store and adopt made-up parameters for `items` of the bank, a whole paper first (all by default); its id."""
    with app.app_context():
        return adopt_for(get(Database), get(ItemStore), items, answers, seed)


def adopt_for(database: Database, store: ItemStore, items: int | None = None, answers: int = 150, seed: int = 1) -> int:
    """The same, for a database and a store."""
    rng, now = random.Random(seed), utc_now()
    with database.writing() as session:
        maker = people.create_user(session, f"maker{seed}@example.org", "Made Up", "!", now)
        paper = {entry.item_id for entry in assemble_paper(store.exams[EXAM], store.banks[BANK].items.values(), seed)}
        known = [item for item in store.banks[BANK].items.values() if not item.is_rated]
        bank = sorted(known, key=lambda item: (item.id not in paper, item.id))[:items]
        row = StoredCalibration(
            exam_key=EXAM,
            number=seed,
            persons=400,
            answers=answers * len(bank),
            cycles=9,
            is_converged=True,
            priors={},
            data_digest="0" * 64,
            software="made up for a test",
            made_at=now,
        )
        session.add(row)
        session.flush()
        assert row.id is not None and maker.id is not None
        for item in bank:
            levels = 2 if item.kind in RIGHT_OR_WRONG else 4
            steps = sorted(rng.gauss(-0.8, 0.7) for _ in range(levels - 1))
            values = {"calibration_id": row.id, "item_id": item.id, "key_version": item.key_version, "levels": levels}
            session.add(StoredItem(**values, slope=rng.uniform(0.7, 1.5), steps=steps, answers=answers))
        session.add(
            CalibrationAdoption(
                exam_key=EXAM, calibration_id=row.id, adopted_by=maker.id, reason="A test adopts it.", adopted_at=now
            )
        )
        session.commit()
        return row.id


def attempt_of(app: Flask, attempt_id: int) -> Attempt:
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        session.expunge(attempt)
        return attempt


def wrong_form(app: Flask, attempt_id: int, position: int) -> dict[str, Any]:
    """A complete answer that earns little: what the key says, turned round."""
    right = right_form(app, attempt_id, position)
    entry = attempt_of(app, attempt_id).paper[position - 1]
    with app.app_context():
        item = get(ItemStore).items[entry.item_id]
    if item.kind == "choice":
        wrong = [letter for letter in item.options if letter not in item.key.correct]
        chosen = wrong[:1] if item.select == "one" else wrong
        return item.form_values({"selected": chosen}, entry.presentation)
    if item.kind == "pairwise":
        turned = {name: {"a": "b", "b": "a"}.get(str(value), value) for name, value in right.items()}
        return turned | {"overall": str(-int(right["overall"]))} if int(right["overall"]) else turned | {"overall": "3"}
    return right


def hand_in(visitor: Visitor, app: Flask, attempt_id: int, is_right: bool = True, **values: Any) -> Any:
    """Answer the open item and hand it in; the page that follows."""
    position = len(attempt_of(app, attempt_id).paper)
    form = right_form(app, attempt_id, position) if is_right else wrong_form(app, attempt_id, position)
    return visitor.answer(attempt_id, position, form | values)


def sit_to_the_end(visitor: Visitor, app: Flask, attempt_id: int, share: float = 1.0, seed: int = 3) -> Attempt:
    """Answer right with probability `share` until the exam ends by itself."""
    rng = random.Random(seed)
    for _ in range(200):
        attempt = attempt_of(app, attempt_id)
        if attempt.status != "in_progress":
            return attempt
        response = hand_in(visitor, app, attempt_id, rng.random() < share)
        assert response.status_code == 200, response.text[:500]
    raise AssertionError("the exam did not end")

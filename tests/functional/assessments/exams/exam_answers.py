"""Answers for exam papers in tests: the key, put into the form as it is shown to this person."""

from __future__ import annotations

from typing import Any

from flask import Flask

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.corrections.rescoring import shown_once
from trainer_academy.assessments.exams.attempts import save_response
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.web.context import get


def right_form(app: Flask, attempt_id: int, position: int) -> dict[str, Any]:
    """The form values that answer this position as the key says."""
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        entry = attempt.paper[position - 1]
        item = get(ItemStore).items[entry.item_id]
        values = item.form_values(item.perfect(), entry.presentation)
    return {name: str(value) if isinstance(value, int) else value for name, value in values.items()}


def paper_length(app: Flask, attempt_id: int) -> int:
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        return len(attempt.paper)


def counted_length(app: Flask, attempt_id: int) -> int:
    """How many positions of a paper are scored: not the second showings, not the pilot items."""
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        return shown_once(attempt.paper)


def place_among_counted(app: Flask, attempt_id: int, position: int) -> int:
    """The how many-th scored position this one is."""
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        return shown_once(attempt.paper[:position])


def fill_paper(app: Flask, attempt_id: int, right: int | None = None) -> None:
    """Save right answers up to the scored position number `right` (everywhere by default) through the real step."""
    with app.app_context(), get(Database).writing() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        for position, entry in enumerate(attempt.paper, 1):
            if right is not None and shown_once(attempt.paper[:position]) > right:
                break
            item = get(ItemStore).items[entry.item_id]
            save_response(session, attempt, position, item.perfect(), False, 1, utc_now())
        session.commit()

"""What an operator may look at: signs recorded in attempts. The page says that none of them decides anything."""

from __future__ import annotations

import json

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts.models import User
from trainer_academy.assessments.attempt_log import events_of, find_faults
from trainer_academy.assessments.attempts import all_responses, latest_responses, newest_decided
from trainer_academy.assessments.bank import ItemStore, stem_text
from trainer_academy.assessments.deciding import stored_credits
from trainer_academy.assessments.exam_lookup import find_exam
from trainer_academy.assessments.integrity import WrongAnswers, count_signs, rapid_threshold, same_wrong_pairs
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.models import Attempt, Response
from trainer_academy.core.errors import NotFound
from trainer_academy.web.access import OPERATOR, allow
from trainer_academy.web.context import db, get
from trainer_academy.workflows.certification import paper_items

bp = Blueprint("integrity", __name__)
COMPARED = 200  # the newest attempts of an exam; 200 make 19,900 pairs


@bp.get("/operate/exams")
@allow(OPERATOR)
def exams() -> ResponseReturnValue:
    return render_template("operate/exams.html", exams=get(ItemStore).exams)


@bp.get("/operate/exams/<exam_key>")
@allow(OPERATOR)
def exam(exam_key: str) -> ResponseReturnValue:
    """The newest attempts with their signs, and the pairs with the same wrong answers."""
    spec = find_exam(get(ItemStore), exam_key)
    attempts = newest_decided(db(), exam_key, COMPARED)
    compared = [_wrong_answers(attempt) for attempt in attempts]
    return render_template(
        "operate/exam.html", key=exam_key, spec=spec, attempts=attempts,
        pairs=same_wrong_pairs(compared)[:50], limit=COMPARED,
    )  # fmt: skip


def _wrong_answers(attempt: Attempt) -> WrongAnswers:
    assert attempt.id is not None
    items = paper_items(db(), get(ItemStore), attempt)
    credits, responses = stored_credits(db(), attempt, items), latest_responses(db(), attempt.id)
    wrong = {
        item.id: json.dumps(_judgement(responses[place].payload), sort_keys=True)
        for place, (item, credit) in enumerate(zip(items, credits, strict=True), 1)
        if credit is not None and credit < 1 and place in responses and responses[place].payload
    }
    return WrongAnswers(attempt.id, frozenset(item.id for item in items), wrong)


def _judgement(payload: dict[str, object]) -> dict[str, object]:
    """An answer without what two people would never write alike."""
    return {name: value for name, value in payload.items() if name not in ("reason", "confidence", "text")}


@bp.get("/operate/attempts/<int:attempt_id>")
@allow(OPERATOR)
def attempt(attempt_id: int) -> ResponseReturnValue:
    """One attempt: its events, fast answers, and whether its log is whole."""
    found = db().get(Attempt, attempt_id)
    if found is None:
        raise NotFound(_("There is no such attempt."))
    items, events = paper_items(db(), get(ItemStore), found), events_of(db(), attempt_id)
    responses = latest_responses(db(), attempt_id)
    return render_template(
        "operate/attempt.html", attempt=found, person=db().get(User, found.user_id), events=events,
        signs=count_signs([(event.kind, event.detail) for event in events]), fast=_fast_answers(items, responses),
        faults=find_faults(found, events, all_responses(db(), attempt_id)), spec=get(ItemStore).exams[found.exam_key],
    )  # fmt: skip


def _fast_answers(items: list[SomeItem], responses: dict[int, Response]) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = []
    for place, item in enumerate(items, 1):
        response = responses.get(place)
        limit = rapid_threshold(len(stem_text(item).split()))
        if response is not None and response.seconds is not None and response.seconds < limit:
            rows.append({"position": place, "seconds": response.seconds, "limit": round(limit)})
    return rows

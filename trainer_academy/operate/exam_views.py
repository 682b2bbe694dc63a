"""What an operator may look at: signs recorded in attempts. The page says that none of them decides anything."""

from __future__ import annotations

import json

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts.models import User
from trainer_academy.accounts.people import names_of
from trainer_academy.assessments.bank.lookup import find_exam
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams import holds
from trainer_academy.assessments.exams.attempts import all_responses, items_today, latest_responses, newest_decided
from trainer_academy.assessments.exams.deciding import stored_credits
from trainer_academy.assessments.exams.integrity import WrongAnswers, count_signs, rapid_threshold, same_wrong_pairs
from trainer_academy.assessments.exams.log import events_of, find_faults
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Hold, Response
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import NotFound
from trainer_academy.operate.forms import OUTCOMES, HoldForm
from trainer_academy.web.access import OPERATOR, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.workflows.certification import Services, give_attempt_back, settle

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
        "operate/exam.html", key=exam_key, spec=spec, attempts=attempts, pairs=same_wrong_pairs(compared)[:50], limit=COMPARED
    )


def _wrong_answers(attempt: Attempt) -> WrongAnswers:
    items = items_today(db(), get(ItemStore), attempt)
    credits, responses = stored_credits(db(), attempt, items), latest_responses(db(), id_of(attempt))
    wrong = {
        item.id: json.dumps(_judgement(responses[place].payload), sort_keys=True)
        for place, (item, credit) in enumerate(zip(items, credits, strict=True), 1)
        if credit is not None and credit < 1 and place in responses and responses[place].payload
    }
    return WrongAnswers(id_of(attempt), frozenset(item.id for item in items), wrong)


def _judgement(payload: dict[str, object]) -> dict[str, object]:
    """An answer without what two people would never write alike."""
    return {name: value for name, value in payload.items() if name not in ("reason", "confidence", "text")}


@bp.get("/operate/held")
@allow(OPERATOR)
def held() -> ResponseReturnValue:
    """The attempts that wait for a decision whether they count."""
    waiting = holds.held_attempts(db())
    names = names_of(db(), {found.user_id for found in waiting})
    return render_template("operate/held.html", waiting=waiting, names=names, exams=get(ItemStore).exams)


def _find(attempt_id: int, is_to_save: bool = False) -> Attempt:
    found = db().get(Attempt, attempt_id, with_for_update=is_to_save or None, populate_existing=is_to_save)
    if found is None:
        raise NotFound("attempt.unknown_to_operator")
    return found


@bp.get("/operate/attempts/<int:attempt_id>")
@allow(OPERATOR)
def attempt(attempt_id: int) -> ResponseReturnValue:
    """One attempt: its events, fast answers, and whether its log is whole."""
    return _attempt_page(_find(attempt_id), HoldForm(formdata=None))


@bp.post("/operate/attempts/<int:attempt_id>/decide")
@allow(OPERATOR)
def decide(attempt_id: int) -> ResponseReturnValue:
    """Decide whether a held attempt counts, or give an attempt back that a fault of ours disturbed."""
    found, form = _find(attempt_id, is_to_save=True), HoldForm()
    if not form.validate():
        return _attempt_page(found, form), 400
    note = form.note.data or ""
    if form.outcome.data == "back":
        give_attempt_back(db(), get(Services), found, note, me().id, now())
    else:
        settle(db(), get(Services), found, form.outcome.data == "counts", note, me().id, now())
    db().commit()
    flash(_("Decided. The person has a message with the reason."))
    return redirect(url_for("integrity.attempt", attempt_id=attempt_id))


def _attempt_page(found: Attempt, form: HoldForm) -> str:
    attempt_id = id_of(found)
    form.outcome.choices = [choice for choice in OUTCOMES if found.hold is Hold.FAST or choice[0] == "back"]
    may_decide = found.hold is Hold.FAST or (found.status == AttemptStatus.DECIDED and not found.is_passed)
    items, events = items_today(db(), get(ItemStore), found), events_of(db(), attempt_id)
    responses = latest_responses(db(), attempt_id)
    return render_template(
        "operate/attempt.html",
        attempt=found,
        form=form,
        may_decide=may_decide and found.user_id != me().id,
        person=db().get(User, found.user_id),
        events=events,
        signs=count_signs([(event.kind, event.detail) for event in events]),
        fast=_fast_answers(items, responses),
        faults=find_faults(found, events, all_responses(db(), attempt_id)),
        spec=get(ItemStore).exams[found.exam_key],
    )


def _fast_answers(items: list[SomeItem], responses: dict[int, Response]) -> list[dict[str, float]]:
    rows: list[dict[str, float]] = []
    for place, item in enumerate(items, 1):
        response = responses.get(place)
        limit = rapid_threshold(item.reading_words)
        if response is not None and response.seconds is not None and response.seconds < limit:
            rows.append({"position": place, "seconds": response.seconds, "limit": round(limit)})
    return rows

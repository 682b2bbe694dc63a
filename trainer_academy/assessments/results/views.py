"""The result of an exam: score, range, skills, traps, items to look at again, and what was recorded. No hidden number."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import retired_items
from trainer_academy.assessments.exams import attempts as steps
from trainer_academy.assessments.exams import holds
from trainer_academy.assessments.exams.attempts import items_today
from trainer_academy.assessments.exams.basis import cut_by_id
from trainer_academy.assessments.exams.deciding import Credits, attempt_result, decisions_of, pooled_sitting, stored_credits
from trainer_academy.assessments.exams.decision_model import known_answers
from trainer_academy.assessments.exams.eligibility import is_over
from trainer_academy.assessments.exams.integrity import count_signs
from trainer_academy.assessments.exams.log import events_of
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Hold, Response
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.exams.starting import state_of
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.rating.appeals import rated_work
from trainer_academy.assessments.results.forms import StatementForm
from trainer_academy.assessments.results.shown import Shown, advise
from trainer_academy.assessments.results.traps import trap_profile
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Conflict
from trainer_academy.courses.catalog import Catalog
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.life.queries import credentials_of
from trainer_academy.web.access import SIGNED_IN, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.forms import PlainForm

bp = Blueprint("results", __name__)


@bp.get("/attempts/<int:attempt_id>")
@allow(SIGNED_IN)
def result(attempt_id: int) -> ResponseReturnValue:
    attempt = steps.get_attempt(db(), attempt_id, me().id)
    spec = get(ItemStore).exams[attempt.exam_key]
    if attempt.status == AttemptStatus.IN_PROGRESS:
        if not is_over(attempt.deadline_at, now()):
            return redirect(url_for("exams.item", attempt_id=attempt_id, position=1))
        return render_template("assessments/being_scored.html", attempt=attempt, button=PlainForm(formdata=None))
    if attempt.closed_at is None:
        raise Conflict("result.closing")
    if attempt.hold is Hold.FAST:
        return _held_page(attempt, spec, StatementForm(text=attempt.statement, formdata=None))
    if attempt.status == AttemptStatus.AWAITING:
        assert spec.rating is not None
        due_at = attempt.closed_at + timedelta(days=spec.rating.due_days)
        return render_template("assessments/being_rated.html", attempt=attempt, spec=spec, due_at=due_at)
    return _decided_page(attempt, spec, attempt.closed_at - attempt.started_at)


def _held_page(attempt: Attempt, spec: ExamSpec, form: StatementForm) -> str:
    return render_template("assessments/being_held.html", attempt=attempt, spec=spec, form=form)


@bp.post("/attempts/<int:attempt_id>/statement")
@allow(SIGNED_IN)
def explain(attempt_id: int) -> ResponseReturnValue:
    """What the person says to an attempt that was faster than reading allows."""
    attempt = steps.get_attempt(db(), attempt_id, me().id, is_to_save=True)
    form = StatementForm()
    if not form.validate():
        return _held_page(attempt, get(ItemStore).exams[attempt.exam_key], form), 400
    holds.explain(db(), attempt, form.text.data or "", now())
    db().commit()
    flash(_("Thank you. The person who decides reads it."))
    return redirect(url_for("results.result", attempt_id=attempt_id))


def _decided_page(attempt: Attempt, spec: ExamSpec, used: timedelta) -> str:
    items = items_today(db(), get(ItemStore), attempt)
    credits = stored_credits(db(), attempt, items)
    responses = steps.latest_responses(db(), id_of(attempt))
    payloads = [responses[n].payload if n in responses else {} for n in range(1, len(items) + 1)]
    paper, course = attempt_result(db(), attempt, items, credits), get(Catalog).courses[spec.course]
    traps = trap_profile(items, payloads, credits)
    return render_template(
        "assessments/result.html",
        attempt=attempt,
        spec=spec,
        paper=paper,
        is_before_shown=(before := pooled_sitting(db(), attempt)) is not None and before.released.has_score,
        shown=Shown.of(attempt.released, paper, traps),
        course=course,
        advice=advise(get(ItemStore), course, spec, attempt.released, paper),
        issued=[c for c in credentials_of(db(), me().id) if c.attempt_id == id_of(attempt)],
        credits=credits,
        item_list=items,
        achievements=get(Achievements),
        looks=_look_again(attempt, spec, items, credits, responses),
        rated=rated_work(db(), attempt, items, now()),
        signs=count_signs([(event.kind, event.detail) for event in events_of(db(), id_of(attempt))]),
        decisions=decisions_of(db(), id_of(attempt)),
        state=state_of(db(), me().id, attempt.exam_key, spec, now()),
        cut=cut_by_id(db(), attempt.cut_id, attempt.cut_score or spec.cut_score),
        used=used,
        minute=timedelta(minutes=1),
    )


@bp.get("/attempts/<int:attempt_id>/working")
@allow(SIGNED_IN)
def working(attempt_id: int) -> ResponseReturnValue:
    """Every number that a sequential decision rests on."""
    attempt = steps.get_attempt(db(), attempt_id, me().id)
    if attempt.status != AttemptStatus.DECIDED or attempt.plan is None or not attempt.released.has_score:
        return redirect(url_for("results.result", attempt_id=attempt_id))
    spec = get(ItemStore).exams[attempt.exam_key]
    items = items_today(db(), get(ItemStore), attempt)
    credits = stored_credits(db(), attempt, items)
    return render_template(
        "assessments/working.html",
        attempt=attempt,
        spec=spec,
        course=get(Catalog).courses[spec.course],
        paper=attempt_result(db(), attempt, items, credits),
        rows=[_working_row(*parts) for parts in zip(attempt.paper, items, credits, strict=True)] if spec.is_mock else [],
        curve=attempt.plan.curve,
        decisions=decisions_of(db(), attempt_id),
    )


def _working_row(entry: PaperEntry, item: SomeItem, credit: float | None) -> dict[str, object]:
    """One position; without a level where the decision does not rest on it, with the reason in a word."""
    if entry.is_repeat:
        why = _("second showing")
    elif entry.is_pilot:
        why = _("pilot item")
    else:
        why = _("not handed in") if entry.is_open else _("taken out")
    row: dict[str, object] = {"skill": item.skill, "credit": credit, "why": why, "level": None}
    if known := known_answers([entry], [credit], [item.key_version]):
        found = known[0]
        row |= {
            "level": found.level,
            "top": found.parameters.top,
            "slope": found.parameters.slope,
            "steps": found.parameters.steps,
        }
    return row


def _look_again(
    attempt: Attempt, spec: ExamSpec, items: list[SomeItem], credits: Credits, responses: dict[int, Response]
) -> list[dict[str, object]]:
    """The items that may be shown, worst first, with the person's answer and the reason.

    Those are all of a mock exam; of a certifying exam those that were retired since, and that nobody will be asked again.
    """
    retired = retired_items(get(ItemStore))
    rows: list[dict[str, object]] = []
    for position, (item, credit) in enumerate(zip(items, credits, strict=True), 1):
        if credit is None or item.is_rated or not (spec.release == "all" or item.id in retired):
            continue
        presentation, response = attempt.paper[position - 1].presentation, responses.get(position)
        payload = response.payload if response else {}
        rows.append(
            {
                "position": position,
                "credit": credit,
                "item_id": item.id,
                "title": item.title,
                "lesson": item.lesson,
                "is_empty": not payload,
                "review": item.review(presentation, payload, spec.course),
                "values": item.form_values(payload, presentation),
            }
        )
    return sorted(rows, key=lambda row: (row["credit"], row["position"]))

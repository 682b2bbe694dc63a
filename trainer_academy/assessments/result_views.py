"""The result of an exam: score, range, skills, traps, items to look at again, and what was recorded. No hidden number."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts.forms import PlainForm
from trainer_academy.assessments import attempts as steps
from trainer_academy.assessments.access import granted_windows
from trainer_academy.assessments.attempt_log import events_of
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.deciding import Credits, attempt_result, decisions_of, stored_credits
from trainer_academy.assessments.decision_model import known_answers
from trainer_academy.assessments.eligibility import is_over, start_state
from trainer_academy.assessments.integrity import count_signs
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.models import Attempt, Response
from trainer_academy.assessments.presenting import form_values, show_review
from trainer_academy.assessments.profile import trap_profile
from trainer_academy.assessments.rating_appeals import rated_work
from trainer_academy.assessments.schema import ExamSpec
from trainer_academy.assessments.standing import cut_by_id
from trainer_academy.core.errors import Conflict
from trainer_academy.courses.catalog import Catalog
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.queries import credentials_of
from trainer_academy.web.access import SIGNED_IN, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.workflows.certification import paper_items

bp = Blueprint("results", __name__)
FULL_CREDIT = 0.999


@bp.get("/attempts/<int:attempt_id>")
@allow(SIGNED_IN)
def result(attempt_id: int) -> ResponseReturnValue:
    attempt = steps.get_attempt(db(), attempt_id, me().id)
    spec = get(ItemStore).exams[attempt.exam_key]
    if attempt.status == "in_progress":
        if not is_over(attempt.deadline_at, now()):
            return redirect(url_for("exams.item", attempt_id=attempt_id, position=1))
        return render_template("assessments/being_scored.html", attempt=attempt, button=PlainForm(formdata=None))
    if attempt.closed_at is None:
        raise Conflict(_("This attempt is being closed. Reload the page in a moment."))
    if attempt.status == "awaiting":
        assert spec.rating is not None
        due_at = attempt.closed_at + timedelta(days=spec.rating.due_days)
        return render_template("assessments/being_rated.html", attempt=attempt, spec=spec, due_at=due_at)
    return _decided_page(attempt, spec, attempt.closed_at - attempt.started_at)


def _decided_page(attempt: Attempt, spec: ExamSpec, used: timedelta) -> str:
    assert attempt.id is not None
    items = paper_items(db(), get(ItemStore), attempt)
    credits = stored_credits(db(), attempt, items)
    responses = steps.latest_responses(db(), attempt.id)
    payloads = [responses[n].payload if n in responses else {} for n in range(1, len(items) + 1)]
    earlier = steps.attempts_of(db(), me().id, attempt.exam_key)
    windows = granted_windows(db(), me().id, attempt.exam_key)
    return render_template(
        "assessments/result.html",
        attempt=attempt,
        spec=spec,
        paper=attempt_result(attempt, items, credits),
        course=get(Catalog).courses[spec.course],
        issued=[c for c in credentials_of(db(), me().id) if c.attempt_id == attempt.id],
        credits=credits,
        item_list=items,
        achievements=get(Achievements),
        looks=_look_again(attempt, spec, items, credits, responses),
        rated=rated_work(db(), attempt, items, now()),
        traps=trap_profile(items, payloads, credits),
        signs=count_signs([(event.kind, event.detail) for event in events_of(db(), attempt.id)]),
        decisions=decisions_of(db(), attempt.id),
        state=start_state(spec, steps.as_past(earlier), now(), windows),
        cut=cut_by_id(db(), attempt.cut_id, attempt.cut_score or spec.cut_score),
        used=used,
        minute=timedelta(minutes=1),
    )


@bp.get("/attempts/<int:attempt_id>/working")
@allow(SIGNED_IN)
def working(attempt_id: int) -> ResponseReturnValue:
    """Every number that a sequential decision rests on."""
    attempt = steps.get_attempt(db(), attempt_id, me().id)
    if attempt.status != "decided" or attempt.plan is None:
        return redirect(url_for("results.result", attempt_id=attempt_id))
    spec = get(ItemStore).exams[attempt.exam_key]
    items = paper_items(db(), get(ItemStore), attempt)
    credits = stored_credits(db(), attempt, items)
    return render_template(
        "assessments/working.html",
        attempt=attempt,
        spec=spec,
        course=get(Catalog).courses[spec.course],
        paper=attempt_result(attempt, items, credits),
        rows=[_working_row(*parts) for parts in zip(attempt.paper, items, credits, strict=True)],
        curve=attempt.plan["curve"],
        decisions=decisions_of(db(), attempt_id),
    )


def _working_row(entry: dict[str, Any], item: SomeItem, credit: float | None) -> dict[str, object]:
    """One position; without a level where the decision does not rest on it, with the reason in a word."""
    if entry.get("is_repeat"):
        why = _("second showing")
    elif entry.get("is_pilot"):
        why = _("pilot item")
    else:
        why = _("not handed in") if entry.get("is_open") else _("taken out")
    row: dict[str, object] = {"skill": item.skill, "credit": credit, "why": why, "level": None}
    if known := known_answers([entry], [credit], [item.key_version]):
        found = known[0]
        row |= {"level": found.level, "top": found.parameters.top, "slope": found.parameters.slope, "steps": entry["steps"]}
    return row


def _look_again(
    attempt: Attempt, spec: ExamSpec, items: list[SomeItem], credits: Credits, responses: dict[int, Response]
) -> list[dict[str, object]]:
    """The items that the specification releases, worst first, with the person's answer and the reason."""
    if spec.release == "skills":
        return []
    rows: list[dict[str, object]] = []
    for position, (item, credit) in enumerate(zip(items, credits, strict=True), 1):
        if credit is None or item.is_rated or (spec.release == "differing" and credit >= FULL_CREDIT):
            continue
        presentation, response = attempt.paper[position - 1]["presentation"], responses.get(position)
        payload = response.payload if response else {}
        rows.append(
            {
                "position": position,
                "credit": credit,
                "item_id": item.id,
                "title": item.title,
                "lesson": item.lesson,
                "is_empty": not payload,
                "review": show_review(item, presentation, payload, spec.course),
                "values": form_values(item, payload, presentation),
            }
        )
    return sorted(rows, key=lambda row: (row["credit"], row["position"]))

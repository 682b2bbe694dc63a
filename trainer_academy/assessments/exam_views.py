"""Exams: start page, items, review before submit, result."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts.forms import PlainForm
from trainer_academy.assessments import attempts as steps
from trainer_academy.assessments.assembly import MAX_SEED
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.eligibility import is_over, start_state
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.models import Attempt, Response
from trainer_academy.assessments.presenting import form_values, show_item, show_review
from trainer_academy.assessments.schema import ExamSpec
from trainer_academy.assessments.scoring import score_paper
from trainer_academy.assessments.versions import resolve_items
from trainer_academy.core.errors import BadInput, Conflict, NotFound, Refusal, Unavailable
from trainer_academy.courses.catalog import Catalog
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.queries import credentials_of
from trainer_academy.web.access import SIGNED_IN, allow, wants_json
from trainer_academy.web.context import db, get, has_room, me, now
from trainer_academy.workflows.certification import Services, submit_exam

bp = Blueprint("exams", __name__)


def get_exam(exam_key: str) -> ExamSpec:
    spec = get(ItemStore).exams.get(exam_key)
    if spec is None:
        raise NotFound(_("There is no such exam."))
    return spec


@bp.get("/exams/<exam_key>")
@allow(SIGNED_IN)
def start_page(exam_key: str) -> ResponseReturnValue:
    spec = get_exam(exam_key)
    earlier = steps.attempts_of(db(), me().id, exam_key)
    state = start_state(spec, steps.as_past(earlier), now())
    running = steps.open_attempt(db(), me().id)
    return render_template(
        "assessments/start.html",
        key=exam_key,
        spec=spec,
        state=state,
        earlier=earlier,
        running=running,
        course=get(Catalog).courses[spec.course],
        button=PlainForm(formdata=None),
        earned=list(get(Achievements).earned_by(exam_key)),
    )


@bp.post("/exams/<exam_key>/start")
@allow(SIGNED_IN)
def start(exam_key: str) -> ResponseReturnValue:
    spec = get_exam(exam_key)
    if not has_room():
        raise Unavailable(_("The disk is nearly full, so no exam starts now. Your attempts are kept; try again later."))
    items = list(get(ItemStore).banks[spec.bank].items.values())
    outcome = steps.start_attempt(db(), me().id, exam_key, spec, items, secrets.randbelow(MAX_SEED), now())
    if isinstance(outcome, Refusal):
        raise Conflict(_refusal_words(outcome.reason))
    db().commit()
    return redirect(url_for("exams.item", attempt_id=outcome.id, position=1))


def _refusal_words(reason: str) -> str:
    words = {
        "open": _("You have another exam open. Finish that one first; the exam page leads to it."),
        "attempts": _("You have used all attempts for now. The exam page says when the next one opens."),
        "cooldown": _("After an attempt there is a pause before the next one. The exam page says when it ends."),
    }
    return str(words[reason])


def get_open(attempt_id: int, is_to_save: bool = False) -> Attempt:
    return steps.get_attempt(db(), attempt_id, me().id, is_to_save)


def paper_items(attempt: Attempt) -> list[SomeItem]:
    return resolve_items(db(), get(ItemStore), [(entry["item_id"], entry["version"]) for entry in attempt.paper])


def check_position(attempt: Attempt, position: int) -> None:
    if not 1 <= position <= len(attempt.paper):
        raise NotFound(_("This paper has items 1 to %(n)s.", n=len(attempt.paper)))


def seconds_left(attempt: Attempt) -> int:
    return max(0, int((attempt.deadline_at - now()).total_seconds()))


def item_states(attempt: Attempt, items: list[SomeItem], responses: dict[int, Response]) -> list[dict[str, object]]:
    """For each position: empty, part or full, and whether it is flagged."""
    states: list[dict[str, object]] = []
    for position, item in enumerate(items, 1):
        response = responses.get(position)
        payload = response.payload if response else {}
        state = "full" if item.is_complete(payload) else "part" if payload else "empty"
        states.append({"position": position, "state": state, "is_flagged": bool(response and response.is_flagged)})
    return states


@bp.get("/attempts/<int:attempt_id>/items/<int:position>")
@allow(SIGNED_IN)
def item(attempt_id: int, position: int) -> ResponseReturnValue:
    attempt = get_open(attempt_id)
    check_position(attempt, position)
    if attempt.status != "in_progress" or is_over(attempt.deadline_at, now()):
        return redirect(url_for("exams.result", attempt_id=attempt_id))
    items = paper_items(attempt)
    responses = steps.latest_responses(db(), attempt_id)
    shown, entry, response = items[position - 1], attempt.paper[position - 1], responses.get(position)
    spec = get_exam(attempt.exam_key)
    return render_template(
        "assessments/exam_item.html",
        attempt=attempt,
        position=position,
        total=len(items),
        spec=spec,
        view=show_item(shown, entry["presentation"]),
        states=item_states(attempt, items, responses),
        values=form_values(shown, response.payload, entry["presentation"]) if response else {},
        is_flagged=bool(response and response.is_flagged),
        seconds_left=seconds_left(attempt),
        sequence=(response.sequence or 0) + 1 if response else 1,
        saved_at=response.saved_at if response else None,
        guideline=get(Catalog).courses[spec.course].file.guideline,
    )


def save(attempt: Attempt, position: int) -> int:
    """Store the form's answer and commit; returns the newest sequence number. After this the answer is durable."""
    check_position(attempt, position)
    entry = attempt.paper[position - 1]
    [answered] = resolve_items(db(), get(ItemStore), [(entry["item_id"], entry["version"])])
    payload = answered.read(request.form.to_dict(flat=False), entry["presentation"])
    raw = request.form.get("sequence", "")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", raw):
        raise BadInput(_("The form has no valid sequence number. Reload the item; what was saved before is kept."))
    is_flagged = request.form.get("flag") == "1"
    sequence = steps.save_response(db(), attempt, position, payload, is_flagged, int(raw), now())
    db().commit()
    return sequence


@bp.post("/attempts/<int:attempt_id>/items/<int:position>")
@allow(SIGNED_IN)
def answer(attempt_id: int, position: int) -> ResponseReturnValue:
    """Save, then go where the button says. With a JSON Accept header: save only, and say what is stored."""
    attempt = get_open(attempt_id, is_to_save=True)
    sequence = save(attempt, position)
    if wants_json():
        saved = now()
        return jsonify(saved_at=saved.isoformat(), sequence=sequence, seconds_left=seconds_left(attempt))
    target = request.form.get("go", "next")
    if target == "review" or (target == "next" and position == len(attempt.paper)):
        return redirect(url_for("exams.review", attempt_id=attempt_id))
    move = {"previous": max(1, position - 1), "next": position + 1}
    return redirect(url_for("exams.item", attempt_id=attempt_id, position=move.get(target, position)))


@bp.get("/attempts/<int:attempt_id>/time")
@allow(SIGNED_IN)
def time_left(attempt_id: int) -> ResponseReturnValue:
    attempt = get_open(attempt_id)
    return jsonify(seconds_left=seconds_left(attempt), is_open=attempt.status == "in_progress")


@bp.get("/attempts/<int:attempt_id>/review")
@allow(SIGNED_IN)
def review(attempt_id: int) -> ResponseReturnValue:
    attempt = get_open(attempt_id)
    if attempt.status != "in_progress" or is_over(attempt.deadline_at, now()):
        return redirect(url_for("exams.result", attempt_id=attempt_id))
    states = item_states(attempt, paper_items(attempt), steps.latest_responses(db(), attempt_id))
    return render_template(
        "assessments/exam_review.html",
        attempt=attempt,
        spec=get_exam(attempt.exam_key),
        states=states,
        seconds_left=seconds_left(attempt),
        total=len(states),
        button=PlainForm(formdata=None),
    )


@bp.post("/attempts/<int:attempt_id>/submit")
@allow(SIGNED_IN)
def submit(attempt_id: int) -> ResponseReturnValue:
    attempt = get_open(attempt_id)
    reason = "time" if is_over(attempt.deadline_at, now()) else "submitted"
    submit_exam(db(), get(Services), attempt_id, reason, now())
    db().commit()
    return redirect(url_for("exams.result", attempt_id=attempt_id))


@bp.get("/attempts/<int:attempt_id>")
@allow(SIGNED_IN)
def result(attempt_id: int) -> ResponseReturnValue:
    attempt = get_open(attempt_id)
    if attempt.status == "in_progress":
        if not is_over(attempt.deadline_at, now()):
            return redirect(url_for("exams.item", attempt_id=attempt_id, position=1))
        return render_template("assessments/being_scored.html", attempt=attempt, button=PlainForm(formdata=None))
    spec = get_exam(attempt.exam_key)
    items, scores = paper_items(attempt), steps.scores_of(db(), attempt_id)
    credits = [scores.get(position, 0.0) for position in range(1, len(items) + 1)]
    paper = score_paper(credits, [item.skill for item in items], attempt.cut_score or spec.cut_score)
    earlier = steps.attempts_of(db(), me().id, attempt.exam_key)
    issued = [c for c in credentials_of(db(), me().id) if c.attempt_id == attempt_id]
    course = get(Catalog).courses[spec.course]
    if attempt.closed_at is None:
        raise Conflict(_("This attempt is being closed. Reload the page in a moment."))
    return render_template(
        "assessments/result.html",
        attempt=attempt,
        spec=spec,
        paper=paper,
        course=course,
        issued=issued,
        credits=credits,
        item_list=items,
        achievements=get(Achievements),
        looks=_look_again(attempt, spec, items, credits),
        state=start_state(spec, steps.as_past(earlier), now()),
        used=attempt.closed_at - attempt.started_at,
        minute=timedelta(minutes=1),
    )


def _look_again(attempt: Attempt, spec: ExamSpec, items: list[SomeItem], credits: list[float]) -> list[dict[str, object]]:
    """The items that the specification releases, worst first, with the person's answer and the reason."""
    if spec.release == "skills" or attempt.id is None:
        return []
    responses = steps.latest_responses(db(), attempt.id)
    rows = []
    for position, (item, credit) in enumerate(zip(items, credits, strict=True), 1):
        if spec.release == "differing" and credit >= 0.999:
            continue
        presentation, response = attempt.paper[position - 1]["presentation"], responses.get(position)
        payload = response.payload if response else {}
        rows.append(
            {
                "position": position,
                "credit": credit,
                "title": item.title,
                "lesson": item.lesson,
                "is_empty": not payload,
                "review": show_review(item, presentation, payload, spec.course),
                "values": form_values(item, payload, presentation),
            }
        )
    return sorted(rows, key=lambda row: (row["credit"], row["position"]))

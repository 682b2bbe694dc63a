"""Exams: start page, items, review before submit."""

from __future__ import annotations

import re
import secrets
from math import ceil

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.lookup import find_exam
from trainer_academy.assessments.bank.schema import WORDS_A_MINUTE, expected_words
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import known_outside, resolve_items
from trainer_academy.assessments.exams import attempts as steps
from trainer_academy.assessments.exams.assembly import MAX_SEED, count_pilots
from trainer_academy.assessments.exams.eligibility import is_over, start_state
from trainer_academy.assessments.exams.handing_in import is_handed_in
from trainer_academy.assessments.exams.integrity import read_signals
from trainer_academy.assessments.exams.log import append_event
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Response
from trainer_academy.assessments.exams.starting import facts_of, next_mark
from trainer_academy.assessments.exams.windows import granted_by
from trainer_academy.assessments.items.base import read_answer
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import BadInput, Conflict, NotFound, Refusal, Unavailable
from trainer_academy.courses.catalog import Catalog
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.web.access import SIGNED_IN, allow, wants_json
from trainer_academy.web.context import db, get, has_room, me, now, reading
from trainer_academy.web.forms import PlainForm
from trainer_academy.workflows.certification import Services, hand_in_answer, submit_exam

bp = Blueprint("exams", __name__)


@bp.get("/exams/<exam_key>")
@allow(SIGNED_IN)
def start_page(exam_key: str) -> ResponseReturnValue:
    spec = find_exam(get(ItemStore), exam_key)
    earlier = steps.attempts_of(db(), me().id, exam_key)
    facts = facts_of(db(), me().id, exam_key, spec, now())
    running = steps.open_attempt(db(), me().id)
    items = get(ItemStore).items_for(spec)
    terms = steps.terms_today(db(), exam_key, spec, items)
    before, mark = next_mark(earlier, spec, terms.cut.score, now())
    return render_template(
        "assessments/start.html",
        key=exam_key,
        spec=spec,
        cut=terms.cut,
        mark=terms.cut.score if terms.choice.is_sequential else mark,
        before=before,
        is_sequential=terms.choice.is_sequential,
        worth=None if terms.choice.is_sequential else get(ItemStore).figures_for(exam_key, terms.cut.score),
        reading=expected_words(spec, items),
        reading_minutes=ceil(expected_words(spec, items) / WORDS_A_MINUTE),
        pilots=0 if terms.choice.is_sequential else count_pilots(spec, items),
        state=start_state(spec, facts, now()),
        earlier=earlier,
        running=running,
        minutes=ceil(spec.minutes * facts.time_factor),
        has_extra_time=facts.time_factor > 1,
        granted=granted_by(db(), me().id, exam_key) if facts.time_factor > 1 or facts.windows else {},
        course=get(Catalog).courses[spec.course],
        button=PlainForm(formdata=None),
        earned=list(get(Achievements).earned_by(exam_key)),
    )


@bp.post("/exams/<exam_key>/start")
@allow(SIGNED_IN)
def start(exam_key: str) -> ResponseReturnValue:
    spec = find_exam(get(ItemStore), exam_key)
    if not has_room():
        raise Unavailable("start.disk_full")
    items = get(ItemStore).items_for(spec)
    # Everything that takes time happens before the write lock: people who start in the same minute do not wait for each other.
    kept_out = () if spec.is_mock else known_outside(reading(), get(ItemStore), spec.bank)
    plan = steps.plan_attempt(
        reading(), me().id, exam_key, spec, items, secrets.randbelow(MAX_SEED), now(), me().login_session_id, kept_out
    )
    outcome = steps.start_planned(db(), plan, now()) if isinstance(plan, steps.Plan) else plan
    if isinstance(outcome, Refusal):
        raise Conflict(outcome.code, **outcome.values)
    db().commit()
    return redirect(url_for("exams.item", attempt_id=outcome.id, position=1))


def get_open(attempt_id: int, is_to_save: bool = False) -> Attempt:
    return steps.get_attempt(db(), attempt_id, me().id, is_to_save)


def shown_items(attempt: Attempt) -> list[SomeItem]:
    """The items of the paper exactly as they are shown: the versions of the start, whatever was corrected since."""
    return resolve_items(db(), get(ItemStore), [entry.pair for entry in attempt.paper])


def check_position(attempt: Attempt, position: int) -> None:
    if not 1 <= position <= len(attempt.paper):
        raise NotFound("attempt.position", n=len(attempt.paper))


def is_elsewhere(attempt: Attempt) -> bool:
    """True when another signed-in browser holds the exam."""
    return attempt.login_session_id not in (None, me().login_session_id)


def seconds_left(attempt: Attempt) -> int:
    return max(0, int((attempt.deadline_at - now()).total_seconds()))


def item_states(attempt: Attempt, items: list[SomeItem], responses: dict[int, Response]) -> list[dict[str, object]]:
    """For each position: empty, part or full, and whether it is flagged."""
    states: list[dict[str, object]] = []
    for position, item in enumerate(items, 1):
        response = responses.get(position)
        payload = response.payload if response else {}
        state = "full" if item.is_full(payload) else "part" if payload else "empty"
        states.append({"position": position, "state": state, "is_flagged": bool(response and response.is_flagged)})
    return states


@bp.get("/attempts/<int:attempt_id>/items/<int:position>")
@allow(SIGNED_IN)
def item(attempt_id: int, position: int) -> ResponseReturnValue:
    attempt = get_open(attempt_id)
    check_position(attempt, position)
    if attempt.status != AttemptStatus.IN_PROGRESS or is_over(attempt.deadline_at, now()):
        return redirect(url_for("results.result", attempt_id=attempt_id))
    if is_elsewhere(attempt):
        return render_template(
            "assessments/move_here.html", attempt=attempt, position=position, button=PlainForm(formdata=None)
        )
    if is_handed_in(attempt, position):
        return redirect(url_for("exams.item", attempt_id=attempt_id, position=len(attempt.paper)))
    return _item_page(attempt, position)


def _item_page(attempt: Attempt, position: int, is_incomplete: bool = False) -> str:
    """`is_incomplete`: the person wanted to hand in an answer with parts missing, and is asked once."""
    items = shown_items(attempt)
    responses = steps.latest_responses(db(), id_of(attempt))
    shown, entry, response = items[position - 1], attempt.paper[position - 1], responses.get(position)
    spec = find_exam(get(ItemStore), attempt.exam_key)
    return render_template(
        "assessments/exam_item.html",
        attempt=attempt,
        is_sequential=attempt.plan is not None,
        is_incomplete=is_incomplete,
        position=position,
        total=len(items if attempt.plan is None else attempt.plan.entries),
        spec=spec,
        view=shown.view(entry.presentation),
        states=item_states(attempt, items, responses),
        values=shown.answer_values(response.payload, entry.presentation) if response else {},
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
    [answered] = resolve_items(db(), get(ItemStore), [entry.pair])
    payload = read_answer(answered, request.form.to_dict(flat=False), entry.presentation)
    raw = request.form.get("sequence", "")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", raw):
        raise BadInput("attempt.sequence_number")
    is_flagged = request.form.get("flag") == "1"
    noted = read_signals(request.form.get("signals", ""), request.form.get("seconds", ""))
    sequence = steps.save_response(
        db(), attempt, position, payload, is_flagged, int(raw), now(), noted.seconds, me().login_session_id
    )
    if noted.counts:
        append_event(db(), attempt, "noticed", {"position": position} | noted.counts, now())
    db().commit()
    return sequence


@bp.post("/attempts/<int:attempt_id>/items/<int:position>")
@allow(SIGNED_IN)
def answer(attempt_id: int, position: int) -> ResponseReturnValue:
    """Save, then go where the button says. With a JSON Accept header: save only, and say what is stored."""
    attempt = get_open(attempt_id, is_to_save=True)
    if attempt.status == AttemptStatus.IN_PROGRESS and is_elsewhere(attempt):
        return _ask_to_move(attempt, position)
    sequence = save(attempt, position)
    if wants_json():
        saved = now()
        return jsonify(saved_at=saved.isoformat(), sequence=sequence, seconds_left=seconds_left(attempt))
    target = request.form.get("go", "next")
    if attempt.plan is not None:
        return _go_on_for_good(attempt_id, position, target)
    if target == "review" or (target == "next" and position == len(attempt.paper)):
        return redirect(url_for("exams.review", attempt_id=attempt_id))
    move = {"previous": max(1, position - 1), "next": position + 1}
    return redirect(url_for("exams.item", attempt_id=attempt_id, position=move.get(target, position)))


def _go_on_for_good(attempt_id: int, position: int, target: str) -> ResponseReturnValue:
    """A sequential exam after a save: hand in the answer, unless it is incomplete and the person has not been asked yet."""
    if target == "review":
        return redirect(url_for("exams.review", attempt_id=attempt_id))
    attempt = get_open(attempt_id, is_to_save=True)
    response = steps.latest_responses(db(), attempt_id).get(position)
    [shown] = shown_items(attempt)[position - 1 : position]
    if target != "skip" and not shown.is_full(response.payload if response else {}):
        return _item_page(attempt, position, is_incomplete=True)
    outcome = hand_in_answer(db(), get(Services), attempt, position, now())
    db().commit()
    if outcome is not None:
        return redirect(url_for("results.result", attempt_id=attempt_id))
    return redirect(url_for("exams.item", attempt_id=attempt_id, position=len(attempt.paper)))


def _ask_to_move(attempt: Attempt, position: int) -> ResponseReturnValue:
    """The exam is held by another device: keep the answer on this one and ask."""
    if wants_json():
        text = _("This exam is open on another device. Your answer is kept on this one and was not sent.")
        return jsonify(error=text, moved=True), 409
    answer = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "go", "position")]
    page = render_template(
        "assessments/move_here.html", attempt=attempt, position=position, answer=answer, button=PlainForm(formdata=None)
    )
    return page, 409


@bp.post("/attempts/<int:attempt_id>/move")
@allow(SIGNED_IN)
def move(attempt_id: int) -> ResponseReturnValue:
    """Go on with the exam on this device, and save the answer that came along."""
    attempt = get_open(attempt_id, is_to_save=True)
    position = min(max(1, request.form.get("position", 1, type=int)), len(attempt.paper))
    steps.move_here(db(), attempt, me().login_session_id, now())
    if "sequence" in request.form:
        save(attempt, position)
    db().commit()
    return redirect(url_for("exams.item", attempt_id=attempt_id, position=position))


@bp.get("/attempts/<int:attempt_id>/time")
@allow(SIGNED_IN)
def time_left(attempt_id: int) -> ResponseReturnValue:
    attempt = get_open(attempt_id)
    return jsonify(seconds_left=seconds_left(attempt), is_open=attempt.status == AttemptStatus.IN_PROGRESS)


@bp.get("/attempts/<int:attempt_id>/review")
@allow(SIGNED_IN)
def review(attempt_id: int) -> ResponseReturnValue:
    attempt = get_open(attempt_id)
    if attempt.status != AttemptStatus.IN_PROGRESS or is_over(attempt.deadline_at, now()):
        return redirect(url_for("results.result", attempt_id=attempt_id))
    if attempt.plan is not None:
        return _end_page(attempt)
    states = item_states(attempt, shown_items(attempt), steps.latest_responses(db(), attempt_id))
    return render_template(
        "assessments/exam_review.html",
        attempt=attempt,
        spec=find_exam(get(ItemStore), attempt.exam_key),
        states=states,
        seconds_left=seconds_left(attempt),
        total=len(states),
        button=PlainForm(formdata=None),
    )


def _end_page(attempt: Attempt) -> str:
    """A sequential exam has nothing to go back to; a person may still end it before it ends by itself."""
    assert attempt.plan is not None
    handed_in = attempt.plan.handed_in
    return render_template(
        "assessments/exam_end.html",
        attempt=attempt,
        spec=find_exam(get(ItemStore), attempt.exam_key),
        handed_in=handed_in,
        is_short=sum(entry.is_scored for entry in attempt.paper[:handed_in]) < attempt.plan.rule.minimum,
        minimum=attempt.plan.rule.minimum,
        seconds_left=seconds_left(attempt),
        button=PlainForm(formdata=None),
    )


@bp.post("/attempts/<int:attempt_id>/submit")
@allow(SIGNED_IN)
def submit(attempt_id: int) -> ResponseReturnValue:
    attempt = get_open(attempt_id, is_to_save=True)
    is_running = attempt.status == AttemptStatus.IN_PROGRESS and not is_over(attempt.deadline_at, now())
    if is_running and is_elsewhere(attempt):
        return _ask_to_move(attempt, len(attempt.paper) if attempt.plan is not None else 1)
    reason = "time" if is_over(attempt.deadline_at, now()) else "submitted"
    submit_exam(db(), get(Services), attempt_id, reason, now())
    db().commit()
    return redirect(url_for("results.result", attempt_id=attempt_id))

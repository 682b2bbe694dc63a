"""Practice: one item at a time, with the key and the reason right after the answer."""

from __future__ import annotations

import re
from math import ceil
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.schema import PracticeSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import corrected_key, current_items, load_corrections
from trainer_academy.assessments.items.base import Presentation, read_answer
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.presenting import ItemView
from trainer_academy.assessments.practice.steps import (
    FULL_CREDIT,
    UNDO_WITHIN,
    answers_of,
    choose_next,
    get_practice_response,
    how_others_answered,
    presentation_for,
    record_answer,
    skip_item,
    skipped_items,
    undo_answer,
)
from trainer_academy.core.errors import BadInput, Conflict, NotFound
from trainer_academy.courses.catalog import Catalog, Course
from trainer_academy.web.access import SIGNED_IN, allow, safe_next
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.forms import PlainForm
from trainer_academy.web.words import say

bp = Blueprint("practice", __name__)
_NUMBER = re.compile(r"-?[0-9]{1,5}")


def get_practice(course_key: str) -> tuple[Course, PracticeSpec]:
    course = get(Catalog).courses.get(course_key)
    spec = get(ItemStore).practice.get(course.file.practice or "") if course else None
    if course is None or spec is None:
        raise NotFound("practice.unknown")
    return course, spec


def items_of(spec: PracticeSpec, skill: str | None = None) -> list[SomeItem]:
    corrections = load_corrections(db())
    items = [corrections.apply(item) for item in get(ItemStore).banks[spec.bank].items.values()]
    return [item for item in items if item.status == "active" and (skill is None or item.skill == skill)]


def get_practice_item(item_id: str) -> SomeItem:
    """A practice item. Exam items are not to be seen here."""
    store = get(ItemStore)
    item = store.items.get(item_id)
    if item is None or item.status != "active" or store.banks[item.bank].file.purpose != "practice":
        raise NotFound("practice.unknown_item")
    return item


@bp.get("/courses/<course_key>/practice")
@allow(SIGNED_IN)
def overview(course_key: str) -> ResponseReturnValue:
    course, spec = get_practice(course_key)
    items = items_of(spec)
    answered = answers_of(db(), me().id, [item.id for item in items])
    rows = []
    for skill in spec.skills:
        own = [item.id for item in items if item.skill == skill]
        values = [answered[item_id].value for item_id in own if item_id in answered]
        rows.append({"key": skill, "total": len(own), "done": len(values), "right": sum(v >= FULL_CREDIT for v in values)})
    return render_template("assessments/practice.html", course=course, rows=rows)


@bp.get("/courses/<course_key>/practice/<skill>")
@allow(SIGNED_IN)
def next_item(course_key: str, skill: str) -> ResponseReturnValue:
    course, spec = get_practice(course_key)
    if skill not in spec.skills and skill != "all":
        raise NotFound("practice.unknown_skill")
    items = {item.id: item for item in items_of(spec, None if skill == "all" else skill)}
    answered = answers_of(db(), me().id, list(items))
    choice = choose_next(list(items), answered, me().id, now(), skipped_items(db(), me().id, now()))
    if choice is None:
        return render_template("assessments/practice_done.html", course=course, skill=skill, answered=answered)
    item = items[choice.item_id]
    view = item.view(presentation_for(item, me().id, now()))
    place = len(answered) + (0 if choice.is_repeat else 1)
    return render_template(
        "assessments/practice_item.html",
        course=course,
        skill=skill,
        view=view,
        values={},
        is_repeat=choice.is_repeat,
        place=place,
        total=len(items),
    )


@bp.post("/practice/items/<item_id>")
@allow(SIGNED_IN)
def answer(item_id: str) -> ResponseReturnValue:
    item = get_practice_item(item_id)
    form = request.form.to_dict(flat=False)
    presentation = item.read_presentation(form)
    try:
        payload = read_answer(item, form, presentation)
    except BadInput as refused:
        return _unfinished_page(item, presentation, say(refused))
    back = safe_next(request.form.get("back"), "")
    if item.is_rated and request.form.get("go") == "check":
        return _item_page(item, item.view(presentation), item.answer_values(payload, presentation))
    if not item.is_complete(payload):
        return _unfinished_page(item, presentation)
    scored = load_corrections(db()).apply(item)
    response = record_answer(db(), me().id, scored, presentation, payload, now())
    db().commit()
    if "/lessons/" in back:
        return redirect(f"{back}#item-{item.id}")
    return redirect(url_for("practice.feedback", response_id=response.id, skill=request.form.get("skill", "all")))


def _unfinished_page(item: SomeItem, presentation: Presentation, fault: str = "") -> ResponseReturnValue:
    """The item again with everything that was chosen and typed, and what is missing or wrong."""
    return _item_page(item, item.view(presentation), _typed(), is_unfinished=True, fault=fault), 400


def _typed() -> dict[str, Any]:
    """The form as it was sent, as values of its controls, whether or not they can be read as an answer."""
    values: dict[str, Any] = {}
    for name, typed in request.form.items():
        is_number = name != "text" and name != "reason" and _NUMBER.fullmatch(typed)
        values[name] = int(typed) if is_number else typed
    return values | {"choice": request.form.getlist("choice")}


def _item_page(item: SomeItem, view: ItemView, values: dict[str, Any], **states: bool | str) -> str:
    """The item with values in its controls, outside the series."""
    course = get(Catalog).courses[get(ItemStore).banks[item.bank].file.course]
    skill = request.form.get("skill", "all")
    return render_template(
        "assessments/practice_item.html",
        course=course,
        skill=skill if skill in course.skills else "all",
        view=view,
        values=values,
        back=safe_next(request.form.get("back"), ""),
        is_repeat=False,
        place=0,
        total=0,
        **states,
    )


@bp.get("/practice/answers/<int:response_id>")
@allow(SIGNED_IN)
def feedback(response_id: int) -> ResponseReturnValue:
    response = get_practice_response(db(), response_id, me().id)
    store = get(ItemStore)
    [item] = current_items(db(), store, [(response.item_id, response.item_version)])
    course = get(Catalog).courses[store.banks[item.bank].file.course]
    skill = request.args.get("skill", "all")
    return render_template(
        "assessments/practice_feedback.html",
        course=course,
        skill=skill if skill in course.skills else "all",
        review=item.review(response.presentation, response.payload, course.key),
        values=item.answer_values(response.payload, response.presentation),
        lesson=course.by_key.get(item.lesson),
        others=how_others_answered(db(), item, me().id),
        response_id=response_id,
        correction=corrected_key(db(), item.id, item.key_version),
        button=PlainForm(formdata=None),
        undo_seconds=max(0, ceil((response.saved_at + UNDO_WITHIN - now()).total_seconds())),
    )


@bp.post("/practice/answers/<int:response_id>/undo")
@allow(SIGNED_IN)
def undo(response_id: int) -> ResponseReturnValue:
    """Back to the item, as if it had not been answered."""
    response = get_practice_response(db(), response_id, me().id)
    item = get_practice_item(response.item_id)
    if not undo_answer(db(), response, now()):
        raise Conflict("practice.too_late")
    db().commit()
    values = item.answer_values(response.payload, response.presentation)
    return _item_page(item, item.view(response.presentation), values, is_undone=True)


@bp.post("/practice/items/<item_id>/skip")
@allow(SIGNED_IN)
def skip(item_id: str) -> ResponseReturnValue:
    item = get_practice_item(item_id)
    course = get(Catalog).courses[get(ItemStore).banks[item.bank].file.course]
    skip_item(db(), me().id, item, request.form.get("reason", ""), request.form.get("note", ""), now())
    db().commit()
    flash(_("Skipped, with no penalty. The item may come back after a day."))
    chosen = request.form.get("skill", "all")
    return redirect(url_for("practice.next_item", course_key=course.key, skill=chosen if chosen in course.skills else "all"))

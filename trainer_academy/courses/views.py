"""Catalogue, course, lesson and guideline pages."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import cast

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from trainer_academy.assessments.bank.corrected_keys import Corrections
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import load_corrections
from trainer_academy.assessments.exams.basis import cut_in_force
from trainer_academy.assessments.items.presenting import ItemView, ReviewView
from trainer_academy.assessments.practice.steps import Answered, answers_of, presentation_for, responses_by_id
from trainer_academy.core.errors import NotFound
from trainer_academy.courses.catalog import Catalog, Course, Lesson
from trainer_academy.courses.enrollment import NOT_ENROLLED, Progress, enroll, finish_lesson, progress_of
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.web.access import EVERYONE, SIGNED_IN, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.forms import PlainForm

bp = Blueprint("courses", __name__)


def get_course(course_key: str) -> Course:
    course = get(Catalog).courses.get(course_key)
    if course is None:
        raise NotFound("course.unknown")
    return course


def get_lesson(course: Course, lesson_key: str) -> Lesson:
    lesson = course.by_key.get(lesson_key)
    if lesson is None:
        raise NotFound("lesson.unknown")
    return lesson


def my_progress(course_key: str | None = None) -> dict[str, Progress]:
    return progress_of(db(), me().id, course_key) if current_user.is_authenticated else {}


@bp.get("/courses")
@allow(EVERYONE)
def catalogue() -> ResponseReturnValue:
    return render_template("courses/catalogue.html", courses=get(Catalog).ordered(), progress=my_progress(), none=NOT_ENROLLED)


@bp.get("/courses/<course_key>")
@allow(EVERYONE)
def course_page(course_key: str) -> ResponseReturnValue:
    course = get_course(course_key)
    progress = my_progress(course_key).get(course_key, NOT_ENROLLED)
    exams = {
        key: spec for key, spec in get(ItemStore).counting_exams.items() if course_key == spec.course or key == course.file.exam
    }
    earned = list(get(Achievements).earned_by(course.file.exam or ""))
    return render_template(
        "courses/course.html",
        course=course,
        progress=progress,
        spec=exams.get(course.file.exam or ""),
        earned=earned,
        button=PlainForm(formdata=None),
        cuts={key: cut_in_force(db(), key, spec) for key, spec in exams.items()},
        next_lesson=course.next_lesson(progress.done, progress.last_lesson),
        others=[(key, other) for key, other in exams.items() if key != course.file.exam],
    )


@bp.post("/courses/<course_key>/enroll")
@allow(SIGNED_IN)
def take_course(course_key: str) -> ResponseReturnValue:
    course = get_course(course_key)
    enroll(db(), me().id, course.key, now())
    db().commit()
    return redirect(url_for("courses.lesson", course_key=course.key, lesson_key=course.lessons[0].key))


@bp.get("/courses/<course_key>/lessons/<lesson_key>")
@allow(EVERYONE)
def lesson(course_key: str, lesson_key: str) -> ResponseReturnValue:
    course = get_course(course_key)
    shown = get_lesson(course, lesson_key)
    progress = my_progress(course_key).get(course_key, NOT_ENROLLED)
    place = shown.number - 1
    return render_template(
        "courses/lesson.html",
        course=course,
        lesson=shown,
        progress=progress,
        exercises=_exercises(course, shown),
        previous=course.lessons[place - 1] if place else None,
        following=course.lessons[place + 1] if shown.number < len(course.lessons) else None,
    )


def _exercises(course: Course, shown: Lesson) -> dict[str, dict[str, object]]:
    """Each practice item of the lesson: the open item, or the review of the newest answer."""
    store = get(ItemStore)
    answered: dict[str, Answered] = {}
    user_id = 0
    if current_user.is_authenticated:
        user_id = me().id
        answered = answers_of(db(), user_id, shown.item_ids)
    rows = responses_by_id(db(), [item.response_id for item in answered.values()]) if answered else {}
    corrections = load_corrections(db()) if answered else Corrections()
    found: dict[str, dict[str, object]] = {}
    for item_id in shown.item_ids:
        item = store.items[item_id]
        review: ReviewView | None = None
        values: dict[str, object] = {}
        if item_id in answered:
            row = rows[answered[item_id].response_id]
            item = corrections.apply(item)
            review = item.review(row.presentation, row.payload, course.key)
            values = item.form_values(row.payload, row.presentation)
        view = review.item if review else item.view(presentation_for(item, user_id, now()))
        found[item_id] = {"view": view, "review": review, "values": values, "open": "" if review else _open_item(view)}
    return found


def _open_item(view: ItemView) -> Markup:
    return _render_open_item(view.id, view.version, json.dumps(view.presentation), str(get_locale()))


@lru_cache(maxsize=512)
def _render_open_item(item_id: str, _version: str, presentation: str, _locale: str) -> Markup:
    """The controls of an open item: the same for everybody who gets this order, so they are rendered once, like lessons."""
    macros = current_app.jinja_env.get_template("assessments/_items.html").module
    view = get(ItemStore).items[item_id].view(json.loads(presentation))
    return cast(Markup, macros.embedded(view, {}, f"item-{item_id}"))  # type: ignore[attr-defined]


@bp.post("/courses/<course_key>/lessons/<lesson_key>/done")
@allow(SIGNED_IN)
def finish(course_key: str, lesson_key: str) -> ResponseReturnValue:
    course = get_course(course_key)
    done = get_lesson(course, lesson_key)
    following = course.lessons[done.number] if done.number < len(course.lessons) else None
    finish_lesson(db(), me().id, course.key, done.key, following.key if following else "", now())
    db().commit()
    if following:
        return redirect(url_for("courses.lesson", course_key=course.key, lesson_key=following.key))
    flash(_("That was the last lesson. Practise, or go to the exam when you feel ready."))
    return redirect(url_for("courses.course_page", course_key=course.key))


@bp.get("/guidelines/<key>")
@allow(EVERYONE)
def guideline(key: str) -> ResponseReturnValue:
    found = get(Catalog).guidelines.get(key)
    if found is None:
        raise NotFound("guideline.unknown")
    return render_template("courses/guideline.html", guideline=found)

"""Pages for raters: what waits, the test for the right to rate, the rating screen. For operators: how raters do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from trainer_academy.assessments.bank.schema import ExamSpec, RatingSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.attempts import get_attempt
from trainer_academy.assessments.items.base import RatedItem
from trainer_academy.assessments.rating.appeals import MAX_TEXT, MIN_TEXT, appeal_until, get_own_task
from trainer_academy.assessments.rating.models import Rating, RatingTask, TaskStatus
from trainer_academy.assessments.rating.queue import changeable, count_waiting, give_back, open_lock, take_next
from trainer_academy.assessments.rating.reports import RaterReport, rater_reports
from trainer_academy.assessments.rating.right import (
    PAUSE,
    ExampleOf,
    RightState,
    examples_of,
    is_qualified,
    next_example,
    right_state,
    submit_example,
)
from trainer_academy.assessments.rating.tasks import find_gap, get_answer, get_rating, may_change, read_levels, written_item
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Conflict, NotFound, Refusal
from trainer_academy.courses.catalog import Catalog
from trainer_academy.web.access import RATER, SIGNED_IN, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.forms import AcademyForm, no_control_characters, strip
from trainer_academy.web.words import say
from trainer_academy.workflows.certification import Services
from trainer_academy.workflows.rating_work import appeal_rating, rate

bp = Blueprint("rating", __name__)
MAX_COMMENT = 2000


class CommentForm(AcademyForm):
    comment = TextAreaField(
        _l("Comment for the writer"), filters=[strip], validators=[Length(max=MAX_COMMENT), no_control_characters]
    )


class AppealForm(AcademyForm):
    text = TextAreaField(
        _l("What did the raters not see?"),
        filters=[strip],
        validators=[InputRequired(_l("Fill in this field.")), Length(min=MIN_TEXT, max=MAX_TEXT), no_control_characters],
    )


@dataclass(frozen=True)
class ExamRow:
    """One exam on the rater's page."""

    key: str
    spec: ExamSpec
    rating: RatingSpec
    state: RightState
    waiting: int
    open_work: Rating | None
    changeable: list[Rating]
    report: RaterReport | None


def get_rated_exam(exam_key: str) -> tuple[ExamSpec, RatingSpec]:
    spec = get(ItemStore).exams.get(exam_key)
    if spec is None or spec.rating is None:
        raise NotFound("rating.unknown_exam")
    return spec, spec.rating


def exam_examples(spec: ExamSpec) -> list[ExampleOf]:
    return examples_of(spec, get(ItemStore).items_for(spec))


@bp.get("/rating")
@allow(RATER)
def overview() -> ResponseReturnValue:
    reports = {report.exam_key: report for report in rater_reports(db(), get(ItemStore), now(), me().id)}
    rows = [_exam_row(key, *pair, reports.get(key)) for key, pair in sorted(get(ItemStore).rated_exams.items())]
    return render_template("assessments/rating.html", rows=rows, pause=PAUSE)


def _exam_row(key: str, spec: ExamSpec, rating: RatingSpec, report: RaterReport | None) -> ExamRow:
    state = right_state(db(), me().id, key, spec, exam_examples(spec), now())
    waiting = count_waiting(db(), me().id, key, now()) if state.is_qualified else 0
    running = open_lock(db(), me().id, key, now())
    return ExamRow(key, spec, rating, state, waiting, running, changeable(db(), me().id, key), report)


@bp.get("/rating/<exam_key>/examples")
@allow(RATER)
def examples(exam_key: str) -> ResponseReturnValue:
    spec, rating = get_rated_exam(exam_key)
    state = right_state(db(), me().id, exam_key, spec, exam_examples(spec), now())
    return render_template("assessments/rating_examples.html", key=exam_key, spec=spec, rating=rating, state=state)


@bp.post("/rating/<exam_key>/examples")
@allow(RATER)
def take_example(exam_key: str) -> ResponseReturnValue:
    spec, _rating = get_rated_exam(exam_key)
    pool = exam_examples(spec)
    state = right_state(db(), me().id, exam_key, spec, pool, now())
    taken = next_example(db(), me().id, exam_key, state, pool, now())
    if isinstance(taken, Refusal):
        raise Conflict(taken.code, **taken.values)
    db().commit()
    return redirect(url_for("rating.work", rating_id=taken.id))


@bp.post("/rating/<exam_key>/next")
@allow(RATER)
def take(exam_key: str) -> ResponseReturnValue:
    _spec, rating = get_rated_exam(exam_key)
    _check_right(exam_key)
    return _go_to_next(exam_key, rating)


def _check_right(exam_key: str) -> None:
    if not is_qualified(db(), me().id, exam_key):
        raise Conflict("rating.no_right")


def _go_to_next(exam_key: str, rating: RatingSpec) -> ResponseReturnValue:
    """Take a lock, commit, and show the work; or the overview when nothing waits."""
    taken = take_next(db(), me().id, exam_key, rating, now())
    db().commit()
    if taken is None:
        flash(_("Nothing waits for you in this exam now."))
        return redirect(url_for("rating.overview"))
    return redirect(url_for("rating.work", rating_id=taken.id))


@bp.get("/rating/work/<int:rating_id>")
@allow(RATER)
def work(rating_id: int) -> ResponseReturnValue:
    rating = get_rating(db(), rating_id, me().id)
    if rating.example is not None and rating.submitted_at is not None:
        return redirect(url_for("rating.example", rating_id=rating_id))
    if rating.task_id is not None:
        _check_right(rating.exam_key)
        if not may_change(rating, _task_of(rating)):
            raise Conflict("rating.settled_as_given")
    levels = {name: int(level) for name, level in (rating.levels or {}).items()}
    return _work_page(rating, CommentForm(formdata=None, comment=rating.comment), levels)


def _task_of(rating: Rating) -> RatingTask:
    task = db().get(RatingTask, rating.task_id)
    assert task is not None
    return task


def _work_page(rating: Rating, form: CommentForm, levels: dict[str, int], problem: str = "") -> str:
    """The work with its criteria. It names no person and shows no other rating."""
    item = written_item(db(), get(ItemStore), rating.item_id, rating.item_version)
    answer = item.examples[rating.example].text if rating.example else get_answer(db(), _task_of(rating))
    spec = get(ItemStore).exams[rating.exam_key]
    return render_template(
        "assessments/rating_work.html",
        rating=rating,
        spec=spec,
        view=item.view({}),
        answer=answer,
        form=form,
        values={f"level-{name}": level for name, level in levels.items()},
        problem=problem,
        seconds_left=max(0, int((rating.locked_until - now()).total_seconds())),
        guideline=get(Catalog).courses[spec.course].file.guideline,
        max_comment=MAX_COMMENT,
        minute=timedelta(minutes=1),
    )


@bp.post("/rating/work/<int:rating_id>")
@allow(RATER)
def submit(rating_id: int) -> ResponseReturnValue:
    form = CommentForm()
    try:
        rating = get_rating(db(), rating_id, me().id)
        item = written_item(db(), get(ItemStore), rating.item_id, rating.item_version)
        levels = read_levels(item, request.form.to_dict(flat=False))
        is_valid = form.validate()
        problem = _problem(item, levels, form) if is_valid else str(form.comment.errors[0])
        if problem:
            return _work_page(rating, form, levels, problem), 400
        comment = form.comment.data or ""
        if rating.example is not None:
            return _rate_example(rating, item, levels, comment)
        rate(db(), get(Services), rating_id, me().id, levels, comment, now())
    except Conflict as error:
        return _late_page(say(error), form), 409
    flash(_("Your rating is saved. Thank you."))
    if request.form.get("go") == "next":
        _spec, how = get_rated_exam(rating.exam_key)
        return _go_to_next(rating.exam_key, how)
    db().commit()
    return redirect(url_for("rating.overview"))


def _problem(item: RatedItem, levels: dict[str, int], form: CommentForm) -> str:
    words = {
        "": "",
        "levels": _("Choose a level for every criterion. Nothing was saved yet; what you chose is still here."),
        "comment": _("You chose the lowest level. Say in a sentence why; the writer reads it. Nothing was saved yet."),
    }
    return str(words[find_gap(item, levels, form.comment.data or "")])


def _rate_example(rating: Rating, item: RatedItem, levels: dict[str, int], comment: str) -> ResponseReturnValue:
    spec, how = get_rated_exam(rating.exam_key)
    needed = min(how.examples, len(exam_examples(spec)))
    submit_example(db(), get(ItemStore), id_of(rating), me().id, item, levels, comment, needed, now())
    db().commit()
    return redirect(url_for("rating.example", rating_id=id_of(rating)))


def _late_page(message: str, form: CommentForm) -> str:
    """What happened, with what the person had chosen and written."""
    db().rollback()
    chosen = [(name.removeprefix("level-"), value[:8]) for name, value in request.form.items() if name.startswith("level-")]
    return render_template("assessments/rating_late.html", message=message, chosen=chosen[:6], comment=form.comment.data or "")


@bp.post("/rating/work/<int:rating_id>/give-back")
@allow(RATER)
def return_work(rating_id: int) -> ResponseReturnValue:
    rating = get_rating(db(), rating_id, me().id)
    if rating.task_id is None:
        raise NotFound("example.not_given_back")
    is_free = give_back(db(), rating)
    db().commit()
    flash(_("The work is free for another rater.") if is_free else _("This work was rated already. Nothing was changed."))
    return redirect(url_for("rating.overview"))


@bp.get("/rating/examples/<int:rating_id>")
@allow(RATER)
def example(rating_id: int) -> ResponseReturnValue:
    """A rated example with its settled levels and why; only after it was rated."""
    rating = get_rating(db(), rating_id, me().id)
    if rating.example is None or rating.submitted_at is None:
        raise NotFound("example.not_rated")
    item = written_item(db(), get(ItemStore), rating.item_id, rating.item_version)
    spec, _how = get_rated_exam(rating.exam_key)
    state = right_state(db(), me().id, rating.exam_key, spec, exam_examples(spec), now())
    shown = next(one for one in item.show_examples() if one.letter == rating.example.upper())
    return render_template(
        "assessments/rating_example.html", rating=rating, spec=spec, view=item.view({}), shown=shown, state=state
    )


@bp.get("/attempts/<int:attempt_id>/work/<int:task_id>/appeal")
@allow(SIGNED_IN)
def appeal(attempt_id: int, task_id: int) -> ResponseReturnValue:
    return _appeal_page(attempt_id, task_id, AppealForm(formdata=None))


def _appeal_page(attempt_id: int, task_id: int, form: AppealForm) -> str:
    attempt = get_attempt(db(), attempt_id, me().id)
    task = get_own_task(db(), attempt, task_id)
    item = written_item(db(), get(ItemStore), task.item_id, task.item_version)
    until = appeal_until(db(), attempt_id)
    is_open = task.status == TaskStatus.SETTLED and task.first_settled is None and until is not None and now() <= until
    return render_template(
        "assessments/rating_appeal.html", attempt=attempt, task=task, title=item.title, form=form, until=until, is_open=is_open
    )


@bp.post("/attempts/<int:attempt_id>/work/<int:task_id>/appeal")
@allow(SIGNED_IN)
def send_appeal(attempt_id: int, task_id: int) -> ResponseReturnValue:
    form = AppealForm()
    if not form.validate():
        return _appeal_page(attempt_id, task_id, form), 400
    appeal_rating(db(), get(Services), me().id, attempt_id, task_id, form.text.data or "", now())
    db().commit()
    flash(_("Your appeal is sent. A rater who has not seen your text reads it within 14 days."))
    return redirect(f"/attempts/{attempt_id}")

"""Pages of contested items: the form, what a person has reported, and the authors' queue."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import resolve_items
from trainer_academy.assessments.contests import steps as contests
from trainer_academy.assessments.contests.forms import AnswerForm, ContestForm
from trainer_academy.assessments.contests.models import Contest, ContestStatus
from trainer_academy.assessments.exams.attempts import get_attempt, latest_responses, open_attempt
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.core.db import MAX_ID
from trainer_academy.core.errors import Conflict, NotFound, Refusal
from trainer_academy.web.access import AUTHOR, SIGNED_IN, allow
from trainer_academy.web.context import config, db, get, me, now
from trainer_academy.web.forms import PlainForm
from trainer_academy.web.words import say

bp = Blueprint("contests", __name__)


def read_number(name: str) -> int | None:
    """A row number from the address; None when it is not there. Raises NotFound for anything else."""
    raw = request.args.get(name, "")
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 10 and 0 < int(raw) <= MAX_ID):
        raise NotFound("contest.no_address")
    return int(raw)


def title_of(item_id: str) -> str:
    item = get(ItemStore).items.get(item_id)
    return item.title if item is not None else item_id


def get_purpose(item_id: str) -> str:
    """practice or exam; an item whose file is gone counts as one of an exam."""
    item = get(ItemStore).items.get(item_id)
    return "exam" if item is None else get(ItemStore).banks[item.bank].file.purpose


@bp.route("/items/<item_id>/contest", methods=["GET", "POST"])
@allow(SIGNED_IN)
def form_page(item_id: str) -> ResponseReturnValue:
    """For practice items. An item of an exam is named by its place on the paper, never by its id."""
    return _report(contests.find_shown(db(), get(ItemStore), me().id, item_id, read_number("response")))


@bp.route("/attempts/<int:attempt_id>/items/<int:position>/report", methods=["GET", "POST"])
@allow(SIGNED_IN)
def on_paper(attempt_id: int, position: int) -> ResponseReturnValue:
    """While the exam runs, and after it: what is wrong with the item at this place."""
    return _report(contests.find_on_paper(get_attempt(db(), attempt_id, me().id), position))


@bp.get("/attempts/<int:attempt_id>/appeal")
@allow(SIGNED_IN)
def appeal(attempt_id: int) -> ResponseReturnValue:
    """After the exam: choose an item that was wrong, to see it once more."""
    attempt = _closed(attempt_id)
    return render_template(
        "assessments/appeal.html",
        attempt=attempt,
        looks=contests.looks_of(db(), attempt_id),
        most=contests.LOOKS,
        minutes=contests.LOOK_MINUTES,
        days=contests.APPEAL_WITHIN.days,
        button=PlainForm(formdata=None),
    )


@bp.post("/attempts/<int:attempt_id>/appeal")
@allow(SIGNED_IN)
def look_again(attempt_id: int) -> ResponseReturnValue:
    """Show the item once more: the text and the person's own answer, no key, for a limited time, and logged."""
    attempt = _closed(attempt_id, is_to_save=True)
    raw = request.form.get("position", "")
    position = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0
    until = contests.look_again(db(), attempt, position, now())
    entry = attempt.paper[position - 1]
    [item] = resolve_items(db(), get(ItemStore), [entry.pair])
    response = latest_responses(db(), attempt_id).get(position)
    page = render_template(
        "assessments/look_again.html",
        attempt=attempt,
        position=position,
        view=item.view(entry.presentation),
        values=item.answer_values(response.payload, entry.presentation) if response else {},
        until=until,
        form=ContestForm(formdata=None),
    )
    db().commit()
    return page


def _closed(attempt_id: int, is_to_save: bool = False) -> Attempt:
    attempt = get_attempt(db(), attempt_id, me().id, is_to_save)
    if attempt.closed_at is None:
        raise Conflict("contest.exam_open_yet")
    return attempt


def _report(shown: contests.Shown) -> ResponseReturnValue:
    form = ContestForm()
    if form.validate_on_submit():
        outcome = contests.raise_contest(db(), me().id, shown, form.kind.data, form.text.data or "", now())
        db().commit()
        flash(say(outcome) if isinstance(outcome, Refusal) else _("Thank you. An author answers until the date below."))
        return redirect(url_for("contests.mine", attempt=shown.attempt_id, position=shown.position))
    page = render_template(
        "assessments/contest.html",
        form=form,
        shown=shown,
        title="" if shown.attempt_id is not None else title_of(shown.item_id),
        is_running=(running := open_attempt(db(), me().id)) is not None and running.id == shown.attempt_id,
        days=contests.ANSWER_DAYS,
    )
    return page, 400 if form.errors else 200


@bp.get("/contests")
@allow(SIGNED_IN)
def mine() -> ResponseReturnValue:
    running = open_attempt(db(), me().id)
    rows = []
    for found in contests.contests_of(db(), me().id):
        # The title of an exam item may hint at its key, and the item is used again.
        is_exam = get_purpose(found.item_id) == "exam"
        rows.append({"contest": found, "title": "" if is_exam else title_of(found.item_id), "is_late": is_late(found)})
    position = read_number("position")
    if running is not None and (running.id != read_number("attempt") or position is None or position > len(running.paper)):
        position = 1
    return render_template("assessments/contests.html", rows=rows, running=running, position=position)


def is_late(found: Contest) -> bool:
    return found.status == ContestStatus.OPEN and found.due_at < now()


@bp.get("/banks/contests")
@allow(AUTHOR)
def queue() -> ResponseReturnValue:
    waiting = contests.open_contests(db())
    counts = contests.count_by_item(db(), {found.item_id for found in waiting})
    rows = [
        {"contest": found, "title": title_of(found.item_id), "is_late": is_late(found), "count": counts[found.item_id]}
        for found in waiting
    ]
    return render_template("assessments/contest_queue.html", rows=rows)


@bp.route("/banks/contests/<int:contest_id>", methods=["GET", "POST"])
@allow(AUTHOR)
def answer(contest_id: int) -> ResponseReturnValue:
    found = contests.get_contest(db(), contest_id)
    corrections = contests.corrections_of(db(), found.item_id)
    form = AnswerForm()
    form.correction.choices = [("", _("none")), *((str(c.id), f"{c.id}: {c.kind}, {c.status}") for c in corrections)]
    if form.validate_on_submit():
        outcome = contests.answer_contest(
            db(),
            found,
            me().id,
            form.outcome.data == "accepted",
            form.answer.data or "",
            int(form.correction.data) if form.correction.data else None,
            config().base_url,
            now(),
        )
        db().commit()
        flash(say(outcome) if isinstance(outcome, Refusal) else _("The answer is saved, and the person has a message."))
        is_refused = isinstance(outcome, Refusal)
        return redirect(url_for("contests.answer", contest_id=contest_id) if is_refused else url_for("contests.queue"))
    page = render_template(
        "assessments/contest_answer.html", form=form, contest=found, title=title_of(found.item_id), is_late=is_late(found)
    )
    return page, 400 if form.errors else 200

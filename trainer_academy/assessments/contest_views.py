"""Pages of contested items: the form, what a person has reported, and the authors' queue."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments import contests
from trainer_academy.assessments.attempts import open_attempt
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.contest_models import Contest
from trainer_academy.assessments.forms import AnswerForm, ContestForm
from trainer_academy.core.db import MAX_ID
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.web.access import AUTHOR, SIGNED_IN, allow
from trainer_academy.web.context import config, db, get, me, now

bp = Blueprint("contests", __name__)


def read_number(name: str) -> int | None:
    """A row number from the address; None when it is not there. Raises NotFound for anything else."""
    raw = request.args.get(name, "")
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) <= 10 and 0 < int(raw) <= MAX_ID):
        raise NotFound(_("There is nothing at this address. Use the link beside the item."))
    return int(raw)


def title_of(item_id: str) -> str:
    item = get(ItemStore).items.get(item_id)
    return item.title if item is not None else item_id


@bp.route("/items/<item_id>/contest", methods=["GET", "POST"])
@allow(SIGNED_IN)
def form_page(item_id: str) -> ResponseReturnValue:
    response_id, attempt_id = read_number("response"), read_number("attempt")
    shown = contests.find_shown(db(), get(ItemStore), me().id, item_id, response_id, attempt_id)
    form = ContestForm()
    if form.validate_on_submit():
        outcome = contests.raise_contest(db(), me().id, shown, form.kind.data, form.text.data or "", now())
        db().commit()
        flash(outcome.reason if isinstance(outcome, Refusal) else _("Thank you. An author answers until the date below."))
        return redirect(url_for("contests.mine", attempt=shown.attempt_id, position=shown.position))
    running = open_attempt(db(), me().id)
    # A title may hint at the key, so it stays away while the exam runs.
    is_running = running is not None and running.id == shown.attempt_id
    page = render_template(
        "assessments/contest.html",
        form=form,
        shown=shown,
        title="" if is_running else title_of(item_id),
        days=contests.ANSWER_DAYS,
    )
    return page, 400 if form.errors else 200


@bp.get("/contests")
@allow(SIGNED_IN)
def mine() -> ResponseReturnValue:
    running = open_attempt(db(), me().id)
    rows = []
    for found in contests.contests_of(db(), me().id):
        is_running = running is not None and running.id == found.attempt_id
        rows.append({"contest": found, "title": "" if is_running else title_of(found.item_id), "is_late": is_late(found)})
    position = read_number("position")
    if running is not None and (running.id != read_number("attempt") or position is None or position > len(running.paper)):
        position = 1
    return render_template("assessments/contests.html", rows=rows, running=running, position=position)


def is_late(found: Contest) -> bool:
    return found.status == "open" and found.due_at < now()


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
            db(), found, me().id, form.outcome.data == "accepted", form.answer.data or "",
            int(form.correction.data) if form.correction.data else None, config().base_url, now(),
        )  # fmt: skip
        db().commit()
        flash(outcome.reason if isinstance(outcome, Refusal) else _("The answer is saved, and the person has a message."))
        is_refused = isinstance(outcome, Refusal)
        return redirect(url_for("contests.answer", contest_id=contest_id) if is_refused else url_for("contests.queue"))
    page = render_template(
        "assessments/contest_answer.html", form=form, contest=found, title=title_of(found.item_id), is_late=is_late(found)
    )
    return page, 400 if form.errors else 200

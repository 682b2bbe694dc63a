"""Pages for authors: propose a correction, see who would change, approve or reject, follow the run."""

from __future__ import annotations

from time import perf_counter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.corrected_keys import with_key
from trainer_academy.assessments.bank.models import Correction, CorrectionStatus
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import item_today, load_corrections
from trainer_academy.assessments.contests.forms import CorrectForm, NoteForm
from trainer_academy.assessments.contests.steps import corrections_of
from trainer_academy.assessments.contests.views import title_of
from trainer_academy.assessments.corrections import steps as correcting
from trainer_academy.assessments.corrections.preview import preview
from trainer_academy.assessments.corrections.rescoring import exams_with
from trainer_academy.assessments.corrections.votes import (
    GOOD_VOTES,
    MIN_VOTES,
    count_votes,
    key_from_answer,
    takes_key,
    votes_key,
)
from trainer_academy.assessments.items.base import Payload
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import BadInput, Refusal
from trainer_academy.web.access import AUTHOR, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.words import say

bp = Blueprint("corrections", __name__)


@bp.get("/banks/corrections")
@allow(AUTHOR)
def index() -> ResponseReturnValue:
    rows = [(found, title_of(found.item_id)) for found in correcting.newest_corrections(db())]
    return render_template("assessments/corrections.html", rows=rows)


@bp.route("/banks/items/<item_id>/correct", methods=["GET", "POST"])
@allow(AUTHOR)
def propose(item_id: str) -> ResponseReturnValue:
    item = item_today(db(), get(ItemStore), item_id)
    form = CorrectForm()
    given = _read_answer(item) if request.method == "POST" else item.perfect()
    if form.validate_on_submit():
        outcome = _propose(item, given, form.why.data or "")
        if isinstance(outcome, Correction):
            db().commit()
            flash(_("The correction is proposed. Nothing has changed yet: another author decides."))
            return redirect(url_for("corrections.correction", correction_id=outcome.id))
        form.why.errors = [say(outcome)]
    votes = correcting.votes_on(db(), item) if item.takes_votes else []
    page = render_template(
        "assessments/correct.html",
        form=form,
        item=item,
        view=item.view(item.file_order()) if takes_key(item) else None,
        values=item.form_values(given, item.file_order()) if takes_key(item) else {},
        votes=len(votes),
        counts=count_votes(item, votes) if votes else {},
        takes_votes=item.takes_votes,
        least=MIN_VOTES,
        good=GOOD_VOTES,
    )
    return page, 400 if form.errors else 200


def _read_answer(item: SomeItem) -> Payload:
    """What the author marked as right; for votes and suspensions the key as it is."""
    if request.form.get("action") != "key" or not takes_key(item):
        return item.perfect()
    return item.read(request.form.to_dict(flat=False), item.file_order())


def _propose(item: SomeItem, given: Payload, reason: str) -> Correction | Refusal:
    action = request.form.get("action")
    if action == "suspend":
        return correcting.propose_suspension(db(), item, reason, me().id, now())
    if action == "votes" and item.takes_votes:
        new_key = votes_key(item, correcting.votes_on(db(), item))
    elif action == "key" and not item.is_complete(given):
        return Refusal("correction.incomplete")
    elif action == "key":
        new_key = key_from_answer(item, given)
    else:
        raise BadInput("correction.button")
    return correcting.propose_key(db(), get(ItemStore), item, new_key, reason, me().id, now())


@bp.get("/banks/corrections/<int:correction_id>")
@allow(AUTHOR)
def correction(correction_id: int) -> ResponseReturnValue:
    return _page(correcting.get_correction(db(), correction_id), NoteForm(formdata=None))


def _page(found: Correction, form: NoteForm) -> ResponseReturnValue:
    store = get(ItemStore)
    is_open = found.status == CorrectionStatus.PROPOSED or (
        found.kind == "suspend" and found.status == CorrectionStatus.APPLIED
    )
    begin = perf_counter()
    expected = preview(db(), store, found) if is_open else None
    seconds = perf_counter() - begin
    exams = exams_with(db(), store, found.item_id)
    then = correcting.corrections_with(db(), found) if found.status == CorrectionStatus.PROPOSED else load_corrections(db())
    page = render_template(
        "assessments/correction.html",
        correction=found,
        form=form,
        title=title_of(found.item_id),
        expected=expected,
        seconds=seconds,
        short=correcting.shortages(store, then, exams) if is_open else [],
        exams=[(store.exams[key].title, store.exams[key].on_correction) for key in exams],
        runs=correcting.runs_of(db(), id_of(found)),
        is_mine=found.proposed_by == me().id,
        keys=_keys(store, found),
    )
    return page, 400 if form.errors else 200


def _keys(store: ItemStore, found: Correction) -> dict[str, object]:
    """The item with the replaced and with the new key, as pages show keys; empty when the item has changed since."""
    item = store.items.get(found.item_id)
    if item is None or found.new_key is None:
        return {}
    earlier = {one.new_key_version: one.new_key for one in corrections_of(db(), item.id)}.get(found.from_key_version)
    try:
        before = item if earlier is None else with_key(item, earlier)
        after = with_key(item, found.new_key)
    except BadInput:  # the file has another shape now
        return {}
    if before.key_version != found.from_key_version:
        return {}
    reviews: dict[str, object] = {"votes": found.new_key.get("votes")}
    for name, keyed in (("before", before), ("after", after)):
        reviews[name] = keyed.review(keyed.file_order(), keyed.perfect(), "")
        reviews[f"{name}_values"] = keyed.form_values(keyed.perfect(), keyed.file_order())
    return reviews


@bp.post("/banks/corrections/<int:correction_id>")
@allow(AUTHOR)
def decide(correction_id: int) -> ResponseReturnValue:
    found, form = correcting.get_correction(db(), correction_id), NoteForm()
    if not form.validate_on_submit():
        return _page(found, form)
    note, action = form.note.data or "", request.form.get("action")
    if action == "approve":
        outcome = correcting.approve(db(), get(ItemStore), found, me().id, note, now())
        said = _("The correction is in force. Stored answers are scored again by the worker; this page shows how far it is.")
    elif action == "reject":
        outcome, said = (
            correcting.reject(db(), found, me().id, note, now()),
            _("The correction is rejected. Nothing has changed."),
        )
    elif action == "end":
        outcome, said = correcting.end_suspension(db(), found, me().id, note, now()), _("The item counts again.")
    else:
        raise BadInput("correction.button")
    db().commit()
    flash(say(outcome) if isinstance(outcome, Refusal) else said)
    return redirect(url_for("corrections.correction", correction_id=correction_id))

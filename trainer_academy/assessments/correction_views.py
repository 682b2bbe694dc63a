"""Pages for authors: propose a correction, see who would change, approve or reject, follow the run."""

from __future__ import annotations

from time import perf_counter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments import correcting
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.contest_models import Correction
from trainer_academy.assessments.contest_views import title_of
from trainer_academy.assessments.contests import corrections_of
from trainer_academy.assessments.forms import CorrectForm, NoteForm
from trainer_academy.assessments.items import ChoiceItem, PairwiseItem, Payload, Presentation
from trainer_academy.assessments.keys import with_key
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.mark_items import RankingItem
from trainer_academy.assessments.presenting import form_values, show_item, show_review
from trainer_academy.assessments.previewing import preview
from trainer_academy.assessments.rescoring import exams_with
from trainer_academy.assessments.versions import load_corrections
from trainer_academy.assessments.votes import (
    GOOD_VOTES,
    MIN_VOTES,
    count_votes,
    key_from_answer,
    takes_key,
    takes_votes,
    votes_key,
)
from trainer_academy.core.errors import BadInput, Refusal
from trainer_academy.web.access import AUTHOR, allow
from trainer_academy.web.context import db, get, me, now

bp = Blueprint("corrections", __name__)


def file_order(item: SomeItem) -> Presentation:
    """The item as it stands in its file."""
    if isinstance(item, ChoiceItem):
        return {"order": list(item.options)}
    if isinstance(item, RankingItem):
        return {"order": list(item.responses)}
    return {"swapped": False} if isinstance(item, PairwiseItem) else {}


@bp.get("/banks/corrections")
@allow(AUTHOR)
def index() -> ResponseReturnValue:
    rows = [(found, title_of(found.item_id)) for found in correcting.newest_corrections(db())]
    return render_template("assessments/corrections.html", rows=rows)


@bp.route("/banks/items/<item_id>/correct", methods=["GET", "POST"])
@allow(AUTHOR)
def propose(item_id: str) -> ResponseReturnValue:
    item = correcting.item_today(db(), get(ItemStore), item_id)
    form = CorrectForm()
    given = _read_answer(item) if request.method == "POST" else item.perfect()
    if form.validate_on_submit():
        outcome = _propose(item, given, form.why.data or "")
        if isinstance(outcome, Correction):
            db().commit()
            flash(_("The correction is proposed. Nothing has changed yet: another author decides."))
            return redirect(url_for("corrections.correction", correction_id=outcome.id))
        form.why.errors = [outcome.reason]
    votes = correcting.votes_on(db(), item) if takes_votes(item) else []
    page = render_template(
        "assessments/correct.html", form=form, item=item, view=show_item(item, file_order(item)) if takes_key(item) else None,
        values=form_values(item, given, file_order(item)) if takes_key(item) else {}, votes=len(votes),
        counts=count_votes(item, votes) if votes else {}, takes_votes=takes_votes(item), least=MIN_VOTES, good=GOOD_VOTES,
    )  # fmt: skip
    return page, 400 if form.errors else 200


def _read_answer(item: SomeItem) -> Payload:
    """What the author marked as right; for votes and suspensions the key as it is."""
    if request.form.get("action") != "key" or not takes_key(item):
        return item.perfect()
    return item.read(request.form.to_dict(flat=False), file_order(item))


def _propose(item: SomeItem, given: Payload, reason: str) -> Correction | Refusal:
    action = request.form.get("action")
    if action == "suspend":
        return correcting.propose_suspension(db(), item, reason, me().id, now())
    if action == "votes" and takes_votes(item):
        new_key = votes_key(item, correcting.votes_on(db(), item))
    elif action == "key" and not item.is_complete(given):
        return Refusal(_("Answer every part of the item: your answer is the new key. Nothing was saved."))
    elif action == "key":
        new_key = key_from_answer(item, given)
    else:
        raise BadInput(_("Use one of the buttons of the page. Nothing was changed."))
    return correcting.propose_key(db(), get(ItemStore), item, new_key, reason, me().id, now())


@bp.get("/banks/corrections/<int:correction_id>")
@allow(AUTHOR)
def correction(correction_id: int) -> ResponseReturnValue:
    return _page(correcting.get_correction(db(), correction_id), NoteForm(formdata=None))


def _page(found: Correction, form: NoteForm) -> ResponseReturnValue:
    store = get(ItemStore)
    is_open = found.status == "proposed" or (found.kind == "suspend" and found.status == "applied")
    begin = perf_counter()
    expected = preview(db(), store, found) if is_open else None
    seconds = perf_counter() - begin
    exams = exams_with(db(), store, found.item_id)
    then = correcting.corrections_with(db(), found) if found.status == "proposed" else load_corrections(db())
    page = render_template(
        "assessments/correction.html", correction=found, form=form, title=title_of(found.item_id), expected=expected,
        seconds=seconds, short=correcting.shortages(store, then, exams) if is_open else [],
        exams=[(store.exams[key].title, store.exams[key].on_correction) for key in exams],
        runs=correcting.runs_of(db(), found.id or 0), is_mine=found.proposed_by == me().id, keys=_keys(store, found),
    )  # fmt: skip
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
        reviews[name] = show_review(keyed, file_order(keyed), keyed.perfect(), "")
        reviews[f"{name}_values"] = form_values(keyed, keyed.perfect(), file_order(keyed))
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
        raise BadInput(_("Use one of the buttons of the page. Nothing was changed."))
    db().commit()
    flash(outcome.reason if isinstance(outcome, Refusal) else said)
    return redirect(url_for("corrections.correction", correction_id=correction_id))

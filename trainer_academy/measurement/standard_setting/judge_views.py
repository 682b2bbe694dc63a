"""Standard setting, for judges: statements and signature, one item at a time, the panel between the rounds."""

from __future__ import annotations

import random

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import current_items
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Conflict, NotFound, Refusal
from trainer_academy.courses.catalog import Catalog
from trainer_academy.measurement.standard_setting import rules as study_rules
from trainer_academy.measurement.standard_setting import steps as studying
from trainer_academy.measurement.standard_setting.adopting import same_name
from trainer_academy.measurement.standard_setting.forms import NoteForm, ReasonForm, SignForm
from trainer_academy.measurement.standard_setting.models import Study, StudyJudge, StudyStatus
from trainer_academy.measurement.standard_setting.results import PanelRow, panel_rows
from trainer_academy.web.access import SIGNED_IN, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.words import say

bp = Blueprint("judging", __name__)
SHOWN = ("round_1", "discussion", "round_2")  # while these last a judge may look at items


@bp.get("/judging")
@allow(SIGNED_IN)
def mine() -> ResponseReturnValue:
    rows = studying.judging_of(db(), me().id)
    return render_template("measurement/judging.html", rows=rows, exams=get(ItemStore).exams)


def _mine(study_id: int, is_to_change: bool = False) -> tuple[Study, StudyJudge]:
    """The study and me as its judge; NotFound for everybody else."""
    found = studying.get_study(db(), study_id, is_to_change)
    return found, studying.get_judge(db(), study_id, me().id)


@bp.get("/judging/<int:study_id>")
@allow(SIGNED_IN)
def study(study_id: int) -> ResponseReturnValue:
    found, judge = _mine(study_id)
    return _page(found, judge, SignForm(formdata=None), NoteForm(formdata=None))


def _page(found: Study, judge: StudyJudge, form: SignForm, note_form: NoteForm) -> ResponseReturnValue:
    spec = get(ItemStore).exams[found.exam_key]
    number = studying.ROUNDS.get(found.status, 1)
    own = studying.newest_ratings(db(), id_of(found), number, judge.id).get(id_of(judge), {})
    is_open = judge.signed_at is not None and found.status in SHOWN
    rows = panel_rows(db(), found, judge) if is_open and found.status != StudyStatus.ROUND_1 else []
    numbers = {one.id: one.number for one in studying.judges_of(db(), id_of(found))}
    page = render_template(
        "measurement/judge.html",
        study=found,
        judge=judge,
        spec=spec,
        form=form,
        note_form=note_form,
        own=own,
        round=number,
        is_open=is_open,
        rows={row.item_id: row for row in rows},
        notes=studying.notes_of(db(), id_of(found)) if is_open else [],
        numbers=numbers,
        titles={i: item.title for i, item in get(ItemStore).items.items()},
        next=_next_open(found, own),
        takes_part=found.status != StudyStatus.ROUND_2 or judge.number not in found.notes_on_rounds["1"]["missing"],
        rules=study_rules,
        reason_form=ReasonForm(formdata=None),
    )
    return page, 400 if form.errors or note_form.errors else 200


def _next_open(found: Study, own: dict[str, float], after: int = 0) -> int | None:
    """The next place (from 1) without a rating, first after `after`, then from the start; None when all are rated."""
    places = [place for place, entry in enumerate(found.items, 1) if entry["id"] not in own]
    return next((place for place in places if place > after), places[0] if places else None)


@bp.post("/judging/<int:study_id>/sign")
@allow(SIGNED_IN)
def sign(study_id: int) -> ResponseReturnValue:
    found, judge = _mine(study_id, is_to_change=True)
    form, exams = SignForm(), get(ItemStore).exams
    bank = exams[found.exam_key].bank
    if form.validate_on_submit() and not same_name(form.signature.data or "", me().name):
        form.signature.errors = [_("Sign with the name of your account, which is %(name)s.", name=me().name)]
    if form.errors or not form.is_submitted():
        return _page(found, judge, form, NoteForm(formdata=None))
    values = form.qualification.data or "", form.interests.data or "", form.signature.data or ""
    same_bank = [key for key, spec in exams.items() if spec.bank == bank]
    return _done(found, studying.sign(db(), found, judge, bank, same_bank, *values, now()), _("You have signed. Thank you."))


def _done(found: Study, outcome: Refusal | None, said: str) -> ResponseReturnValue:
    db().commit()
    flash(say(outcome) if isinstance(outcome, Refusal) else said)
    return redirect(url_for("judging.study", study_id=found.id))


@bp.post("/judging/<int:study_id>/leave")
@allow(SIGNED_IN)
def leave(study_id: int) -> ResponseReturnValue:
    found, judge = _mine(study_id, is_to_change=True)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _done(found, Refusal("judge.leave_reason"), "")
    outcome = studying.leave(db(), found, judge, me().id, form.reason.data or "", now())
    db().commit()
    flash(say(outcome) if outcome else _("You are not a judge of this study any more. Your ratings do not count."))
    return redirect(url_for("judging.mine"))


@bp.get("/judging/<int:study_id>/items/<int:place>")
@allow(SIGNED_IN)
def item(study_id: int, place: int) -> ResponseReturnValue:
    found, judge = _mine(study_id)
    return _item_page(found, judge, place, "")


def _item_page(found: Study, judge: StudyJudge, place: int, problem: str) -> ResponseReturnValue:
    if judge.signed_at is None or found.status not in SHOWN:
        flash(_("Items are shown to judges who have signed, while the study runs."))
        return redirect(url_for("judging.study", study_id=found.id))
    entry = _entry(found, place)
    [shown] = current_items(db(), get(ItemStore), [(entry["id"], entry["version"])])
    presentation = shown.present(random.Random(shown.id))
    number = studying.ROUNDS.get(found.status, 1)
    own = studying.newest_ratings(db(), id_of(found), number, judge.id).get(id_of(judge), {})
    spec = get(ItemStore).exams[found.exam_key]
    page = render_template(
        "measurement/judge_item.html",
        study=found,
        judge=judge,
        spec=spec,
        place=place,
        total=len(found.items),
        round=number,
        view=shown.view(presentation),
        review=shown.review(presentation, shown.perfect(), spec.course),
        value=own.get(entry["id"]),
        done=len(own),
        problem=problem,
        panel=_panel_row(found, judge, entry["id"]),
        is_corrected=shown.key_version != entry["key_version"],
        skill=_skill_name(spec.course, shown),
        rules=study_rules,
        may_rate=found.status in studying.ROUNDS and number not in judge.done_rounds,
    )
    return page, 400 if problem else 200


def _entry(found: Study, place: int) -> dict[str, str]:
    if not 1 <= place <= len(found.items):
        raise NotFound("study.position", n=len(found.items))
    entry: dict[str, str] = found.items[place - 1]
    return entry


def _skill_name(course_key: str, shown: SomeItem) -> str:
    return get(Catalog).courses[course_key].skills.get(shown.skill, shown.skill)


def _panel_row(found: Study, judge: StudyJudge, item_id: str) -> PanelRow | None:
    if found.status == StudyStatus.ROUND_1:
        return None
    return next((row for row in panel_rows(db(), found, judge) if row.item_id == item_id), None)


@bp.post("/judging/<int:study_id>/items/<int:place>")
@allow(SIGNED_IN)
def rate(study_id: int, place: int) -> ResponseReturnValue:
    found, judge = _mine(study_id, is_to_change=True)
    entry = _entry(found, place)
    value = study_rules.read_value(request.form.get("value", ""), request.form.get("exact", ""))
    if value is None:
        return _item_page(found, judge, place, _("Choose or type a number from 0 to 100. Nothing was saved for this item."))
    outcome = studying.rate(db(), found, judge, entry["id"], value, now())
    db().commit()
    if isinstance(outcome, Refusal):
        raise Conflict(outcome.code, **outcome.values)
    own = studying.newest_ratings(db(), study_id, studying.ROUNDS[found.status], judge.id)[id_of(judge)]
    target = _next_open(found, own, place)
    if request.form.get("go") == "list" or target is None:
        flash(_("Saved. %(n)s of %(total)s items have your rating.", n=len(own), total=len(found.items)))
        return redirect(url_for("judging.study", study_id=study_id))
    return redirect(url_for("judging.item", study_id=study_id, place=target))


@bp.post("/judging/<int:study_id>/keep")
@allow(SIGNED_IN)
def keep(study_id: int) -> ResponseReturnValue:
    found, judge = _mine(study_id, is_to_change=True)
    outcome = studying.keep_rest(db(), found, judge, now())
    if isinstance(outcome, Refusal):
        return _done(found, outcome, "")
    return _done(found, None, _("%(n)s items keep your rating of the first round.", n=outcome))


@bp.post("/judging/<int:study_id>/finish")
@allow(SIGNED_IN)
def finish(study_id: int) -> ResponseReturnValue:
    found, judge = _mine(study_id, is_to_change=True)
    return _done(found, studying.finish(db(), found, judge, now()), _("You are done with this round. Thank you."))


@bp.post("/judging/<int:study_id>/notes")
@allow(SIGNED_IN)
def note(study_id: int) -> ResponseReturnValue:
    found, judge = _mine(study_id, is_to_change=True)
    form = NoteForm()
    if judge.signed_at is None:
        raise Conflict("judge.sign_first")
    if not form.validate_on_submit():
        return _page(found, judge, SignForm(formdata=None), form)
    return _done(found, studying.add_note(db(), found, judge, me().id, form.text.data or "", now()), _("Your note is added."))

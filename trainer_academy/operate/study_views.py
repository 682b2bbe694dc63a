"""Standard setting, for operators: plan a study, appoint judges, open and close rounds, adopt the cut."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts import people
from trainer_academy.accounts.people import names_of
from trainer_academy.assessments.bank.lookup import find_counting_exam
from trainer_academy.assessments.bank.schema import ExamSpec, drawable
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.basis import cut_in_force
from trainer_academy.assessments.exams.models import Cut
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Refusal
from trainer_academy.measurement.standard_setting import adopting
from trainer_academy.measurement.standard_setting import rules as study_rules
from trainer_academy.measurement.standard_setting import steps as studying
from trainer_academy.measurement.standard_setting.forms import AdoptForm, AppointForm, NoteForm, PlanForm, ReasonForm
from trainer_academy.measurement.standard_setting.models import Study
from trainer_academy.measurement.standard_setting.results import closed_rounds, study_result
from trainer_academy.web.access import OPERATOR, allow
from trainer_academy.web.context import config, db, get, me, now
from trainer_academy.web.words import say

bp = Blueprint("studies", __name__)


def judge_link(study: Study) -> str:
    return f"{config().base_url}{url_for('judging.study', study_id=study.id)}"


@bp.get("/operate/studies")
@allow(OPERATOR)
def index() -> ResponseReturnValue:
    exams = get(ItemStore).counting_exams
    return render_template(
        "operate/studies.html",
        studies=studying.studies_of(db()),
        exams=exams,
        rules=study_rules,
        cuts={key: cut_in_force(db(), key, spec) for key, spec in exams.items()},
    )


@bp.route("/operate/studies/new", methods=["GET", "POST"])
@allow(OPERATOR)
def plan() -> ResponseReturnValue:
    form, exams = PlanForm(), get(ItemStore).counting_exams
    form.exam.choices = [(key, spec.title) for key, spec in exams.items()]
    if form.validate_on_submit():
        spec = exams[form.exam.data]
        size = (form.size.data or 42) if form.scope.data == "sample" else None
        items = get(ItemStore).items_for(spec)
        outcome = studying.plan_study(
            db(), form.exam.data, spec, items, form.definition.data or "", size, form.seed.data or 0, me().id, now()
        )
        if isinstance(outcome, Study):
            db().commit()
            flash(_("The study is planned. Appoint its judges now."))
            return redirect(url_for("studies.study", study_id=outcome.id))
        form.exam.errors = [say(outcome)]
    return render_template("operate/study_new.html", form=form, rules=study_rules), 400 if form.errors else 200


@bp.get("/operate/studies/<int:study_id>")
@allow(OPERATOR)
def study(study_id: int) -> ResponseReturnValue:
    return _page(studying.get_study(db(), study_id))


def _page(
    found: Study,
    appoint_form: AppointForm | None = None,
    reason_form: ReasonForm | None = None,
    note_form: NoteForm | None = None,
) -> ResponseReturnValue:
    spec, judges = find_counting_exam(get(ItemStore), found.exam_key), studying.judges_of(db(), id_of(found))
    ratings = {number: studying.newest_ratings(db(), id_of(found), number) for number in (1, 2)}
    forms = [form for form in (appoint_form, reason_form, note_form) if form is not None and form.errors]
    notes = studying.notes_of(db(), id_of(found))
    page = render_template(
        "operate/study.html",
        study=found,
        spec=spec,
        judges=judges,
        names=names_of(db(), {judge.user_id for judge in judges} | {note.written_by for note in notes} | {found.made_by}),
        rated={number: {judge_id: len(own) for judge_id, own in table.items()} for number, table in ratings.items()},
        result=study_result(db(), found, spec),
        closed=closed_rounds(found),
        notes=notes,
        rules=study_rules,
        planned=_planned_count(found, spec),
        titles={i: item.title for i, item in get(ItemStore).items.items()},
        appoint_form=appoint_form or AppointForm(formdata=None),
        reason_form=reason_form or ReasonForm(formdata=None),
        note_form=note_form or NoteForm(formdata=None),
        problems=[error for form in forms for errors in form.errors.values() for error in errors],
    )
    return page, 400 if forms else 200


def _planned_count(found: Study, spec: ExamSpec) -> int:
    items = get(ItemStore).items_for(spec)
    return found.plan.get("size") or len(drawable(spec, items))


def _done(study_id: int, outcome: Refusal | None, said: str) -> ResponseReturnValue:
    """Commit and say what happened; a refusal has changed nothing."""
    db().commit()
    flash(say(outcome) if isinstance(outcome, Refusal) else said)
    return redirect(url_for("studies.study", study_id=study_id))


@bp.post("/operate/studies/<int:study_id>/judges")
@allow(OPERATOR)
def appoint(study_id: int) -> ResponseReturnValue:
    found, form = studying.get_study(db(), study_id, is_to_change=True), AppointForm()
    login = people.read_login(form.login.data or "") if form.validate_on_submit() else None
    user = people.find_user(db(), login.value) if login else None
    if user is None:
        if not form.errors:
            form.login.errors = [_("There is no account with this login. The person signs up first; nothing was changed.")]
        return _page(found, appoint_form=form)
    spec = find_counting_exam(get(ItemStore), found.exam_key)
    same_bank = [key for key, other in get(ItemStore).counting_exams.items() if other.bank == spec.bank]
    outcome = studying.appoint(db(), found, same_bank, user, me().id, judge_link(found), now())
    if isinstance(outcome, Refusal):
        return _done(study_id, outcome, "")
    said = _("%(name)s is judge %(n)s and gets a message.", name=user.name, n=outcome.number)
    if outcome.found:
        said += " " + _("A possible conflict of interest was found; it is in the list below and the judge is told.")
    return _done(study_id, None, said)


@bp.post("/operate/studies/<int:study_id>/judges/<int:user_id>/withdraw")
@allow(OPERATOR)
def withdraw(study_id: int, user_id: int) -> ResponseReturnValue:
    found, form = studying.get_study(db(), study_id, is_to_change=True), ReasonForm()
    judge = studying.get_judge(db(), study_id, user_id)
    if not form.validate_on_submit():
        return _page(found, reason_form=form)
    outcome = studying.leave(db(), found, judge, me().id, form.reason.data or "", now())
    return _done(study_id, outcome, _("The judge was taken out. The ratings stay stored and do not count."))


@bp.post("/operate/studies/<int:study_id>/start")
@allow(OPERATOR)
def start(study_id: int) -> ResponseReturnValue:
    found = studying.get_study(db(), study_id, is_to_change=True)
    spec = find_counting_exam(get(ItemStore), found.exam_key)
    items = get(ItemStore).items_for(spec)
    outcome = studying.start(db(), found, spec, items, me().id, judge_link(found), now())
    return _done(study_id, outcome, _("The first round is open. Items and keys are frozen. The judges get a message."))


@bp.post("/operate/studies/<int:study_id>/close")
@allow(OPERATOR)
def close(study_id: int) -> ResponseReturnValue:
    found, form = studying.get_study(db(), study_id, is_to_change=True), ReasonForm()
    if not form.validate_on_submit():
        return _page(found, reason_form=form)
    outcome = studying.close_round(db(), found, me().id, form.reason.data or "", now())
    return _done(study_id, outcome, _("The round is closed."))


@bp.post("/operate/studies/<int:study_id>/second")
@allow(OPERATOR)
def second(study_id: int) -> ResponseReturnValue:
    found = studying.get_study(db(), study_id, is_to_change=True)
    outcome = studying.open_second(db(), found, me().id, judge_link(found), now())
    return _done(study_id, outcome, _("The second round is open. The judges get a message."))


@bp.post("/operate/studies/<int:study_id>/abandon")
@allow(OPERATOR)
def abandon(study_id: int) -> ResponseReturnValue:
    found, form = studying.get_study(db(), study_id, is_to_change=True), ReasonForm()
    if not form.validate_on_submit():
        return _page(found, reason_form=form)
    outcome = studying.abandon(db(), found, me().id, form.reason.data or "", now())
    return _done(study_id, outcome, _("The study was ended without a result. What was rated stays stored."))


@bp.post("/operate/studies/<int:study_id>/notes")
@allow(OPERATOR)
def note(study_id: int) -> ResponseReturnValue:
    found, form = studying.get_study(db(), study_id, is_to_change=True), NoteForm()
    if not form.validate_on_submit():
        return _page(found, note_form=form)
    return _done(study_id, studying.add_note(db(), found, None, me().id, form.text.data or "", now()), _("Your note is added."))


@bp.get("/operate/studies/<int:study_id>/ratings.csv")
@allow(OPERATOR)
def ratings(study_id: int) -> ResponseReturnValue:
    """Every rating ever given, one a line. Judges have numbers, not names; `counts` is 1 for the newest of a round."""
    found = studying.get_study(db(), study_id)
    rows = studying.all_ratings(db(), study_id)
    judges = {judge.id: judge.number for judge in studying.judges_of(db(), study_id)}
    newest = {(row.round, row.judge_id, row.item_id): row.id for row in rows}
    frozen = {entry["id"]: entry for entry in found.items}
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(
        ["exam", "exam_version", "round", "judge", "item", "item_version", "key_version", "value", "rated_at", "counts"]
    )
    for row in rows:
        entry = frozen[row.item_id]
        is_newest = newest[row.round, row.judge_id, row.item_id] == row.id
        table.writerow(
            [
                found.exam_key,
                found.exam_version,
                row.round,
                judges[row.judge_id],
                row.item_id,
                entry["version"],
                entry["key_version"],
                row.value,
                row.rated_at.isoformat(),
                int(is_newest),
            ]
        )
    name = f"ratings-{found.exam_key}-study-{study_id}.csv"
    return Response(
        out.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@bp.route("/operate/studies/<int:study_id>/adopt", methods=["GET", "POST"])
@allow(OPERATOR)
def adopt(study_id: int) -> ResponseReturnValue:
    found = studying.get_study(db(), study_id)
    spec = find_counting_exam(get(ItemStore), found.exam_key)
    last = study_result(db(), found, spec).last
    form = AdoptForm(score=Decimal(str(round(last.paper.cut * 100, 2))) if last else None)
    if form.validate_on_submit():
        wish = adopting.Adoption(
            round(float(form.score.data or 0) / 100, 4),
            form.reason.data or "",
            form.why_other.data or "",
            form.signature.data or "",
        )
        outcome = adopting.adopt(db(), found, last, wish, me().id, me().name, now())
        if isinstance(outcome, Cut):
            db().commit()
            flash(_("The pass mark is adopted. It counts for attempts that start from now on."))
            return redirect(url_for("studies.cuts", exam_key=found.exam_key))
        form.score.errors = [say(outcome)]
    page = render_template("operate/adopt.html", form=form, study=found, spec=spec, last=last, rules=study_rules)
    return page, 400 if form.errors else 200


@bp.get("/operate/cuts/<exam_key>")
@allow(OPERATOR)
def cuts(exam_key: str) -> ResponseReturnValue:
    rows = adopting.cuts_of(db(), exam_key)
    names = names_of(db(), {row.adopted_by for row in rows})
    return render_template(
        "operate/cuts.html", cuts=rows, spec=find_counting_exam(get(ItemStore), exam_key), names=names, key=exam_key
    )

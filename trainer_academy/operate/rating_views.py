"""How raters do, and taking back the right to rate."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts.people import names_of
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.rating.panel import panel_reports
from trainer_academy.assessments.rating.queue import overdue_work
from trainer_academy.assessments.rating.reports import rater_reports
from trainer_academy.assessments.rating.right import (
    newest_decisions,
    withdraw_right,
)
from trainer_academy.operate.forms import WithdrawForm
from trainer_academy.web.access import OPERATOR, allow
from trainer_academy.web.context import db, get, me, now

bp = Blueprint("operate_rating", __name__)


@bp.get("/operate/rating")
@allow(OPERATOR)
def report() -> ResponseReturnValue:
    return _page(WithdrawForm(formdata=None))


def _page(form: WithdrawForm) -> str:
    reports, rights = rater_reports(db(), get(ItemStore), now()), newest_decisions(db())
    panels = panel_reports(db(), get(ItemStore), now())
    wanted = {report.rater_id for report in reports} | {right.rater_id for right in rights}
    wanted |= {one.rater_id for panel in panels for one in panel.raters}
    names = names_of(db(), wanted)
    specs = {key: how for key, (_spec, how) in get(ItemStore).rated_exams.items()}
    return render_template(
        "operate/rating_report.html",
        reports=reports,
        rights=rights,
        panels=panels,
        names=names,
        overdue=overdue_work(db(), specs, now()),
        exams=get(ItemStore).exams,
        form=form,
    )


@bp.post("/operate/rating/<exam_key>/<int:rater_id>/withdraw")
@allow(OPERATOR)
def withdraw(exam_key: str, rater_id: int) -> ResponseReturnValue:
    form = WithdrawForm()
    if not form.validate():
        return _page(form), 400
    withdraw_right(db(), rater_id, exam_key, me().id, form.reason.data or "", now())
    db().commit()
    flash(_("The right was withdrawn. The rater gets a message with the reason."))
    return redirect(url_for("operate_rating.report"))

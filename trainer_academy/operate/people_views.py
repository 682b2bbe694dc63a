"""What an operator sets for people without a team: extra time."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts import people
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.windows import set_extra_time
from trainer_academy.operate.forms import OperatorExtraTimeForm
from trainer_academy.web.access import OPERATOR, allow
from trainer_academy.web.context import db, get, me, now

bp = Blueprint("operate_people", __name__)


@bp.route("/operate/extra-time", methods=["GET", "POST"])
@allow(OPERATOR)
def extra_time() -> ResponseReturnValue:
    """For people without a team."""
    form = OperatorExtraTimeForm()
    user = people.find_user(db(), form.login.data or "") if form.validate_on_submit() else None
    if form.is_submitted() and not form.errors and user is None:
        form.login.errors = [_("There is no account with this login.")]
    if user is None or user.id is None:
        page = render_template("vendors/extra_time.html", form=form, person=None, current=None)
        return page, 400 if form.errors else 200
    set_extra_time(db(), user.id, form.value, form.reason.data or "", get(ItemStore).minutes_of, me().id, now())
    db().commit()
    flash(_("The extra time of %(name)s is set. An exam that is running has it at once.", name=user.name))
    return redirect(url_for("operate_people.extra_time"))

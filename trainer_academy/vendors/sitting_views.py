"""How people sit an exam: extra time and access windows, set by the team lead or an operator."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts import people
from trainer_academy.accounts.principal import Role
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.windows import (
    FACTORS,
    MOST_BY_TEAM,
    current_accommodation,
    end_window,
    set_extra_time,
    set_window,
    windows_for,
)
from trainer_academy.core.errors import Forbidden
from trainer_academy.vendors import roster as teams
from trainer_academy.vendors.sitting_forms import LABELS, ExtraTimeForm, WindowForm
from trainer_academy.web.access import VENDOR_MANAGER, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.forms import PlainForm

bp = Blueprint("sitting", __name__)
TEAM = "team"


def _vendor() -> Role:
    role = me().organization("vendor", "manager")
    if role is None:
        raise Forbidden("team.left")
    return role


@bp.route("/team/<int:user_id>/extra-time", methods=["GET", "POST"])
@allow(VENDOR_MANAGER)
def extra_time(user_id: int) -> ResponseReturnValue:
    team = _vendor().organization_id
    person = teams.find_member(db(), team, user_id)
    current = current_accommodation(db(), user_id)
    form = ExtraTimeForm(factor=str(current.factor) if current else "1.0")
    form.factor.choices = [(str(factor), LABELS[factor]) for factor in FACTORS if factor <= MOST_BY_TEAM]
    if not form.validate_on_submit():
        page = render_template(
            "vendors/extra_time.html",
            form=form,
            person=person,
            current=current,
            is_ours=current is not None and current.team_id == team,
            setter=people.names_of(db(), [current.set_by]).get(current.set_by) if current else None,
        )
        return page, 400 if form.errors else 200
    minutes = get(ItemStore).minutes_of
    set_extra_time(db(), user_id, form.value, form.reason.data or "", minutes, me().id, now(), team)
    db().commit()
    flash(_("The extra time of %(name)s is set. An exam that is running has it at once.", name=person.name))
    return redirect(url_for("vendors.member", user_id=user_id))


@bp.route("/team/windows", methods=["GET", "POST"])
@allow(VENDOR_MANAGER)
def windows() -> ResponseReturnValue:
    vendor = _vendor()
    team = teams.staff_of(db(), vendor.organization_id)
    names = {member.user_id: member.name for member in team}
    exams = {key: spec.title for key, spec in get(ItemStore).counting_exams.items()}
    form = WindowForm()
    form.exam.choices = list(exams.items())
    form.person.choices = [(TEAM, _("The whole team")), *((str(number), name) for number, name in names.items())]
    if not form.validate_on_submit():
        rows = windows_for(db(), vendor.organization_id, names)
        setters = people.names_of(db(), {row.set_by for row in rows})
        page = render_template(
            "vendors/windows.html",
            form=form,
            rows=rows,
            names=names,
            exams=exams,
            now=now(),
            setters=setters,
            team=vendor,
            button=PlainForm(formdata=None),
        )
        return page, 400 if form.errors else 200
    opens_at, closes_at = form.times()
    subject = {"organization_id": vendor.organization_id} if form.person.data == TEAM else {"user_id": int(form.person.data)}
    set_window(db(), form.exam.data, opens_at, closes_at, me().id, now(), team_id=vendor.organization_id, **subject)
    db().commit()
    flash(_("The window is set. The exam page of each person shows it."))
    return redirect(url_for("sitting.windows"))


@bp.post("/team/windows/<int:window_id>/end")
@allow(VENDOR_MANAGER)
def end(window_id: int) -> ResponseReturnValue:
    """End a window. Who has started already goes on."""
    end_window(db(), window_id, _vendor().organization_id, me().id, now())
    db().commit()
    flash(_("The window is ended. An exam that is running goes on."))
    return redirect(url_for("sitting.windows"))

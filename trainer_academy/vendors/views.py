"""The pages of a team lead, and what a team member may see of them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from trainer_academy.accounts import people
from trainer_academy.accounts.principal import Role
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.errors import Forbidden, Refusal, TooManyRequests
from trainer_academy.courses.catalog import Catalog
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.pages.presentation import draw_qr
from trainer_academy.vendors import assignments, reports
from trainer_academy.vendors import roster as teams
from trainer_academy.vendors.forms import AssignForm, InviteForm
from trainer_academy.vendors.reports import CoursePlan, PersonReport
from trainer_academy.web.access import SIGNED_IN, VENDOR_MANAGER, allow
from trainer_academy.web.context import config, db, get, me, now
from trainer_academy.web.forms import PlainForm
from trainer_academy.workflows import enrolling

bp = Blueprint("vendors", __name__)
PER_PAGE = 100


def _vendor() -> Role:
    """The vendor whose team the person leads."""
    role = me().organization("vendor", "manager")
    if role is None:
        raise Forbidden("team.left")
    return role


def _plans() -> list[CoursePlan]:
    return reports.course_plans(get(Catalog), get(ItemStore), get(Achievements))


def _shown_plans(plans: list[CoursePlan], team: list[PersonReport]) -> list[CoursePlan]:
    """The courses that somebody has; all of them while nobody has any."""
    used = [
        plan
        for plan in plans
        if any(report.states[plan.key].is_assigned or report.states[plan.key].kind != "not_started" for report in team)
    ]
    return used or plans


@bp.get("/team")
@allow(VENDOR_MANAGER)
def roster() -> ResponseReturnValue:
    vendor, plans = _vendor(), _plans()
    team = reports.team_report(db(), vendor.organization_id, plans, now())
    show = request.args.get("show", "")
    counts = {key: sum(reports.matches(report, key, now()) for report in team) for key in reports.FILTERS}
    fitting = [report for report in team if reports.matches(report, show, now())]
    page = max(1, request.args.get("page", 1, type=int))
    return render_template(
        "vendors/roster.html",
        vendor=vendor,
        plans=_shown_plans(plans, team),
        show=show if show in counts else "",
        counts=counts,
        total=len(team),
        fitting=len(fitting),
        page=page,
        has_next=page * PER_PAGE < len(fitting),
        rows=fitting[(page - 1) * PER_PAGE : page * PER_PAGE],
        invitations=teams.open_invitations(db(), vendor.organization_id, now()),
        now=now(),
    )


@bp.route("/team/invite", methods=["GET", "POST"])
@allow(VENDOR_MANAGER)
def invite() -> ResponseReturnValue:
    form = InviteForm()
    if not form.validate_on_submit():
        return render_template("vendors/invite.html", form=form, vendor=_vendor()), 400 if form.errors else 200
    name, email = people.clean_name(form.name.data or ""), people.read_login(form.email.data or "")
    if form.name.data and name is None:
        form.name.errors = [_("Write the name with letters, or leave it empty.")]
    if form.email.data and (email is None or not email.is_email):
        form.email.errors = [_("Write an e-mail address like name@example.org, or leave it empty.")]
    if form.errors:
        return render_template("vendors/invite.html", form=form, vendor=_vendor()), 400
    outcome = enrolling.invite_to_team(
        db(), _vendor(), me().id, name or "", email.value if email else "", config().base_url, now()
    )
    if isinstance(outcome, Refusal):
        raise TooManyRequests(outcome.code, 3600, **outcome.values)
    db().commit()
    flash(_("The invitation goes to %(email)s.", email=outcome.email) if outcome.email else _("The invitation is ready."))
    return redirect(url_for("vendors.slip", invitation_id=outcome.id))


@bp.get("/team/invitations/<int:invitation_id>")
@allow(VENDOR_MANAGER)
def slip(invitation_id: int) -> ResponseReturnValue:
    invitation = teams.find_open_invitation(db(), _vendor().organization_id, invitation_id, now())
    link = f"{config().base_url}{url_for('accounts.join_link', code=invitation.code)}"
    return render_template("vendors/slip.html", invitation=invitation, vendor=_vendor(), link=link, qr=draw_qr(link))


@bp.route("/team/assign", methods=["GET", "POST"])
@allow(VENDOR_MANAGER)
def assign() -> ResponseReturnValue:
    vendor = _vendor()
    team = teams.staff_of(db(), vendor.organization_id)
    form = AssignForm(people=[request.args.get("person", 0, type=int)])
    form.people.choices = [(member.user_id, member.name) for member in team]
    form.course.choices = [(course.key, course.title) for course in get(Catalog).ordered()]
    if not form.validate_on_submit():
        return render_template("vendors/assign.html", form=form, team=team), 400 if form.errors else 200
    title = get(Catalog).courses[form.course.data].title
    done = enrolling.assign_course(
        db(), vendor, form.people.data or [], form.course.data, title, form.due_on.data, me().id, config().base_url, now()
    )
    db().commit()
    flash(ngettext("%(num)s person has the course now.", "%(num)s people have the course now.", len(done.new)))
    if done.existing:
        flash(ngettext("%(num)s person had it already.", "%(num)s people had it already.", done.existing))
    return redirect(url_for("vendors.roster"))


@bp.get("/team/<int:user_id>")
@allow(VENDOR_MANAGER)
def member(user_id: int) -> ResponseReturnValue:
    report = reports.person_report(db(), _vendor().organization_id, user_id, _plans(), now())
    return render_template(
        "vendors/member.html",
        report=report,
        plans=_plans(),
        exams=get(ItemStore).exams,
        now=now(),
        form=PlainForm(formdata=None),
    )


@bp.post("/team/<int:user_id>/remove")
@allow(VENDOR_MANAGER)
def remove(user_id: int) -> ResponseReturnValue:
    person = teams.find_member(db(), _vendor().organization_id, user_id)
    if PlainForm().validate_on_submit():
        teams.remove_staff(db(), _vendor().organization_id, user_id, me().id, now())
        db().commit()
        flash(_("%(name)s is not in your team any more. Courses and certificates stay with the person.", name=person.name))
    return redirect(url_for("vendors.roster"))


@bp.post("/team/<int:user_id>/unassign/<course_key>")
@allow(VENDOR_MANAGER)
def unassign(user_id: int, course_key: str) -> ResponseReturnValue:
    if PlainForm().validate_on_submit():
        assignments.unassign(db(), _vendor().organization_id, user_id, course_key[:64], me().id, now())
        db().commit()
        flash(_("The course is not assigned any more. What the person did in it stays."))
    return redirect(url_for("vendors.member", user_id=user_id))


@bp.get("/team/me")
@allow(SIGNED_IN)
def my_view() -> ResponseReturnValue:
    """What the team lead sees of me: the same report, drawn by the same template."""
    roles = [role for role in me().roles if (role.kind, role.role) == ("vendor", teams.STAFF)]
    own = [(role, reports.person_report(db(), role.organization_id, me().id, _plans(), now())) for role in roles]
    return render_template("vendors/my_view.html", own=own, plans=_plans(), exams=get(ItemStore).exams, now=now())

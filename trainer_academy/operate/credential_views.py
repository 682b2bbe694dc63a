"""What an operator does to a certificate: revoke it, put it on hold, end the hold."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.credentials.life import queries, revoking
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.operate.forms import RevokeForm, SuspendForm
from trainer_academy.web.access import OPERATOR, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.words import say

bp = Blueprint("operate_credentials", __name__)


@bp.route("/operate/credentials/<uuid:credential_id>/revoke", methods=["GET", "POST"])
@allow(OPERATOR)
def revoke(credential_id: uuid.UUID) -> ResponseReturnValue:
    issuer, credential, form = get(Issuer), _load(credential_id), RevokeForm()
    if form.validate_on_submit():
        outcome = revoking.revoke(db(), issuer, credential, form.reason.data or "", me().id, now())
        db().commit()
        flash(say(outcome) if isinstance(outcome, Refusal) else _("The certificate is revoked. The holder was told."))
        return redirect(url_for("credentials.certificate", credential_id=credential_id))
    name = issuer.achievements.name(credential.achievement_key)
    return render_template("operate/revoke.html", form=form, credential=credential, name=name), 400 if form.errors else 200


@bp.route("/operate/credentials/<uuid:credential_id>/suspend", methods=["GET", "POST"])
@allow(OPERATOR)
def suspend(credential_id: uuid.UUID) -> ResponseReturnValue:
    issuer, credential, form = get(Issuer), _load(credential_id), SuspendForm()
    if form.validate_on_submit():
        outcome = revoking.suspend(db(), issuer, credential, form.reason.data or "", me().id, now())
        db().commit()
        flash(say(outcome) if outcome else _("The certificate is on hold. The holder was told."))
        return redirect(url_for("credentials.certificate", credential_id=credential_id))
    name = issuer.achievements.name(credential.achievement_key)
    return render_template("operate/suspend.html", form=form, credential=credential, name=name), 400 if form.errors else 200


@bp.post("/operate/credentials/<uuid:credential_id>/resume")
@allow(OPERATOR)
def resume(credential_id: uuid.UUID) -> ResponseReturnValue:
    outcome = revoking.resume(db(), get(Issuer), _load(credential_id), me().id, now())
    db().commit()
    flash(say(outcome) if outcome else _("The certificate counts again. The holder was told."))
    return redirect(url_for("credentials.certificate", credential_id=credential_id))


def _load(credential_id: uuid.UUID) -> Credential:
    credential = queries.find_credential(db(), str(credential_id))
    if credential is None:
        raise NotFound("certificate.unknown_to_operator")
    return credential

"""What holders decide about their certificates, and the operator's hold. Every change is a POST of its own."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.accounts.people import clean_name
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.credentials.life import holder_options, queries, revoking
from trainer_academy.credentials.life.holder_options import Wishes
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.pages.forms import IdentifierForm, ShownForm, ShownNameForm, WithdrawForm
from trainer_academy.measurement.cards.card import card_text
from trainer_academy.measurement.cards.steps import load_card
from trainer_academy.web.access import SIGNED_IN, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.forms import AcademyForm
from trainer_academy.web.words import say

bp = Blueprint("holder", __name__)


def _load_mine(credential_id: uuid.UUID) -> Credential:
    """The person's own certificate that can still be changed; for others it does not exist."""
    credential = queries.find_credential(db(), str(credential_id))
    if credential is None or credential.holder_id != me().id or credential.erased_at is not None:
        raise NotFound("certificate.not_yours")
    return credential


def _page(credential: Credential, status: int = 200, **given: AcademyForm) -> ResponseReturnValue:
    forms: dict[str, AcademyForm] = {
        "shown_form": ShownForm(formdata=None, scores=credential.shows_scores, name=credential.shows_name),
        "name_form": ShownNameForm(formdata=None, name=credential.holder_name),
        "did_form": IdentifierForm(formdata=None, did=credential.holder_did),
    }
    name = get(Issuer).achievements.name(credential.achievement_key)
    page = render_template(
        "credentials/options.html",
        credential=credential,
        name=name,
        standing=queries.standing(credential, now()),
        **(forms | given),
    )
    return page, status


def _save(credential: Credential, wishes: Wishes) -> ResponseReturnValue:
    outcome = holder_options.change_record(db(), get(Issuer), credential, wishes, me().id, now())
    return _back(credential, outcome, _("Saved. The certificate was signed again; files that you saved stay as they were."))


def _back(credential: Credential, outcome: Refusal | None, done: str) -> ResponseReturnValue:
    if outcome is None:
        db().commit()
    flash(say(outcome) if outcome else done)
    return redirect(url_for("holder.options", credential_id=credential.id))


@bp.get("/certificates/<uuid:credential_id>/options")
@allow(SIGNED_IN)
def options(credential_id: uuid.UUID) -> ResponseReturnValue:
    return _page(_load_mine(credential_id))


@bp.post("/certificates/<uuid:credential_id>/shown")
@allow(SIGNED_IN)
def change_shown(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential, form = _load_mine(credential_id), ShownForm()
    if not form.validate_on_submit():
        return _page(credential, 400, shown_form=form)
    return _save(credential, Wishes(shows_scores=form.scores.data, shows_name=form.name.data))


@bp.post("/certificates/<uuid:credential_id>/name")
@allow(SIGNED_IN)
def change_name(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential, form = _load_mine(credential_id), ShownNameForm()
    name = clean_name(form.name.data or "")
    if form.validate_on_submit() and name:
        return _save(credential, Wishes(name=name))
    form.name.errors = form.name.errors or [_("Write your name with letters.")]
    return _page(credential, 400, name_form=form)


@bp.post("/certificates/<uuid:credential_id>/identifier")
@allow(SIGNED_IN)
def change_identifier(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential, form = _load_mine(credential_id), IdentifierForm()
    did = form.did.data or ""
    if form.validate_on_submit() and (not did or holder_options.is_did_key(did)):
        return _save(credential, Wishes(did=did))
    form.did.errors = form.did.errors or [_("This is not a did:key of a wallet. It starts with did:key:z6Mk or did:key:zDn.")]
    return _page(credential, 400, did_form=form)


@bp.post("/certificates/<uuid:credential_id>/card")
@allow(SIGNED_IN)
def change_card(credential_id: uuid.UUID) -> ResponseReturnValue:
    """Put the figures of today into the certificate, or take them out."""
    credential = _load_mine(credential_id)
    text = card_text(load_card(db(), get(ItemStore), me().id), now()) if request.form.get("card") == "1" else ""
    return _save(credential, Wishes(card_text=text))


@bp.post("/certificates/<uuid:credential_id>/hide")
@allow(SIGNED_IN)
def hide(credential_id: uuid.UUID) -> ResponseReturnValue:
    return _set_hidden(credential_id, True, _("The page is hidden. Its code still answers yes or no, without your name."))


@bp.post("/certificates/<uuid:credential_id>/show")
@allow(SIGNED_IN)
def show(credential_id: uuid.UUID) -> ResponseReturnValue:
    return _set_hidden(credential_id, False, _("Everybody who has the address can open the page again."))


def _set_hidden(credential_id: uuid.UUID, is_hidden: bool, done: str) -> ResponseReturnValue:
    credential = _load_mine(credential_id)
    return _back(credential, holder_options.set_hidden(db(), credential, is_hidden, me().id, now()), done)


@bp.route("/certificates/<uuid:credential_id>/withdraw", methods=["GET", "POST"])
@allow(SIGNED_IN)
def withdraw(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential, form = _load_mine(credential_id), WithdrawForm()
    if form.validate_on_submit():
        outcome = revoking.erase(db(), get(Issuer), credential, me().id, now())
        db().commit()
        flash(say(outcome) if outcome else _("The certificate is withdrawn. Its signed file and your name on it are deleted."))
        return redirect(url_for("credentials.mine"))
    name = get(Issuer).achievements.name(credential.achievement_key)
    return render_template(
        "credentials/withdraw.html", form=form, credential=credential, name=name
    ), 400 if form.errors else 200

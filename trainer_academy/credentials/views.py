"""Public pages and documents of certificates, the check by code, my certificates, and revoking."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.credentials import issuing, queries
from trainer_academy.credentials.criteria import Achievement, status_at
from trainer_academy.credentials.document import achievement_page
from trainer_academy.credentials.forms import RevokeForm, VerifyForm
from trainer_academy.credentials.issuing import Issuer
from trainer_academy.credentials.lookup import find_typed
from trainer_academy.credentials.models import Credential
from trainer_academy.credentials.presentation import draw_qr, linkedin_url, read_certificate, render_criteria, whatsapp_url
from trainer_academy.credentials.status import find_list
from trainer_academy.web.access import EVERYONE, OPERATOR, SIGNED_IN, allow
from trainer_academy.web.context import db, get, me, now

bp = Blueprint("credentials", __name__)
CREDENTIAL_TYPES = ("application/vc", "application/vc+ld+json", "application/ld+json", "application/json")
DOCUMENT_TYPES = ("application/ld+json", "application/json")


def _machine_type(offered: tuple[str, ...]) -> str | None:
    """The JSON type that the client prefers to a page, or None when it wants the page (also when it does not say)."""
    best = request.accept_mimetypes.best_match(["text/html", *offered], default="text/html")
    return None if best == "text/html" else best


def _open_to_all(response: Response) -> Response:
    """Verifiers that run in a browser read these addresses from other sites."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _as_json(body: str, content_type: str) -> Response:
    return _open_to_all(Response(body, content_type=content_type))


def _load(credential_id: uuid.UUID) -> Credential:
    credential = queries.find_credential(db(), str(credential_id))
    if credential is None:
        raise NotFound(
            _("There is no certificate at this address. Check the address, or check the code that is printed on it.")
        )
    return credential


@bp.get("/credentials/<uuid:credential_id>")
@allow(EVERYONE)
def certificate(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential = _load(credential_id)
    wanted = _machine_type(CREDENTIAL_TYPES)
    response = _as_json(credential.document, wanted) if wanted else _certificate_page(credential)
    response.headers["Vary"] = "Accept"
    return response


def _certificate_page(credential: Credential) -> Response:
    issuer = get(Issuer)
    shown = read_certificate(issuer, credential, now())
    page = render_template(
        "credentials/certificate.html", certificate=shown, credential=credential, qr=draw_qr(shown.url),
        linkedin=linkedin_url(issuer.party, shown), whatsapp=whatsapp_url(shown),
    )  # fmt: skip
    response = _open_to_all(make_response(page))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/credentials/<uuid:credential_id>.json")
@allow(EVERYONE)
def certificate_json(credential_id: uuid.UUID) -> ResponseReturnValue:
    return _as_json(_load(credential_id).document, "application/vc")


@bp.get("/.well-known/did.json")
@allow(EVERYONE)
def did_document() -> ResponseReturnValue:
    response = _open_to_all(jsonify(get(Issuer).keys.did_document()))
    response.content_type = "application/did+ld+json"
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/status-lists/<int:list_id>")
@allow(EVERYONE)
def status_list(list_id: int) -> ResponseReturnValue:
    found = find_list(db(), list_id)
    if found is None:
        raise NotFound(_("There is no status list with this number."))
    response = _as_json(found.document, "application/vc")
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@bp.get("/achievements/<key>")
@allow(EVERYONE)
def achievement(key: str) -> ResponseReturnValue:
    issuer = get(Issuer)
    found: Achievement | None = issuer.achievements.by_key.get(key)
    if found is None:
        raise NotFound(_("There is no certificate with this name."))
    wanted = _machine_type(DOCUMENT_TYPES)
    if wanted:
        response = _open_to_all(jsonify(achievement_page(issuer.party, key, found)))
        response.content_type = wanted
    else:
        criteria = render_criteria(found.criteria)
        response = make_response(render_template("credentials/achievement.html", achievement=found, criteria=criteria))
    response.headers["Vary"] = "Accept"
    return response


@bp.get("/verify")
@allow(EVERYONE)
def verify() -> ResponseReturnValue:
    form = VerifyForm(request.args)
    is_asked = "code" in request.args and form.validate()
    credential = find_typed(db(), form.code.data or "") if is_asked else None
    shown = read_certificate(get(Issuer), credential, now()) if credential else None
    status = 404 if is_asked and shown is None else 200
    return render_template("credentials/verify.html", form=form, is_asked=is_asked, certificate=shown), status


@bp.get("/certificates")
@allow(SIGNED_IN)
def mine() -> ResponseReturnValue:
    names = get(Issuer).achievements
    rows = [
        (item, names.name(item.achievement_key), status_at(now(), item.valid_until, item.revoked_at))
        for item in queries.credentials_of(db(), me().id)
    ]
    return render_template("credentials/mine.html", rows=rows)


@bp.route("/operate/credentials/<uuid:credential_id>/revoke", methods=["GET", "POST"])
@allow(OPERATOR)
def revoke(credential_id: uuid.UUID) -> ResponseReturnValue:
    issuer, credential, form = get(Issuer), _load(credential_id), RevokeForm()
    if form.validate_on_submit():
        outcome = issuing.revoke(db(), issuer, credential, form.reason.data or "", me().id, now())
        db().commit()
        flash(outcome.reason if isinstance(outcome, Refusal) else _("The certificate is revoked. The holder was told."))
        return redirect(url_for("credentials.certificate", credential_id=credential_id))
    name = issuer.achievements.name(credential.achievement_key)
    return render_template("credentials/revoke.html", form=form, credential=credential, name=name), 400 if form.errors else 200

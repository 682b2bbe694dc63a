"""Public pages and documents of certificates, the check by code, my certificates, and revoking."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.basis import cut_in_force
from trainer_academy.core.errors import NotFound
from trainer_academy.credentials.checking.report import check_stored
from trainer_academy.credentials.criteria import Achievement
from trainer_academy.credentials.documents.credential import achievement_page
from trainer_academy.credentials.life import queries
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.status import find_list
from trainer_academy.credentials.pages.presentation import (
    draw_qr,
    linkedin_url,
    read_certificate,
    render_criteria,
    whatsapp_url,
)
from trainer_academy.web.access import EVERYONE, SIGNED_IN, allow
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
        raise NotFound("certificate.unknown_page")
    return credential


@bp.get("/credentials/<uuid:credential_id>")
@allow(EVERYONE)
def certificate(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential = _load(credential_id)
    wanted = _machine_type(CREDENTIAL_TYPES)
    if wanted:
        response = _as_json(published(credential).document, wanted)
    else:
        response = _closed_page(credential) if is_closed(credential) else _certificate_page(credential)
    response.headers["Vary"] = "Accept"
    return response


def published(credential: Credential) -> Credential:
    """The credential when its files may be had. NotFound when the holder hid or withdrew it."""
    if credential.hidden_at is not None or credential.erased_at is not None:
        raise NotFound("certificate.hidden")
    return credential


def is_closed(credential: Credential) -> bool:
    """Whether this visitor sees words instead of the certificate: withdrawn, or hidden from everybody but its holder."""
    is_mine = me().is_authenticated and me().id == credential.holder_id
    return credential.erased_at is not None or (credential.hidden_at is not None and not is_mine)


def _closed_page(credential: Credential) -> Response:
    response = make_response(render_template("credentials/closed.html", is_withdrawn=credential.erased_at is not None))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _certificate_page(credential: Credential) -> Response:
    issuer = get(Issuer)
    shown = read_certificate(issuer, credential, now())
    page = render_template(
        "credentials/certificate.html",
        certificate=shown,
        credential=credential,
        qr=draw_qr(shown.url),
        report=check_stored(issuer, credential, now()),
        newer=queries.newer_credential(db(), credential, now()),
        linkedin=linkedin_url(issuer.party, shown),
        whatsapp=whatsapp_url(shown),
    )
    response = _open_to_all(make_response(page))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/credentials/<uuid:credential_id>.json")
@allow(EVERYONE)
def certificate_json(credential_id: uuid.UUID) -> ResponseReturnValue:
    return _as_json(published(_load(credential_id)).document, "application/vc")


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
        raise NotFound("status_list.unknown")
    response = _as_json(found.document, "application/vc")
    response.headers["Cache-Control"] = "public, max-age=60"
    response.last_modified = found.signed_at
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/achievements/<key>")
@allow(EVERYONE)
def achievement(key: str) -> ResponseReturnValue:
    issuer = get(Issuer)
    found: Achievement | None = issuer.achievements.by_key.get(key)
    if found is None:
        raise NotFound("achievement.unknown_page")
    wanted = _machine_type(DOCUMENT_TYPES)
    if wanted:
        response = _open_to_all(jsonify(achievement_page(issuer.party, key, found)))
        response.content_type = wanted
    else:
        criteria = render_criteria(found.criteria)
        cut = cut_in_force(db(), found.exam, get(ItemStore).exams[found.exam])
        page = render_template("credentials/achievement.html", achievement=found, criteria=criteria, cut=cut)
        response = make_response(page)
    response.headers["Vary"] = "Accept"
    return response


@bp.get("/certificates")
@allow(SIGNED_IN)
def mine() -> ResponseReturnValue:
    names = get(Issuer).achievements
    rows = [
        (item, names.name(item.achievement_key), queries.standing(item, now()))
        for item in queries.credentials_of(db(), me().id)
    ]
    return render_template("credentials/mine.html", rows=rows)

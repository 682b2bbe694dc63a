"""Certificates to take away: JWT, PNG, SVG, PDF, a zip of all mine, and my learner record."""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from trainer_academy.core.errors import NotFound
from trainer_academy.credentials.documents.credential import published_results
from trainer_academy.credentials.documents.pdf import Sheet, draw_pdf
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.queries import credentials_of, find_credential, standing
from trainer_academy.credentials.pages.share import baked_png, baked_svg, is_shareable, make_record, zip_all
from trainer_academy.credentials.signing.own_proofs import parse
from trainer_academy.web.access import EVERYONE, SIGNED_IN, allow
from trainer_academy.web.context import db, get, me, now
from trainer_academy.web.formats import day

bp = Blueprint("downloads", __name__)
_SVG_POLICY = "default-src 'none'; frame-ancestors 'none'"


@bp.get("/credentials/<uuid:credential_id>.jwt")
@allow(EVERYONE)
def certificate_jwt(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential = _load(credential_id)
    if credential.jwt is None:
        raise NotFound("certificate.no_jwt")
    return _send(credential, credential.jwt, "application/vc+jwt", "jwt")


@bp.get("/credentials/<uuid:credential_id>.png")
@allow(EVERYONE)
def certificate_png(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential = _load(credential_id)
    return _send(credential, baked_png(get(Issuer), credential), "image/png", "png")


@bp.get("/credentials/<uuid:credential_id>.svg")
@allow(EVERYONE)
def certificate_svg(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential = _load(credential_id)
    response = _send(credential, baked_svg(get(Issuer), credential), "image/svg+xml", "svg")
    response.headers["Content-Security-Policy"] = _SVG_POLICY
    return response


@bp.get("/credentials/<uuid:credential_id>.pdf")
@allow(EVERYONE)
def certificate_pdf(credential_id: uuid.UUID) -> ResponseReturnValue:
    credential = _load(credential_id)
    return _send(credential, draw_pdf(_sheet(get(Issuer), credential)), "application/pdf", "pdf")


@bp.get("/certificates/all.zip")
@allow(SIGNED_IN)
def all_mine() -> ResponseReturnValue:
    packed = zip_all(get(Issuer), credentials_of(db(), me().id))
    return _attached(packed, "application/zip", "certificates.zip")


@bp.get("/certificates/record.json")
@allow(SIGNED_IN)
def learner_record() -> ResponseReturnValue:
    valid = [item for item in credentials_of(db(), me().id) if standing(item, now()) == "valid"]
    if not valid:
        raise NotFound("certificate.none_valid")
    return _attached(make_record(get(Issuer), me().login, valid, now()), "application/vc", "learner-record.json")


def _load(credential_id: uuid.UUID) -> Credential:
    """The certificate, when it may be taken away by everybody."""
    credential = find_credential(db(), str(credential_id))
    if credential is None or not is_shareable(credential):
        raise NotFound("certificate.unknown_file")
    if credential.hidden_at is not None:
        raise NotFound("certificate.hidden_file")
    return credential


def _send(credential: Credential, body: str | bytes, kind: str, ending: str) -> Response:
    """Shown in the browser, saved under the code. Verifiers on other sites may read it."""
    response = Response(body, content_type=kind)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Disposition"] = f'inline; filename="{credential.code}.{ending}"'
    return response


def _attached(body: str | bytes, kind: str, name: str) -> Response:
    response = Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _sheet(issuer: Issuer, credential: Credential) -> Sheet:
    """The words of the PDF; every statement comes from the signed document."""
    document = parse(credential.document)
    subject = document["credentialSubject"]
    domain = urlsplit(issuer.party.base_url).netloc
    return Sheet(
        title=_("Certificate"),
        level=_("Level %(n)s", n=credential.level),
        achievement=subject["achievement"]["name"],
        holder=subject.get("name", ""),
        text=subject["achievement"]["description"],
        facts=_facts(credential, published_results(document)),
        issuer=_("Issued by %(name)s.", name=issuer.party.name),
        check=_(
            "To check it, open this address or %(domain)s/verify and type the code %(code)s. Trust only %(domain)s.",
            domain=domain,
            code=credential.code,
        ),
        not_proof=_("This paper is not the proof. The signed file is attached to this PDF."),
        boxes=_("A box stands for letters that this print cannot show. The attached file has the full name."),
        url=issuer.party.credential_url(credential.id),
        file_name=f"{credential.code}.json",
        document=credential.document.encode(),
        made_at=credential.signed_at or credential.issued_at,
        language=str(get_locale() or "en"),
    )


def _facts(credential: Credential, results: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Names and values; the score only when the holder shows it."""
    found = []
    if "score" in results:
        found.append((_("Score"), _("%(n)s %%", n=results["score"])))
    if "interval-low" in results and "interval-high" in results:
        low, high = results["interval-low"], results["interval-high"]
        found.append((_("95%% range"), _("%(low)s to %(high)s", low=low, high=high)))
    if "items" in results:
        found.append((_("Items"), results["items"]))
    if "cut-score" in results:
        found.append((_("Certified level"), _("%(n)s %%", n=results["cut-score"])))
    return (*found, (_("Issued"), day(credential.issued_at)), (_("Valid until"), day(credential.valid_until)))

"""/api/v1: one certificate, many codes in one call, watches. Errors are JSON with what to do."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import TypeVar

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from pydantic import BaseModel, ValidationError

from trainer_academy.accounts import api_tokens
from trainer_academy.accounts.principal import Principal
from trainer_academy.api import shapes
from trainer_academy.api.openapi import describe
from trainer_academy.core.errors import BadInput, Forbidden, NotFound, TooManyRequests
from trainer_academy.core.limits import count_failure, seconds_blocked
from trainer_academy.credentials.checking.lookup import find_many, read_typed
from trainer_academy.credentials.checking.report import Report, check_stored
from trainer_academy.credentials.life import watching
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.queries import find_credential, standing
from trainer_academy.web.access import CLIENT, EVERYONE, allow
from trainer_academy.web.context import db, get, me, now, reading

bp = Blueprint("api", __name__, url_prefix="/api/v1")
CALLS_IN_FIVE_MINUTES = 300
PAGE = 100
ShapeT = TypeVar("ShapeT", bound=BaseModel)


def load_bearer() -> Principal | None:
    """Who calls with `Authorization: Bearer ...`; such a token opens this interface and no page."""
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or request.blueprint != "api":
        return None
    found = api_tokens.token_principal(reading(), token.strip())
    if found is not None:
        g.api_token = token.strip()
    return found


@bp.before_request
def protect() -> None:
    """A browser's cookie needs the CSRF token as everywhere; a bearer token is not sent by a browser on its own."""
    if me().is_authenticated and "api_token" not in g:
        current_app.extensions["csrf"].protect()


@bp.get("/openapi.json")
@allow(EVERYONE)
def openapi() -> ResponseReturnValue:
    return jsonify(describe(get(Issuer).party.base_url))


@bp.get("/credentials/<uuid:credential_id>")
@allow(EVERYONE)
def credential(credential_id: uuid.UUID) -> ResponseReturnValue:
    found = find_credential(db(), str(credential_id))
    if found is None:
        raise NotFound("certificate.unknown_number")
    response = _answer(_shape(get(Issuer), found, check_stored(get(Issuer), found, now())))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.post("/credentials/verify")
@allow(CLIENT)
def verify() -> ResponseReturnValue:
    asked = _read(shapes.VerifyRequest)
    _count_call()
    found = find_many(db(), asked.codes)
    answers = [_register_word(typed, found.get(read_typed(typed))) for typed in asked.codes]
    db().commit()
    return _answer(shapes.VerifyResponse(checked_at=now(), answers=answers))


@bp.get("/watches")
@allow(CLIENT)
def watches() -> ResponseReturnValue:
    after = max(request.args.get("after", 0, type=int), 0)
    rows = watching.watched(db(), _organization_id(), min(after, 2**31 - 1), PAGE)
    made = [
        shapes.WatchShape(
            id=row.id, code=row.code, status=standing(row, now()), valid_until=row.valid_until, since=watch.created_at
        )
        for watch, row in rows
    ]
    return _answer(shapes.WatchPage(watches=made, next=rows[-1][0].id if len(rows) == PAGE else None))


@bp.post("/watches")
@allow(CLIENT)
def change_watches() -> ResponseReturnValue:
    asked = _read(shapes.WatchRequest)
    _count_call()
    found = find_many(db(), [*asked.add, *asked.end])
    added = watching.add_watches(db(), _organization_id(), _ids(asked.add, found), now())
    ended = watching.end_watches(db(), _organization_id(), _ids(asked.end, found))
    unknown = [typed for typed in (*asked.add, *asked.end) if read_typed(typed) not in found]
    db().commit()
    return _answer(shapes.WatchResponse(added=added, ended=ended, unknown=unknown))


def _ids(typed: Sequence[str], found: dict[str, Credential]) -> list[str]:
    """The numbers of those that exist, each once."""
    return list(dict.fromkeys(found[key].id for key in map(read_typed, typed) if key in found))


def _read(shape: type[ShapeT]) -> ShapeT:
    """The body of the request. BadInput names the first field that is wrong."""
    try:
        return shape.model_validate_json(request.get_data())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or _("the body")
        raise BadInput("json.misfit", place=place, what=first["msg"]) from error


def _answer(shape: BaseModel) -> Response:
    return Response(shape.model_dump_json(by_alias=True), content_type="application/json")


def _organization_id() -> int:
    role = me().organization("client", "buyer")
    if role is None:
        raise Forbidden("client.left")
    return role.organization_id


def _count_call() -> None:
    """At most 300 calls that cost something in five minutes for each organization. Also notes that the token was used."""
    limits = {f"api:{_organization_id()}": CALLS_IN_FIVE_MINUTES}
    wait = seconds_blocked(db(), limits, now())
    if wait:
        raise TooManyRequests("api.limit", wait)
    count_failure(db(), limits, now())
    if "api_token" in g:
        api_tokens.note_use(db(), g.api_token, now())


def _register_word(typed: str, found: Credential | None) -> shapes.VerifyAnswer:
    if found is None:
        return shapes.VerifyAnswer(code=typed, status="unknown")
    return shapes.VerifyAnswer(
        code=typed,
        status=standing(found, now()),
        id=found.id,
        achievement_key=found.achievement_key,
        level=found.level,
        issued_at=found.issued_at,
        valid_until=found.valid_until,
    )


def _shape(issuer: Issuer, row: Credential, report: Report) -> shapes.CredentialShape:
    checks = [shapes.CheckShape(name=check.name, outcome=check.outcome) for check in report.checks]
    if row.hidden_at is not None or row.erased_at is not None:
        return shapes.CredentialShape(id=row.id, status=report.headline, is_good=report.is_good, checks=checks)
    address = issuer.party.credential_url(row.id)
    return shapes.CredentialShape(
        id=row.id,
        status=report.headline,
        is_good=report.is_good,
        checks=checks,
        achievement=report.achievement_name,
        achievement_key=row.achievement_key,
        level=row.level,
        holder_name=report.holder_name or None,
        issued_at=row.issued_at,
        valid_until=row.valid_until,
        revoked_at=row.revoked_at,
        reason=row.revoke_reason or row.suspend_reason or None,
        results=report.results,
        links=shapes.Links(
            page=address,
            json_=f"{address}.json",
            jwt=f"{address}.jwt" if row.jwt else None,
            png=f"{address}.png",
            svg=f"{address}.svg",
            pdf=f"{address}.pdf",
        ),
    )

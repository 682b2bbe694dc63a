"""What outsiders need to check us without asking: single keys, the public logs, and the history of did.json."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from trainer_academy.core.db import MAX_ID
from trainer_academy.core.errors import NotFound
from trainer_academy.credentials.life import logs
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.signing.linked_data import Document
from trainer_academy.web.access import EVERYONE, allow
from trainer_academy.web.context import db, get

bp = Blueprint("trust", __name__)
MINUTES = 60


def _publish(document: Document | str, content_type: str, max_age: int) -> ResponseReturnValue:
    """JSON that verifiers in a browser may read from other sites and keep for a while."""
    response = Response(document) if isinstance(document, str) else jsonify(document)
    response.content_type = content_type
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = f"public, max-age={max_age}"
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/.well-known/keys/<name>.jwk")
@allow(EVERYONE)
def jwk(name: str) -> ResponseReturnValue:
    """One key, as readers of the JWT form want it (a key set fails with some)."""
    issuer = get(Issuer)
    found = issuer.keys.public_jwk(name)
    if found is None:
        raise NotFound("key.unknown")
    return _publish({**found, "kid": issuer.signer.key_url(name)}, "application/jwk+json", 5 * MINUTES)


@bp.get("/.well-known/issuance-log")
@allow(EVERYONE)
def issuance_log() -> ResponseReturnValue:
    after = min(max(request.args.get("after", 0, type=int), 0), MAX_ID)
    return _publish(logs.page_of_events(db(), after), "application/json", MINUTES)


@bp.get("/.well-known/issuance-log/head")
@allow(EVERYONE)
def issuance_head() -> ResponseReturnValue:
    head = logs.newest_head(db())
    if head is None:
        raise NotFound("log.no_head")
    return _publish(head.document, "application/json", MINUTES)


@bp.get("/.well-known/did-history")
@allow(EVERYONE)
def did_history() -> ResponseReturnValue:
    return _publish(logs.did_history(db()), "application/json", 5 * MINUTES)

"""The VC-JWT form of Open Badges 3.0: the credential as the payload of a compact JWS with ES256.

The payload is the credential itself (no `vc` claim) with iss, jti, sub, nbf and exp beside it; the header has alg, kid and typ
only. Source: Open Badges 3.0, section 8.2.4 (VC-JWT proof format); RFC 7515; RFC 7518, section 3.4.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from trainer_academy.credentials.signing.linked_data import Document

ALGORITHM = "ES256"
MAX_JWT = 128 * 1024
FindJwk = Callable[[str], ECKey | None]


def write_header(kid: str) -> dict[str, str]:
    return {"alg": ALGORITHM, "kid": kid, "typ": "JWT"}


def make_jwt(document: Document, key: ECKey, kid: str) -> str:
    """The credential (without an embedded proof) as a compact JWS."""
    payload = {**document, **claims_of(document)}
    text = json.dumps(payload, ensure_ascii=True, separators=(",", ":"))
    return jws.serialize_compact(write_header(kid), text, key, algorithms=[ALGORITHM])


def claims_of(document: Document) -> Document:
    """The registered claims that repeat what the credential says. `sub` only when the subject has an id."""
    subject = document["credentialSubject"].get("id")
    claims = {"iss": document["issuer"]["id"], "jti": document["id"], "nbf": _seconds(document["validFrom"])}
    claims |= {"exp": _seconds(document["validUntil"])} if "validUntil" in document else {}
    return claims | ({"sub": subject} if subject else {})


def read_jwt(text: str, find_key: FindJwk) -> Document | None:
    """The credential in a JWS of ours; None when it is not signed by a key that `find_key` knows, or its claims differ.

    Only ES256 counts, whatever the header says; a key inside the header (`jwk`) and critical extensions (`crit`) are refused.
    """
    if len(text) > MAX_JWT:
        return None
    try:
        header = jws.extract_compact(text.strip().encode()).headers()
        key = find_key(str(header.get("kid", "")))
        if key is None or header != write_header(str(header["kid"])):
            return None
        payload = json.loads(jws.deserialize_compact(text.strip(), key, algorithms=[ALGORITHM]).payload)
        return _without_claims(payload)
    except (JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _without_claims(payload: Document) -> Document | None:
    document = {name: item for name, item in payload.items() if name not in ("iss", "jti", "sub", "nbf", "exp")}
    return document if payload == {**document, **claims_of(document)} else None


def _seconds(stamp: str) -> int:
    return int(datetime.fromisoformat(stamp).timestamp())

"""Checking what we signed ourselves: stored documents, JWTs, status lists. Strangers' documents are `checking`'s business."""

from __future__ import annotations

import json
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from trainer_academy.credentials.signing import proof_sets as core
from trainer_academy.credentials.signing.jwt import read_jwt
from trainer_academy.credentials.signing.keys import KeyRing
from trainer_academy.credentials.signing.linked_data import Document, decode_multikey, encode_multikey
from trainer_academy.credentials.signing.proof_sets import Verdict, proofs_of
from trainer_academy.credentials.signing.signer import Signer


def public_key(keys: KeyRing, verification_method: object) -> Ed25519PublicKey | None:
    """The key that did.json names; None for a stranger's, a compromised or an unknown one."""
    return keys.public_key(verification_method)


def verify_proofs(keys: KeyRing, document: Document) -> Verdict:
    """`good`: every proof fits our keys; `foreign`: one names a key that is not ours; `broken`: one does not fit or is missing.

    `foreign` also when the document names another issuer than us, whoever signed it.
    """
    verdict = core.verify_proofs(document, keys.public_key)
    return "foreign" if verdict == "good" and issuer_of(document) != keys.did else verdict


def issuer_of(document: Document) -> object:
    issuer = document.get("issuer")
    return issuer.get("id") if isinstance(issuer, dict) else issuer


def check_signature(keys: KeyRing, text: str) -> Verdict:
    """`verify_proofs` for stored bytes. The same bytes and the same keys always give the same answer, so it is kept."""
    document = parse(text)
    methods = tuple(str(proof.get("verificationMethod")) for proof in proofs_of(document))
    found = [keys.public_key(method) for method in methods]
    known = tuple((method, encode_multikey(key)) for method, key in zip(methods, found, strict=True) if key is not None)
    return _check(text, keys.did, known)


@lru_cache(maxsize=512)
def _check(text: str, did: str, known: tuple[tuple[str, str], ...]) -> Verdict:
    keys = {method: decode_multikey(multikey) for method, multikey in known}
    document = parse(text)
    verdict = core.verify_proofs(document, lambda method: keys.get(str(method)))
    return "foreign" if verdict == "good" and issuer_of(document) != did else verdict


def verify_jwt(signer: Signer, text: str) -> Document | None:
    """The credential in a JWT of ours, or None: another algorithm, a stranger's key, changed bytes, claims that differ."""
    document = read_jwt(text, signer.find_jwt_key)
    return document if document is not None and issuer_of(document) == signer.keys.did else None


def parse(text: str) -> Document:
    """A JSON object; an empty one when the text is none."""
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return loaded if isinstance(loaded, dict) else {}

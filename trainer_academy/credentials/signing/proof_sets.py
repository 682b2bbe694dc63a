"""Proof sets: `eddsa-rdfc-2022` and `eddsa-jcs-2022` over the same unsigned document, each of which verifies alone.

Sources: W3C Data Integrity EdDSA Cryptosuites v1.0, section 3.3 (eddsa-jcs-2022); Data Integrity 1.0, section 2.1.1 (proof
sets); RFC 8785 (JSON Canonicalization Scheme).
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from trainer_academy.credentials.signing.linked_data import (
    SUITE,
    Document,
    SigningError,
    fits,
    hash_data,
    proof_options,
    refuse_control_characters,
    verify_proof,
    write_value,
)
from trainer_academy.credentials.signing.stencils import canonicalize_own

JCS_SUITE = "eddsa-jcs-2022"
MAX_PROOFS = 4
FindKey = Callable[[object], Ed25519PublicKey | None]
Verdict = Literal["good", "broken", "foreign"]


def add_proof_set(document: Document, private_key: Ed25519PrivateKey, method: str, created: datetime) -> Document:
    """A copy of `document` with both proofs, rdfc first. Raises SigningError when something would stay unsigned."""
    if "proof" in document:
        raise SigningError("the document has a proof already")
    options = proof_options(SUITE, method, created)
    rdfc = {**options, "proofValue": write_value(private_key, hash_data(document, options, canonical=canonicalize_own))}
    return {**copy.deepcopy(document), "proof": [rdfc, _make_jcs_proof(document, private_key, method, created)]}


def add_jcs_proof(document: Document, private_key: Ed25519PrivateKey, method: str, created: datetime) -> Document:
    """A copy of `document` with an eddsa-jcs-2022 proof. It needs no JSON-LD; a context is copied into the proof."""
    if "proof" in document:
        raise SigningError("the document has a proof already")
    refuse_control_characters(document)
    return {**copy.deepcopy(document), "proof": _make_jcs_proof(document, private_key, method, created)}


def _make_jcs_proof(document: Document, private_key: Ed25519PrivateKey, method: str, created: datetime) -> Document:
    options = proof_options(JCS_SUITE, method, created)
    if "@context" in document:
        options["@context"] = copy.deepcopy(document["@context"])
    return {**options, "proofValue": write_value(private_key, hash_jcs(document, options))}


def hash_jcs(document: Document, options: Document) -> bytes:
    """The 64 bytes that eddsa-jcs-2022 signs. Raises SigningError for what JSON cannot carry exactly."""
    return b"".join(hashlib.sha256(write_canonical_json(part)).digest() for part in (options, document))


def write_canonical_json(value: Any) -> bytes:
    """RFC 8785. Raises SigningError for whole numbers beyond 2^53 and for text that is not Unicode."""
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        raise SigningError(f"not canonical JSON: {str(error)[:200]}") from error


def verify_jcs_proof(document: Document, public_key: Ed25519PublicKey) -> bool:
    """True when the one proof is eddsa-jcs-2022, made for assertions under the document's own context, and fits the key."""
    proof = document.get("proof")
    expected = {"type": "DataIntegrityProof", "cryptosuite": JCS_SUITE, "proofPurpose": "assertionMethod"}
    if not isinstance(proof, dict) or any(proof.get(name) != wanted for name, wanted in expected.items()):
        return False
    if proof.get("@context") != document.get("@context"):
        return False
    options = {name: item for name, item in proof.items() if name != "proofValue"}
    bare = {name: item for name, item in document.items() if name != "proof"}
    try:
        return fits(proof.get("proofValue"), hash_jcs(bare, options), public_key)
    except SigningError:
        return False


def proofs_of(document: Document) -> list[Document]:
    """The proofs as a list; empty when there is none, or something that is not a proof."""
    found = document.get("proof")
    proofs: list[Any] = found if isinstance(found, list) else [found]
    return proofs if proofs and all(isinstance(proof, dict) for proof in proofs) else []


def verify_proofs(document: Document, find_key: FindKey) -> Verdict:
    """`good` when every proof is of a suite we know and fits its key, `foreign` when a key is not known, else `broken`.

    The suite eddsa-rdfc-2022 must be among them: a document with the second proof alone lost its first.
    """
    proofs = proofs_of(document)
    if not 0 < len(proofs) <= MAX_PROOFS or SUITE not in [proof.get("cryptosuite") for proof in proofs]:
        return "broken"
    verdict: Verdict = "good"
    for proof in proofs:
        key = find_key(proof.get("verificationMethod"))
        if key is None:
            verdict = "foreign"
        elif not _verify_one({**document, "proof": proof}, key):
            return "broken"
    return verdict


def _verify_one(document: Document, key: Ed25519PublicKey) -> bool:
    check = {SUITE: verify_proof, JCS_SUITE: verify_jcs_proof}.get(str(document["proof"].get("cryptosuite")))
    return check is not None and check(document, key)

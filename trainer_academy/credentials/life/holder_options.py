"""What the holder decides about a certificate: scores, name, identifier, page. A change signs it again at the same address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import base58
from sqlmodel import Session

from trainer_academy.accounts.audit import record
from trainer_academy.core.errors import Refusal
from trainer_academy.credentials.criteria import Measurement
from trainer_academy.credentials.documents.credential import change_published, published_results
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import sign_credential
from trainer_academy.credentials.life.logs import lock_log, log_change
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.signing.linked_data import Document
from trainer_academy.credentials.signing.own_proofs import parse

# Multicodec prefixes of public keys that a wallet can prove to hold, and the length with the key: Ed25519 and P-256.
DID_KEYS = ((b"\xed\x01", 34), (b"\x80\x24", 35))


@dataclass(frozen=True)
class Wishes:
    """How the published record should look. None: as it is now."""

    shows_scores: bool | None = None
    shows_name: bool | None = None
    name: str | None = None
    did: str | None = None
    card_text: str | None = None  # the evaluator card as plain sentences; "" takes it out


def change_record(
    session: Session, issuer: Issuer, credential: Credential, wishes: Wishes, actor_id: int, now: datetime
) -> Refusal | None:
    """Sign the record again as the holder wants it; the date of the award stays. Nothing is signed when nothing changes."""
    lock_log(session)  # changes take turns; the row is read after the wait
    session.refresh(credential)
    if credential.revoked_at is not None:  # what was withdrawn is revoked, too
        return Refusal("certificate.revoked")
    if wishes.did and not is_did_key(wishes.did):
        return Refusal("certificate.did")
    changes = _changes(credential, wishes)
    if not changes:
        return None
    document = parse(credential.document)
    measurement = measurement_of(credential, document)
    for field, value in changes.items():
        setattr(credential, field, value)
    signed_at = now.replace(microsecond=0)
    unsigned = change_published(
        document,
        credential.holder_name if credential.shows_name else "",
        credential.holder_did,
        measurement,
        credential.shows_scores,
        signed_at,
        credential.card_text,
    )
    sign_credential(issuer.signer, credential, unsigned, signed_at)
    session.flush()
    log_change(session, issuer.signer, credential, "changed", signed_at)
    detail = ", ".join(f"{field}: {str(value)[:200]}" for field, value in changes.items())
    record(session, actor_id, "credential_changed", "credential", credential.id, now, detail)
    session.flush()
    return None


def _changes(credential: Credential, wishes: Wishes) -> dict[str, object]:
    """Columns and their new values, only those that differ."""
    wanted = {
        "shows_scores": wishes.shows_scores,
        "shows_name": wishes.shows_name,
        "holder_name": wishes.name,
        "holder_did": wishes.did,
        "card_text": wishes.card_text,
    }
    return {field: value for field, value in wanted.items() if value is not None and value != getattr(credential, field)}


def measurement_of(credential: Credential, document: Document) -> Measurement:
    """The stored measurement; for certificates from before it was stored, what the document and the columns say."""
    if credential.measurement is not None and "score" in credential.measurement:
        return Measurement.read(credential.measurement)
    shown = published_results(document)
    title, _, version = shown.get("exam-version", "").rpartition(", version ")
    return Measurement(
        credential.score,
        credential.score_low,
        credential.score_high,
        float(shown.get("cut-score", "0")) / 100,
        credential.item_count,
        title,
        version,
    )


def set_hidden(session: Session, credential: Credential, is_hidden: bool, actor_id: int, now: datetime) -> Refusal | None:
    """Hide the page and the files, or show them again. The code still answers yes or no, without the name."""
    if credential.erased_at is not None:
        return Refusal("certificate.withdrawn")
    if (credential.hidden_at is not None) == is_hidden:
        return None
    credential.hidden_at = now if is_hidden else None
    kind = "credential_hidden" if is_hidden else "credential_shown"
    record(session, actor_id, kind, "credential", credential.id, now)
    session.flush()
    return None


def is_did_key(text: str) -> bool:
    """Whether a text is a did:key with an Ed25519 or P-256 public key."""
    prefix, _, value = text.partition("did:key:z")
    if prefix or len(text) > 100:
        return False
    try:
        raw = base58.b58decode(value)
    except ValueError:
        return False
    return any(raw.startswith(code) and len(raw) == length for code, length in DID_KEYS)

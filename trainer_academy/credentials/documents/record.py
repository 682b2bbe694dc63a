"""The Comprehensive Learner Record (CLR 2.0): one signed document with all valid certificates of a person. Pure.

Each certificate in it keeps its own proofs, and the record is signed over all of them. It ends when the first of them ends.
Source: 1EdTech Comprehensive Learner Record 2.0, section 5 (ClrCredential).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from trainer_academy.credentials.documents.credential import hash_identity, profile
from trainer_academy.credentials.signing.keys import KeyRing
from trainer_academy.credentials.signing.linked_data import (
    CREDENTIALS_V2,
    LEARNER_RECORD,
    OPEN_BADGES,
    OPEN_BADGES_EXTENSIONS,
    Document,
    add_proof,
    write_time,
)
from trainer_academy.credentials.signing.party import Party

MAX_MEMBERS = 20


@dataclass(frozen=True)
class RecordHolder:
    """Whose record it is: the login (published as a salted hash), the name as the certificates show it, or none."""

    login: str
    name: str
    salt: str


def record_document(
    party: Party, holder: RecordHolder, members: Sequence[Document], record_id: str, ends_at: datetime, now: datetime
) -> Document:
    """The unsigned record. `members` are signed credentials, at least one; `record_id` is an absolute address."""
    kind = "emailAddress" if "@" in holder.login else "userName"
    identity = {
        "type": "IdentityObject",
        "identityType": kind,
        "hashed": True,
        "salt": holder.salt,
        "identityHash": hash_identity(holder.login, holder.salt),
    }
    return {
        "@context": [CREDENTIALS_V2, LEARNER_RECORD, OPEN_BADGES, OPEN_BADGES_EXTENSIONS],
        "id": record_id,
        "type": ["VerifiableCredential", "ClrCredential"],
        "name": f"Learner record from {party.name}",
        "description": "All certificates of one person that were valid when the record was made.",
        "issuer": profile(party),
        "validFrom": write_time(now),
        "validUntil": write_time(ends_at),
        "credentialSubject": {
            "type": ["ClrSubject"],
            **({"name": holder.name} if holder.name else {}),
            "identifier": [identity],
            "verifiableCredential": list(members),
        },
    }


def sign_record(keys: KeyRing, document: Document, now: datetime) -> Document:
    """The record with an eddsa-rdfc-2022 proof by the active key."""
    return add_proof(document, keys.private_key(keys.active), f"{keys.did}#{keys.active}", now)

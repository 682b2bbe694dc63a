"""Checking the public logs: chains, signed heads, the history of did.json, and that every stored credential is as logged.

Back-dating shows because the entry's time must be the award's and may not run backwards past a signed head; a silent reissue
shows because the stored bytes have no entry; a log that was written anew shows because older heads do not fit any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from trainer_academy.credentials.life.logs import FIRST, hash_entry, hash_text, read_event, read_key_event
from trainer_academy.credentials.life.models import Credential, IssuanceEvent, KeyEvent, SignedHead
from trainer_academy.credentials.signing.linked_data import Document, decode_multikey, write_time
from trainer_academy.credentials.signing.own_proofs import check_signature, parse, verify_jwt
from trainer_academy.credentials.signing.proof_sets import proofs_of, verify_jcs_proof
from trainer_academy.credentials.signing.signer import Signer

# Requests that run at once may enter the log in another order than they began.
TOLERANCE = timedelta(minutes=10)
SIGNS = ("issued", "changed", "reissued")  # entries that come with new signed bytes
BATCH = 500


def find_faults(session: Session, signer: Signer, expected: str = "") -> Iterator[str]:
    """Everything that does not fit, in words. `expected` is the hash of an entry that was copied elsewhere earlier."""
    yield from check_chain(session, expected)
    yield from check_heads(session, signer)
    yield from check_keys(session, signer)
    yield from check_credentials(session, signer)


def check_chain(session: Session, expected: str = "") -> Iterator[str]:
    """Numbers without gaps, each entry hashed over the one before, times that do not run backwards."""
    before, number, latest, is_found = FIRST, 0, None, not expected
    for event in session.exec(select(IssuanceEvent).order_by(col(IssuanceEvent.number))).yield_per(BATCH):
        number += 1
        if event.number != number:
            yield f"issuance log: entry {number} is missing; the next one is {event.number}"
            number = event.number
        if event.hash != hash_entry(before, read_event(event)):
            yield f"issuance log: entry {event.number} does not fit its hash"
        if latest is not None and event.at < latest - TOLERANCE:
            yield f"issuance log: entry {event.number} is dated {write_time(event.at)}, before the entries in front of it"
        before, latest = event.hash, max(event.at, latest or event.at)
        is_found = is_found or event.hash == expected
    if not is_found:
        yield "issuance log: the entry that was copied elsewhere is not in it any more; the log was written anew"


def check_heads(session: Session, signer: Signer) -> Iterator[str]:
    """Every signed head is signed by us and names an entry that is there with that hash; what follows it is not older."""
    keys = _listed_keys(session)
    for head in session.exec(select(SignedHead).order_by(col(SignedHead.id))):
        name, document = f"head of {head.log} for {head.day.isoformat()}", parse(head.document)
        if not _is_signed_by(document, keys):
            yield f"{name}: the signature does not fit"
        number = document.get("number")
        event = session.get(IssuanceEvent, number) if head.log == "issuance" else session.get(KeyEvent, number)
        if event is None or event.hash != document.get("hash"):
            yield f"{name}: entry {document.get('number')} is not what it was when the head was signed"
        if head.log == "issuance" and (late := _entry_before(session, document)) is not None:
            yield f"{name}: entry {late} was added later and is dated before the head was signed"


def _entry_before(session: Session, head: Document) -> int | None:
    """An entry behind a head that claims to be older than the head."""
    signed_at = datetime.fromisoformat(str(head["signedAt"]))
    statement = select(col(IssuanceEvent.number)).where(
        col(IssuanceEvent.number) > head["number"], col(IssuanceEvent.at) < signed_at - TOLERANCE
    )
    return session.scalar(statement.order_by(col(IssuanceEvent.number)).limit(1))


def check_keys(session: Session, signer: Signer) -> Iterator[str]:
    """The history of did.json: chain, signatures by a key of the version before, and the newest version is what is served."""
    before, listed, last = FIRST, None, None
    for event in session.exec(select(KeyEvent).order_by(col(KeyEvent.number))):
        statement = parse(event.signature)
        if event.hash != hash_entry(before, read_key_event(event)) or statement.get("hash") != event.hash:
            yield f"history of keys: entry {event.number} does not fit its hash"
        if not _is_signed_by(statement, _keys_in(event.document) if listed is None else listed):
            yield f"history of keys: entry {event.number} is not signed by a key of the version before"
        before, listed, last = event.hash, _keys_in(event.document), event
    if last is None:
        yield "history of keys: empty; `flask credentials sign-heads` begins it"
    elif json.loads(last.document) != signer.keys.did_document():
        yield "history of keys: did.json was changed without an entry"


def check_credentials(session: Session, signer: Signer) -> Iterator[str]:
    """Every stored credential has entries that fit its bytes and dates, and every logged one is stored."""
    entries: dict[str, list[IssuanceEvent]] = {}
    for event in session.exec(select(IssuanceEvent).order_by(col(IssuanceEvent.number))):
        entries.setdefault(event.subject_hash, []).append(event)
    for credential in session.exec(select(Credential).order_by(col(Credential.id))).yield_per(BATCH):
        address = signer.party.credential_url(credential.id)
        for fault in _check_one(signer, credential, entries.pop(hash_text(address), [])):
            yield f"certificate {credential.id}: {fault}"
    for gone in entries.values():
        yield f"issuance log: entry {gone[0].number} is about a certificate that is not stored any more"


def _check_one(signer: Signer, credential: Credential, entries: list[IssuanceEvent]) -> Iterator[str]:
    if not entries:
        yield "it is not in the log: issued in silence, or from before the log (`flask credentials reissue`)"
        return
    if credential.erased_at is not None:
        if entries[-1].kind != "erased" or credential.document:
            yield "it was withdrawn, and the log does not end so"
        return
    if entries[-1].document_hash != hash_text(credential.document):
        yield "its stored bytes are not in the log: signed again in silence, or changed"
    kinds = {event.kind for event in entries}
    if (credential.revoked_at is not None) != ("revoked" in kinds):
        yield "the log and the certificate differ on whether it was revoked"
    yield from _check_dates(credential, entries)
    if check_signature(signer.keys, credential.document) != "good":
        yield "its signature is not good"
    elif not _has_same_jwt(signer, credential):
        yield "its JWT is not signed by us, or says something else than the document"


def _check_dates(credential: Credential, entries: list[IssuanceEvent]) -> Iterator[str]:
    """The award is as old as its entry, and the newest signature as old as the entry that came with it."""
    document = parse(credential.document)
    awarded, signed = str(document.get("awardedDate")), str(next(iter(proofs_of(document)), {}).get("created"))
    if entries[0].kind == "issued" and _is_off(awarded, entries[0].at):
        yield f"it is dated {awarded}, and the log has it from {write_time(entries[0].at)}"
    newest = [event for event in entries if event.kind in SIGNS][-1:]
    if newest and _is_off(signed, newest[0].at):
        yield f"it says that it was signed on {signed}, and the log has these bytes from {write_time(newest[0].at)}"


def _is_off(stamp: str, at: datetime) -> bool:
    try:
        return abs(datetime.fromisoformat(stamp) - at) > TOLERANCE
    except (ValueError, TypeError):
        return True


def _has_same_jwt(signer: Signer, credential: Credential) -> bool:
    if credential.jwt is None:
        return True
    document = {key: value for key, value in parse(credential.document).items() if key != "proof"}
    return verify_jwt(signer, credential.jwt) == document


def _listed_keys(session: Session) -> dict[str, str]:
    """Every key that any version of did.json listed: heads from before a compromise still count."""
    found: dict[str, str] = {}
    for document in session.scalars(select(col(KeyEvent.document))):
        found |= _keys_in(document)
    return found


def _keys_in(document: str) -> dict[str, str]:
    methods = parse(document).get("verificationMethod", [])
    return {method["id"]: method["publicKeyMultibase"] for method in methods if "publicKeyMultibase" in method}


def _is_signed_by(statement: Document, keys: dict[str, str]) -> bool:
    proof = statement.get("proof")
    multikey = keys.get(str(proof.get("verificationMethod"))) if isinstance(proof, dict) else None
    return multikey is not None and verify_jcs_proof(statement, decode_multikey(multikey))

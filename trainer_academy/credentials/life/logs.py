"""The public logs: what was issued or changed, and every version of did.json. Only added to, and anyone can check them.

Each entry hashes the one before it, so nothing can be put in between or taken out. The hash of the newest entry is signed each
day (`SignedHead`): who kept an older head sees a log that was written anew. The log holds hashes only; it outlives an erasure.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from trainer_academy.core.db import insert_new
from trainer_academy.credentials.life.models import Credential, IssuanceEvent, KeyEvent, SignedHead
from trainer_academy.credentials.signing.linked_data import Document, write_time
from trainer_academy.credentials.signing.proof_sets import write_canonical_json
from trainer_academy.credentials.signing.signer import Signer, write_json

LOCK = 0x7A_10_06  # the advisory lock of the issuance log on PostgreSQL; any number that nobody else takes
FIRST = "0" * 64
PAGE = 500
LOGS = ("issuance", "keys")


def hash_text(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def hash_entry(before: str, entry: Document) -> str:
    """SHA-256 of the hash before, a line feed, and the entry as canonical JSON (RFC 8785)."""
    return hashlib.sha256(before.encode() + b"\n" + write_canonical_json(entry)).hexdigest()


# ---------------------------------------------------------------- issuance


def lock_log(session: Session) -> None:
    """Wait for our turn to add entries, until the end of the transaction.

    Every step that adds an entry takes this first, before the lock of a status list; taken in another order, two
    transactions could wait for each other. On SQLite a writer is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def append_event(session: Session, kind: str, address: str, document: str, now: datetime) -> None:
    """Add an entry. `document` is the exact signed text; empty when there is none any more."""
    lock_log(session)
    newest = select(col(IssuanceEvent.number), col(IssuanceEvent.hash)).order_by(col(IssuanceEvent.number).desc()).limit(1)
    number, before = session.execute(newest).first() or (0, FIRST)
    event = IssuanceEvent(
        number=number + 1,
        kind=kind,
        subject_hash=hash_text(address),
        document_hash=hash_text(document) if document else "",
        at=now.replace(microsecond=0),
        hash="",
    )
    values = event.model_dump() | {"hash": hash_entry(before, read_event(event))}
    if not insert_new(session, IssuanceEvent, values):
        raise RuntimeError(f"entry {number + 1} of the issuance log was taken; somebody wrote it without the lock")


def read_event(event: IssuanceEvent) -> Document:
    """What an entry says, without its hash."""
    return {
        "number": event.number,
        "kind": event.kind,
        "subject": event.subject_hash,
        "document": event.document_hash,
        "at": write_time(event.at),
    }


def page_of_events(session: Session, after: int) -> Document:
    """The entries after a number, at most 500, as they are served; `next` is there when more follow."""
    statement = select(IssuanceEvent).where(col(IssuanceEvent.number) > after).order_by(col(IssuanceEvent.number))
    rows = session.exec(statement.limit(PAGE + 1)).all()
    shown = [{**read_event(row), "hash": row.hash} for row in rows[:PAGE]]
    return {"entries": shown} | ({"next": f"/.well-known/issuance-log?after={shown[-1]['number']}"} if len(rows) > PAGE else {})


def history_of(session: Session, address: str) -> list[IssuanceEvent]:
    """All entries on one credential, oldest first."""
    statement = select(IssuanceEvent).where(IssuanceEvent.subject_hash == hash_text(address))
    return list(session.exec(statement.order_by(col(IssuanceEvent.number))).all())


def log_change(session: Session, signer: Signer, credential: Credential, kind: str, now: datetime) -> None:
    """An entry on a credential as it is stored now."""
    append_event(session, kind, signer.party.credential_url(credential.id), credential.document, now)


# ---------------------------------------------------------------- heads


def sign_heads(session: Session, signer: Signer, now: datetime) -> int:
    """Sign the head of today and, if it was not signed after its end, of yesterday, for both logs; returns how many."""
    made = 0
    for log in LOGS:
        for day in (now.date() - timedelta(days=1), now.date()):
            made += _sign_head(session, signer, log, day, now)
    return made


def _sign_head(session: Session, signer: Signer, log: str, day: date, now: datetime) -> int:
    """Sign the newest entry of a day. While the day lasts its head may be signed again; afterwards never."""
    end = datetime.combine(day + timedelta(days=1), time(), now.tzinfo)
    newest = _newest_event(session, end) if log == "issuance" else _newest_key_event(session, end)
    found = session.exec(select(SignedHead).where(SignedHead.log == log, SignedHead.day == day)).first()
    if newest is None or (found is not None and found.number >= newest.number):
        return 0
    document = signer.sign_statement(_head(signer, log, day, newest, now), now)
    if found is None:
        values = {"log": log, "day": day, "number": newest.number, "document": document, "signed_at": now}
        return int(insert_new(session, SignedHead, values))
    found.number, found.document, found.signed_at = newest.number, document, now
    session.flush()
    return 1


def _newest_event(session: Session, end: datetime) -> IssuanceEvent | None:
    statement = select(IssuanceEvent).where(col(IssuanceEvent.at) < end)
    return session.exec(statement.order_by(col(IssuanceEvent.number).desc()).limit(1)).first()


def _newest_key_event(session: Session, end: datetime) -> KeyEvent | None:
    statement = select(KeyEvent).where(col(KeyEvent.at) < end)
    return session.exec(statement.order_by(col(KeyEvent.number).desc()).limit(1)).first()


def _head(signer: Signer, log: str, day: date, newest: IssuanceEvent | KeyEvent, now: datetime) -> Document:
    return {
        "type": "LogHead",
        "issuer": signer.keys.did,
        "log": log,
        "day": day.isoformat(),
        "number": newest.number,
        "hash": newest.hash,
        "signedAt": write_time(now),
    }


def newest_head(session: Session, log: str = "issuance") -> SignedHead | None:
    return session.exec(select(SignedHead).where(SignedHead.log == log).order_by(col(SignedHead.day).desc()).limit(1)).first()


# ---------------------------------------------------------------- did.json


def record_did(session: Session, signer: Signer, reason: str, now: datetime) -> KeyEvent | None:
    """Add the DID document to its history when it changed; None when it did not.

    Signed by the newest key that the version before lists and that is still ours; the first version by itself.
    """
    lock_log(session)
    last = session.exec(select(KeyEvent).order_by(col(KeyEvent.number).desc()).limit(1)).first()
    document = write_json(signer.keys.did_document())
    if last is not None and last.document == document:
        return None
    event = KeyEvent(
        number=last.number + 1 if last else 1,
        document=document,
        reason=reason[:300],
        hash="",
        signature="",
        at=now.replace(microsecond=0),
    )
    event.hash = hash_entry(last.hash if last else FIRST, read_key_event(event))
    statement = {"type": "KeyEvent", "issuer": signer.keys.did, "number": event.number, "hash": event.hash}
    name = _key_before(signer, last)
    event.signature = signer.sign_statement({**statement, "at": write_time(event.at)}, event.at, name)
    session.add(event)
    session.flush()
    return event


def _key_before(signer: Signer, last: KeyEvent | None) -> str:
    """The newest key that the last version lists and that we still have; ours of today when there is none."""
    if last is None:
        return signer.keys.active
    listed = json.loads(last.document)["assertionMethod"]
    kept = [name for name in signer.keys.names() if f"{signer.keys.did}#{name}" in listed]
    return kept[-1] if kept else signer.keys.active


def read_key_event(event: KeyEvent) -> Document:
    """What an entry says, without its hash and signature. The document is given by its hash."""
    return {"number": event.number, "document": hash_text(event.document), "reason": event.reason, "at": write_time(event.at)}


def did_history(session: Session) -> Document:
    """Every version of did.json as it is served. They are few: one for each change of keys."""
    rows = session.exec(select(KeyEvent).order_by(col(KeyEvent.number))).all()
    return {
        "entries": [
            {
                "number": row.number,
                "at": write_time(row.at),
                "reason": row.reason,
                "hash": row.hash,
                "didDocument": row.document,
                "signature": json.loads(row.signature),
            }
            for row in rows
        ]
    }


def count_events(session: Session) -> int:
    return session.exec(select(func.count()).select_from(IssuanceEvent)).one()


def keep_logs(session: Session, signer: Signer, now: datetime) -> int:
    """The worker's duty: enter a did.json that nobody entered, and sign the heads; returns how many heads."""
    record_did(session, signer, "Found by the worker.", now)
    return sign_heads(session, signer, now)

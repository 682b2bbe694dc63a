"""After a key was compromised: sign again, at the same address, everything that it signed. Batches, so that it can go on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.credentials.documents.credential import without_proof
from trainer_academy.credentials.life import status
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import sign_credential
from trainer_academy.credentials.life.logs import hash_text, history_of, lock_log, log_change
from trainer_academy.credentials.life.models import Credential, StatusList
from trainer_academy.credentials.signing.jwt import write_header
from trainer_academy.credentials.signing.linked_data import write_time
from trainer_academy.credentials.signing.own_proofs import parse
from trainer_academy.credentials.signing.signer import Signer, encode_header

BATCH = 100


@dataclass
class Reissue:
    """What a batch did: how many were signed again, and the ids whose bytes do not fit the public log."""

    done: int = 0
    refused: list[str] = field(default_factory=list)
    last_id: str = ""


def signed_by(signer: Signer, name: str) -> ColumnElement[bool]:
    """SQL condition: a proof or the JWT of the credential is by this key."""
    header = encode_header(write_header(signer.key_url(name)))
    by_jwt = col(Credential.jwt).startswith(f"{header}.", autoescape=True)
    return or_(col(Credential.document).contains(f'"{signer.keys.did}#{name}"', autoescape=True), by_jwt)


def count_signed_by(session: Session, signer: Signer, name: str) -> int:
    """How many credentials still carry a signature by a key."""
    return session.exec(select(func.count()).select_from(Credential).where(signed_by(signer, name))).one()


def unlogged() -> ColumnElement[bool]:
    """SQL condition: from before the public log and the JWT form."""
    return col(Credential.jwt).is_(None) & col(Credential.erased_at).is_(None)


def reissue_batch(
    session: Session, issuer: Issuer, which: ColumnElement[bool], reason: str, now: datetime, after: str = ""
) -> Reissue:
    """Sign the next batch again with the newest keys: new `validFrom`, everything else as it was.

    A credential whose stored bytes differ from the newest entry of the public log is not signed: somebody changed it. Status
    and validity stay as they are. What was signed again does not match `which` any more, so a run that was cut off goes on.
    """
    lock_log(session)
    statement = select(Credential).where(which, col(Credential.erased_at).is_(None), col(Credential.id) > after)
    batch = Reissue(last_id=after)
    for credential in session.exec(statement.order_by(col(Credential.id)).limit(BATCH)).all():
        batch.last_id = credential.id
        if not _is_as_logged(session, issuer.signer, credential):
            batch.refused.append(credential.id)
            continue
        signed_at = now.replace(microsecond=0)
        unsigned = {**without_proof(parse(credential.document)), "validFrom": write_time(signed_at)}
        sign_credential(issuer.signer, credential, unsigned, signed_at)
        session.flush()
        log_change(session, issuer.signer, credential, "reissued", signed_at)
        record(session, None, "credential_reissued", "credential", credential.id, now, reason)
        batch.done += 1
    session.flush()
    return batch


def _is_as_logged(session: Session, signer: Signer, credential: Credential) -> bool:
    entries = history_of(session, signer.party.credential_url(credential.id))
    return not entries or entries[-1].document_hash == hash_text(credential.document)


def resign_lists(session: Session, issuer: Issuer, name: str, now: datetime) -> int:
    """Sign every status list again that a key has signed; returns how many."""
    lock_log(session)
    signed = col(StatusList.document).contains(f'"{issuer.keys.did}#{name}"', autoescape=True)
    numbers = session.scalars(select(col(StatusList.id)).where(signed).order_by(col(StatusList.id))).all()
    for number in numbers:
        assert number is not None
        status.resign_list(session, issuer.signer, status.lock_list(session, number), now)
    return len(numbers)

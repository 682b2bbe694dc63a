"""Issuing credentials. Asking twice for the same achievement of the same attempt gives the same credential."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import AuditEvent, User
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import NotFound
from trainer_academy.core.tokens import new_code
from trainer_academy.credentials.criteria import Achievement, Measurement, valid_until
from trainer_academy.credentials.documents.credential import Holder, StatusEntry, credential_document
from trainer_academy.credentials.life import status
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.logs import lock_log, log_change
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.signing.linked_data import Document
from trainer_academy.credentials.signing.signer import Signer

CODE_LENGTH = 10
# A list is at most half full, so each try succeeds at least every second time: 64 failures in a row do not happen by chance.
MAX_TRIES = 64
Draw = Callable[[int], int]


@dataclass(frozen=True)
class _Award:
    """What stays the same when an index has to be drawn again."""

    holder: User
    key: str
    achievement: Achievement
    measurement: Measurement
    attempt_id: int | None
    issued_at: datetime


def issue(
    session: Session,
    issuer: Issuer,
    holder: User,
    achievement_key: str,
    measurement: Measurement,
    attempt_id: int | None,
    now: datetime,
    draw: Draw = secrets.randbelow,
) -> Credential:
    """Issue and sign a credential, flushed. The same attempt and achievement give the credential that exists.

    One that a correction had revoked does not count as existing: earned again, it is a new credential (see `_find_issued`).
    Without an attempt each call issues a new one. Raises NotFound for an unknown achievement, SigningError for a name that
    cannot be signed.
    """
    achievement = issuer.achievements.by_key.get(achievement_key)
    if achievement is None:
        raise NotFound("achievement.unknown", key=achievement_key)
    if (existing := _find_issued(session, attempt_id, achievement_key)) is not None:
        return existing
    award = _Award(holder, achievement_key, achievement, measurement, attempt_id, now.replace(microsecond=0))
    lock_log(session)
    listed = status.open_list(session, issuer.signer, award.issued_at)
    for _ in range(MAX_TRIES):
        credential = _build(issuer, award, StatusEntry(id_of(listed), draw(listed.size)))
        try:
            with session.begin_nested():
                session.add(credential)
                session.flush()
        except IntegrityError:
            # Either another request issued it in the meantime, or the index (or code) is taken and is drawn again.
            if (existing := _find_issued(session, attempt_id, achievement_key)) is not None:
                return existing
            continue
        listed.used += 1
        record(session, None, "credential_issued", "credential", credential.id, now, f"{achievement_key} to user {holder.id}")
        session.flush()
        log_change(session, issuer.signer, credential, "issued", award.issued_at)
        return credential
    raise RuntimeError(f"no free status index after {MAX_TRIES} tries; the table status_lists is damaged")


def _find_issued(session: Session, attempt_id: int | None, achievement_key: str) -> Credential | None:
    """The credential of an attempt. One that the system revoked hands the attempt on, and there is none any more.

    The revoked one keeps its row and its address. Only a revocation by the system (a correction) makes room: what an
    operator revoked stays revoked, also when the attempt is scored again.
    """
    if attempt_id is None:
        return None
    statement = select(Credential).where(Credential.attempt_id == attempt_id, Credential.achievement_key == achievement_key)
    found = session.exec(statement).first()
    if found is None or found.revoked_at is None or found.erased_at is not None or not _is_revoked_by_system(session, found):
        return found
    found.measurement = {**(found.measurement or {}), "attempt_id": attempt_id}
    found.attempt_id = None
    session.flush()
    return None


def _is_revoked_by_system(session: Session, credential: Credential) -> bool:
    statement = select(AuditEvent.actor_id).where(
        AuditEvent.kind == "credential_revoked", AuditEvent.subject_id == credential.id
    )
    actors = session.scalars(statement).all()
    return bool(actors) and all(actor is None for actor in actors)


def _build(issuer: Issuer, award: _Award, entry: StatusEntry) -> Credential:
    credential_id = str(uuid.uuid4())
    until = valid_until(award.issued_at, award.achievement.validity_months)
    holder = Holder(award.holder.login, award.holder.name, secrets.token_hex(16))
    unsigned = credential_document(
        issuer.party, holder, award.key, award.achievement, award.measurement, credential_id, entry, award.issued_at, until
    )
    credential = Credential(
        id=credential_id,
        code=new_code(CODE_LENGTH),
        holder_id=id_of(award.holder),
        attempt_id=award.attempt_id,
        achievement_key=award.key,
        achievement_version=award.achievement.version,
        level=award.achievement.level,
        holder_name=unsigned["credentialSubject"]["name"],
        score=award.measurement.score,
        score_low=award.measurement.low,
        score_high=award.measurement.high,
        item_count=award.measurement.item_count,
        status_list_id=entry.list_id,
        status_index=entry.index,
        document="",
        measurement=asdict(award.measurement),
        issued_at=award.issued_at,
        valid_until=until,
    )
    sign_credential(issuer.signer, credential, unsigned, award.issued_at)
    return credential


def sign_credential(signer: Signer, credential: Credential, unsigned: Document, now: datetime) -> None:
    """Put the signed forms into the row: the document with both proofs, and the JWT over the same unsigned document."""
    credential.document = signer.sign(unsigned, now)
    credential.jwt = signer.sign_jwt(unsigned)
    credential.signed_at = now

"""Issuing and revoking credentials. Asking twice for the same achievement of the same attempt gives the same credential."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import User
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.core.signing import check_contexts
from trainer_academy.core.tokens import new_code
from trainer_academy.credentials import status
from trainer_academy.credentials.criteria import Achievement, Achievements, Measurement, valid_until
from trainer_academy.credentials.document import Holder, Party, StatusEntry, credential_document
from trainer_academy.credentials.keys import KeyRing
from trainer_academy.credentials.models import Credential
from trainer_academy.notices.outbox import add_mail

ISSUER_NAME = "Trainer Academy"
CODE_LENGTH = 10
# A list is at most half full, so each try succeeds at least every second time: 64 failures in a row do not happen by chance.
MAX_TRIES = 64
MAX_REASON = 300
Draw = Callable[[int], int]


@dataclass(frozen=True)
class Issuer:
    """Who issues: published identity, keys, and what can be earned."""

    party: Party
    keys: KeyRing
    achievements: Achievements

    @property
    def signer(self) -> status.Signer:
        """What signing needs of the issuer."""
        return status.Signer(self.party, self.keys)


def make_issuer(base_url: str, did: str, keys: KeyRing, achievements: Achievements) -> Issuer:
    """The issuer of this installation, from its public address and did:web identifier. ContextError when a context changed."""
    check_contexts()
    return Issuer(Party(base_url, did, ISSUER_NAME), keys, achievements)


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
    session: Session, issuer: Issuer, holder: User, achievement_key: str, measurement: Measurement,
    attempt_id: int | None, now: datetime, draw: Draw = secrets.randbelow,
) -> Credential:  # fmt: skip
    """Issue and sign a credential, flushed. The same attempt and achievement give the credential that exists.

    Without an attempt each call issues a new one. Raises NotFound for an unknown achievement, SigningError for a name that
    cannot be signed.
    """
    achievement = issuer.achievements.by_key.get(achievement_key)
    if achievement is None:
        raise NotFound(f"There is no certificate {achievement_key!r}.")
    if (existing := _find_issued(session, attempt_id, achievement_key)) is not None:
        return existing
    award = _Award(holder, achievement_key, achievement, measurement, attempt_id, now.replace(microsecond=0))
    listed = status.open_list(session, issuer.signer, award.issued_at)
    for _ in range(MAX_TRIES):
        credential = _build(issuer, award, StatusEntry(listed.id or 0, draw(listed.size)))
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
        return credential
    raise RuntimeError(f"no free status index after {MAX_TRIES} tries; the table status_lists is damaged")


def _find_issued(session: Session, attempt_id: int | None, achievement_key: str) -> Credential | None:
    if attempt_id is None:
        return None
    statement = select(Credential).where(Credential.attempt_id == attempt_id, Credential.achievement_key == achievement_key)
    return session.exec(statement).first()


def _build(issuer: Issuer, award: _Award, entry: StatusEntry) -> Credential:
    assert award.holder.id is not None
    credential_id = str(uuid.uuid4())
    until = valid_until(award.issued_at, award.achievement.validity_months)
    holder = Holder(award.holder.login, award.holder.name, secrets.token_hex(16))
    unsigned = credential_document(
        issuer.party, holder, award.key, award.achievement, award.measurement, credential_id, entry, award.issued_at, until
    )
    return Credential(
        id=credential_id, code=new_code(CODE_LENGTH), holder_id=award.holder.id, attempt_id=award.attempt_id,
        achievement_key=award.key, achievement_version=award.achievement.version, level=award.achievement.level,
        holder_name=unsigned["credentialSubject"]["name"], score=award.measurement.score, score_low=award.measurement.low,
        score_high=award.measurement.high, item_count=award.measurement.item_count, status_list_id=entry.list_id,
        status_index=entry.index, document=issuer.signer.sign(unsigned, award.issued_at), issued_at=award.issued_at,
        valid_until=until,
    )  # fmt: skip


def revoke(
    session: Session, issuer: Issuer, credential: Credential, reason: str, actor_id: int | None, now: datetime
) -> Refusal | None:
    """Revoke for good, sign the status list again, tell the holder; all in this transaction. `actor_id` None: the system.

    Refused when it was revoked before; the first reason and date stay.
    """
    reason = reason[:MAX_REASON]
    # The list is locked first, so that a revocation at the same time is seen when the bits are collected.
    listed = status.lock_list(session, credential.status_list_id)
    claim = update(Credential).where(col(Credential.id) == credential.id, col(Credential.revoked_at).is_(None))
    claimed = session.execute(
        claim.values(revoked_at=now, revoke_reason=reason), execution_options={"synchronize_session": False}
    )
    session.refresh(credential)
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        return Refusal("This certificate was revoked already.")
    status.resign_list(session, issuer.signer, listed, now)
    record(session, actor_id, "credential_revoked", "credential", credential.id, now, reason)
    name = issuer.achievements.name(credential.achievement_key)
    add_mail(
        session, credential.holder_id, "credential_revoked", f"Revoked: {name}", _revocation_mail(issuer, credential, name), now
    )
    return None


def _revocation_mail(issuer: Issuer, credential: Credential, name: str) -> str:
    return (
        f'Your certificate "{name}" from {credential.issued_at:%d %B %Y} was revoked.\n\n'
        f"Reason: {credential.revoke_reason}\n\n"
        "Its public page now says so, with the date and the reason. The file that you may have saved is not valid any more.\n"
        f"{issuer.party.credential_url(credential.id)}\n\n"
        "If you think that this is wrong, answer this message or write to the academy. You may be able to sit the exam again."
    )

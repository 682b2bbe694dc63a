"""Ending and holding credentials: revoke, suspend, resume, erase, one door each.

Each writes the public log and the audit log, and tells the holder and who watches.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from trainer_academy.accounts.audit import record
from trainer_academy.core.errors import Refusal
from trainer_academy.credentials.life import status
from trainer_academy.credentials.life.issuer import MAX_REASON, Issuer
from trainer_academy.credentials.life.logs import append_event, lock_log, log_change
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.watching import tell_watchers
from trainer_academy.notices.outbox import add_mail

ERASED = "The holder asked for it to be withdrawn."


def revoke(
    session: Session, issuer: Issuer, credential: Credential, reason: str, actor_id: int | None, now: datetime
) -> Refusal | None:
    """Revoke for good, sign the status list again, tell the holder; all in this transaction. `actor_id` None: the system.

    Refused when it was revoked before; the first reason and date stay.
    """
    reason = reason[:MAX_REASON]
    if not _end(session, issuer, credential, reason, now):
        return Refusal("certificate.revoked_already")
    log_change(session, issuer.signer, credential, "revoked", now)
    tell_watchers(session, issuer, credential, "revoked", now)
    record(session, actor_id, "credential_revoked", "credential", credential.id, now, reason)
    name = issuer.achievements.name(credential.achievement_key)
    values = {
        "name": name,
        "issued_at": credential.issued_at,
        "reason": credential.revoke_reason,
        "address": issuer.party.credential_url(credential.id),
    }
    add_mail(session, credential.holder_id, "credential_revoked", values, now)
    return None


def _end(session: Session, issuer: Issuer, credential: Credential, reason: str, now: datetime) -> bool:
    """Claim the revocation and sign the list again; False when it was revoked before."""
    lock_log(session)
    # The list is locked before the claim, so that a revocation at the same time is seen when the bits are collected.
    listed = status.lock_list(session, credential.status_list_id)
    claim = update(Credential).where(col(Credential.id) == credential.id, col(Credential.revoked_at).is_(None))
    claimed = session.execute(
        claim.values(revoked_at=now, revoke_reason=reason), execution_options={"synchronize_session": False}
    )
    session.refresh(credential)
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        return False
    status.resign_list(session, issuer.signer, listed, now)
    return True


def suspend(
    session: Session, issuer: Issuer, credential: Credential, reason: str, actor_id: int | None, now: datetime
) -> Refusal | None:
    """Put on hold: the page says so, and the pool does not list it. The signed file cannot say it (one status entry only)."""
    lock_log(session)
    reason = reason[:MAX_REASON]
    claim = update(Credential).where(col(Credential.revoked_at).is_(None), col(Credential.suspended_at).is_(None))
    claim = claim.where(col(Credential.id) == credential.id).values(suspended_at=now, suspend_reason=reason)
    claimed = session.execute(claim, execution_options={"synchronize_session": False})
    session.refresh(credential)
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        return Refusal("certificate.on_hold_already")
    log_change(session, issuer.signer, credential, "suspended", now)
    tell_watchers(session, issuer, credential, "suspended", now)
    record(session, actor_id, "credential_suspended", "credential", credential.id, now, reason)
    name = issuer.achievements.name(credential.achievement_key)
    values = {"name": name, "reason": reason, "address": issuer.party.credential_url(credential.id)}
    add_mail(session, credential.holder_id, "credential_suspended", values, now)
    return None


def resume(session: Session, issuer: Issuer, credential: Credential, actor_id: int | None, now: datetime) -> Refusal | None:
    """End the hold. Refused when there is none."""
    lock_log(session)
    claim = update(Credential).where(col(Credential.suspended_at).is_not(None), col(Credential.revoked_at).is_(None))
    claim = claim.where(col(Credential.id) == credential.id).values(suspended_at=None, suspend_reason="")
    claimed = session.execute(claim, execution_options={"synchronize_session": False})
    session.refresh(credential)
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        return Refusal("certificate.not_on_hold")
    log_change(session, issuer.signer, credential, "resumed", now)
    tell_watchers(session, issuer, credential, "resumed", now)
    record(session, actor_id, "credential_resumed", "credential", credential.id, now)
    name = issuer.achievements.name(credential.achievement_key)
    values = {"name": name, "address": issuer.party.credential_url(credential.id)}
    add_mail(session, credential.holder_id, "credential_resumed", values, now)
    return None


def erase(session: Session, issuer: Issuer, credential: Credential, actor_id: int | None, now: datetime) -> Refusal | None:
    """Withdraw for good: revoked, and the signed forms, the name, the salt and the numbers are gone.

    The row keeps the address, the code and the status index taken; the public log keeps hashes only. Refused when done before.
    """
    lock_log(session)
    claim = update(Credential).where(col(Credential.id) == credential.id, col(Credential.erased_at).is_(None))
    claimed = session.execute(claim.values(erased_at=now), execution_options={"synchronize_session": False})
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        return Refusal("certificate.withdrawn_already")
    _end(session, issuer, credential, ERASED, now)
    session.refresh(credential)
    credential.document, credential.jwt, credential.measurement, credential.holder_name = "", None, None, ""
    credential.card_text = ""
    credential.holder_did, credential.suspend_reason, credential.revoke_reason = "", "", ERASED
    credential.score = credential.score_low = credential.score_high = 0.0
    session.flush()
    append_event(session, "erased", issuer.party.credential_url(credential.id), "", now)
    tell_watchers(session, issuer, credential, "withdrawn", now)
    record(session, actor_id, "credential_erased", "credential", credential.id, now)
    session.flush()
    return None

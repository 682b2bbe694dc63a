"""Clients watch certificates that they rely on, and are told by webhook in the transaction in which one changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from trainer_academy.core.db import insert_new
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential, CredentialWatch
from trainer_academy.notices.outbox import add_webhook

Change = Literal["revoked", "suspended", "resumed", "withdrawn", "expired"]
BATCH = 200


def add_watches(session: Session, organization_id: int, credential_ids: Sequence[str], now: datetime) -> int:
    """Watch these certificates; returns how many were not watched before."""
    return sum(
        insert_new(
            session,
            CredentialWatch,
            {"organization_id": organization_id, "credential_id": one, "created_at": now, "expiry_told_at": None},
        )
        for one in credential_ids
    )


def end_watches(session: Session, organization_id: int, credential_ids: Sequence[str]) -> int:
    """Stop watching; returns how many were watched."""
    statement = delete(CredentialWatch).where(col(CredentialWatch.organization_id) == organization_id)
    result: Any = session.execute(statement.where(col(CredentialWatch.credential_id).in_(credential_ids)))
    return int(result.rowcount)


def watched(session: Session, organization_id: int, after: int, limit: int) -> list[tuple[CredentialWatch, Credential]]:
    """A page of what an organization watches, in the order in which it began."""
    statement = (
        select(CredentialWatch, Credential)
        .join(Credential, col(Credential.id) == col(CredentialWatch.credential_id))
        .where(CredentialWatch.organization_id == organization_id, col(CredentialWatch.id) > after)
    )
    return list(session.exec(statement.order_by(col(CredentialWatch.id)).limit(limit)).all())


def tell_watchers(session: Session, issuer: Issuer, credential: Credential, change: Change, now: datetime) -> int:
    """Write a webhook call for each organization that watches; returns how many. No name and no score is sent."""
    watchers = select(CredentialWatch.organization_id).where(CredentialWatch.credential_id == credential.id)
    payload = _payload(issuer, credential, change, now)
    return sum(
        add_webhook(session, organization_id, f"certificate.{change}", payload, now) is not None
        for organization_id in session.exec(watchers).all()
    )


def tell_expired(session: Session, issuer: Issuer, now: datetime) -> int:
    """Tell, once each, about watched certificates that ended; at most 200 a call. Returns how many watches were dealt with."""
    found = session.exec(_ended(now).order_by(col(CredentialWatch.id)).limit(BATCH)).all()
    for watch, credential in found:
        claim = update(CredentialWatch).where(
            col(CredentialWatch.id) == watch.id, col(CredentialWatch.expiry_told_at).is_(None)
        )
        claimed: Any = session.execute(claim.values(expiry_told_at=now), execution_options={"synchronize_session": False})
        if claimed.rowcount and credential.revoked_at is None:
            payload = _payload(issuer, credential, "expired", now)
            add_webhook(session, watch.organization_id, "certificate.expired", payload, now)
    return len(found)


def has_expired(session: Session, now: datetime) -> bool:
    """Whether a watched certificate ended and nobody was told; so that a quiet beat takes no write lock."""
    return session.exec(_ended(now).limit(1)).first() is not None


def _ended(now: datetime) -> Any:
    return (
        select(CredentialWatch, Credential)
        .join(Credential, col(Credential.id) == col(CredentialWatch.credential_id))
        .where(col(CredentialWatch.expiry_told_at).is_(None), col(Credential.valid_until) <= now)
    )


def _payload(issuer: Issuer, credential: Credential, change: Change, now: datetime) -> dict[str, str]:
    return {
        "certificate": credential.id,
        "code": credential.code,
        "url": issuer.party.credential_url(credential.id),
        "change": change,
        "reason": {"revoked": credential.revoke_reason, "suspended": credential.suspend_reason}.get(change, ""),
        "at": now.isoformat(),
    }

"""Credentials that will end soon, so that the holder can be told once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.queries import is_valid_at

NOTICE_PERIOD = timedelta(days=60)


def expiring_credentials(session: Session, now: datetime, limit: int = 200) -> list[str]:
    """Ids of valid credentials that end within 60 days, were not announced yet, and were not renewed by a later one."""
    later = aliased(Credential)
    renewed = (
        select(later)
        .where(later.holder_id == Credential.holder_id, later.achievement_key == Credential.achievement_key)
        .where(is_valid_at(now, later), col(later.valid_until) > col(Credential.valid_until))
        .exists()
    )
    statement = (
        select(col(Credential.id))
        .where(is_valid_at(now), col(Credential.valid_until) <= now + NOTICE_PERIOD, ~renewed)
        .where(col(Credential.expiry_noticed_at).is_(None))
        .order_by(col(Credential.valid_until))
        .limit(limit)
    )
    return list(session.scalars(statement).all())


def claim_expiry_notice(session: Session, credential_id: str, now: datetime) -> Credential | None:
    """Mark that the holder is told now; None when that was done already, or it is not valid any more."""
    statement = (
        update(Credential)
        .where(col(Credential.id) == credential_id, col(Credential.expiry_noticed_at).is_(None))
        .where(is_valid_at(now))
        .values(expiry_noticed_at=now)
        .execution_options(synchronize_session=False)
    )
    result: Any = session.execute(statement)
    return session.get(Credential, credential_id, populate_existing=True) if result.rowcount == 1 else None

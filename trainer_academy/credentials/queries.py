"""Reading credentials. `is_valid_at` is the one SQL form of `criteria.status_at(...) == "valid"`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from trainer_academy.credentials.criteria import status_at
from trainer_academy.credentials.models import Credential


def is_valid_at(now: datetime) -> ColumnElement[bool]:
    """SQL condition: the credential is neither revoked nor expired nor suspended at `now`."""
    return and_(col(Credential.revoked_at).is_(None), col(Credential.suspended_at).is_(None), col(Credential.valid_until) > now)


def standing(credential: Credential, now: datetime) -> str:
    """`valid`, `expired`, `revoked`, `suspended`, or `withdrawn` when the person left and had it erased."""
    if credential.erased_at is not None:
        return "withdrawn"
    return status_at(now, credential.valid_until, credential.revoked_at, credential.suspended_at)


def newer_credential(session: Session, credential: Credential, now: datetime) -> Credential | None:
    """The newest valid credential of the same person and achievement that was issued later: a renewal or a new award."""
    statement = (
        select(Credential)
        .where(Credential.holder_id == credential.holder_id, Credential.achievement_key == credential.achievement_key)
        .where(Credential.id != credential.id, col(Credential.issued_at) >= credential.issued_at, is_valid_at(now))
        .where(col(Credential.hidden_at).is_(None))
    )
    return session.exec(statement.order_by(col(Credential.issued_at).desc(), col(Credential.id)).limit(1)).first()


def find_credential(session: Session, credential_id: str) -> Credential | None:
    return session.get(Credential, credential_id)


def find_by_code(session: Session, code: str) -> Credential | None:
    """By the short code that is printed on the certificate, in its written form."""
    return session.exec(select(Credential).where(Credential.code == code)).first()


def credentials_of(session: Session, holder_id: int) -> list[Credential]:
    """All credentials of a person, newest first, whatever their status."""
    statement = select(Credential).where(Credential.holder_id == holder_id).order_by(col(Credential.issued_at).desc())
    return list(session.exec(statement).all())


def valid_credentials_of(session: Session, holder_ids: list[int], now: datetime) -> dict[int, list[Credential]]:
    """The valid credentials of several people, by person, one statement."""
    statement = select(Credential).where(col(Credential.holder_id).in_(holder_ids), is_valid_at(now))
    found: dict[int, list[Credential]] = {}
    for credential in session.exec(statement.order_by(col(Credential.level).desc())).all():
        found.setdefault(credential.holder_id, []).append(credential)
    return found

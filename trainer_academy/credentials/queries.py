"""Reading credentials. `is_valid_at` is the one SQL form of `criteria.status_at(...) == "valid"`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from trainer_academy.credentials.models import Credential


def is_valid_at(now: datetime) -> ColumnElement[bool]:
    """SQL condition: the credential is neither revoked nor expired at `now`."""
    return and_(col(Credential.revoked_at).is_(None), col(Credential.valid_until) > now)


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

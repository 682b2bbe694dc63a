"""Reading credentials. `is_valid_at` is the one SQL form of `criteria.status_at(...) == "valid"`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from trainer_academy.credentials.criteria import Standing, status_at
from trainer_academy.credentials.life.models import Credential


def is_valid_at(now: datetime, of: type[Credential] = Credential) -> ColumnElement[bool]:
    """SQL condition: the credential is neither revoked nor expired nor suspended at `now`. `of`: the table, or an alias of it.

    It says the same as `status_at(...) == "valid"`; a property test holds the two together on both engines.
    """
    return and_(col(of.revoked_at).is_(None), col(of.suspended_at).is_(None), col(of.valid_until) > now)


def has_newer_valid(now: datetime) -> ColumnElement[bool]:
    """SQL condition on a credential: its holder has a valid one of the same achievement that was issued later (a renewal)."""
    newer = aliased(Credential)
    later = or_(
        col(newer.issued_at) > col(Credential.issued_at),
        and_(col(newer.issued_at) == col(Credential.issued_at), col(newer.id) > col(Credential.id)),
    )
    same = (newer.holder_id == Credential.holder_id, newer.achievement_key == Credential.achievement_key)
    return select(newer.id).where(*same, is_valid_at(now, newer), later).exists()


def standing(credential: Credential, now: datetime) -> Standing:
    """The status of a credential, or `withdrawn` when the person left and had it erased."""
    if credential.erased_at is not None:
        return Standing.WITHDRAWN
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

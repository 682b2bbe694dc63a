"""Signing in and out: throttle, browser sessions, password change."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Update, update
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import LoginSession, User
from trainer_academy.accounts.passwords import hash_password
from trainer_academy.core.db import id_of
from trainer_academy.core.tokens import hash_token, new_token

SESSION_DAYS = 30
ACCOUNT_LIMIT = 10
ADDRESS_LIMIT = 100


def throttle_subjects(login: str, address: str) -> dict[str, int]:
    """What is counted, with its limit; no login means the address alone. Hashed: people type passwords into that field."""
    account = {f"account:{hashlib.sha256(login.encode()).hexdigest()[:40]}": ACCOUNT_LIMIT} if login else {}
    return account | {f"address:{address[:60]}": ADDRESS_LIMIT}


def open_session(session: Session, user: User, user_agent: str, now: datetime) -> str:
    """Sign a browser in; returns the token for its cookie. Only the hash of the token is stored."""
    token = new_token()
    session.add(
        LoginSession(
            token_hash=hash_token(token),
            user_id=id_of(user),
            user_agent=user_agent[:200],
            created_at=now,
            expires_at=now + timedelta(days=SESSION_DAYS),
        )
    )
    session.flush()
    return token


def end_session(session: Session, user_id: int, login_session_id: int, now: datetime) -> bool:
    """End one browser session of this person; False when there is no such open session."""
    statement = (
        update(LoginSession)
        .where(col(LoginSession.id) == login_session_id, col(LoginSession.user_id) == user_id)
        .where(col(LoginSession.ended_at).is_(None))
        .values(ended_at=now)
    )
    return _count(session, statement) > 0


def end_all_sessions(session: Session, user_id: int, now: datetime) -> int:
    """End every browser session of a person. Returns how many."""
    statement = update(LoginSession).where(col(LoginSession.user_id) == user_id, col(LoginSession.ended_at).is_(None))
    return _count(session, statement.values(ended_at=now))


def _count(session: Session, statement: Update) -> int:
    result: Any = session.execute(statement)
    return int(result.rowcount)


def open_sessions(session: Session, user_id: int, now: datetime) -> list[LoginSession]:
    """The browsers that are signed in now, newest first."""
    statement = (
        select(LoginSession)
        .where(LoginSession.user_id == user_id, col(LoginSession.ended_at).is_(None), col(LoginSession.expires_at) > now)
        .order_by(col(LoginSession.created_at).desc())
        .limit(50)
    )
    return list(session.exec(statement).all())


def change_password(session: Session, user: User, new_hash: str, now: datetime) -> None:
    """Store a new password hash and end every session: this browser's cookie may have been copied, too."""
    user.password_hash, user.password_changed_at = new_hash, now
    end_all_sessions(session, id_of(user), now)
    record(session, id_of(user), "password_changed", "user", id_of(user), now)


def make_hash(password: str) -> str:
    """Hash outside of a transaction: it takes about 16 ms, and writers wait for each other."""
    return hash_password(password)

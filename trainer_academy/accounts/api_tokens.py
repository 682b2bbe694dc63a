"""Tokens with which a client's software speaks for the organization: made, listed, ended, recognised."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import ApiToken, Membership, Organization, User
from trainer_academy.accounts.principal import Principal, Role
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Refusal
from trainer_academy.core.tokens import hash_token, new_token

PREFIX = "tac_"  # scanners for leaked secrets recognise it
MAX_OPEN = 20


def make_token(session: Session, organization_id: int, name: str, actor_id: int, now: datetime) -> str | Refusal:
    """A new token, shown once. Refused when twenty are open."""
    open_count = session.exec(
        select(func.count())
        .select_from(ApiToken)
        .where(ApiToken.organization_id == organization_id, col(ApiToken.ended_at).is_(None))
    ).one()
    if open_count >= MAX_OPEN:
        return Refusal("token.limit")
    token = PREFIX + new_token()
    session.add(
        ApiToken(organization_id=organization_id, name=name, token_hash=hash_token(token), created_by=actor_id, created_at=now)
    )
    session.flush()
    record(session, actor_id, "api_token_made", "organization", organization_id, now, name)
    return token


def end_token(session: Session, organization_id: int, token_id: int, actor_id: int, now: datetime) -> bool:
    """End a token of this organization at once; False when there is no such open one."""
    claim = update(ApiToken).where(col(ApiToken.id) == token_id, col(ApiToken.organization_id) == organization_id)
    result: Any = session.execute(claim.where(col(ApiToken.ended_at).is_(None)).values(ended_at=now))
    if result.rowcount:
        record(session, actor_id, "api_token_ended", "organization", organization_id, now, f"token {token_id}")
    return bool(result.rowcount)


def open_tokens(session: Session, organization_id: int) -> list[ApiToken]:
    """The open tokens, newest first."""
    statement = select(ApiToken).where(ApiToken.organization_id == organization_id, col(ApiToken.ended_at).is_(None))
    return list(session.exec(statement.order_by(col(ApiToken.created_at).desc())).all())


def token_principal(session: Session, token: str) -> Principal | None:
    """Whoever made the token, as buyer of its organization and nothing else; None once one of the two has ended."""
    if not token.startswith(PREFIX):
        return None
    statement = (
        select(ApiToken, User, Organization)
        .join(User, col(User.id) == col(ApiToken.created_by))
        .join(Organization, col(Organization.id) == col(ApiToken.organization_id))
        .join(Membership, (col(Membership.user_id) == col(User.id)) & (col(Membership.organization_id) == col(Organization.id)))
        .where(ApiToken.token_hash == hash_token(token), col(ApiToken.ended_at).is_(None))
        .where(col(User.is_active), Organization.kind == "client", Membership.role == "buyer")
    )
    found = session.exec(statement).first()
    if found is None:
        return None
    row, user, organization = found
    role = Role("client", "buyer", id_of(organization), organization.name)
    return Principal(id_of(user), user.login, row.name, user.locale, (role,), "", 0)


def note_use(session: Session, token: str, now: datetime) -> None:
    """Write down that the token was used now."""
    session.execute(update(ApiToken).where(col(ApiToken.token_hash) == hash_token(token)).values(last_used_at=now))

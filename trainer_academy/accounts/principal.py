"""The signed-in person, loaded with one statement from the session token in the cookie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_login import AnonymousUserMixin, UserMixin
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from trainer_academy.accounts.models import LoginSession, Membership, Organization, User
from trainer_academy.core.tokens import hash_token


@dataclass(frozen=True)
class Role:
    """A role in an organization."""

    kind: str
    role: str
    organization_id: int
    organization: str


@dataclass(frozen=True, eq=False)
class Principal(UserMixin):  # type: ignore[misc]
    """Who is asking. `token` is the secret of this browser's sign-in."""

    id: int
    login: str
    name: str
    locale: str
    roles: tuple[Role, ...]
    token: str
    login_session_id: int
    language: str = ""

    def get_id(self) -> str:
        return self.token

    def has(self, kind: str, role: str) -> bool:
        return any(item.kind == kind and item.role == role for item in self.roles)

    def organization(self, kind: str, role: str) -> Role | None:
        """The first organization in which the person has this role."""
        return next((item for item in self.roles if item.kind == kind and item.role == role), None)


class Stranger(AnonymousUserMixin):  # type: ignore[misc]
    """Somebody who is not signed in."""

    id: int | None = None
    name = ""
    roles: tuple[Role, ...] = ()

    def has(self, kind: str, role: str) -> bool:
        return False

    def organization(self, kind: str, role: str) -> Role | None:
        return None


_QUERY = (
    select(  # type: ignore[call-overload]
        col(User.id),
        col(User.login),
        col(User.name),
        col(User.locale),
        col(LoginSession.id),
        col(Organization.kind),
        col(Membership.role),
        col(Organization.id),
        col(Organization.name),
        col(LoginSession.expires_at),
        col(User.language),
    )
    .select_from(LoginSession)
    .join(User, col(User.id) == col(LoginSession.user_id))
    .outerjoin(Membership, col(Membership.user_id) == col(User.id))
    .outerjoin(Organization, col(Organization.id) == col(Membership.organization_id))
    .where(col(LoginSession.token_hash) == bindparam("token_hash"), col(LoginSession.ended_at).is_(None), col(User.is_active))
)


def load_principal(session: Session, token: str, now: datetime) -> Principal | None:
    """The person behind a session token, or None when the session was ended, ran out, or the account is closed."""
    rows = session.execute(_QUERY, {"token_hash": hash_token(token)}).all()
    if not rows or rows[0][9] <= now:
        return None
    roles = tuple(Role(row[5], row[6], row[7], row[8]) for row in rows if row[5])
    first = rows[0]
    return Principal(first[0], first[1], first[2], first[3], roles, token, first[4], first[10])

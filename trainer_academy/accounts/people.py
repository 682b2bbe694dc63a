"""People, organizations and invitations: the steps that make and join them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import Invitation, Membership, Organization, User
from trainer_academy.core.db import insert_new
from trainer_academy.core.errors import Refusal
from trainer_academy.core.tokens import new_code, read_code

INVITATION_DAYS = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Login:
    """A login in its stored form: an e-mail address in lower case, or an invitation code."""

    value: str
    is_email: bool


def read_login(typed: str) -> Login | None:
    """The login that a person meant, or None when it is neither an e-mail address nor a well-formed code."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if "=?" in text:  # an encoded word: mail programs would decode it into another address
        return None
    if "@" in text:
        try:
            found = validate_email(text, check_deliverability=False, test_environment=True)
        except EmailNotValidError:
            return None
        return Login(found.normalized.lower(), True)
    code = read_code(text)
    return Login(code, False) if code else None


def clean_name(typed: str) -> str | None:
    """A display name in NFC without doubled spaces; None when it is empty or has control or direction characters."""
    if _CONTROL.search(typed.strip()):
        return None
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    return name if 1 <= len(name) <= 120 and any(char.isalnum() for char in name) else None


def find_user(session: Session, login: str) -> User | None:
    """The account with this stored login."""
    return session.exec(select(User).where(User.login == login)).first()


def open_invitation(session: Session, code: str, now: datetime) -> Invitation | None:
    """An invitation that nobody has used and that has not run out."""
    statement = select(Invitation).where(Invitation.code == code, col(Invitation.accepted_at).is_(None))
    found = session.exec(statement).first()
    return found if found and found.expires_at > now else None


def create_user(session: Session, login: str, name: str, password_hash: str, now: datetime, is_demo: bool = False) -> User:
    """Add an account. A login that exists raises IntegrityError at the flush."""
    user = User(login=login, name=name, password_hash=password_hash, is_demo=is_demo, created_at=now, password_changed_at=now)
    session.add(user)
    session.flush()
    record(session, user.id, "account_created", "user", user.id, now)
    return user


def create_organization(session: Session, kind: str, name: str, now: datetime, is_demo: bool = False) -> Organization:
    """Add a vendor, a client, or the academy."""
    organization = Organization(kind=kind, name=name, is_demo=is_demo, created_at=now)
    session.add(organization)
    session.flush()
    return organization


def add_membership(
    session: Session, user_id: int, organization_id: int, role: str, actor_id: int | None, now: datetime
) -> None:
    """Give a person a role; giving it twice, also at once, changes nothing."""
    values = {"user_id": user_id, "organization_id": organization_id, "role": role, "created_at": now}
    if insert_new(session, Membership, values):
        record(session, actor_id, "role_given", "user", user_id, now, f"{role} in organization {organization_id}")


def remove_membership(session: Session, user_id: int, organization_id: int, role: str, actor_id: int, now: datetime) -> bool:
    """Take a role away; the rights end with the next request. False when the person did not have it."""
    statement = delete(Membership).where(
        col(Membership.user_id) == user_id, col(Membership.organization_id) == organization_id, col(Membership.role) == role
    )
    if session.execute(statement).rowcount == 0:  # type: ignore[attr-defined]
        return False
    record(session, actor_id, "role_taken", "user", user_id, now, f"{role} in organization {organization_id}")
    return True


def invite(
    session: Session, organization_id: int, role: str, invited_by: int, now: datetime, name: str = "", email: str = ""
) -> Invitation:
    """Make an invitation with a fresh code. With an e-mail address the caller also writes a notice."""
    invitation = Invitation(
        organization_id=organization_id,
        code=new_code(),
        role=role,
        name=name,
        email=email,
        invited_by=invited_by,
        created_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    session.add(invitation)
    session.flush()
    record(session, invited_by, "invited", "invitation", invitation.id, now)
    return invitation


def accept_invitation(session: Session, invitation: Invitation, user_id: int, now: datetime) -> Refusal | None:
    """Join the organization. Of several people with one code, also at the same moment, one joins."""
    is_open = (col(Invitation.id) == invitation.id, col(Invitation.accepted_at).is_(None))
    claimed = session.execute(update(Invitation).where(*is_open).values(accepted_by=user_id, accepted_at=now))
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        return Refusal("invitation.code_used")
    add_membership(session, user_id, invitation.organization_id, invitation.role, invitation.invited_by, now)
    return None


def names_of(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """The names of these people by id, one statement."""
    rows = session.execute(select(col(User.id), col(User.name)).where(col(User.id).in_(user_ids))).all()
    return {row[0]: row[1] for row in rows}


def choose_language(session: Session, user_id: int, language: str) -> None:
    """The language of pages and mails; "": as the browser says."""
    session.execute(update(User).where(col(User.id) == user_id).values(language=language))

"""The team of a vendor: who is in it, who is invited, joining and leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, func, select

from trainer_academy.accounts import people
from trainer_academy.accounts.models import Invitation, Membership, User
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.vendors.models import Assignment

STAFF = "staff"
DAY = timedelta(days=1)
INVITATIONS_A_DAY = 300


@dataclass(frozen=True)
class Member:
    """One person of the team."""

    user_id: int
    name: str
    login: str
    joined_at: datetime


def staff_of(session: Session, organization_id: int) -> list[Member]:
    """The team in the order of names."""
    statement = (
        select(col(User.id), col(User.name), col(User.login), col(Membership.created_at))
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(Membership.organization_id == organization_id, Membership.role == STAFF, col(User.is_active))
        .order_by(func.lower(User.name), col(User.id))
    )
    return [Member(*row) for row in session.execute(statement).all()]


def find_member(session: Session, organization_id: int, user_id: int) -> Member:
    """One person of this team. Raises NotFound for everybody else, known or not."""
    statement = (
        select(col(User.id), col(User.name), col(User.login), col(Membership.created_at))
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(Membership.organization_id == organization_id, Membership.role == STAFF, User.id == user_id)
    )
    row = session.execute(statement).first()
    if row is None:
        raise NotFound("member.unknown")
    return Member(*row)


def open_invitations(session: Session, organization_id: int, now: datetime) -> list[Invitation]:
    """Invitations of the team that can still be used, newest first."""
    statement = (
        select(Invitation)
        .where(Invitation.organization_id == organization_id, Invitation.role == STAFF, col(Invitation.accepted_at).is_(None))
        .where(col(Invitation.expires_at) > now)
        .order_by(col(Invitation.created_at).desc())
    )
    return list(session.exec(statement).all())


def find_open_invitation(session: Session, organization_id: int, invitation_id: int, now: datetime) -> Invitation:
    """One invitation of this team. Raises NotFound when it was used, ran out, or belongs to another team."""
    found = session.get(Invitation, invitation_id)
    is_own = found is not None and found.organization_id == organization_id and found.role == STAFF
    if found is None or not is_own or found.accepted_at is not None or found.expires_at <= now:
        raise NotFound("invitation.closed")
    return found


def invite_staff(
    session: Session, organization_id: int, invited_by: int, name: str, email: str, now: datetime
) -> Invitation | Refusal:
    """Make an invitation; refused after 300 within a day, because each may send a mail to a stranger."""
    statement = select(func.count()).select_from(Invitation).where(Invitation.organization_id == organization_id)
    if session.exec(statement.where(col(Invitation.created_at) > now - DAY)).one() >= INVITATIONS_A_DAY:
        return Refusal("invitation.limit", limit=INVITATIONS_A_DAY)
    return people.invite(session, organization_id, STAFF, invited_by, now, name=name, email=email)


def remove_staff(session: Session, organization_id: int, user_id: int, actor_id: int, now: datetime) -> None:
    """End the membership and the team's assignments; courses and certificates stay with the person. Raises NotFound."""
    if not people.remove_membership(session, user_id, organization_id, STAFF, actor_id, now):
        raise NotFound("member.unknown")
    statement = delete(Assignment).where(col(Assignment.organization_id) == organization_id, col(Assignment.user_id) == user_id)
    session.execute(statement)
    session.flush()

"""Bringing people into a team and onto a course: the step, the record and the notices, in one transaction of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from trainer_academy.accounts.models import Invitation
from trainer_academy.accounts.principal import Role
from trainer_academy.core.errors import Refusal
from trainer_academy.notices.invitations import add_invitation_mail
from trainer_academy.notices.outbox import add_mail
from trainer_academy.vendors.assignments import Assigned, assign
from trainer_academy.vendors.roster import invite_staff


def invite_to_team(
    session: Session, vendor: Role, invited_by: int, name: str, email: str, base_url: str, now: datetime
) -> Invitation | Refusal:
    """Make an invitation (which records itself) and, with an address, queue the mail with its link."""
    invitation = invite_staff(session, vendor.organization_id, invited_by, name, email, now)
    if isinstance(invitation, Invitation) and email:
        subject = f"{vendor.organization} invites you to Trainer Academy"
        add_invitation_mail(session, invitation, subject, invitation_text(invitation, vendor.organization, base_url), now)
    return invitation


def invitation_text(invitation: Invitation, vendor: str, base_url: str) -> str:
    """What the invited person reads."""
    greeting = f"Hello {invitation.name}" if invitation.name else "Hello"
    return (
        f"{greeting}\n\n{vendor} invites you to learn with Trainer Academy.\n\n"
        f"Join here: {base_url}/join/{invitation.code}\n\n"
        f"Your code is {invitation.code}. It works once, until {invitation.expires_at:%d %B %Y}.\n\n"
        "Your team lead will see which courses you take, your exam results and your certificates. "
        "Nobody sees your practice answers.\n\n"
        "You did not expect this? Then do nothing."
    )


def assign_course(
    session: Session, vendor: Role, user_ids: Sequence[int], course_key: str, title: str, due_on: date | None, actor_id: int,
    base_url: str, now: datetime,
) -> Assigned:  # fmt: skip
    """Assign and enroll, and tell those who have the course newly."""
    done = assign(session, vendor.organization_id, user_ids, course_key, due_on, actor_id, now)
    until = f" Please finish by {due_on:%d %B %Y}." if due_on else ""
    wish = f"{vendor.organization} asks you to take the course “{title}” with its exam.{until}"
    body = f"{wish}\n\nStart here: {base_url}/courses/{course_key}"
    for user_id in done.new:
        add_mail(session, user_id, "course_assigned", f"A course for you: {title}"[:200], body, now)
    return done

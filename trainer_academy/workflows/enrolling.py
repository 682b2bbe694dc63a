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
        values = {
            "vendor": vendor.organization,
            "name": invitation.name,
            "address": f"{base_url}/join/{invitation.code}",
            "code": invitation.code,
            "expires_at": invitation.expires_at,
        }
        add_invitation_mail(session, invitation, values, now)
    return invitation


def assign_course(
    session: Session,
    vendor: Role,
    user_ids: Sequence[int],
    course_key: str,
    title: str,
    due_on: date | None,
    actor_id: int,
    base_url: str,
    now: datetime,
) -> Assigned:
    """Assign and enroll, and tell those who have the course newly."""
    done = assign(session, vendor.organization_id, user_ids, course_key, due_on, actor_id, now)
    values = {"vendor": vendor.organization, "title": title, "due_on": due_on, "address": f"{base_url}/courses/{course_key}"}
    for user_id in done.new:
        add_mail(session, user_id, "course_assigned", values, now)
    return done

"""Mail to people who have no account yet: the address stays in the invitation, the notice only points to it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session, select

from trainer_academy.accounts.models import Invitation, User
from trainer_academy.notices.letters import write_letter
from trainer_academy.notices.models import Notice

KIND = "invitation:"


def add_invitation_mail(session: Session, invitation: Invitation, values: Mapping[str, object], now: datetime) -> Notice:
    """Queue a mail to the address of the invitation, in the language of the person who invites."""
    words = write_letter(
        "invitation", values, session.scalar(select(User.language).where(User.id == invitation.invited_by)) or ""
    )
    notice = Notice(
        id=str(uuid.uuid4()),
        channel="mail",
        kind=f"{KIND}{invitation.id}",
        subject=words.subject,
        body=words.body,
        created_at=now,
        due_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def invited_address(session: Session, kind: str, now: datetime) -> str:
    """Where a notice of this kind goes; "" when it is about no invitation, or the invitation was used, withdrawn or ran out."""
    number = kind.removeprefix(KIND)
    if number == kind or not number.isdigit():
        return ""
    invitation = session.get(Invitation, int(number))
    is_open = invitation is not None and invitation.accepted_at is None and invitation.expires_at > now
    return invitation.email if invitation is not None and is_open else ""

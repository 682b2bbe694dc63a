"""Reminders that the clock causes."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.expiry import claim_expiry_notice
from trainer_academy.credentials.models import Credential
from trainer_academy.notices.outbox import add_mail


def remind_of_expiry(session: Session, achievements: Achievements, base_url: str, credential_id: str, now: datetime) -> bool:
    """Tell the holder that a certificate ends soon; False when that was done already."""
    credential = claim_expiry_notice(session, credential_id, now)
    if credential is None:
        return False
    name = achievements.name(credential.achievement_key)
    body = expiry_text(name, credential, base_url)
    add_mail(session, credential.holder_id, "credential_expiring", f"Your certificate ends soon: {name}"[:200], body, now)
    return True


def expiry_text(name: str, credential: Credential, base_url: str) -> str:
    """What the holder is told."""
    return (
        f"Your certificate “{name}” is valid until {credential.valid_until:%d %B %Y}. "
        "After that day clients do not find you with it any more.\n\n"
        f"To renew it, pass the exam again: {base_url}/courses\n\n"
        f"The certificate: {base_url}/credentials/{credential.id}"
    )

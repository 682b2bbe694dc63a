"""Reminders that the clock causes."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.life.expiry import claim_expiry_notice
from trainer_academy.notices.outbox import add_mail


def remind_of_expiry(session: Session, achievements: Achievements, base_url: str, credential_id: str, now: datetime) -> bool:
    """Tell the holder that a certificate ends soon; False when that was done already."""
    credential = claim_expiry_notice(session, credential_id, now)
    if credential is None:
        return False
    name = achievements.name(credential.achievement_key)
    values = {
        "name": name,
        "valid_until": credential.valid_until,
        "courses": f"{base_url}/courses",
        "address": f"{base_url}/credentials/{credential.id}",
    }
    add_mail(session, credential.holder_id, "credential_expiring", values, now)
    return True

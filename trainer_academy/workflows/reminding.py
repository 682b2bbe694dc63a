"""Reminders that the clock causes."""

from __future__ import annotations

from datetime import datetime

from trainer_academy.core.db import Database
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.expiry import claim_expiry_notice, expiring_credentials
from trainer_academy.credentials.models import Credential
from trainer_academy.notices.outbox import add_mail


def notice_expiring_credentials(database: Database, achievements: Achievements, base_url: str, now: datetime) -> int:
    """Tell each holder once that a certificate ends within 60 days, one transaction each; returns how many were told."""
    with database.reader() as session:
        expiring = expiring_credentials(session, now)
    told = 0
    for credential_id in expiring:
        with database.writing() as session:
            credential = claim_expiry_notice(session, credential_id, now)
            if credential is not None:
                name = achievements.name(credential.achievement_key)
                body = expiry_text(name, credential, base_url)
                add_mail(
                    session, credential.holder_id, "credential_expiring", f"Your certificate ends soon: {name}"[:200], body, now
                )
                told += 1
            session.commit()
    return told


def expiry_text(name: str, credential: Credential, base_url: str) -> str:
    """What the holder is told."""
    return (
        f"Your certificate “{name}” is valid until {credential.valid_until:%d %B %Y}. "
        "After that day clients do not find you with it any more.\n\n"
        f"To renew it, pass the exam again: {base_url}/courses\n\n"
        f"The certificate: {base_url}/credentials/{credential.id}"
    )

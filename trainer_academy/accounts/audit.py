"""The audit log: one row for each change of rights, passwords, certificates and offers."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from trainer_academy.accounts.models import AuditEvent


def record(
    session: Session, actor_id: int | None, kind: str, subject_type: str, subject_id: object, now: datetime, detail: str = ""
) -> None:
    """Add an event. `actor_id` None means the system."""
    event = AuditEvent(
        at=now, actor_id=actor_id, kind=kind, subject_type=subject_type, subject_id=str(subject_id), detail=detail[:500]
    )
    session.add(event)

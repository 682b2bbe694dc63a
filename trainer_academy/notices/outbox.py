"""Writing notices: rows in the transaction that causes them. The worker delivers them later."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from trainer_academy.accounts.models import User
from trainer_academy.notices.models import Notice, WebhookEndpoint


def add_mail(session: Session, user_id: int, kind: str, subject: str, body: str, now: datetime) -> Notice:
    """A message to a person: by mail when the login is an e-mail address, and on the page "Messages" in any case."""
    has_mail = "@" in (session.scalar(select(User.login).where(User.id == user_id)) or "")
    notice = Notice(
        id=str(uuid.uuid4()), channel="mail" if has_mail else "page", kind=kind, user_id=user_id, subject=subject, body=body,
        status="queued" if has_mail else "sent", created_at=now, due_at=now,
    )  # fmt: skip
    session.add(notice)
    session.flush()
    return notice


def add_webhook(session: Session, organization_id: int, kind: str, payload: dict[str, Any], now: datetime) -> Notice | None:
    """A call to the organization's endpoint; None when it has none."""
    statement = select(WebhookEndpoint).where(
        WebhookEndpoint.organization_id == organization_id, col(WebhookEndpoint.is_active)
    )
    endpoint = session.exec(statement).first()
    if endpoint is None:
        return None
    notice_id = str(uuid.uuid4())
    body = json.dumps({"id": notice_id, "type": kind, "created_at": now.isoformat(), "data": payload}, sort_keys=True)
    notice = Notice(
        id=notice_id, channel="webhook", kind=kind, endpoint_id=endpoint.id, subject=kind, body=body, created_at=now, due_at=now
    )
    session.add(notice)
    session.flush()
    return notice


def messages_for(session: Session, user_id: int, limit: int = 50) -> list[Notice]:
    """The newest messages of a person."""
    statement = select(Notice).where(Notice.user_id == user_id).order_by(col(Notice.created_at).desc()).limit(limit)
    return list(session.exec(statement).all())

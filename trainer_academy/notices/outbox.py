"""Writing notices: rows in the transaction that causes them. The worker delivers them later."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from trainer_academy.accounts.models import User
from trainer_academy.notices.letters import Words, write_letter
from trainer_academy.notices.models import Notice, NoticeStatus, WebhookEndpoint


def add_mail(session: Session, user_id: int, kind: str, values: Mapping[str, object], now: datetime) -> Notice:
    """A mail of a kind that `templates/mail` has, with its values, in the language that the person chose."""
    login, language = _login_and_language(session, user_id)
    return _add(session, user_id, login, kind, write_letter(kind, values, language), now)


def add_message(session: Session, user_id: int, kind: str, subject: str, body: str, now: datetime) -> Notice:
    """A message to a person: by mail when the login is an e-mail address, and on the page "Messages" in any case."""
    return _add(session, user_id, _login_and_language(session, user_id)[0], kind, Words(subject, body), now)


def _login_and_language(session: Session, user_id: int) -> tuple[str, str]:
    row = session.execute(select(col(User.login), col(User.language)).where(col(User.id) == user_id)).first()
    return (row[0], row[1]) if row else ("", "")


def _add(session: Session, user_id: int, login: str, kind: str, words: Words, now: datetime) -> Notice:
    has_mail = "@" in login
    notice = Notice(
        id=str(uuid.uuid4()),
        channel="mail" if has_mail else "page",
        kind=kind,
        user_id=user_id,
        subject=words.subject,
        body=words.body,
        status=NoticeStatus.QUEUED if has_mail else NoticeStatus.SENT,
        created_at=now,
        due_at=now,
    )
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

"""Delivering the outbox: claim, send outside of any transaction, settle; with growing pauses after failures."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Update, update
from sqlmodel import Session, col, select

from trainer_academy.accounts.models import User
from trainer_academy.core.db import Database
from trainer_academy.notices.invitations import invited_address
from trainer_academy.notices.mail import MailSender
from trainer_academy.notices.models import Notice, NoticeStatus, WebhookEndpoint
from trainer_academy.notices.parcels import Call, DeliveryFailed, Letter, Parcel
from trainer_academy.notices.webhooks import WebhookSender

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=10)
BUDGET_SECONDS = 20.0  # after that the worker turns to its other duties; what is left comes with the next beat
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 12 * 60, 24 * 60))
OPEN = ("queued", "sending")


class Sender(Protocol):
    """Takes one parcel, or raises DeliveryFailed."""

    def send(self, parcel: Parcel, now: datetime) -> None: ...


@dataclass(frozen=True)
class PostOffice:
    """Gives letters to the mail sender and calls to the webhook sender."""

    mail: MailSender
    webhooks: WebhookSender

    def send(self, parcel: Parcel, now: datetime) -> None:
        if isinstance(parcel, Letter):
            self.mail.send(parcel)
        else:
            self.webhooks.send(parcel, now)


@dataclass(frozen=True)
class Claim:
    """A notice that this process may send until `lease_ends_at`. `parcel` None: there is nobody to send it to."""

    notice_id: str
    endpoint_id: int | None
    tries: int
    lease_ends_at: datetime
    parcel: Parcel | None


def deliver_due(
    database: Database, sender: Sender, now: datetime, limit: int = 50, stopping: threading.Event | None = None
) -> int:
    """Deliver what is due, at most `limit` notices within about 20 seconds; returns how many were sent.

    A notice may arrive twice (the process can stop between sending and settling), never not at all: receivers can
    recognise a second copy by the Message-ID or the event id.
    """
    started, sent = time.monotonic(), 0
    for notice_id in due_notices(database, now, limit):
        if time.monotonic() - started > BUDGET_SECONDS or (stopping is not None and stopping.is_set()):
            break
        with database.writing() as session:
            claim = claim_notice(session, notice_id, now)
            session.commit()
        if claim is not None:
            sent += _deliver(database, sender, claim, now)
    return sent


def due_notices(database: Database, now: datetime, limit: int) -> list[str]:
    """Ids of what is due, oldest first; also what another process claimed and did not settle within its lease."""
    statement = (
        select(col(Notice.id))
        .where(col(Notice.status).in_(OPEN), col(Notice.due_at) <= now)
        .order_by(col(Notice.due_at), col(Notice.created_at))
        .limit(limit)
    )
    with database.reader() as session:
        return list(session.scalars(statement).all())


def claim_notice(session: Session, notice_id: str, now: datetime) -> Claim | None:
    """Take a due notice for ten minutes; None when somebody else was faster, or when it was given up here."""
    lease_ends_at = now + LEASE
    statement = (
        update(Notice)
        .where(col(Notice.id) == notice_id, col(Notice.status).in_(OPEN), col(Notice.due_at) <= now)
        .values(status=NoticeStatus.SENDING, due_at=lease_ends_at, tries=col(Notice.tries) + 1)
        .execution_options(synchronize_session=False)
    )
    if _count(session, statement) != 1:
        return None
    notice = session.get_one(Notice, notice_id, populate_existing=True)
    claim = Claim(notice_id, notice.endpoint_id, notice.tries, lease_ends_at, _pack(session, notice, now))
    if claim.tries > len(PAUSES) + 1:  # it stopped the worker each time, so that no try was ever settled
        _settle(session, claim, status=NoticeStatus.DEAD, last_error="delivery.no_end")
        return None
    return claim


def _pack(session: Session, notice: Notice, now: datetime) -> Parcel | None:
    if notice.channel == "webhook":
        endpoint = session.get(WebhookEndpoint, notice.endpoint_id) if notice.endpoint_id else None
        is_on = endpoint is not None and endpoint.is_active
        return Call(notice.id, endpoint.url, endpoint.secret, notice.body) if endpoint and is_on else None
    user = session.get(User, notice.user_id) if notice.user_id else None
    if user is not None:
        address = user.login if user.is_active and "@" in user.login else ""
    else:
        address = invited_address(session, notice.kind, now)
    return Letter(notice.id, address, notice.subject, notice.body, notice.created_at) if address else None


def _deliver(database: Database, sender: Sender, claim: Claim, now: datetime) -> bool:
    failure: DeliveryFailed | None = None
    if claim.parcel is None:
        failure = DeliveryFailed("delivery.nobody", is_final=True)
    else:
        try:
            sender.send(claim.parcel, now)
        except DeliveryFailed as error:
            failure = error
    with database.writing() as session:
        if failure is None:
            _settle(session, claim, status=NoticeStatus.SENT, sent_at=now, last_error="")
        else:
            settle_failure(session, claim, failure, now)
        session.commit()
    return failure is None


def settle_failure(session: Session, claim: Claim, failure: DeliveryFailed, now: datetime) -> None:
    """Plan the next try, or give up. The other calls to an address that does not answer wait as long."""
    words = str(failure)[:300]
    if failure.is_final or claim.tries > len(PAUSES):
        log.warning("notice %s was given up after %s tries: %s", claim.notice_id, claim.tries, words)
        _settle(session, claim, status=NoticeStatus.DEAD, last_error=words)
        return
    due_at = now + PAUSES[claim.tries - 1]
    _settle(session, claim, status=NoticeStatus.QUEUED, due_at=due_at, last_error=words)
    if claim.endpoint_id is not None:
        others = (
            update(Notice)
            .where(
                col(Notice.endpoint_id) == claim.endpoint_id,
                col(Notice.status) == NoticeStatus.QUEUED,
                col(Notice.due_at) <= now,
            )
            .values(due_at=due_at)
        )
        session.execute(others.execution_options(synchronize_session=False))


def _settle(session: Session, claim: Claim, **values: object) -> None:
    """Write the outcome, unless the lease ran out and another process has taken the notice."""
    statement = (
        update(Notice)
        .where(col(Notice.id) == claim.notice_id, col(Notice.status) == NoticeStatus.SENDING)
        .where(col(Notice.due_at) == claim.lease_ends_at)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    _count(session, statement)


def _count(session: Session, statement: Update) -> int:
    result: Any = session.execute(statement)
    return int(result.rowcount)

"""The webhook endpoint of an organization: set, switch off, new secret, test call, delivery log."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from trainer_academy.accounts.audit import record
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.core.tokens import new_token
from trainer_academy.notices.models import Notice, WebhookEndpoint
from trainer_academy.notices.outbox import add_webhook

TEST_KIND = "test"
TEST_LIMIT = 10
TEST_WINDOW = timedelta(minutes=10)
LOG_LENGTH = 20


def new_secret() -> str:
    """A secret of 256 bits, with a prefix that scanners for leaked secrets can recognise."""
    return f"whsec_{new_token()}"


def find_endpoint(session: Session, organization_id: int) -> WebhookEndpoint | None:
    return session.exec(select(WebhookEndpoint).where(WebhookEndpoint.organization_id == organization_id)).first()


def set_endpoint(session: Session, organization_id: int, url: str, actor_id: int, now: datetime) -> str:
    """Store the address and switch it on. Returns the secret when one was made now, else ""."""
    secret = new_secret()
    try:
        with session.begin_nested():
            session.add(WebhookEndpoint(organization_id=organization_id, url=url, secret=secret, created_at=now))
    except IntegrityError:  # there is one already: the secret stays, receivers know it
        endpoint = _get(session, organization_id)
        endpoint.url, endpoint.is_active = url, True
        secret = ""
    session.flush()
    record(session, actor_id, "webhook_set", "organization", organization_id, now, url)
    return secret


def renew_secret(session: Session, organization_id: int, actor_id: int, now: datetime) -> str:
    """Replace the secret at once; returns the new one. Raises NotFound without an endpoint."""
    endpoint = _get(session, organization_id)
    endpoint.secret = new_secret()
    session.flush()
    record(session, actor_id, "webhook_secret_renewed", "organization", organization_id, now)
    return endpoint.secret


def switch_off(session: Session, organization_id: int, actor_id: int, now: datetime) -> None:
    """Stop all calls; what waits is not sent. Raises NotFound without an endpoint."""
    _get(session, organization_id).is_active = False
    session.flush()
    record(session, actor_id, "webhook_switched_off", "organization", organization_id, now)


def add_test_call(session: Session, organization_id: int, now: datetime) -> Notice | Refusal:
    """Queue a test call; refused after ten within ten minutes. Raises NotFound without an endpoint that is on."""
    statement = (
        select(func.count())
        .select_from(Notice)
        .join(WebhookEndpoint, col(WebhookEndpoint.id) == col(Notice.endpoint_id))
        .where(WebhookEndpoint.organization_id == organization_id, Notice.kind == TEST_KIND)
        .where(col(Notice.created_at) > now - TEST_WINDOW)
    )
    if session.exec(statement).one() >= TEST_LIMIT:
        return Refusal("webhook.test_limit")
    notice = add_webhook(session, organization_id, TEST_KIND, {"message": "This is a test call."}, now)
    if notice is None:
        raise NotFound("webhook.off")
    return notice


def recent_calls(session: Session, endpoint_id: int | None) -> list[Notice]:
    """The delivery log: the last 20 calls, newest first."""
    statement = select(Notice).where(Notice.endpoint_id == endpoint_id).order_by(col(Notice.created_at).desc())
    return list(session.exec(statement.limit(LOG_LENGTH)).all()) if endpoint_id is not None else []


def _get(session: Session, organization_id: int) -> WebhookEndpoint:
    endpoint = find_endpoint(session, organization_id)
    if endpoint is None:
        raise NotFound("webhook.none")
    return endpoint

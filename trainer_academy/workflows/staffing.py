"""From a requisition to an answered offer: the step, the record, the notices, in one transaction of the caller."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from trainer_academy.accounts.audit import record
from trainer_academy.core.errors import BadInput, Refusal
from trainer_academy.notices.outbox import add_mail, add_webhook
from trainer_academy.pool import offers, requisitions
from trainer_academy.pool.models import Offer, Requisition
from trainer_academy.pool.offers import OfferTerms
from trainer_academy.pool.pay import dollars


def send_offer(
    session: Session,
    requisition: Requisition,
    specialist_id: int,
    terms: OfferTerms,
    sent_by: int,
    client: str,
    base_url: str,
    now: datetime,
) -> Offer | Refusal:
    """Make the offer, record it, and tell the specialist. `client` is the organization's name."""
    offer = offers.send(session, requisition, specialist_id, terms, sent_by, now)
    if isinstance(offer, Refusal):
        return offer
    record(session, sent_by, "offer_sent", "offer", offer.id, now, f"requisition {requisition.id} to user {specialist_id}")
    values = {
        "client": client,
        "title": requisition.title,
        "rate": dollars(offer.specialist_rate),
        "hours": offer.hours,
        "starts_on": requisition.starts_on.isoformat(),
        "answer_by": offer.answer_by,
        "address": f"{base_url}/offers/{offer.id}",
    }
    add_mail(session, specialist_id, "offer", values, now)
    return offer


def answer_offer(
    session: Session, specialist_id: int, offer_id: int, answer: str, base_url: str, now: datetime
) -> Offer | Refusal:
    """Store `accept` or `decline`, record it, and tell the client by message and webhook. Contact data stays on the page."""
    status = offers.ANSWERS.get(answer)
    if status is None:
        raise BadInput("staffing.answer")
    view = offers.find_own_offer(session, specialist_id, offer_id, now)
    offer = offers.answer(session, specialist_id, offer_id, status, now)
    if isinstance(offer, Refusal):
        return offer
    record(session, specialist_id, f"offer_{status}", "offer", offer_id, now)
    _tell_client(session, offer, view.requisition, base_url, now)
    return offer


def close_requisition(session: Session, requisition: Requisition, actor_id: int, now: datetime) -> int | Refusal:
    """Close it, withdraw the offers without an answer, and record it; returns how many were withdrawn."""
    withdrawn = requisitions.close_requisition(session, requisition)
    if not isinstance(withdrawn, Refusal):
        detail = f"{withdrawn} offers withdrawn"
        record(session, actor_id, "requisition_closed", "requisition", requisition.id, now, detail)
    return withdrawn


def _tell_client(session: Session, offer: Offer, requisition: Requisition, base_url: str, now: datetime) -> None:
    page = f"{base_url}/requisitions/{requisition.id}"
    payload = {
        "offer_id": offer.id,
        "requisition_id": requisition.id,
        "specialist_id": offer.specialist_id,
        "status": offer.status,
        "specialist_rate_cents": offer.specialist_rate,
        "hours": offer.hours,
        "url": page,
    }
    add_webhook(session, requisition.organization_id, f"offer.{offer.status}", payload, now)
    # Rights end with membership: a buyer who has left the client hears nothing more.
    if offers.is_buyer(session, offer.sent_by, requisition.organization_id):
        values = {"title": requisition.title, "address": page}
        add_mail(session, offer.sent_by, f"offer_{offer.status}", values, now)

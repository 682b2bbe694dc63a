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
    session: Session, requisition: Requisition, specialist_id: int, terms: OfferTerms, sent_by: int, client: str, base_url: str,
    now: datetime,
) -> Offer | Refusal:  # fmt: skip
    """Make the offer, record it, and tell the specialist. `client` is the organization's name."""
    offer = offers.send(session, requisition, specialist_id, terms, sent_by, now)
    if isinstance(offer, Refusal):
        return offer
    record(session, sent_by, "offer_sent", "offer", offer.id, now, f"requisition {requisition.id} to user {specialist_id}")
    add_mail(session, specialist_id, "offer", f"Offer from {client}", _offer_text(offer, requisition, client, base_url), now)
    return offer


def answer_offer(
    session: Session, specialist_id: int, offer_id: int, answer: str, base_url: str, now: datetime
) -> Offer | Refusal:
    """Store `accept` or `decline`, record it, and tell the client by message and webhook. Contact data stays on the page."""
    status = offers.ANSWERS.get(answer)
    if status is None:
        raise BadInput("Answer with accept or decline. Nothing was changed.")
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
        "offer_id": offer.id, "requisition_id": requisition.id, "specialist_id": offer.specialist_id, "status": offer.status,
        "specialist_rate_cents": offer.specialist_rate, "hours": offer.hours, "url": page,
    }  # fmt: skip
    add_webhook(session, requisition.organization_id, f"offer.{offer.status}", payload, now)
    # Rights end with membership: a buyer who has left the client hears nothing more.
    if offers.is_buyer(session, offer.sent_by, requisition.organization_id):
        text = f"Your offer for “{requisition.title}” was {offer.status}.\n\nOpen the requisition: {page}\n"
        add_mail(session, offer.sent_by, f"offer_{offer.status}", f"Offer {offer.status}: {requisition.title}", text, now)


def _offer_text(offer: Offer, requisition: Requisition, client: str, base_url: str) -> str:
    return (
        f"{client} offers you work: {requisition.title}\n\n"
        f"You get ${dollars(offer.specialist_rate)} an hour for {offer.hours} hours.\n"
        f"Start: {requisition.starts_on.isoformat()}\n"
        f"Answer by: {offer.answer_by:%Y-%m-%d %H:%M} UTC\n\n"
        f"Read it and accept or decline: {base_url}/offers/{offer.id}\n"
        "You need no reason to decline, and it changes nothing else.\n"
    )

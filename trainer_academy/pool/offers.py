"""Offers: a client proposes, one specialist answers once. Contact data goes to the other side only with a yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.accounts.models import Membership, Organization, User
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.pool.cards import SpecialistCard, find_card, holds_valid
from trainer_academy.pool.models import Offer, Requisition, SpecialistProfile
from trainer_academy.pool.pay import PayLayers, dollars, split_pay

ANSWERS = {"accept": "accepted", "decline": "declined"}
MAX_SHOWN = 200


@dataclass(frozen=True)
class OfferTerms:
    """What a client proposes. `client_rate` in US cents an hour; `vendor_percent` 0 when no vendor stands between."""

    client_rate: int
    vendor_percent: int
    hours: int
    message: str
    answer_by: datetime

    @property
    def pay(self) -> PayLayers:
        return split_pay(self.client_rate, self.vendor_percent)


@dataclass(frozen=True)
class Contact:
    """Name and login of a person; only for the two sides of an accepted offer."""

    name: str
    login: str


@dataclass(frozen=True)
class OfferView:
    """One offer as one side sees it at `now`: `status` says `expired` as soon as the time is over."""

    offer: Offer
    requisition: Requisition
    client: str
    alias: str
    status: str
    contact: Contact | None

    @property
    def is_waiting(self) -> bool:
        return self.status == "sent"

    @property
    def pay(self) -> PayLayers:
        one = self.offer
        return PayLayers(one.client_rate, one.vendor_share, one.academy_share, one.specialist_rate)


def status_of(offer: Offer, now: datetime) -> str:
    """The stored status, or `expired` when nobody answered in time."""
    return "expired" if offer.status == "sent" and offer.answer_by <= now else offer.status


def send(
    session: Session, requisition: Requisition, specialist_id: int, terms: OfferTerms, sent_by: int, now: datetime
) -> Offer | Refusal:
    """Make an offer to a person who is in the pool with the right certificate. One for each requisition and person."""
    assert requisition.id is not None
    # The lock makes closing wait: an offer is either withdrawn by it or refused here.
    stored = session.get(Requisition, requisition.id, with_for_update=True, populate_existing=True)
    if stored is None or stored.status != "open":
        return Refusal("This requisition is closed. Open a new one to make offers.")
    refusal = refusal_to_send(session, stored, specialist_id, terms, now)
    if refusal is not None:
        return refusal
    pay = terms.pay
    offer = Offer(
        requisition_id=requisition.id, specialist_id=specialist_id, client_rate=pay.client_rate,
        specialist_rate=pay.specialist_rate, vendor_share=pay.vendor_share, academy_share=pay.academy_share, hours=terms.hours,
        message=terms.message, sent_by=sent_by, sent_at=now, answer_by=terms.answer_by,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(offer)
    except IntegrityError:
        return Refusal("This person has an offer for this requisition already. Each person gets one.")
    return offer


def refusal_to_send(
    session: Session, requisition: Requisition, specialist_id: int, terms: OfferTerms, now: datetime
) -> Refusal | None:
    """Why this offer cannot be made now, or None."""
    card = find_card(session, specialist_id, now)
    refusal = _refusal_of_card(card, requisition.achievement_key, terms.pay)
    if refusal is None and terms.vendor_percent and not _works_for_vendor(session, specialist_id):
        return Refusal("This person works on their own. Set the share of the vendor to 0.")
    return refusal


def _refusal_of_card(card: SpecialistCard | None, achievement_key: str, pay: PayLayers) -> Refusal | None:
    if card is None or not card.is_listed:
        return Refusal("This person is not in the pool now.")
    if not card.holds(achievement_key):
        return Refusal("This person has no valid certificate for this requisition now.")
    if pay.specialist_rate < card.rate_floor:
        asked, given = dollars(card.rate_floor), dollars(pay.specialist_rate)
        return Refusal(f"This person works from ${asked} an hour. With this offer they would get ${given}.")
    return None


def _works_for_vendor(session: Session, user_id: int) -> bool:
    statement = select(Membership.id).where(Membership.user_id == user_id, Membership.role == "staff").limit(1)
    return session.exec(statement).first() is not None


def answer(session: Session, specialist_id: int, offer_id: int, status: str, now: datetime) -> Offer | Refusal:
    """Accept or decline, once: of two answers that meet, the second changes nothing. NotFound for another person's offer."""
    view = find_own_offer(session, specialist_id, offer_id, now)
    is_yes = status == "accepted" and view.is_waiting
    if is_yes and not holds_valid(session, specialist_id, view.requisition.achievement_key, now):
        return Refusal("Your certificate for this work is not valid any more. You can renew it, or decline the offer.")
    can_be_answered = (col(Offer.id) == offer_id, col(Offer.status) == "sent", col(Offer.answer_by) > now)
    statement = update(Offer).where(*can_be_answered, col(Offer.specialist_id) == specialist_id)
    done = session.execute(statement.values(status=status, answered_at=now))
    offer = session.get(Offer, offer_id, populate_existing=True)
    assert offer is not None
    if done.rowcount:  # type: ignore[attr-defined]
        return offer
    return Refusal(_why_not(status_of(offer, now)))


def _why_not(status: str) -> str:
    reasons = {
        "expired": "The time to answer this offer is over.",
        "withdrawn": "The client has withdrawn this offer.",
        "accepted": "You accepted this offer already.",
        "declined": "You declined this offer already.",
    }
    return reasons.get(status, "This offer cannot be answered now.")


def expire_overdue(session: Session, now: datetime) -> int:
    """Store `expired` on offers that nobody answered in time (pages show it without this); returns their number."""
    overdue = (col(Offer.status) == "sent", col(Offer.answer_by) <= now)
    return int(session.execute(update(Offer).where(*overdue).values(status="expired")).rowcount)  # type: ignore[attr-defined]


def own_offers(session: Session, specialist_id: int, now: datetime) -> list[OfferView]:
    """The newest 200 offers to a person, one statement; those that wait for an answer first."""
    rows = session.exec(_FOR_SPECIALIST.where(col(Offer.specialist_id) == specialist_id).limit(MAX_SHOWN)).all()
    views = [_for_specialist(row, now) for row in rows]
    return sorted(views, key=lambda view: not view.is_waiting)


def find_own_offer(session: Session, specialist_id: int, offer_id: int, now: datetime) -> OfferView:
    """One offer to this person; NotFound for all others."""
    statement = _FOR_SPECIALIST.where(col(Offer.specialist_id) == specialist_id, col(Offer.id) == offer_id)
    row = session.exec(statement).first()
    if row is None:
        raise NotFound("There is no such offer to you.")
    return _for_specialist(row, now)


def offers_of_requisition(session: Session, requisition: Requisition, now: datetime) -> list[OfferView]:
    """The newest 200 offers of a requisition, one statement. The caller has checked whose requisition it is."""
    statement = _FOR_CLIENT.where(col(Offer.requisition_id) == requisition.id).limit(MAX_SHOWN)
    return [_for_client(row, now) for row in session.exec(statement).all()]


def has_offer_from(session: Session, organization_id: int, specialist_id: int) -> bool:
    """True when the organization has made an offer to this person."""
    statement = (
        select(Offer.id)
        .join(Requisition, col(Requisition.id) == col(Offer.requisition_id))
        .where(Offer.specialist_id == specialist_id, Requisition.organization_id == organization_id)
    )
    return session.exec(statement.limit(1)).first() is not None


def is_buyer(session: Session, user_id: int, organization_id: int) -> bool:
    """True while the person still acts for the client."""
    statement = select(Membership.id).where(
        Membership.user_id == user_id, Membership.organization_id == organization_id, Membership.role == "buyer"
    )
    return session.exec(statement).first() is not None


_FOR_SPECIALIST = (
    select(Offer, Requisition, Organization.name, User.name, User.login)  # type: ignore[call-overload]
    .join(Requisition, col(Requisition.id) == col(Offer.requisition_id))
    .join(Organization, col(Organization.id) == col(Requisition.organization_id))
    .join(User, col(User.id) == col(Offer.sent_by))
    .order_by(col(Offer.sent_at).desc(), col(Offer.id).desc())
)
_FOR_CLIENT = (
    select(Offer, Requisition, SpecialistProfile.alias, User.name, User.login)  # type: ignore[call-overload]
    .join(Requisition, col(Requisition.id) == col(Offer.requisition_id))
    .join(User, col(User.id) == col(Offer.specialist_id))
    .outerjoin(SpecialistProfile, col(SpecialistProfile.user_id) == col(Offer.specialist_id))
    .order_by(col(Offer.sent_at).desc(), col(Offer.id).desc())
)
_Row = tuple[Offer, Requisition, str | None, str, str]


def _for_specialist(row: _Row, now: datetime) -> OfferView:
    offer, requisition, client, name, login = row
    contact = Contact(name, login) if offer.status == "accepted" else None
    return OfferView(offer, requisition, client or "", "", status_of(offer, now), contact)


def _for_client(row: _Row, now: datetime) -> OfferView:
    offer, requisition, alias, name, login = row
    contact = Contact(name, login) if offer.status == "accepted" else None
    return OfferView(offer, requisition, "", alias or "Specialist", status_of(offer, now), contact)

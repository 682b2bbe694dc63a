"""Offers: a client proposes, one specialist answers once. Contact data goes to the other side only with a yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from trainer_academy.accounts.models import Membership, Organization, User
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.pool.cards import SpecialistCard, find_card, holds_valid
from trainer_academy.pool.models import Offer, OfferStatus, Requisition, RequisitionStatus, SpecialistProfile
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
        return self.status == OfferStatus.SENT

    @property
    def pay(self) -> PayLayers:
        one = self.offer
        return PayLayers(one.client_rate, one.vendor_share, one.academy_share, one.specialist_rate)


def status_of(offer: Offer, now: datetime) -> str:
    """The stored status, or `expired` when nobody answered in time."""
    return "expired" if offer.status == OfferStatus.SENT and offer.answer_by <= now else offer.status


def send(
    session: Session, requisition: Requisition, specialist_id: int, terms: OfferTerms, sent_by: int, now: datetime
) -> Offer | Refusal:
    """Make an offer to a person who is in the pool with the right certificate. One for each requisition and person."""
    # The lock makes closing wait: an offer is either withdrawn by it or refused here.
    stored = session.get(Requisition, id_of(requisition), with_for_update=True, populate_existing=True)
    if stored is None or stored.status != RequisitionStatus.OPEN:
        return Refusal("requisition.closed")
    refusal = refusal_to_send(session, stored, specialist_id, terms, now)
    if refusal is not None:
        return refusal
    pay = terms.pay
    offer = Offer(
        requisition_id=id_of(requisition),
        specialist_id=specialist_id,
        client_rate=pay.client_rate,
        specialist_rate=pay.specialist_rate,
        vendor_share=pay.vendor_share,
        academy_share=pay.academy_share,
        hours=terms.hours,
        message=terms.message,
        sent_by=sent_by,
        sent_at=now,
        answer_by=terms.answer_by,
    )
    try:
        with session.begin_nested():
            session.add(offer)
    except IntegrityError:
        return Refusal("offer.second")
    return offer


def refusal_to_send(
    session: Session, requisition: Requisition, specialist_id: int, terms: OfferTerms, now: datetime
) -> Refusal | None:
    """Why this offer cannot be made now, or None."""
    card = find_card(session, specialist_id, now)
    refusal = _refusal_of_card(card, requisition.achievement_key, terms.pay)
    if refusal is None and terms.vendor_percent and not _works_for_vendor(session, specialist_id):
        return Refusal("offer.no_vendor")
    return refusal


def _refusal_of_card(card: SpecialistCard | None, achievement_key: str, pay: PayLayers) -> Refusal | None:
    if card is None or not card.is_listed:
        return Refusal("offer.not_in_pool")
    if not card.holds(achievement_key):
        return Refusal("offer.no_certificate")
    if pay.specialist_rate < card.rate_floor:
        asked, given = dollars(card.rate_floor), dollars(pay.specialist_rate)
        return Refusal("offer.below_floor", asked=asked, given=given)
    return None


def _works_for_vendor(session: Session, user_id: int) -> bool:
    statement = select(Membership.id).where(Membership.user_id == user_id, Membership.role == "staff").limit(1)
    return session.exec(statement).first() is not None


def answer(session: Session, specialist_id: int, offer_id: int, status: str, now: datetime) -> Offer | Refusal:
    """Accept or decline, once: of two answers that meet, the second changes nothing. NotFound for another person's offer."""
    view = find_own_offer(session, specialist_id, offer_id, now)
    is_yes = status == "accepted" and view.is_waiting
    if is_yes and not holds_valid(session, specialist_id, view.requisition.achievement_key, now):
        return Refusal("offer.own_certificate")
    can_be_answered = (col(Offer.id) == offer_id, col(Offer.status) == OfferStatus.SENT, col(Offer.answer_by) > now)
    statement = update(Offer).where(*can_be_answered, col(Offer.specialist_id) == specialist_id)
    done = session.execute(statement.values(status=status, answered_at=now))
    offer = session.get(Offer, offer_id, populate_existing=True)
    assert offer is not None
    if done.rowcount:  # type: ignore[attr-defined]
        return offer
    return Refusal(f"offer.answer_{status_of(offer, now)}")


def expire_overdue(session: Session, now: datetime) -> int:
    """Store `expired` on offers that nobody answered in time (pages show it without this); returns their number."""
    overdue = (col(Offer.status) == OfferStatus.SENT, col(Offer.answer_by) <= now)
    return int(session.execute(update(Offer).where(*overdue).values(status=OfferStatus.EXPIRED)).rowcount)  # type: ignore[attr-defined]


def count_waiting(session: Session, specialist_id: int) -> int:
    """How many offers wait for this person's answer."""
    return (
        session.scalar(select(func.count()).where(Offer.specialist_id == specialist_id, Offer.status == OfferStatus.SENT)) or 0
    )


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
        raise NotFound("offer.unknown")
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
    contact = Contact(name, login) if offer.status == OfferStatus.ACCEPTED else None
    return OfferView(offer, requisition, client or "", "", status_of(offer, now), contact)


def _for_client(row: _Row, now: datetime) -> OfferView:
    offer, requisition, alias, name, login = row
    contact = Contact(name, login) if offer.status == OfferStatus.ACCEPTED else None
    return OfferView(offer, requisition, "", alias or "Specialist", status_of(offer, now), contact)

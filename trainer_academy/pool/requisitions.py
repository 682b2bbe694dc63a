"""A client's needs. Every reader names the client's organization, so that two clients never see each other's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, update
from sqlmodel import Session, col, select

from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.pool.models import Offer, OfferStatus, Requisition, RequisitionStatus

MAX_SHOWN = 200


@dataclass(frozen=True)
class RequisitionValues:
    """What a client writes. `client_rate` in US cents an hour."""

    title: str
    description: str
    achievement_key: str
    client_rate: int
    hours: int
    starts_on: date


@dataclass(frozen=True)
class RequisitionRow:
    """A requisition with the number of its offers."""

    requisition: Requisition
    offers: int
    accepted: int


def create_requisition(
    session: Session, organization_id: int, created_by: int, entry: RequisitionValues, now: datetime
) -> Requisition:
    """Open a requisition of the organization."""
    requisition = Requisition(
        organization_id=organization_id,
        title=entry.title,
        description=entry.description,
        achievement_key=entry.achievement_key,
        client_rate=entry.client_rate,
        hours=entry.hours,
        starts_on=entry.starts_on,
        created_by=created_by,
        created_at=now,
    )
    session.add(requisition)
    session.flush()
    return requisition


def find_requisition(session: Session, organization_id: int, requisition_id: int) -> Requisition:
    """The organization's own requisition; NotFound for another one's, in the same words as for none."""
    statement = select(Requisition).where(Requisition.id == requisition_id, Requisition.organization_id == organization_id)
    found = session.exec(statement).first()
    if found is None:
        raise NotFound("requisition.unknown")
    return found


def list_requisitions(session: Session, organization_id: int) -> list[RequisitionRow]:
    """The newest 200 requisitions of the organization with their offers counted, one statement; open ones first."""
    accepted = func.coalesce(func.sum(case((col(Offer.status) == OfferStatus.ACCEPTED, 1), else_=0)), 0)
    statement = (
        select(Requisition, func.count(col(Offer.id)), accepted)
        .outerjoin(Offer, col(Offer.requisition_id) == col(Requisition.id))
        .where(col(Requisition.organization_id) == organization_id)
        .group_by(col(Requisition.id))
        .order_by(col(Requisition.status).desc(), col(Requisition.created_at).desc(), col(Requisition.id).desc())
    )
    return [RequisitionRow(one, int(n), int(yes)) for one, n, yes in session.exec(statement.limit(MAX_SHOWN)).all()]


def open_requisitions(session: Session, organization_id: int) -> list[Requisition]:
    """The organization's open requisitions, newest first."""
    statement = select(Requisition).where(
        Requisition.organization_id == organization_id, Requisition.status == RequisitionStatus.OPEN
    )
    return list(session.exec(statement.order_by(col(Requisition.created_at).desc()).limit(MAX_SHOWN)).all())


def close_requisition(session: Session, requisition: Requisition) -> int | Refusal:
    """Close it and withdraw the offers that nobody answered; returns their number. Closed stays closed."""
    is_open = (col(Requisition.id) == requisition.id, col(Requisition.status) == RequisitionStatus.OPEN)
    done = session.execute(update(Requisition).where(*is_open).values(status=RequisitionStatus.CLOSED))
    if not done.rowcount:  # type: ignore[attr-defined]
        return Refusal("requisition.closed_already")
    waiting = (col(Offer.requisition_id) == requisition.id, col(Offer.status) == OfferStatus.SENT)
    withdrawn = session.execute(update(Offer).where(*waiting).values(status=OfferStatus.WITHDRAWN))
    return int(withdrawn.rowcount)  # type: ignore[attr-defined]

"""What a client sees of specialists: the profile they wrote and the certificates that are valid now. No name, no contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from trainer_academy.accounts.models import User
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.queries import is_valid_at
from trainer_academy.pool.models import Offer, OfferStatus, ProfileDomain, ProfileLanguage, SpecialistProfile


@dataclass(frozen=True)
class CertificateLine:
    """One valid certificate without the holder's name; scores are shares between 0 and 1."""

    achievement_key: str
    level: int
    score: float
    low: float
    high: float
    item_count: int
    issued_at: datetime
    valid_until: datetime


@dataclass(frozen=True)
class AnswerRate:
    """How many offers a specialist answered (yes or no) of those that were answered or ran out."""

    answered: int = 0
    total: int = 0


@dataclass(frozen=True)
class SpecialistCard:
    """One specialist as clients see them; `is_listed` is False while paused. Rates in US cents an hour."""

    user_id: int
    alias: str
    country: str
    time_zone: str
    rate_floor: int
    hours_per_week: int
    about: str
    is_listed: bool
    updated_at: datetime
    languages: tuple[str, ...]
    domains: tuple[str, ...]
    certificates: tuple[CertificateLine, ...]
    answers: AnswerRate

    @property
    def is_in_pool(self) -> bool:
        return self.is_listed and bool(self.certificates)

    def holds(self, achievement_key: str) -> bool:
        return any(line.achievement_key == achievement_key for line in self.certificates)


def load_cards(session: Session, profiles: Sequence[SpecialistProfile], now: datetime) -> list[SpecialistCard]:
    """The cards of these profiles in their order: four statements, however many there are."""
    ids = [profile.user_id for profile in profiles]
    certificates, answers = _certificates(session, ids, now), _answer_rates(session, ids, now)
    languages, domains = _languages(session, ids), _domains(session, ids)
    return [
        SpecialistCard(
            user_id=one.user_id,
            alias=one.alias,
            country=one.country,
            time_zone=one.time_zone,
            rate_floor=one.rate_floor,
            hours_per_week=one.hours_per_week,
            about=one.about,
            is_listed=one.is_listed,
            updated_at=one.updated_at,
            languages=tuple(languages.get(one.user_id, ())),
            domains=tuple(domains.get(one.user_id, ())),
            certificates=tuple(certificates.get(one.user_id, {}).values()),
            answers=answers.get(one.user_id, AnswerRate()),
        )
        for one in profiles
    ]


def find_card(session: Session, user_id: int, now: datetime) -> SpecialistCard | None:
    """The card of one person, or None without a profile or with a closed account."""
    statement = select(SpecialistProfile).join(User, col(User.id) == col(SpecialistProfile.user_id))
    profile = session.exec(statement.where(SpecialistProfile.user_id == user_id, col(User.is_active))).first()
    return load_cards(session, [profile], now)[0] if profile else None


def holds_valid(session: Session, user_id: int, achievement_key: str, now: datetime) -> bool:
    """True when the person has a valid certificate of this achievement."""
    statement = select(Credential.id).where(
        Credential.holder_id == user_id, Credential.achievement_key == achievement_key, is_valid_at(now)
    )
    return session.exec(statement.limit(1)).first() is not None


def _certificates(session: Session, ids: list[int], now: datetime) -> dict[int, dict[str, CertificateLine]]:
    """By person and achievement: the newest valid one. Columns only; the signed documents are large."""
    columns = (
        Credential.holder_id,
        Credential.achievement_key,
        Credential.level,
        Credential.score,
        Credential.score_low,
        Credential.score_high,
        Credential.item_count,
        Credential.issued_at,
        Credential.valid_until,
    )
    statement = select(*columns).where(col(Credential.holder_id).in_(ids), is_valid_at(now))  # type: ignore[call-overload]
    found: dict[int, dict[str, CertificateLine]] = {}
    order = (col(Credential.level).desc(), col(Credential.achievement_key), col(Credential.issued_at), col(Credential.id))
    for holder_id, *line in session.exec(statement.order_by(*order)).all():
        found.setdefault(holder_id, {})[line[0]] = CertificateLine(*line)
    return found


def _languages(session: Session, ids: list[int]) -> dict[int, list[str]]:
    statement = select(ProfileLanguage).where(col(ProfileLanguage.profile_id).in_(ids)).order_by(col(ProfileLanguage.language))
    found: dict[int, list[str]] = {}
    for row in session.exec(statement).all():
        found.setdefault(row.profile_id, []).append(row.language)
    return found


def _domains(session: Session, ids: list[int]) -> dict[int, list[str]]:
    statement = select(ProfileDomain).where(col(ProfileDomain.profile_id).in_(ids)).order_by(col(ProfileDomain.domain))
    found: dict[int, list[str]] = {}
    for row in session.exec(statement).all():
        found.setdefault(row.profile_id, []).append(row.domain)
    return found


def _answer_rates(session: Session, ids: list[int], now: datetime) -> dict[int, AnswerRate]:
    """Withdrawn offers and those that can still be answered do not count."""
    answered = case((col(Offer.status).in_((OfferStatus.ACCEPTED, OfferStatus.DECLINED)), 1), else_=0)
    ran_out = case((col(Offer.status) == OfferStatus.EXPIRED, 1), (col(Offer.answer_by) <= now, 1), else_=0)
    statement = (
        select(Offer.specialist_id, func.sum(answered), func.sum(case((answered == 1, 1), else_=ran_out)))
        .where(col(Offer.specialist_id).in_(ids), col(Offer.status) != OfferStatus.WITHDRAWN)
        .group_by(col(Offer.specialist_id))
    )
    return {person: AnswerRate(int(yes), int(total)) for person, yes, total in session.exec(statement).all()}

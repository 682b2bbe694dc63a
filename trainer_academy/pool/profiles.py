"""A specialist's own profile: what it says, and whether it is listed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.core.errors import BadInput, Conflict, Refusal
from trainer_academy.pool.models import ProfileDomain, ProfileLanguage, SpecialistProfile
from trainer_academy.pool.vocabulary import COUNTRIES, DOMAINS, LANGUAGES, time_zones


@dataclass(frozen=True)
class ProfileValues:
    """What a person writes into the profile. `rate_floor` in US cents an hour."""

    alias: str
    country: str
    time_zone: str
    rate_floor: int
    hours_per_week: int
    about: str
    languages: tuple[str, ...]
    domains: tuple[str, ...]

    def check(self) -> None:
        """BadInput when a code is not in the vocabulary."""
        codes_are_known = self.country in COUNTRIES and self.time_zone in time_zones()
        if not codes_are_known or set(self.languages) - set(LANGUAGES) or set(self.domains) - set(DOMAINS):
            raise BadInput("profile.vocabulary")


def load_profile(session: Session, user_id: int) -> tuple[SpecialistProfile, ProfileValues] | None:
    """The stored profile and its entry, or None before the first save."""
    profile = session.get(SpecialistProfile, user_id)
    if profile is None:
        return None
    languages = select(ProfileLanguage.language).where(ProfileLanguage.profile_id == user_id)
    domains = select(ProfileDomain.domain).where(ProfileDomain.profile_id == user_id)
    entry = ProfileValues(
        profile.alias,
        profile.country,
        profile.time_zone,
        profile.rate_floor,
        profile.hours_per_week,
        profile.about,
        tuple(session.exec(languages.order_by(col(ProfileLanguage.language))).all()),
        tuple(session.exec(domains.order_by(col(ProfileDomain.domain))).all()),
    )
    return profile, entry


def countries_of(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """The country that each of these people names in the profile; who has no profile is not in it."""
    columns = select(col(SpecialistProfile.user_id), col(SpecialistProfile.country))
    return {row[0]: row[1] for row in session.execute(columns.where(col(SpecialistProfile.user_id).in_(user_ids)))}


def save_profile(session: Session, user_id: int, entry: ProfileValues, now: datetime) -> SpecialistProfile:
    """Write the profile; a new one is not listed. Conflict when two first saves meet."""
    entry.check()
    profile = session.get(SpecialistProfile, user_id, with_for_update=True)
    if profile is None:
        profile = _create_profile(session, user_id, entry, now)
    profile.alias, profile.country, profile.time_zone = entry.alias, entry.country, entry.time_zone
    profile.rate_floor, profile.hours_per_week, profile.about = entry.rate_floor, entry.hours_per_week, entry.about
    profile.updated_at = now
    session.execute(delete(ProfileLanguage).where(col(ProfileLanguage.profile_id) == user_id))
    session.execute(delete(ProfileDomain).where(col(ProfileDomain.profile_id) == user_id))
    session.add_all(ProfileLanguage(profile_id=user_id, language=code) for code in sorted(set(entry.languages)))
    session.add_all(ProfileDomain(profile_id=user_id, domain=key) for key in sorted(set(entry.domains)))
    session.flush()
    return profile


def _create_profile(session: Session, user_id: int, entry: ProfileValues, now: datetime) -> SpecialistProfile:
    profile = SpecialistProfile(
        user_id=user_id,
        alias=entry.alias,
        country=entry.country,
        time_zone=entry.time_zone,
        rate_floor=entry.rate_floor,
        hours_per_week=entry.hours_per_week,
        updated_at=now,
    )
    session.add(profile)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("profile.race") from error
    return profile


def set_listed(session: Session, user_id: int, is_listed: bool, now: datetime) -> SpecialistProfile | Refusal:
    """List or pause. Nothing is copied: the next search sees it."""
    profile = session.get(SpecialistProfile, user_id, with_for_update=True)
    if profile is None:
        return Refusal("profile.empty")
    if is_listed and not profile.is_listed:
        profile.listed_at = now
    profile.is_listed = is_listed
    session.flush()
    return profile

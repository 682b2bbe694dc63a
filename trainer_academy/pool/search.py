"""The pool is a live query: listed profiles joined with the certificates that are valid now. There is no copy to go stale.

A search with certificates reads the rarest chosen one, best score first, and looks everything else up by key; it stops
after 1,001 people, so that a broad search costs little. Page, total and counts of the panel all come from these people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from trainer_academy.accounts.models import User
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.queries import has_newer_valid, is_valid_at
from trainer_academy.pool.cards import SpecialistCard, load_cards
from trainer_academy.pool.filters import COUNT_CAP, GROUPS, PER_PAGE, PoolFilter
from trainer_academy.pool.models import ProfileDomain, ProfileLanguage, SpecialistProfile

__all__ = ["PoolFilter", "PoolPage", "search"]


@dataclass(frozen=True)
class PoolPage:
    """One page of results. `total` is exact up to 1,000; 1,001 means more, and then `facets` count the first 1,001 people."""

    rows: list[SpecialistCard]
    total: int
    has_next: bool
    blocking_filter: str | None
    facets: Mapping[str, int]
    ordered_by: str | None


def search(
    session: Session, wanted: PoolFilter, achievement_keys: Sequence[str], now: datetime, per_page: int = PER_PAGE
) -> PoolPage:
    """People who meet every filter, best score in the rarest chosen certificate first (without one: newest accounts first).

    At most eight statements: supply, people, profiles, four for the cards, facets; without results only supply, people and why.
    """
    driver = _rarest(session, wanted.achievements, now)
    found = list(session.execute(_people(wanted, driver, now).limit(COUNT_CAP)).scalars())
    start = (wanted.page - 1) * per_page
    return PoolPage(
        rows=_load_in_order(session, found[start : start + per_page], now),
        total=len(found),
        has_next=len(found) > start + per_page,
        blocking_filter=None if found else find_blocking_filter(session, wanted, now),
        facets=dict.fromkeys(achievement_keys, 0) | _count_facets(session, found, now),
        ordered_by=driver,
    )


def _load_in_order(session: Session, ids: Sequence[int], now: datetime) -> list[SpecialistCard]:
    if not ids:
        return []
    statement = select(SpecialistProfile).where(col(SpecialistProfile.user_id).in_(ids))
    profiles = {profile.user_id: profile for profile in session.execute(statement).scalars()}
    return load_cards(session, [profiles[one] for one in ids], now)


def _people(wanted: PoolFilter, driver: str | None, now: datetime) -> Select[int]:
    """Ids of the listed people with an active account who meet the filter, each once, in order.

    Conditions are EXISTS, not joins: SQLite would start a join from the profiles and sort all of them.
    """
    person = col(SpecialistProfile.user_id) if driver is None else col(Credential.holder_id)
    conditions = [_holds(person, now, "achievement_key", key) for key in wanted.achievements if key != driver]
    conditions.append(exists().where(col(User.id) == person, col(User.is_active)))
    conditions += _profile_conditions(wanted, person)
    if wanted.min_level or driver is None:
        conditions.append(_holds(person, now, "level", wanted.min_level))
    of_profile = [col(SpecialistProfile.is_listed), *_column_conditions(wanted)]
    if driver is None:
        return select(person).where(*of_profile, *conditions).order_by(person.desc())
    profile = exists().where(col(SpecialistProfile.user_id) == person, *of_profile)
    held = (col(Credential.achievement_key) == driver, is_valid_at(now))
    order = (col(Credential.score).desc(), person.desc())
    return select(person).where(*held, profile, *conditions, _is_newest(now)).order_by(*order)


def _column_conditions(wanted: PoolFilter) -> list[ColumnElement[bool]]:
    """What is asked of the columns of the profile."""
    found: list[ColumnElement[bool]] = []
    if wanted.countries:
        found.append(col(SpecialistProfile.country).in_(wanted.countries))
    if wanted.max_rate:
        found.append(col(SpecialistProfile.rate_floor) <= wanted.max_rate)
    if wanted.min_hours:
        found.append(col(SpecialistProfile.hours_per_week) >= wanted.min_hours)
    return found


def _profile_conditions(wanted: PoolFilter, person: Any) -> list[ColumnElement[bool]]:
    """All of the languages, one of the fields."""
    found: list[ColumnElement[bool]] = [
        exists().where(col(ProfileLanguage.profile_id) == person, col(ProfileLanguage.language) == code)
        for code in wanted.languages
    ]
    if wanted.domains:
        found.append(exists().where(col(ProfileDomain.profile_id) == person, col(ProfileDomain.domain).in_(wanted.domains)))
    return found


def _holds(person: Any, now: datetime, column: str, value: str | int) -> ColumnElement[bool]:
    """The person has a valid certificate of this achievement, or of this level or higher."""
    other: Any = aliased(Credential)
    condition = other.level >= value if column == "level" else other.achievement_key == value
    return exists().where(other.holder_id == person, is_valid_at(now, other), condition)


def _is_newest(now: datetime) -> ColumnElement[bool]:
    """No newer valid certificate of the same achievement: people who renewed are listed once, with their newest score."""
    return ~has_newer_valid(now)


def _count_each(session: Session, statements: Mapping[str, Select[Any]], cap: int) -> dict[str, int]:
    """Counts of several statements in one, each stopped at the cap."""
    if not statements:
        return {}
    counts = [select(func.count()).select_from(one.limit(cap).subquery()).scalar_subquery() for one in statements.values()]
    return dict(zip(statements, session.execute(select(*counts)).one(), strict=True))


def _rarest(session: Session, achievements: Sequence[str], now: datetime) -> str | None:
    """The chosen certificate that the fewest people hold; one statement where there is a choice."""
    if len(achievements) < 2:
        return next(iter(achievements), None)
    held = {key: select(literal(1)).where(col(Credential.achievement_key) == key, is_valid_at(now)) for key in achievements}
    supply = _count_each(session, held, COUNT_CAP)
    return min(achievements, key=lambda key: supply[key])


def _count_facets(session: Session, found: Sequence[int], now: datetime) -> dict[str, int]:
    """For each achievement: how many of the people found hold it, one grouped statement."""
    if not found:
        return {}
    key, people = col(Credential.achievement_key), func.count(col(Credential.holder_id).distinct())
    statement = select(key, people).where(col(Credential.holder_id).in_(found), is_valid_at(now)).group_by(key)
    return {achievement: int(n) for achievement, n in session.execute(statement).all()}


def find_blocking_filter(session: Session, wanted: PoolFilter, now: datetime) -> str | None:
    """The first group of filters whose removal alone gives results, one statement; None when no single one does."""
    groups = [group for group in GROUPS if wanted.is_set(group)]
    tries = {group: wanted.without(group) for group in groups}
    people = {group: _people(one, next(iter(one.achievements), None), now) for group, one in tries.items()}
    counts = _count_each(session, people, 1)
    return next((group for group in groups if counts[group]), None)

"""The pool is a live query: listed profiles joined with the certificates that are valid now. There is no copy to go stale.

A search with certificates walks the rarest chosen one from its index and looks everything else up by key. Counts stop at
a cap, so that a broad search costs no more than a narrow one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from trainer_academy.accounts.models import User
from trainer_academy.credentials.models import Credential
from trainer_academy.credentials.queries import is_valid_at
from trainer_academy.pool.cards import SpecialistCard, load_cards
from trainer_academy.pool.filters import COUNT_CAP, GROUPS, PER_PAGE, PoolFilter
from trainer_academy.pool.models import ProfileDomain, ProfileLanguage, SpecialistProfile

__all__ = ["PoolFilter", "PoolPage", "search"]
FACET_CAP = 101


@dataclass(frozen=True)
class PoolPage:
    """One page of results. `total` is exact up to 1,000; 1,001 means more. Facet counts are exact up to 100; 101 means more."""

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

    A fixed number of statements: supply, page, count, facets, four for the cards, and one to explain an empty result.
    """
    supply = _count_holders(session, sorted({*achievement_keys, *wanted.achievements}), now)
    driver = _rarest(wanted.achievements, supply)
    statement = _order(_people((SpecialistProfile,), wanted, driver, now), driver)
    found = session.execute(statement.offset((wanted.page - 1) * per_page).limit(per_page + 1)).scalars().all()
    total = _count_people(session, wanted, driver, now)
    return PoolPage(
        rows=load_cards(session, found[:per_page], now),
        total=total,
        has_next=len(found) > per_page,
        blocking_filter=None if total else find_blocking_filter(session, wanted, now),
        facets=_count_facets(session, wanted, achievement_keys, supply, now),
        ordered_by=driver,
    )


def _people(what: tuple[Any, ...], wanted: PoolFilter, driver: str | None, now: datetime) -> Select[Any]:
    """Listed people with an active account who meet the filter; one row a person."""
    statement = select(*what).select_from(SpecialistProfile)
    if driver is not None:
        statement = statement.join(Credential, col(Credential.holder_id) == col(SpecialistProfile.user_id)).where(
            col(Credential.achievement_key) == driver, is_valid_at(now), _is_newest(now)
        )
    others = [_holds(now, col(Credential.achievement_key) == key) for key in wanted.achievements if key != driver]
    if driver is None or wanted.min_level:
        others.append(_holds(now, col(Credential.level) >= wanted.min_level))
    account = exists().where(col(User.id) == col(SpecialistProfile.user_id), col(User.is_active))
    return statement.where(col(SpecialistProfile.is_listed), *_profile_conditions(wanted), *others, account)


def _order(statement: Select[Any], driver: str | None) -> Select[Any]:
    if driver is None:
        return statement.order_by(col(SpecialistProfile.user_id).desc())
    return statement.order_by(col(Credential.score).desc(), col(Credential.holder_id).desc())


def _profile_conditions(wanted: PoolFilter) -> list[ColumnElement[bool]]:
    person = col(SpecialistProfile.user_id)
    found: list[ColumnElement[bool]] = [
        exists().where(col(ProfileLanguage.profile_id) == person, col(ProfileLanguage.language) == code)
        for code in wanted.languages
    ]
    if wanted.domains:
        found.append(exists().where(col(ProfileDomain.profile_id) == person, col(ProfileDomain.domain).in_(wanted.domains)))
    if wanted.countries:
        found.append(col(SpecialistProfile.country).in_(wanted.countries))
    if wanted.max_rate:
        found.append(col(SpecialistProfile.rate_floor) <= wanted.max_rate)
    if wanted.min_hours:
        found.append(col(SpecialistProfile.hours_per_week) >= wanted.min_hours)
    return found


def _holds(now: datetime, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The person has a valid certificate that meets the condition."""
    inner = select(literal(1)).select_from(Credential).where(is_valid_at(now), condition)
    return inner.where(col(Credential.holder_id) == col(SpecialistProfile.user_id)).correlate(SpecialistProfile).exists()


def _is_newest(now: datetime) -> ColumnElement[bool]:
    """No newer valid certificate of the same achievement: people who renewed are listed once, with their newest score."""
    newer: Any = aliased(Credential)
    return ~(
        exists()
        .where(newer.holder_id == Credential.holder_id, newer.achievement_key == Credential.achievement_key)
        .where(newer.revoked_at.is_(None), newer.valid_until > now)
        .where(
            or_(newer.issued_at > Credential.issued_at, and_(newer.issued_at == Credential.issued_at, newer.id > Credential.id))
        )
    )


def _capped(statement: Select[Any], cap: int) -> Any:
    return select(func.count()).select_from(statement.limit(cap).subquery()).scalar_subquery()


def _count_holders(session: Session, keys: Collection[str], now: datetime) -> dict[str, int]:
    """Valid certificates by achievement, capped, one statement that reads only the index."""
    held = {key: select(literal(1)).select_from(Credential).where(col(Credential.achievement_key) == key) for key in keys}
    return _count_each(session, {key: statement.where(is_valid_at(now)) for key, statement in held.items()}, COUNT_CAP)


def _count_each(session: Session, statements: Mapping[str, Select[Any]], cap: int) -> dict[str, int]:
    """Capped counts of several statements in one."""
    if not statements:
        return {}
    counts = session.execute(select(*(_capped(statement, cap) for statement in statements.values()))).one()
    return dict(zip(statements, counts, strict=True))


def _rarest(achievements: Sequence[str], supply: Mapping[str, int]) -> str | None:
    return min(achievements, key=lambda key: supply[key], default=None)


def _count_people(session: Session, wanted: PoolFilter, driver: str | None, now: datetime) -> int:
    return int(session.execute(select(_capped(_people((literal(1),), wanted, driver, now), COUNT_CAP))).scalar_one())


def _count_facets(
    session: Session, wanted: PoolFilter, keys: Sequence[str], supply: Mapping[str, int], now: datetime
) -> dict[str, int]:
    """For each achievement: how many people would be left with it added. Chosen ones show what is left now."""
    statements = {}
    for key in keys:
        chosen = tuple(dict.fromkeys((*wanted.achievements, key)))
        narrowed = PoolFilter(
            chosen, wanted.min_level, wanted.languages, wanted.countries, wanted.domains, wanted.max_rate, wanted.min_hours
        )
        statements[key] = _people((literal(1),), narrowed, _rarest(chosen, supply), now)
    return _count_each(session, statements, FACET_CAP)


def find_blocking_filter(session: Session, wanted: PoolFilter, now: datetime) -> str | None:
    """The first group of filters whose removal alone gives results, one statement; None when no single one does."""
    groups = [group for group in GROUPS if wanted.is_set(group)]
    tries = {group: wanted.without(group) for group in groups}
    statements = {group: _people((literal(1),), one, next(iter(one.achievements), None), now) for group, one in tries.items()}
    counts = _count_each(session, statements, 1)
    return next((group for group in groups if counts[group]), None)

"""Conditions in SQL say what the rules say: valid certificates in pool, expiry, renewals and watches, on random rows."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from tests.integration.pool.test_pool import EVALUATOR, KEYS, PROFILE, add_user, certify, find, ids
from trainer_academy.credentials.criteria import Standing, status_at
from trainer_academy.credentials.life.expiry import NOTICE_PERIOD, claim_expiry_notice, expiring_credentials
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.queries import (
    has_newer_valid,
    is_valid_at,
    newer_credential,
    standing,
)
from trainer_academy.pool.cards import holds_valid
from trainer_academy.pool.profiles import save_profile, set_listed

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SEEDS = [1, 2, 3]


def random_people(session: Session, seed: int, people: int = 12) -> dict[int, list[Credential]]:
    """Listed people with up to four certificates each: renewed, ended, held, revoked, withdrawn, hidden, or just valid."""
    rng = random.Random(seed)
    made: dict[int, list[Credential]] = {}
    for number in range(people):
        user_id = add_user(session, f"p{number}@example.org")
        save_profile(session, user_id, replace(PROFILE, alias=f"Alias {number}"), NOW)
        set_listed(session, user_id, True, NOW)
        made[user_id] = [random_credential(session, rng, user_id) for _ in range(rng.randint(0, 4))]
    session.flush()
    return made


def random_credential(session: Session, rng: random.Random, user_id: int) -> Credential:
    issued_at = NOW - rng.choice([1, 1, 2, 20, 300, 340, 364, 366, 500]) * DAY
    level = rng.randint(1, 3)
    row = certify(session, user_id, rng.choice(KEYS[:2]), round(rng.uniform(0.6, 1), 2), level, issued_at)
    # Also exactly now, and a time that a faster clock of another machine wrote.
    moments = [None, None, None, NOW - DAY, NOW, NOW + timedelta(minutes=2)]
    row.revoked_at, row.suspended_at = rng.choice(moments), rng.choice(moments)
    row.valid_until = rng.choice([row.valid_until, row.valid_until, NOW, NOW + timedelta(seconds=1), NOW - DAY])
    row.hidden_at = rng.choice([None, None, NOW])
    if row.valid_until <= row.issued_at:
        row.valid_until = row.issued_at + DAY
    return row


def is_valid(row: Credential, now: datetime = NOW) -> bool:
    return status_at(now, row.valid_until, row.revoked_at, row.suspended_at) is Standing.VALID


@pytest.mark.parametrize("seed", SEEDS)
def test_the_condition_and_the_rule_agree_on_random_rows(session: Session, seed: int) -> None:
    rows = [row for own in random_people(session, seed).values() for row in own]
    other = aliased(Credential)
    assert {is_valid(row) for row in rows} == {True, False}, "the draw tries both"
    for now in (NOW - DAY, NOW, NOW + timedelta(seconds=1), NOW + 30 * DAY):
        expected = {row.id for row in rows if is_valid(row, now)}
        assert set(session.scalars(select(Credential.id).where(is_valid_at(now)))) == expected
        assert set(session.scalars(select(other.id).where(is_valid_at(now, other)))) == expected
        assert {row.id for row in rows if standing(row, now) is Standing.VALID} == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_the_pool_lists_exactly_the_people_with_valid_certificates(session: Session, seed: int) -> None:
    made = random_people(session, seed, 16)

    def holders(key: str, level: int = 0) -> set[int]:
        return {
            user
            for user, own in made.items()
            if any(is_valid(c) and c.achievement_key == key and c.level >= level for c in own)
        }

    anything = {user for user, own in made.items() if any(map(is_valid, own))}
    assert set(ids(find(session, NOW))) == anything
    for level in (1, 2, 3):
        able = {user for user, own in made.items() if any(is_valid(c) and c.level >= level for c in own)}
        assert set(ids(find(session, NOW, min_level=level))) == able
        assert set(ids(find(session, NOW, min_level=level, achievements=(KEYS[0],)))) == able & holders(KEYS[0])
    for key in KEYS[:2]:
        page = find(session, NOW, achievements=(key,))
        assert set(ids(page)) == holders(key)
        assert len(ids(page)) == page.total == len(holders(key)), "each person once, renewals or not"
        assert page.facets[key] == len(holders(key))
        assert {user for user in made if holds_valid(session, user, key, NOW)} == holders(key)
    both = find(session, NOW, achievements=(KEYS[0], KEYS[1]))
    assert set(ids(both)) == holders(KEYS[0]) & holders(KEYS[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_pool_orders_by_the_score_of_the_newest_valid_certificate(session: Session, seed: int) -> None:
    made = random_people(session, seed, 16)

    def newest(user: int) -> Credential:
        own = [c for c in made[user] if is_valid(c) and c.achievement_key == EVALUATOR]
        return max(own, key=lambda c: (c.issued_at, c.id))

    found = ids(find(session, NOW, achievements=(EVALUATOR,)))
    assert found == sorted(found, key=lambda user: (-newest(user).score, -user))


@pytest.mark.parametrize("seed", SEEDS)
def test_renewals_and_the_valid_ones_of_a_person(session: Session, seed: int) -> None:
    made = random_people(session, seed)
    rows = [row for own in made.values() for row in own]
    newer = {
        row.id
        for row in rows
        if any(
            is_valid(c) and c.achievement_key == row.achievement_key and (c.issued_at, c.id) > (row.issued_at, row.id)
            for c in made[row.holder_id]
        )
    }
    assert set(session.scalars(select(Credential.id).where(has_newer_valid(NOW)))) == newer
    valid = session.scalars(select(Credential.id).where(is_valid_at(NOW)))
    assert set(valid) == {row.id for row in rows if is_valid(row)}
    for row in rows:
        later = [
            c
            for c in made[row.holder_id]
            if is_valid(c) and c.id != row.id and c.achievement_key == row.achievement_key and c.issued_at >= row.issued_at
        ]
        shown = [c for c in later if c.hidden_at is None]
        found = newer_credential(session, row, NOW)
        assert (found is None) == (not shown)
        assert found is None or found.issued_at == max(c.issued_at for c in shown)


@pytest.mark.parametrize("seed", SEEDS)
def test_reminders_go_to_valid_certificates_that_nothing_valid_renews(session: Session, seed: int) -> None:
    made = random_people(session, seed, 20)
    expected = set()
    for own in made.values():
        for row in own:
            renewed = any(
                is_valid(c) and c.achievement_key == row.achievement_key and c.valid_until > row.valid_until for c in own
            )
            if is_valid(row) and row.valid_until <= NOW + NOTICE_PERIOD and not renewed:
                expected.add(row.id)
    assert set(expiring_credentials(session, NOW)) == expected
    for row in [row for own in made.values() for row in own]:
        assert (claim_expiry_notice(session, row.id, NOW) is not None) == is_valid(row)
    assert expiring_credentials(session, NOW) == [], "each is told once"


def test_a_revoked_renewal_does_not_silence_the_reminder(session: Session) -> None:
    user_id = add_user(session, "p@example.org")
    old = certify(session, user_id, issued_at=NOW - 340 * DAY)
    renewal = certify(session, user_id, issued_at=NOW - DAY)
    assert expiring_credentials(session, NOW) == []
    renewal.revoked_at = NOW
    session.flush()
    assert expiring_credentials(session, NOW) == [old.id]
    renewal.revoked_at, renewal.suspended_at = None, NOW
    session.flush()
    assert expiring_credentials(session, NOW) == [old.id], "nor does one that is on hold"


@pytest.mark.parametrize("change", ["revoked_at", "suspended_at"])
def test_a_person_leaves_every_search_at_once(session: Session, change: str) -> None:
    user_id = add_user(session, "p@example.org")
    save_profile(session, user_id, PROFILE, NOW)
    set_listed(session, user_id, True, NOW)
    rows = [certify(session, user_id, key, level=2) for key in KEYS[:2]]
    searches = [{}, {"min_level": 2}, {"achievements": (KEYS[0],)}, {"achievements": (KEYS[0], KEYS[1])}]
    assert [ids(find(session, NOW, **wanted)) for wanted in searches] == [[user_id]] * 4
    setattr(rows[0], change, NOW)
    session.flush()
    assert [ids(find(session, NOW, **wanted)) for wanted in searches] == [[user_id], [user_id], [], []]
    setattr(rows[1], change, NOW)
    session.flush()
    assert [ids(find(session, NOW, **wanted)) for wanted in searches] == [[]] * 4
    assert session.exec(select(col(Credential.id)).where(is_valid_at(NOW))).all() == []

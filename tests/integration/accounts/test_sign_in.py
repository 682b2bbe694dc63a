"""Browser sessions: opened, listed, ended; and who the token of one belongs to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from trainer_academy.accounts import people, sign_in
from trainer_academy.accounts.models import AuditEvent, LoginSession, User
from trainer_academy.accounts.principal import Role, Stranger, load_principal
from trainer_academy.core.db import id_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def maya(session: Session) -> User:
    return people.create_user(session, "maya@example.org", "Maya", "!", NOW)


@pytest.fixture
def omar(session: Session) -> User:
    return people.create_user(session, "omar@example.org", "Omar", "!", NOW)


def ids(session: Session, user: User, now: datetime = NOW) -> list[int]:
    session.expire_all()
    return [id_of(row) for row in sign_in.open_sessions(session, id_of(user), now)]


def test_what_is_counted_for_the_throttle() -> None:
    both = sign_in.throttle_subjects("maya", "10.0.0.1" + "0" * 80)
    assert sorted(both.values()) == [sign_in.ACCOUNT_LIMIT, sign_in.ADDRESS_LIMIT] == [10, 100]
    assert all(len(subject) <= 80 for subject in both)
    assert "maya" not in "".join(both), "people type passwords into that field"
    assert sign_in.throttle_subjects("maya", "a").keys() & sign_in.throttle_subjects("omar", "a").keys() == {"address:a"}
    assert sign_in.throttle_subjects("", "a") == {"address:a": 100}


def test_a_browser_stays_signed_in_for_thirty_days(session: Session, maya: User) -> None:
    token = sign_in.open_session(session, maya, "x" * 300, NOW)
    row = session.exec(select(LoginSession)).one()
    assert (row.expires_at, row.created_at, row.user_agent) == (NOW + 30 * DAY, NOW, "x" * 200)
    assert row.token_hash != token
    for now, is_in in ((NOW, True), (NOW + 30 * DAY - SECOND, True), (NOW + 30 * DAY, False)):
        assert (load_principal(session, token, now) is not None) is is_in
        assert (ids(session, maya, now) == [row.id]) is is_in


def test_ending_one_session_ends_only_that_one_of_that_person(session: Session, maya: User, omar: User) -> None:
    first, second, other = (
        sign_in.open_session(session, user, "", NOW + n * SECOND) for n, user in enumerate((maya, maya, omar))
    )
    newest, oldest = ids(session, maya)
    assert newest > oldest, "newest first"
    assert sign_in.end_session(session, id_of(omar), newest, NOW) is False
    assert sign_in.end_session(session, id_of(maya), newest, NOW) is True
    assert sign_in.end_session(session, id_of(maya), newest, NOW + DAY) is False
    assert ids(session, maya) == [oldest]
    assert session.get_one(LoginSession, newest).ended_at == NOW
    assert [load_principal(session, token, NOW) is None for token in (first, second, other)] == [False, True, False]
    assert sign_in.end_all_sessions(session, id_of(maya), NOW + DAY) == 1
    assert session.get_one(LoginSession, newest, populate_existing=True).ended_at == NOW, "the first end stays"
    assert (ids(session, maya), len(ids(session, omar))) == ([], 1)


def test_a_new_password_signs_every_browser_of_the_person_out(session: Session, maya: User, omar: User) -> None:
    for user in (maya, maya, omar):
        sign_in.open_session(session, user, "", NOW)
    sign_in.change_password(session, maya, "new hash", NOW + DAY)
    session.flush()
    assert (ids(session, maya), len(ids(session, omar))) == ([], 1)
    session.refresh(maya)
    assert (maya.password_hash, maya.password_changed_at) == ("new hash", NOW + DAY)
    event = session.exec(select(AuditEvent).where(AuditEvent.kind == "password_changed")).one()
    assert (event.actor_id, event.subject_id) == (maya.id, str(maya.id))


def test_the_person_behind_a_token_has_the_roles_of_now(session: Session, maya: User, omar: User) -> None:
    token = sign_in.open_session(session, maya, "", NOW)
    vendor = people.create_organization(session, "vendor", "Sunrise", NOW)
    client = people.create_organization(session, "client", "Buyer", NOW)
    nobody = load_principal(session, token, NOW)
    assert nobody is not None and nobody.roles == () and not nobody.has("vendor", "staff")
    people.add_membership(session, id_of(maya), id_of(vendor), "staff", None, NOW)
    people.add_membership(session, id_of(maya), id_of(client), "buyer", None, NOW)
    people.add_membership(session, id_of(omar), id_of(vendor), "manager", None, NOW)
    found = load_principal(session, token, NOW)
    assert found is not None
    assert (found.id, found.login, found.name, found.locale, found.language) == (maya.id, maya.login, "Maya", "en", "")
    assert (found.get_id(), found.token) == (token, token)
    assert found.login_session_id == ids(session, maya)[0]
    assert set(found.roles) == {
        Role("vendor", "staff", id_of(vendor), "Sunrise"),
        Role("client", "buyer", id_of(client), "Buyer"),
    }
    rights = [("vendor", "staff"), ("vendor", "manager"), ("client", "staff"), ("client", "buyer")]
    assert [found.has(kind, role) for kind, role in rights] == [True, False, False, True]
    names = [None if (role := found.organization(*right)) is None else role.organization for right in rights]
    assert names == ["Sunrise", None, None, "Buyer"]
    session.execute(User.__table__.update().where(col(User.id) == maya.id).values(is_active=False))  # type: ignore[attr-defined]
    assert load_principal(session, token, NOW) is None, "a closed account is out at once"


def test_a_stranger_has_no_role_and_no_organization(session: Session) -> None:
    assert load_principal(session, "no such token", NOW) is None
    assert (Stranger().has("vendor", "staff"), Stranger().organization("vendor", "staff")) == (False, None)

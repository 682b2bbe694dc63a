"""Joining and leaving organizations: invitations once and in time, roles once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from trainer_academy.accounts import people
from trainer_academy.accounts.models import AuditEvent, Invitation, Membership, User
from trainer_academy.core.errors import Refusal

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Town:
    """Two vendors and three people."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.one, self.two = (self.add_vendor(name) for name in ("One", "Two"))
        self.lead, self.maya, self.omar = (self.add_person(name) for name in ("lead", "maya", "omar"))

    def add_vendor(self, name: str) -> int:
        made = people.create_organization(self.session, "vendor", name, NOW)
        assert made.id is not None
        return made.id

    def add_person(self, name: str) -> int:
        made = people.create_user(self.session, f"{name}@example.org", name.title(), "!", NOW)
        assert made.id is not None
        return made.id

    def memberships(self) -> set[tuple[int, int, str]]:
        rows = self.session.exec(select(Membership)).all()
        return {(row.user_id, row.organization_id, row.role) for row in rows}

    def audited(self) -> list[str]:
        found = self.session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()
        return [row.kind for row in found if row.kind != "account_created"]


@pytest.fixture
def town(session: Session) -> Town:
    return Town(session)


def test_an_account_is_made_with_its_words_in_the_audit_log(town: Town) -> None:
    demo = people.create_user(town.session, "demo@example.org", "Demo", "!", NOW, is_demo=True)
    assert (demo.is_demo, demo.created_at, demo.password_changed_at) == (True, NOW, NOW)
    plain = people.find_user(town.session, "maya@example.org")
    assert plain is not None and (plain.id, plain.is_demo) == (town.maya, False)
    assert people.find_user(town.session, "nobody@example.org") is None
    rows = town.session.exec(select(AuditEvent).where(AuditEvent.kind == "account_created")).all()
    assert {row.subject_id for row in rows} == {str(n) for n in (town.lead, town.maya, town.omar, demo.id)}
    assert not people.create_organization(town.session, "client", "Three", NOW).is_demo
    assert people.create_organization(town.session, "client", "Four", NOW, is_demo=True).is_demo


def test_an_invitation_is_open_until_it_runs_out(town: Town) -> None:
    made = people.invite(town.session, town.one, "staff", town.lead, NOW, name="Nia", email="nia@example.org")
    other = people.invite(town.session, town.two, "manager", town.lead, NOW)
    assert (made.role, made.name, made.email, made.invited_by) == ("staff", "Nia", "nia@example.org", town.lead)
    end = NOW + timedelta(days=60)
    assert made.expires_at == end
    for now, is_open in ((NOW, True), (end - SECOND, True), (end, False)):
        found = people.open_invitation(town.session, made.code, now)
        assert (found is not None and found.id == made.id) is is_open
    assert people.open_invitation(town.session, "000-000-001", NOW) is None
    assert town.audited() == ["invited", "invited"]
    assert made.code != other.code


def test_one_person_joins_with_a_code(town: Town) -> None:
    made = people.invite(town.session, town.one, "staff", town.lead, NOW)
    other = people.invite(town.session, town.two, "manager", town.lead, NOW)
    assert people.accept_invitation(town.session, made, town.maya, NOW + SECOND) is None
    late = people.accept_invitation(town.session, made, town.omar, NOW + 2 * SECOND)
    assert isinstance(late, Refusal)
    town.session.expire_all()
    stored = town.session.get_one(Invitation, made.id)
    assert (stored.accepted_by, stored.accepted_at) == (town.maya, NOW + SECOND)
    assert town.memberships() == {(town.maya, town.one, "staff")}
    assert people.open_invitation(town.session, made.code, NOW) is None
    assert people.open_invitation(town.session, other.code, NOW) is not None, "the other code is still open"
    given = town.session.exec(select(AuditEvent).where(AuditEvent.kind == "role_given")).one()
    assert (given.actor_id, given.subject_id) == (town.lead, str(town.maya))


def test_a_role_is_given_and_taken_once(town: Town) -> None:
    for _ in range(2):
        people.add_membership(town.session, town.maya, town.one, "staff", town.lead, NOW)
    everything = {
        (town.maya, town.one, "staff"),
        (town.maya, town.one, "manager"),
        (town.maya, town.two, "staff"),
        (town.omar, town.one, "staff"),
    }
    for user, vendor, role in everything - {(town.maya, town.one, "staff")}:
        people.add_membership(town.session, user, vendor, role, None, NOW)
    assert town.memberships() == everything
    assert town.audited() == ["role_given"] * 4
    assert people.remove_membership(town.session, town.maya, town.one, "staff", town.lead, NOW) is True
    assert people.remove_membership(town.session, town.maya, town.one, "staff", town.lead, NOW) is False
    assert town.memberships() == everything - {(town.maya, town.one, "staff")}
    assert town.audited() == ["role_given"] * 4 + ["role_taken"]


def test_names_and_languages_are_those_of_the_person(town: Town) -> None:
    assert people.names_of(town.session, [town.maya, town.lead]) == {town.maya: "Maya", town.lead: "Lead"}
    people.choose_language(town.session, town.maya, "de")
    town.session.expire_all()
    rows = town.session.execute(select(col(User.id), col(User.language))).all()
    assert {row[0]: row[1] for row in rows} == {
        town.lead: "",
        town.maya: "de",
        town.omar: "",
    }

"""Tokens of a client's software: whom they speak for, and when they stop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select, update

from trainer_academy.accounts import api_tokens, people
from trainer_academy.accounts.models import ApiToken, AuditEvent, Organization, User
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Refusal

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Shop:
    """A client with a buyer, beside another client."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.buyer = id_of(people.create_user(session, "b@example.org", "Bo", "!", NOW))
        self.client, self.other = (id_of(people.create_organization(session, "client", n, NOW)) for n in ("One", "Two"))
        people.add_membership(session, self.buyer, self.client, "buyer", None, NOW)

    def make(self, name: str = "robot", seconds: int = 0, client: int = 0) -> str:
        made = api_tokens.make_token(self.session, client or self.client, name, self.buyer, NOW + seconds * SECOND)
        assert isinstance(made, str)
        return made

    def row(self, name: str = "robot") -> ApiToken:
        return self.session.exec(select(ApiToken).where(ApiToken.name == name).execution_options(populate_existing=True)).one()

    def names(self) -> list[str]:
        return [row.name for row in api_tokens.open_tokens(self.session, self.client)]


@pytest.fixture
def shop(session: Session) -> Shop:
    return Shop(session)


def test_a_token_speaks_as_buyer_of_its_organization(shop: Shop) -> None:
    people.add_membership(shop.session, shop.buyer, shop.other, "buyer", None, NOW)
    found = api_tokens.token_principal(shop.session, shop.make())
    assert found is not None
    assert (found.id, found.login, found.name, found.token, found.login_session_id) == (
        shop.buyer,
        "b@example.org",
        "robot",
        "",
        0,
    )
    assert [(role.kind, role.role, role.organization_id) for role in found.roles] == [("client", "buyer", shop.client)]
    assert api_tokens.token_principal(shop.session, api_tokens.PREFIX + "x") is None
    assert api_tokens.token_principal(shop.session, shop.make("two")[len(api_tokens.PREFIX) :]) is None


def test_what_lacks_the_prefix_is_not_looked_up(shop: Shop) -> None:
    shop.make()
    shop.session.execute(update(ApiToken).values(token_hash=api_tokens.hash_token("bare")))
    assert api_tokens.token_principal(shop.session, "bare") is None


def test_a_token_ends_with_the_token_the_role_the_account_or_the_client(shop: Shop) -> None:
    token, session = shop.make(), shop.session

    def works() -> bool:
        session.flush()
        return api_tokens.token_principal(session, token) is not None

    user, client = session.get_one(User, shop.buyer), session.get_one(Organization, shop.client)
    user.is_active = False
    assert not works()
    user.is_active, client.kind = True, "vendor"
    assert not works(), "only clients have an interface for machines"
    client.kind = "client"
    assert works()
    people.remove_membership(session, shop.buyer, shop.client, "buyer", shop.buyer, NOW)
    people.add_membership(session, shop.buyer, shop.other, "buyer", None, NOW)
    assert not works(), "buying for another client is no right here"
    stranger = id_of(people.create_user(session, "c@example.org", "Cy", "!", NOW))
    people.add_membership(session, stranger, shop.client, "buyer", None, NOW)
    assert not works(), "nor that somebody else buys for this one"
    people.add_membership(session, shop.buyer, shop.client, "staff", None, NOW)
    assert not works(), "another role is no right here"
    people.add_membership(session, shop.buyer, shop.client, "buyer", None, NOW)
    assert works()
    assert api_tokens.end_token(session, shop.client, id_of(shop.row()), shop.buyer, NOW)
    assert not works()


def test_a_token_is_ended_once_and_by_its_own_client(shop: Shop) -> None:
    shop.make()
    shop.make("second", 1)
    number = id_of(shop.row())
    assert api_tokens.end_token(shop.session, shop.other, number, shop.buyer, NOW) is False
    assert shop.row().ended_at is None
    assert api_tokens.end_token(shop.session, shop.client, number, shop.buyer, NOW) is True
    assert api_tokens.end_token(shop.session, shop.client, number, shop.buyer, NOW + SECOND) is False
    assert (shop.row().ended_at, shop.row("second").ended_at) == (NOW, None)
    kinds = shop.session.exec(select(AuditEvent).where(col(AuditEvent.kind).startswith("api_token"))).all()
    assert sorted((row.kind, row.actor_id, row.subject_id) for row in kinds) == [
        ("api_token_ended", shop.buyer, str(shop.client)),
        ("api_token_made", shop.buyer, str(shop.client)),
        ("api_token_made", shop.buyer, str(shop.client)),
    ]


def test_at_most_twenty_are_open_and_the_newest_stands_first(shop: Shop) -> None:
    shop.make("elsewhere", client=shop.other)
    for number in range(19):
        shop.make(f"t{number}", number)
    shop.make("last", 30)
    assert shop.names() == ["last", *(f"t{number}" for number in range(18, -1, -1))]
    assert isinstance(api_tokens.make_token(shop.session, shop.client, "more", shop.buyer, NOW), Refusal)
    api_tokens.end_token(shop.session, shop.client, id_of(shop.row("t3")), shop.buyer, NOW)
    assert "t3" not in shop.names()
    shop.make("more", 40)


def test_the_use_of_a_token_is_noted_at_that_token(shop: Shop) -> None:
    token = shop.make()
    shop.make("second")
    api_tokens.note_use(shop.session, token, NOW + SECOND)
    assert (shop.row().last_used_at, shop.row("second").last_used_at) == (NOW + SECOND, None)

"""Cards, offers and searches at the edges of their conditions: who else is there, and what else stands in the tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from tests.integration.pool.test_pool import (
    EVALUATOR,
    NOW,
    RUBRICS,
    SAFETY,
    TERMS,
    Client,
    add_specialist,
    add_user,
    certify,
    find,
    ids,
    reason,
)
from trainer_academy.accounts import people
from trainer_academy.accounts.models import User
from trainer_academy.core.db import id_of
from trainer_academy.pool import offers
from trainer_academy.pool.cards import AnswerRate, find_card, holds_valid
from trainer_academy.pool.models import Offer
from trainer_academy.pool.profiles import set_listed

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def client(session: Session) -> Client:
    return Client(session, "Acme")


@pytest.fixture
def amina(session: Session) -> int:
    return add_specialist(session, "amina@example.org")


@pytest.fixture
def binh(session: Session) -> int:
    return add_specialist(session, "binh@example.org")


@pytest.mark.parametrize(
    ("is_listed", "keys", "is_in_pool"),
    [(True, (EVALUATOR,), True), (False, (EVALUATOR,), False), (True, (), False), (False, (), False)],
)
def test_in_the_pool_is_who_is_listed_and_certified(
    session: Session, is_listed: bool, keys: tuple[str, ...], is_in_pool: bool
) -> None:
    user_id = add_specialist(session, "chidi@example.org", keys=keys)
    set_listed(session, user_id, is_listed, NOW)
    card = find_card(session, user_id, NOW)
    assert card is not None and card.is_in_pool is is_in_pool
    assert (card.holds(EVALUATOR), card.holds(RUBRICS)) == (bool(keys), False)


def test_a_card_is_that_of_its_person(session: Session, amina: int, binh: int) -> None:
    card = find_card(session, amina, NOW)
    assert card is not None
    assert (card.user_id, card.alias, card.languages, card.domains) == (amina, "Baobabamina", ("en", "sw"), ("law",))
    assert len(card.certificates) == 1
    assert find_card(session, add_user(session, "none@example.org"), NOW) is None, "an account without a profile"
    session.get_one(User, amina).is_active = False
    session.flush()
    assert find_card(session, amina, NOW) is None, "a closed account, though others are open"
    assert find_card(session, binh, NOW) is not None


def test_a_card_shows_the_newest_valid_certificate_of_each_kind_the_highest_level_first(session: Session, amina: int) -> None:
    certify(session, amina, EVALUATOR, score=0.7, issued_at=NOW - 20 * DAY)
    certify(session, amina, RUBRICS, score=0.8, level=2, issued_at=NOW - 5 * DAY)
    certify(session, amina, EVALUATOR, score=0.99, issued_at=NOW).revoked_at = NOW
    certify(session, amina, SAFETY, issued_at=NOW - 400 * DAY)
    certify(session, amina, "writer-1", score=0.75)
    session.flush()
    card = find_card(session, amina, NOW)
    assert card is not None
    assert [(line.achievement_key, line.level, line.score) for line in card.certificates] == [
        (RUBRICS, 2, 0.8),
        (EVALUATOR, 1, 0.9),
        ("writer-1", 1, 0.75),
    ]
    assert holds_valid(session, amina, RUBRICS, NOW)
    assert not holds_valid(session, amina, RUBRICS, NOW + 360 * DAY)


def test_an_answer_changes_that_offer_alone(session: Session, client: Client, amina: int, binh: int) -> None:
    mine, theirs = client.sent(session, amina), client.sent(session, binh)
    second = Client(session, "Bolt").sent(session, amina)
    assert [offers.find_own_offer(session, amina, one, NOW).offer.id for one in (mine, second)] == [mine, second]
    answered = offers.answer(session, amina, mine, "declined", NOW)
    assert isinstance(answered, Offer) and answered.id == mine
    session.expire_all()
    states = {id_of(row): (row.status, row.answered_at) for row in session.exec(select(Offer))}
    assert states == {mine: ("declined", NOW), theirs: ("sent", None), second: ("sent", None)}


def test_an_offer_is_answered_until_its_time_is_over(session: Session, client: Client, amina: int) -> None:
    offer = client.sent(session, amina)
    assert reason(offers.answer(session, amina, offer, "declined", TERMS.answer_by)) == "offer.answer_expired"
    assert isinstance(offers.answer(session, amina, offer, "declined", TERMS.answer_by - SECOND), Offer)


def test_offers_that_nobody_answered_expire_and_the_others_stay(
    session: Session, client: Client, amina: int, binh: int
) -> None:
    yes, silent = client.sent(session, amina), client.sent(session, binh)
    later = Client(session, "Bolt").sent(session, binh, replace(TERMS, answer_by=TERMS.answer_by + DAY))
    offers.answer(session, amina, yes, "accepted", NOW)
    assert offers.expire_overdue(session, TERMS.answer_by) == 1
    session.expire_all()
    states = {id_of(row): row.status for row in session.exec(select(Offer))}
    assert states == {yes: "accepted", silent: "expired", later: "sent"}


def test_waiting_offers_are_counted_and_stand_first(session: Session, client: Client, amina: int, binh: int) -> None:
    assert offers.count_waiting(session, amina) == 0
    others = [Client(session, name) for name in ("Bolt", "Core", "Dune")]
    oldest = client.sent(session, amina)
    sent = [one.offer(session, amina, now=NOW + n * DAY) for n, one in enumerate(others, 1)]
    numbers = [id_of(offer) for offer in sent if isinstance(offer, Offer)]
    client.sent(session, binh)
    offers.answer(session, amina, numbers[2], "declined", NOW + 3 * DAY)
    assert offers.count_waiting(session, amina) == 3
    views = offers.own_offers(session, amina, NOW + 3 * DAY)
    assert [view.offer.id for view in views] == [numbers[1], numbers[0], oldest, numbers[2]]
    assert [view.is_waiting for view in views] == [True, True, True, False]
    assert {view.client for view in views} == {"Acme", "Bolt", "Core", "Dune"}
    assert all(view.alias == "" for view in views)
    of_need = offers.offers_of_requisition(session, client.need, NOW)
    assert [(view.alias, view.client) for view in of_need] == [("Baobabbinh", ""), ("Baobabamina", "")]


def test_who_made_an_offer_and_who_still_buys(session: Session, client: Client, amina: int, binh: int) -> None:
    other = Client(session, "Bolt")
    client.sent(session, amina)
    asked = [(client.id, amina), (client.id, binh), (other.id, amina)]
    assert [offers.has_offer_from(session, *pair) for pair in asked] == [True, False, False]
    people.add_membership(session, amina, client.id, "staff", None, NOW)
    pairs = [(client.buyer, client.id), (client.buyer, other.id), (other.buyer, client.id), (amina, client.id)]
    assert [offers.is_buyer(session, *pair) for pair in pairs] == [True, False, False, False]


def test_a_share_for_a_vendor_needs_one_and_the_lowest_rate_may_be_met(session: Session, client: Client, amina: int) -> None:
    vendor = id_of(people.create_organization(session, "vendor", "Vendor", NOW))
    people.add_membership(session, client.buyer, vendor, "staff", None, NOW)
    people.add_membership(session, amina, vendor, "manager", None, NOW)
    half = replace(TERMS, vendor_percent=50)
    assert half.pay.specialist_rate == 2_000
    assert reason(client.offer(session, amina, half)) == "offer.no_vendor"
    people.add_membership(session, amina, vendor, "staff", None, NOW)
    assert reason(client.offer(session, amina, replace(TERMS, vendor_percent=51))) == "offer.below_floor"
    made = client.offer(session, amina, half)
    assert isinstance(made, Offer)
    assert (made.specialist_rate, made.hours, made.sent_at, made.answer_by) == (2_000, 40, NOW, TERMS.answer_by)


def test_answer_rates_leave_out_withdrawn_and_waiting_offers(session: Session, amina: int, binh: int) -> None:
    clients = [Client(session, name) for name in "ABCDE"]
    sent = [one.sent(session, amina) for one in clients]
    clients[0].sent(session, binh)
    for number, status in zip(sent, ("accepted", "declined", "withdrawn", "expired", "sent"), strict=True):
        session.get_one(Offer, number).status = status
    session.flush()

    def rate(user_id: int, now: object = NOW) -> AnswerRate:
        card = find_card(session, user_id, now)  # type: ignore[arg-type]
        assert card is not None
        return card.answers

    assert (rate(amina), rate(binh)) == (AnswerRate(2, 3), AnswerRate(0, 0))
    assert rate(amina, TERMS.answer_by - SECOND) == AnswerRate(2, 3)
    assert (rate(amina, TERMS.answer_by), rate(binh, TERMS.answer_by)) == (AnswerRate(2, 4), AnswerRate(0, 1))


def test_the_newest_accounts_come_first_and_pages_end(session: Session, amina: int, binh: int) -> None:
    third = add_specialist(session, "chidi@example.org", keys=(EVALUATOR, RUBRICS))
    page = find(session)
    assert (ids(page), page.total, page.has_next, page.blocking_filter, page.ordered_by) == (
        [third, binh, amina],
        3,
        False,
        None,
        None,
    )
    chosen = find(session, achievements=(EVALUATOR, RUBRICS))
    assert (ids(chosen), chosen.ordered_by) == ([third], RUBRICS), "the rarest one gives the order"
    assert (page.facets[EVALUATOR], page.facets[RUBRICS]) == (3, 1)
    assert find(session, page=2).rows == []

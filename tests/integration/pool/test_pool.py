"""Profiles, search, requisitions and offers on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlmodel import Session, col, select

from trainer_academy.accounts import people
from trainer_academy.accounts.models import AuditEvent, User
from trainer_academy.core.db import Database
from trainer_academy.core.errors import BadInput, NotFound, Refusal
from trainer_academy.credentials.life.models import Credential, StatusList
from trainer_academy.notices.models import Notice, WebhookEndpoint
from trainer_academy.pool import offers, profiles, requisitions
from trainer_academy.pool.cards import AnswerRate, find_card
from trainer_academy.pool.models import Offer, Requisition
from trainer_academy.pool.offers import OfferTerms
from trainer_academy.pool.profiles import ProfileValues, save_profile, set_listed
from trainer_academy.pool.requisitions import RequisitionValues
from trainer_academy.pool.search import PoolFilter, PoolPage, search
from trainer_academy.workflows import staffing

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
EVALUATOR, RUBRICS, SAFETY = "evaluator-1", "rubrics-1", "safety-1"
KEYS = [EVALUATOR, RUBRICS, SAFETY]
BASE = "https://academy.example"
PROFILE = ProfileValues(
    alias="Baobab",
    country="KE",
    time_zone="Africa/Nairobi",
    rate_floor=2_000,
    hours_per_week=20,
    about="Swahili and law.",
    languages=("en", "sw"),
    domains=("law",),
)
TERMS = OfferTerms(client_rate=4_000, vendor_percent=0, hours=40, message="Please join.", answer_by=NOW + 7 * DAY)
NEED = RequisitionValues("Rate answers in Swahili", "Compare two answers.", EVALUATOR, 4_000, 40, date(2026, 12, 1))


def add_user(session: Session, login: str) -> int:
    user = people.create_user(session, login, f"Name of {login.partition('@')[0]}", "hash", NOW)
    assert user.id is not None
    return user.id


def certify(
    session: Session, holder_id: int, key: str = EVALUATOR, score: float = 0.9, level: int = 1, issued_at: datetime = NOW - DAY
) -> Credential:
    """A stored credential; what its document says does not matter to the pool."""
    status_list = session.exec(select(StatusList)).first() or StatusList(size=131_072, document="{}", signed_at=NOW)
    session.add(status_list)
    session.flush()
    status_list.used += 1
    number = status_list.used
    assert status_list.id is not None
    credential = Credential(
        id=f"00000000-0000-4000-8000-{number:012}",
        code=f"CODE-{number}",
        holder_id=holder_id,
        achievement_key=key,
        achievement_version="1",
        level=level,
        holder_name="Secret Name",
        score=score,
        score_low=score - 0.1,
        score_high=score + 0.05,
        item_count=42,
        status_list_id=status_list.id,
        status_index=number,
        document="{}",
        issued_at=issued_at,
        valid_until=issued_at + 365 * DAY,
    )
    session.add(credential)
    session.flush()
    return credential


def add_specialist(session: Session, login: str, values: ProfileValues = PROFILE, keys: tuple[str, ...] = (EVALUATOR,)) -> int:
    """A listed person with valid certificates."""
    user_id = add_user(session, login)
    save_profile(session, user_id, replace(values, alias=values.alias + login.partition("@")[0]), NOW)
    set_listed(session, user_id, True, NOW)
    for key in keys:
        certify(session, user_id, key)
    return user_id


def find(session: Session, now: datetime = NOW, **wanted: object) -> PoolPage:
    return search(session, PoolFilter(**wanted), KEYS, now)  # type: ignore[arg-type]


def ids(page: PoolPage) -> list[int]:
    return [card.user_id for card in page.rows]


@contextmanager
def counted_statements(session: Session) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


class Client:
    """A client organization with one buyer and one open requisition."""

    def __init__(self, session: Session, name: str) -> None:
        organization = people.create_organization(session, "client", name, NOW)
        assert organization.id is not None
        self.name, self.id = name, organization.id
        self.buyer = add_user(session, f"{name.lower()}@example.org")
        people.add_membership(session, self.buyer, self.id, "buyer", None, NOW)
        self.need = requisitions.create_requisition(session, self.id, self.buyer, NEED, NOW)
        assert self.need.id is not None
        self.need_id = self.need.id

    def offer(self, session: Session, specialist_id: int, terms: OfferTerms = TERMS, now: datetime = NOW) -> Offer | Refusal:
        return staffing.send_offer(session, self.need, specialist_id, terms, self.buyer, self.name, BASE, now)

    def sent(self, session: Session, specialist_id: int, terms: OfferTerms = TERMS) -> int:
        outcome = self.offer(session, specialist_id, terms)
        assert isinstance(outcome, Offer)
        assert outcome.id is not None
        return outcome.id


@pytest.fixture
def client(session: Session) -> Client:
    return Client(session, "Acme")


@pytest.fixture
def amina(session: Session) -> int:
    return add_specialist(session, "amina@example.org")


def reason(outcome: object) -> str:
    assert isinstance(outcome, Refusal), outcome
    return outcome.code


# Profiles


def test_saving_a_profile_twice_replaces_its_languages_and_fields(session: Session) -> None:
    user_id = add_user(session, "amina@example.org")
    save_profile(session, user_id, PROFILE, NOW)
    save_profile(session, user_id, replace(PROFILE, languages=("sw", "fr"), domains=(), rate_floor=2_500), NOW + DAY)
    session.expire_all()
    loaded = profiles.load_profile(session, user_id)
    assert loaded is not None
    profile, values = loaded
    assert values == replace(PROFILE, languages=("fr", "sw"), domains=(), rate_floor=2_500)
    assert (profile.updated_at, profile.is_listed) == (NOW + DAY, False)


def test_unknown_codes_are_refused(session: Session) -> None:
    user_id = add_user(session, "amina@example.org")
    for wrong in ({"country": "ZZ"}, {"time_zone": "Mars/Base"}, {"languages": ("xx",)}, {"domains": ("magic",)}):
        with pytest.raises(BadInput):
            save_profile(session, user_id, replace(PROFILE, **wrong), NOW)  # type: ignore[arg-type]
    assert profiles.load_profile(session, user_id) is None


def test_listing_needs_a_profile(session: Session) -> None:
    assert reason(set_listed(session, add_user(session, "a@example.org"), True, NOW)) == "profile.empty"


# Search: the live join


def test_a_listed_person_with_a_valid_certificate_is_found(session: Session, amina: int) -> None:
    page = find(session, achievements=(EVALUATOR,))
    assert (ids(page), page.total, page.has_next, page.blocking_filter) == ([amina], 1, False, None)
    card = page.rows[0]
    assert (card.languages, card.domains) == (("en", "sw"), ("law",))
    assert (card.certificates[0].achievement_key, card.certificates[0].score) == (EVALUATOR, 0.9)


def test_no_name_and_no_login_is_in_a_result(session: Session, amina: int) -> None:
    text = repr(find(session).rows)
    assert "Name of amina" not in text
    assert "Secret Name" not in text
    assert "@" not in text


def test_expiry_takes_a_person_out_at_that_moment(session: Session, amina: int) -> None:
    end = NOW - DAY + 365 * DAY
    assert ids(find(session, end - timedelta(microseconds=1))) == [amina]
    assert ids(find(session, end)) == []
    assert ids(find(session, end, achievements=(EVALUATOR,))) == []


def test_revocation_takes_a_person_out_at_once(session: Session, amina: int) -> None:
    credential = session.exec(select(Credential)).one()
    credential.revoked_at = NOW
    session.flush()
    assert ids(find(session)) == ids(find(session, achievements=(EVALUATOR,))) == []


def test_pausing_and_closing_the_account_take_a_person_out_at_once(session: Session, amina: int) -> None:
    set_listed(session, amina, False, NOW)
    assert ids(find(session)) == []
    set_listed(session, amina, True, NOW)
    assert ids(find(session)) == [amina]
    user = session.get(User, amina)
    assert user is not None
    user.is_active = False
    session.flush()
    assert ids(find(session)) == ids(find(session, achievements=(EVALUATOR,))) == []
    assert find_card(session, amina, NOW) is None


def test_a_profile_without_a_certificate_is_not_in_the_pool(session: Session) -> None:
    add_specialist(session, "amina@example.org", keys=())
    assert find(session).total == 0


def test_several_certificates_must_all_be_held(session: Session, amina: int) -> None:
    both = add_specialist(session, "binh@example.org", keys=(EVALUATOR, RUBRICS))
    assert ids(find(session, achievements=(EVALUATOR, RUBRICS))) == [both]
    assert set(ids(find(session, achievements=(EVALUATOR,)))) == {amina, both}
    assert ids(find(session, achievements=(EVALUATOR, RUBRICS, SAFETY))) == []


def test_someone_who_renewed_is_listed_once_with_the_newest_score(session: Session, amina: int) -> None:
    certify(session, amina, score=0.8, issued_at=NOW)
    better = add_specialist(session, "binh@example.org", keys=())
    certify(session, better, score=0.85)
    page = find(session, achievements=(EVALUATOR,))
    assert ids(page) == [better, amina]
    assert page.total == 2
    assert [line.score for line in page.rows[1].certificates] == [0.8]


@pytest.mark.parametrize(
    ("wanted", "is_found"),
    [
        ({"languages": ("sw",)}, True),
        ({"languages": ("sw", "en")}, True),
        ({"languages": ("sw", "fr")}, False),
        ({"countries": ("IN", "KE")}, True),
        ({"countries": ("IN",)}, False),
        ({"domains": ("code", "law")}, True),
        ({"domains": ("code",)}, False),
        ({"max_rate": 2_000}, True),
        ({"max_rate": 1_999}, False),
        ({"min_hours": 20}, True),
        ({"min_hours": 21}, False),
        ({"min_level": 1}, True),
        ({"min_level": 2}, False),
        ({"achievements": (EVALUATOR,), "min_level": 1, "languages": ("sw",), "countries": ("KE",), "max_rate": 5_000}, True),
    ],
)
def test_each_filter(session: Session, amina: int, wanted: dict[str, object], is_found: bool) -> None:
    assert ids(find(session, **wanted)) == ([amina] if is_found else [])
    with_certificate = {"achievements": (EVALUATOR,)} | wanted
    assert ids(find(session, **with_certificate)) == ([amina] if is_found else [])


def test_an_empty_result_names_the_filter_to_blame(session: Session, amina: int) -> None:
    assert find(session, languages=("sw",), countries=("IN",)).blocking_filter == "country"
    assert find(session, achievements=(EVALUATOR, SAFETY), languages=("sw",)).blocking_filter == "achievement"
    assert find(session, countries=("IN",), languages=("fr",)).blocking_filter is None
    assert find(session, languages=("sw",)).blocking_filter is None


def test_facets_say_how_many_would_be_left(session: Session, amina: int) -> None:
    add_specialist(session, "binh@example.org", replace(PROFILE, country="VN"), keys=(EVALUATOR, RUBRICS))
    assert find(session).facets == {EVALUATOR: 2, RUBRICS: 1, SAFETY: 0}
    assert find(session, achievements=(RUBRICS,)).facets == {EVALUATOR: 1, RUBRICS: 1, SAFETY: 0}
    assert find(session, countries=("KE",)).facets == {EVALUATOR: 1, RUBRICS: 0, SAFETY: 0}


@pytest.mark.parametrize("wanted", [PoolFilter(), PoolFilter(achievements=(EVALUATOR,))])
def test_pages_show_everyone_once(session: Session, wanted: PoolFilter) -> None:
    made = [add_specialist(session, f"p{n}@example.org") for n in range(7)]
    pages = [search(session, replace(wanted, page=n), KEYS, NOW, per_page=3) for n in (1, 2, 3)]
    assert [len(page.rows) for page in pages] == [3, 3, 1]
    assert [page.has_next for page in pages] == [True, True, False]
    assert sorted(one for page in pages for one in ids(page)) == sorted(made)
    beyond = search(session, replace(wanted, page=4), KEYS, NOW, per_page=3)
    assert (beyond.rows, beyond.total, beyond.blocking_filter) == ([], 7, None)


def test_the_number_of_statements_does_not_grow_with_people(session: Session) -> None:
    wanted = PoolFilter(achievements=(EVALUATOR, RUBRICS), languages=("sw",))
    counts = []
    for upto in (3, 30):
        for n in range(0 if upto == 3 else 3, upto):
            add_specialist(session, f"p{n}@example.org", keys=(EVALUATOR, RUBRICS))
        session.flush()
        session.expire_all()
        with counted_statements(session) as seen:
            page = search(session, wanted, KEYS, NOW, per_page=25)
        assert len(page.rows) == min(upto, 25)
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 8


# Requisitions


def test_two_clients_do_not_see_each_other(session: Session, client: Client, amina: int) -> None:
    other = Client(session, "Bolt")
    client.sent(session, amina)
    assert [row.requisition.id for row in requisitions.list_requisitions(session, other.id)] == [other.need_id]
    with pytest.raises(NotFound):
        requisitions.find_requisition(session, other.id, client.need_id)
    assert offers.has_offer_from(session, client.id, amina)
    assert not offers.has_offer_from(session, other.id, amina)
    assert offers.offers_of_requisition(session, other.need, NOW) == []


def test_the_list_counts_offers(session: Session, client: Client, amina: int) -> None:
    yes = client.sent(session, amina)
    client.sent(session, add_specialist(session, "binh@example.org"))
    staffing.answer_offer(session, amina, yes, "accept", BASE, NOW)
    (row,) = requisitions.list_requisitions(session, client.id)
    assert (row.offers, row.accepted) == (2, 1)


def test_closing_withdraws_what_nobody_answered(session: Session, client: Client, amina: int) -> None:
    binh = add_specialist(session, "binh@example.org")
    accepted, waiting = client.sent(session, amina), client.sent(session, binh)
    staffing.answer_offer(session, amina, accepted, "accept", BASE, NOW)
    assert staffing.close_requisition(session, client.need, client.buyer, NOW) == 1
    assert reason(staffing.close_requisition(session, client.need, client.buyer, NOW)) == "requisition.closed_already"
    states = {view.offer.id: view.status for view in offers.offers_of_requisition(session, client.need, NOW)}
    assert states == {accepted: "accepted", waiting: "withdrawn"}
    assert reason(staffing.answer_offer(session, binh, waiting, "accept", BASE, NOW)) == "offer.answer_withdrawn"
    assert reason(client.offer(session, add_specialist(session, "chidi@example.org"))) == "requisition.closed"


# Offers


def test_an_offer_carries_every_layer_and_tells_the_specialist(session: Session, client: Client, amina: int) -> None:
    vendor = people.create_organization(session, "vendor", "Vendor", NOW)
    assert vendor.id is not None
    people.add_membership(session, amina, vendor.id, "staff", None, NOW)
    offer_id = client.sent(session, amina, replace(TERMS, vendor_percent=25))
    offer = session.get(Offer, offer_id)
    assert offer is not None
    assert (offer.client_rate, offer.vendor_share, offer.academy_share, offer.specialist_rate) == (4_000, 1_000, 0, 3_000)
    notice = session.exec(select(Notice).where(Notice.user_id == amina)).one()
    assert "Acme" in notice.subject
    assert f"{BASE}/offers/{offer_id}" in notice.body
    assert "$30 an hour for 40 hours" in notice.body
    assert session.exec(select(AuditEvent).where(AuditEvent.kind == "offer_sent")).one().subject_id == str(offer_id)


def test_an_offer_is_refused_in_words(session: Session, client: Client, amina: int) -> None:
    assert reason(client.offer(session, amina, replace(TERMS, client_rate=1_999))) == "offer.below_floor"
    assert reason(client.offer(session, amina, replace(TERMS, vendor_percent=10))) == "offer.no_vendor"
    other = add_specialist(session, "binh@example.org", keys=(RUBRICS,))
    assert reason(client.offer(session, other)) == "offer.no_certificate"
    set_listed(session, amina, False, NOW)
    assert reason(client.offer(session, amina)) == "offer.not_in_pool"
    assert reason(client.offer(session, 999_999)) == "offer.not_in_pool"
    assert session.exec(select(Offer)).all() == []
    assert session.exec(select(Notice)).all() == []


def test_one_offer_for_each_person_and_requisition(session: Session, client: Client, amina: int) -> None:
    first = client.sent(session, amina)
    assert reason(client.offer(session, amina)) == "offer.second"
    session.commit()
    assert [offer.id for offer in session.exec(select(Offer)).all()] == [first]
    assert len(session.exec(select(Notice)).all()) == 1
    assert isinstance(Client(session, "Bolt").offer(session, amina), Offer)


def test_contact_data_comes_with_the_yes(session: Session, client: Client, amina: int) -> None:
    offer_id = client.sent(session, amina)
    (before,) = offers.offers_of_requisition(session, client.need, NOW)
    assert (before.contact, before.alias, before.status) == (None, "Baobabamina", "sent")
    assert offers.find_own_offer(session, amina, offer_id, NOW).contact is None
    staffing.answer_offer(session, amina, offer_id, "accept", BASE, NOW)
    (after,) = offers.offers_of_requisition(session, client.need, NOW)
    assert after.contact is not None
    assert (after.contact.name, after.contact.login) == ("Name of amina", "amina@example.org")
    theirs = offers.find_own_offer(session, amina, offer_id, NOW).contact
    assert theirs is not None
    assert theirs.login == "acme@example.org"


def test_declining_gives_no_contact_data(session: Session, client: Client, amina: int) -> None:
    offer_id = client.sent(session, amina)
    staffing.answer_offer(session, amina, offer_id, "decline", BASE, NOW)
    (view,) = offers.offers_of_requisition(session, client.need, NOW)
    assert (view.status, view.contact) == ("declined", None)


@pytest.mark.parametrize(("answer", "status"), [("accept", "accepted"), ("decline", "declined")])
def test_an_answer_is_told_once(session: Session, client: Client, amina: int, answer: str, status: str) -> None:
    session.add(WebhookEndpoint(organization_id=client.id, url="https://hook.example", secret="s", created_at=NOW))
    offer_id = client.sent(session, amina)
    outcome = staffing.answer_offer(session, amina, offer_id, answer, BASE, NOW)
    assert isinstance(outcome, Offer)
    assert (outcome.status, outcome.answered_at) == (status, NOW)
    assert reason(staffing.answer_offer(session, amina, offer_id, "accept", BASE, NOW)) == f"offer.answer_{status}"
    assert reason(staffing.answer_offer(session, amina, offer_id, "decline", BASE, NOW)) == f"offer.answer_{status}"
    assert session.exec(select(Notice).where(Notice.user_id == client.buyer)).one().kind == f"offer_{status}"
    hook = session.exec(select(Notice).where(Notice.channel == "webhook")).one()
    assert hook.kind == f"offer.{status}"
    assert "amina" not in hook.body


def test_a_buyer_who_left_hears_nothing_more(session: Session, client: Client, amina: int) -> None:
    offer_id = client.sent(session, amina)
    people.remove_membership(session, client.buyer, client.id, "buyer", client.buyer, NOW)
    staffing.answer_offer(session, amina, offer_id, "accept", BASE, NOW)
    assert session.exec(select(Notice).where(Notice.user_id == client.buyer)).all() == []


def test_only_the_person_asked_can_read_and_answer(session: Session, client: Client, amina: int) -> None:
    offer_id = client.sent(session, amina)
    binh = add_specialist(session, "binh@example.org")
    for stranger in (binh, client.buyer):
        with pytest.raises(NotFound):
            offers.find_own_offer(session, stranger, offer_id, NOW)
        with pytest.raises(NotFound):
            staffing.answer_offer(session, stranger, offer_id, "accept", BASE, NOW)
    assert offers.own_offers(session, binh, NOW) == []
    with pytest.raises(BadInput):
        staffing.answer_offer(session, amina, offer_id, "maybe", BASE, NOW)
    assert offers.find_own_offer(session, amina, offer_id, NOW).is_waiting


def test_time_runs_out(session: Session, client: Client, amina: int) -> None:
    offer_id = client.sent(session, amina)
    assert offers.find_own_offer(session, amina, offer_id, TERMS.answer_by).status == "expired"
    assert reason(staffing.answer_offer(session, amina, offer_id, "accept", BASE, TERMS.answer_by)) == "offer.answer_expired"
    just_before = TERMS.answer_by - timedelta(seconds=1)
    assert offers.expire_overdue(session, just_before) == 0
    assert offers.expire_overdue(session, TERMS.answer_by) == 1
    session.expire_all()
    assert session.exec(select(Offer.status)).one() == "expired"
    assert reason(staffing.answer_offer(session, amina, offer_id, "accept", BASE, just_before)) == "offer.answer_expired"


def test_a_lost_certificate_stops_the_yes_but_not_the_no(session: Session, client: Client, amina: int) -> None:
    offer_id = client.sent(session, amina)
    session.exec(select(Credential)).one().revoked_at = NOW
    session.flush()
    assert reason(staffing.answer_offer(session, amina, offer_id, "accept", BASE, NOW)) == "offer.own_certificate"
    assert isinstance(staffing.answer_offer(session, amina, offer_id, "decline", BASE, NOW), Offer)


def test_the_answer_rate_counts_answers_and_silence(session: Session, amina: int) -> None:
    clients = [Client(session, name) for name in ("A", "B", "C", "D")]
    sent = [client.sent(session, amina) for client in clients]
    staffing.answer_offer(session, amina, sent[0], "accept", BASE, NOW)
    staffing.answer_offer(session, amina, sent[1], "decline", BASE, NOW)
    staffing.close_requisition(session, clients[2].need, clients[2].buyer, NOW)
    assert find(session).rows[0].answers == AnswerRate(2, 2)
    assert find(session, TERMS.answer_by).rows[0].answers == AnswerRate(2, 3)


def test_of_many_answers_at_once_one_counts(database: Database) -> None:
    with database.writing() as session:
        client, amina = Client(session, "Acme"), add_specialist(session, "amina@example.org")
        offer_id = client.sent(session, amina)
        session.commit()
    start = threading.Barrier(6)

    def reply(answer: str) -> bool:
        start.wait(timeout=30)
        with database.writing() as session:
            outcome = staffing.answer_offer(session, amina, offer_id, answer, BASE, NOW)
            session.commit()
            return isinstance(outcome, Offer)

    with ThreadPoolExecutor(6) as threads:
        done = list(threads.map(reply, ["accept", "decline"] * 3))
    assert done.count(True) == 1
    with database.reader() as session:
        assert len(session.exec(select(Notice).where(col(Notice.user_id) == client.buyer)).all()) == 1


def test_of_many_equal_offers_at_once_one_is_made(database: Database) -> None:
    with database.writing() as session:
        client, amina = Client(session, "Acme"), add_specialist(session, "amina@example.org")
        session.commit()
    start = threading.Barrier(5)

    def propose(_n: int) -> bool:
        start.wait(timeout=30)
        with database.writing() as session:
            need = requisitions.find_requisition(session, client.id, client.need_id)
            outcome = staffing.send_offer(session, need, amina, TERMS, client.buyer, client.name, BASE, NOW)
            session.commit()
            return isinstance(outcome, Offer)

    with ThreadPoolExecutor(5) as threads:
        done = list(threads.map(propose, range(5)))
    assert done.count(True) == 1
    with database.reader() as session:
        assert len(session.exec(select(Offer)).all()) == 1


def test_closing_and_offering_at_once_leave_no_waiting_offer(database: Database) -> None:
    with database.writing() as session:
        client, amina = Client(session, "Acme"), add_specialist(session, "amina@example.org")
        session.commit()
    start = threading.Barrier(2)

    def propose() -> None:
        start.wait(timeout=30)
        with database.writing() as session:
            need = requisitions.find_requisition(session, client.id, client.need_id)
            staffing.send_offer(session, need, amina, TERMS, client.buyer, client.name, BASE, NOW)
            session.commit()

    def close() -> None:
        start.wait(timeout=30)
        with database.writing() as session:
            need = requisitions.find_requisition(session, client.id, client.need_id)
            staffing.close_requisition(session, need, client.buyer, NOW)
            session.commit()

    with ThreadPoolExecutor(2) as threads:
        for task in [threads.submit(propose), threads.submit(close)]:
            task.result()
    with database.reader() as session:
        assert session.exec(select(Requisition.status)).one() == "closed"
        assert "sent" not in session.exec(select(Offer.status)).all()

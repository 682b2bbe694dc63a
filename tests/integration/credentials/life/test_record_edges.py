"""What is easily forgotten of a certificate: stale rows, second tries, several at the same moment, caps of time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import base58
import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from tests.issuer_bench import KEY, MEASUREMENT, NOW, Bench, make_issuer
from trainer_academy.accounts.models import AuditEvent
from trainer_academy.core.errors import Refusal
from trainer_academy.credentials.life import expiry, issuing, queries, revoking
from trainer_academy.credentials.life.holder_options import Wishes, change_record, is_did_key, measurement_of, set_hidden
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.signing.own_proofs import parse

DAY = timedelta(days=1)


@pytest.fixture
def bench(session: Session, tmp_path: Path) -> Bench:
    return Bench(session, make_issuer(tmp_path))


def write_behind(bench: Bench, credential: Credential, **values: object) -> None:
    """What another process writes while this one holds an older row."""
    statement = update(Credential).where(col(Credential.id) == credential.id).values(**values)
    bench.session.execute(statement.execution_options(synchronize_session=False))


def audited(bench: Bench, credential: Credential) -> list[str]:
    found = bench.session.exec(select(AuditEvent).where(AuditEvent.subject_id == credential.id).order_by(col(AuditEvent.id)))
    return [row.kind for row in found]


def test_a_change_reads_the_row_as_it_is_now(bench: Bench) -> None:
    credential = bench.issue()
    write_behind(bench, credential, revoked_at=NOW)
    no = change_record(bench.session, bench.issuer, credential, Wishes(shows_scores=False), bench.holder_id, NOW + DAY)
    assert isinstance(no, Refusal)
    assert credential.shows_scores


def test_a_change_is_signed_at_a_whole_second(bench: Bench) -> None:
    credential = bench.issue()
    now = NOW + DAY + timedelta(microseconds=5)
    assert change_record(bench.session, bench.issuer, credential, Wishes(shows_name=False), bench.holder_id, now) is None
    assert credential.signed_at == NOW + DAY


def test_the_measurement_of_old_certificates_is_read_from_the_document(bench: Bench) -> None:
    credential = bench.issue()
    document = parse(credential.document)
    stored = measurement_of(credential, document)
    for nothing in (None, {"attempt_id": 3}):
        credential.measurement = nothing
        found = measurement_of(credential, document)
        assert (found.score, found.low, found.high) == (stored.score, stored.low, stored.high)
        assert (found.cut_score, found.item_count) == (pytest.approx(0.75), 42)
        assert (found.exam_title, found.exam_version) == (stored.exam_title, stored.exam_version)
        assert found.bank_size == 0


def test_a_page_is_hidden_and_shown_once_each_and_never_when_withdrawn(bench: Bench) -> None:
    credential = bench.issue()
    steps = [(True, NOW), (True, NOW), (False, None), (False, None), (True, NOW + 4 * DAY)]
    for number, (is_hidden, hidden_at) in enumerate(steps):
        assert set_hidden(bench.session, credential, is_hidden, bench.holder_id, NOW + number * DAY) is None
        assert credential.hidden_at == hidden_at
    assert audited(bench, credential)[1:] == ["credential_hidden", "credential_shown", "credential_hidden"]
    assert revoking.erase(bench.session, bench.issuer, credential, None, NOW) is None
    assert isinstance(set_hidden(bench.session, credential, False, bench.holder_id, NOW), Refusal)
    assert credential.hidden_at == NOW + 4 * DAY


@pytest.mark.parametrize(
    ("prefix", "length", "is_good"),
    [
        (b"\xed\x01", 34, True),
        (b"\xed\x01", 33, False),
        (b"\xed\x01", 35, False),
        (b"\x80\x24", 35, True),
        (b"\x80\x24", 34, False),
        (b"\xe7\x01", 35, False),
    ],
)
def test_a_key_has_its_prefix_and_its_length(prefix: bytes, length: int, is_good: bool) -> None:
    assert is_did_key("did:key:z" + base58.b58encode(prefix + bytes(length - 2)).decode()) is is_good


def test_a_reminder_is_claimed_once(bench: Bench) -> None:
    credential, other = bench.issue(), bench.issue()
    found = expiry.claim_expiry_notice(bench.session, credential.id, NOW + DAY)
    assert found is not None and found.expiry_noticed_at == NOW + DAY
    assert expiry.claim_expiry_notice(bench.session, credential.id, NOW + 2 * DAY) is None
    bench.session.refresh(other)
    assert other.expiry_noticed_at is None


def test_reminders_begin_sixty_days_before_the_end_and_the_first_to_end_comes_first(bench: Bench) -> None:
    late, soon = bench.issue(), bench.issue()
    soon.valid_until -= DAY
    bench.session.flush()
    end = soon.valid_until
    assert expiry.expiring_credentials(bench.session, end - 60 * DAY - timedelta(seconds=1)) == []
    soon.achievement_key = "second"
    bench.session.flush()
    assert expiry.expiring_credentials(bench.session, end - 60 * DAY) == [soon.id]
    assert expiry.expiring_credentials(bench.session, end - 59 * DAY) == [soon.id, late.id]
    assert expiry.expiring_credentials(bench.session, end - 59 * DAY, limit=1) == [soon.id]


def test_the_newest_renewal_is_named_also_one_of_the_same_moment(bench: Bench) -> None:
    old = bench.issue()
    twin = bench.issue()
    found = queries.newer_credential(bench.session, old, NOW + DAY)
    assert found is not None and found.id == twin.id
    middle, newest = bench.issue(NOW + DAY), bench.issue(NOW + 2 * DAY)
    for earlier in (old, twin, middle):
        found = queries.newer_credential(bench.session, earlier, NOW + 3 * DAY)
        assert found is not None and found.id == newest.id
    assert queries.newer_credential(bench.session, newest, NOW + 3 * DAY) is None


def test_certificates_are_found_by_code_number_and_holder(bench: Bench) -> None:
    first, second = bench.issue(), bench.issue(NOW + DAY)
    assert queries.find_by_code(bench.session, second.code) is second
    assert queries.find_by_code(bench.session, first.code) is first
    assert queries.find_by_code(bench.session, "nothing") is None
    assert queries.find_credential(bench.session, first.id) is first
    assert queries.credentials_of(bench.session, bench.holder_id) == [second, first]
    assert queries.credentials_of(bench.session, bench.holder_id + 1) == []


def test_asking_again_for_an_attempt_draws_no_index(bench: Bench) -> None:
    attempt = bench.make_attempt()
    first = bench.issue(NOW, attempt)

    def refuse(_size: int) -> int:
        raise AssertionError("nothing is to be drawn")

    again = issuing.issue(bench.session, bench.issuer, bench.holder, KEY, MEASUREMENT, attempt, NOW + DAY, draw=refuse)
    assert again is first


def test_what_a_correction_revoked_hands_its_attempt_on(bench: Bench) -> None:
    attempt = bench.make_attempt()
    old = bench.issue(NOW, attempt)
    assert change_record(bench.session, bench.issuer, old, Wishes(shows_scores=False), bench.holder_id, NOW) is None
    revoking.revoke(bench.session, bench.issuer, old, "A correction.", None, NOW + DAY)
    new = bench.issue(NOW + 2 * DAY, attempt)
    assert new.id != old.id, "that the holder changed what it shows does not matter"
    assert (new.attempt_id, old.attempt_id) == (attempt, None)
    assert old.measurement is not None
    assert (old.measurement["attempt_id"], old.measurement["score"]) == (attempt, MEASUREMENT.score)


def test_what_was_withdrawn_after_a_correction_stays_withdrawn(bench: Bench) -> None:
    attempt = bench.make_attempt()
    old = bench.issue(NOW, attempt)
    revoking.revoke(bench.session, bench.issuer, old, "A correction.", None, NOW + DAY)
    revoking.erase(bench.session, bench.issuer, old, bench.holder_id, NOW + 2 * DAY)
    assert bench.issue(NOW + 3 * DAY, attempt).id == old.id

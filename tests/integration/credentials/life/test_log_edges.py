"""The public logs at the edges: clocks that creep back, gaps, days, and the lists that say what is revoked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from tests.issuer_bench import DID, NOW, Bench, make_issuer
from trainer_academy.credentials.life import log_check, logs, revoking, status
from trainer_academy.credentials.life.models import IssuanceEvent, KeyEvent, SignedHead, StatusList
from trainer_academy.credentials.signing.own_proofs import parse

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def bench(session: Session, tmp_path: Path) -> Bench:
    return Bench(session, make_issuer(tmp_path))


def enter(bench: Bench, *times: timedelta) -> None:
    for number, ahead in enumerate(times):
        logs.append_event(bench.session, "issued", f"https://x.example/{number}", f"document {number}", NOW + ahead)


def chain(bench: Bench) -> list[str]:
    return list(log_check.check_chain(bench.session))


@pytest.mark.parametrize(
    ("minutes", "dated_back"),
    [((0, -10), []), ((0, -10 - 1 / 60), [2]), ((0, -8, -16), [3]), ((0, 5, -4, -6), [4]), ((-30, 0, 30), [])],
)
def test_entries_are_not_dated_back_beyond_ten_minutes(bench: Bench, minutes: tuple[float, ...], dated_back: list[int]) -> None:
    enter(bench, *(MINUTE * one for one in minutes))
    assert [f"entry {number} is dated" in fault for number, fault in zip(dated_back, chain(bench), strict=True)] == [
        True
    ] * len(dated_back)


def test_each_gap_is_named_once(bench: Bench) -> None:
    enter(bench, *[timedelta(0)] * 6)
    bench.session.execute(text("DELETE FROM issuance_events WHERE number IN (2, 3, 5)"))
    bench.session.expire_all()
    missing = [fault for fault in chain(bench) if "missing" in fault]
    assert missing == [
        "issuance log: entry 2 is missing; the next one is 4",
        "issuance log: entry 5 is missing; the next one is 6",
    ]
    assert sum("does not fit its hash" in fault for fault in chain(bench)) == 2


def test_entries_count_from_one_at_whole_seconds(bench: Bench) -> None:
    enter(bench, timedelta(microseconds=7), SECOND)
    rows = bench.session.exec(select(IssuanceEvent).order_by(col(IssuanceEvent.number))).all()
    assert [(row.number, row.at) for row in rows] == [(1, NOW), (2, NOW + SECOND)]
    assert rows[0].hash == logs.hash_entry("0" * 64, logs.read_event(rows[0]))
    assert rows[1].hash == logs.hash_entry(rows[0].hash, logs.read_event(rows[1]))
    assert logs.count_events(bench.session) == 2
    assert [row.number for row in logs.history_of(bench.session, "https://x.example/1")] == [2]


def test_a_page_that_holds_the_last_entry_leads_nowhere(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(bench, *[timedelta(0)] * 4)
    monkeypatch.setattr(logs, "PAGE", 2)
    pages = [logs.page_of_events(bench.session, after) for after in (0, 1, 2, 3)]
    assert [[entry["number"] for entry in page["entries"]] for page in pages] == [[1, 2], [2, 3], [3, 4], [4]]
    assert [page.get("next", "")[-1:] for page in pages] == ["2", "3", "", ""]


def test_an_entry_that_was_taken_stops_the_work(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(bench, timedelta(0))
    monkeypatch.setattr(logs, "insert_new", lambda *_: False)
    with pytest.raises(RuntimeError, match=r"^entry 2 of the issuance log was taken"):
        enter(bench, SECOND)


def test_the_heads_of_today_and_of_yesterday_are_signed_and_no_older_ones(bench: Bench) -> None:
    signer = bench.issuer.signer
    logs.record_did(bench.session, signer, "x" * 400, NOW - 2 * DAY)
    midnight = NOW.replace(hour=0, minute=0)
    enter(bench, -3 * DAY, midnight - SECOND - NOW, midnight - NOW, timedelta(0))
    assert logs.sign_heads(bench.session, signer, NOW) == 4
    assert logs.sign_heads(bench.session, signer, NOW + MINUTE) == 0
    heads = bench.session.exec(select(SignedHead).order_by(col(SignedHead.log), col(SignedHead.day))).all()
    today, yesterday = NOW.date(), NOW.date() - DAY
    assert [(head.log, head.day, head.number) for head in heads] == [
        ("issuance", yesterday, 2),
        ("issuance", today, 4),
        ("keys", yesterday, 1),
        ("keys", today, 1),
    ]
    assert [parse(head.document)["number"] for head in heads] == [2, 4, 1, 1]
    newest = logs.newest_head(bench.session)
    assert newest is not None and (newest.day, newest.number) == (today, 4)
    assert logs.newest_head(bench.session, "keys") is heads[3]
    assert bench.session.exec(select(KeyEvent.reason)).one() == "x" * 300


@pytest.mark.parametrize(("ahead", "is_found"), [(timedelta(minutes=-10), False), (timedelta(minutes=-10, seconds=-1), True)])
def test_what_comes_after_a_head_is_not_older_than_it(bench: Bench, ahead: timedelta, is_found: bool) -> None:
    logs.record_did(bench.session, bench.issuer.signer, "first", NOW - DAY)
    enter(bench, timedelta(0))
    logs.sign_heads(bench.session, bench.issuer.signer, NOW)
    assert list(log_check.check_heads(bench.session, bench.issuer.signer)) == []
    enter(bench, ahead)
    late = [fault for fault in log_check.check_heads(bench.session, bench.issuer.signer) if "was added later" in fault]
    assert bool(late) is is_found


def test_versions_of_the_keys_are_numbered_and_chained(bench: Bench) -> None:
    signer, keys = bench.issuer.signer, bench.issuer.keys
    first = logs.record_did(bench.session, signer, "first", NOW + timedelta(microseconds=3))
    assert logs.record_did(bench.session, signer, "again", NOW) is None
    keys.rotate(NOW + 40 * DAY)
    second = logs.record_did(bench.session, signer, "second", NOW + 40 * DAY)
    assert first is not None and second is not None
    assert [(row.number, row.reason, row.at) for row in (first, second)] == [(1, "first", NOW), (2, "second", NOW + 40 * DAY)]
    assert first.hash == logs.hash_entry("0" * 64, logs.read_key_event(first))
    assert second.hash == logs.hash_entry(first.hash, logs.read_key_event(second))
    assert parse(first.signature)["proof"]["verificationMethod"] == f"{DID}#key-2026-11"
    assert parse(second.signature)["proof"]["verificationMethod"] == f"{DID}#key-2026-11", "by the key before"
    assert [entry["number"] for entry in logs.did_history(bench.session)["entries"]] == [1, 2]
    assert list(log_check.check_keys(bench.session, signer)) == []


def test_a_signature_over_another_entry_is_found(bench: Bench) -> None:
    signer = bench.issuer.signer
    event = logs.record_did(bench.session, signer, "first", NOW)
    assert event is not None
    other = {key: value for key, value in parse(event.signature).items() if key != "proof"} | {"hash": "f" * 64}
    event.signature = signer.sign_statement(other, NOW)
    bench.session.flush()
    assert list(log_check.check_keys(bench.session, signer)) == ["history of keys: entry 1 does not fit its hash"]


def test_a_history_of_keys_begins_and_is_signed_by_our_own(bench: Bench, tmp_path: Path) -> None:
    signer = bench.issuer.signer
    [empty] = log_check.check_keys(bench.session, signer)
    assert "history of keys: empty" in empty
    event = logs.record_did(bench.session, signer, "first", NOW)
    assert event is not None
    said = {key: value for key, value in parse(event.signature).items() if key != "proof"}
    own, foreign = event.signature, make_issuer(tmp_path / "stranger").signer.sign_statement(said, NOW)
    for signature in (foreign, own.replace("#key-2026-11", "#key-2030-01")):
        event.signature = signature
        bench.session.flush()
        [fault] = log_check.check_keys(bench.session, signer)
        assert fault == "history of keys: entry 1 is not signed by a key of the version before"


def credential_faults(bench: Bench) -> list[str]:
    bench.session.flush()
    return [fault.partition(": ")[2] for fault in log_check.check_credentials(bench.session, bench.issuer.signer)]


def test_what_was_withdrawn_ends_in_the_log_and_holds_no_document(bench: Bench) -> None:
    credential = bench.issue()
    revoking.erase(bench.session, bench.issuer, credential, None, NOW)
    assert credential_faults(bench) == []
    credential.document = "{}"
    assert credential_faults(bench) == ["it was withdrawn, and the log does not end so"]
    credential.document = ""
    bench.session.execute(text("DELETE FROM issuance_events WHERE kind = 'erased'"))
    assert credential_faults(bench) == ["it was withdrawn, and the log does not end so"]


@pytest.mark.parametrize(
    ("minutes", "faults"),
    [((0, 0), 0), ((10, 10), 0), ((-10, -10), 0), ((10.1, 0), 2), ((-10.1, 0), 2), ((0, 10.1), 1), ((0, -10.1), 1)],
)
def test_dates_of_award_and_signature_are_those_of_the_entries(bench: Bench, minutes: tuple[float, float], faults: int) -> None:
    """An entry may be up to ten minutes off the award, and the newest signature up to ten minutes off its entry."""
    credential = bench.issue()
    url = bench.issuer.party.credential_url(credential.id)
    [issued] = logs.history_of(bench.session, url)
    issued.at += MINUTE * minutes[0]
    if minutes[1]:
        logs.append_event(bench.session, "changed", url, credential.document, NOW + MINUTE * minutes[1])
        issued.at = NOW
    found = credential_faults(bench)
    assert len(found) == faults, found


@pytest.mark.parametrize("dated", ["", "soon", "2026-11-21T09:30:00"], ids=["none", "words", "no zone"])
def test_a_date_that_cannot_be_read_does_not_fit(bench: Bench, dated: str) -> None:
    credential = bench.issue()
    document = {key: value for key, value in parse(credential.document).items() if key not in ("proof", "awardedDate")}
    document |= {"awardedDate": dated} if dated else {}
    signer = bench.issuer.signer
    credential.document, credential.jwt = signer.sign(document, NOW), signer.sign_jwt(document)
    logs.log_change(bench.session, signer, credential, "changed", NOW)
    [fault] = credential_faults(bench)
    assert fault.startswith(f"it is dated {dated or None}, and the log has it from")


def test_a_certificate_without_a_jwt_is_in_order_and_one_with_a_foreign_jwt_is_not(bench: Bench, tmp_path: Path) -> None:
    credential = bench.issue()
    own, bare = credential.jwt, {k: v for k, v in parse(credential.document).items() if k != "proof"}
    credential.jwt = None
    assert credential_faults(bench) == []
    credential.jwt = make_issuer(tmp_path / "stranger").signer.sign_jwt(bare)
    [fault] = credential_faults(bench)
    assert fault.startswith("its JWT is not signed by us")
    credential.jwt = own
    credential.document = make_issuer(tmp_path / "stranger").signer.sign(bare, NOW)
    logs.log_change(bench.session, bench.issuer.signer, credential, "changed", NOW)
    assert credential_faults(bench) == ["its signature is not good"]


def test_a_list_has_the_bits_of_what_is_revoked_in_it_and_no_others(bench: Bench) -> None:
    kept, gone, held = bench.issue(), bench.issue(), bench.issue()
    revoking.revoke(bench.session, bench.issuer, gone, "A reason", None, NOW + DAY)
    revoking.suspend(bench.session, bench.issuer, held, "A reason", None, NOW + DAY)
    row = bench.session.exec(select(StatusList)).one()
    encoded = parse(row.document)["credentialSubject"]["encodedList"]
    assert [status.is_set(encoded, one.status_index) for one in (kept, gone, held)] == [False, True, False]
    assert (row.used, row.signed_at) == (3, NOW + DAY)
    assert sum(bin(byte).count("1") for byte in status.decode_list(encoded)) == 1


def test_a_new_list_begins_when_one_is_half_full(bench: Bench) -> None:
    first = bench.issue()
    row = bench.session.get_one(StatusList, first.status_list_id)
    row.used = row.size // 2 - 1
    assert bench.issue().status_list_id == row.id
    assert row.used * 2 == row.size
    other = bench.issue()
    assert other.status_list_id != row.id
    assert bench.issue().status_list_id == other.status_list_id
    revoking.revoke(bench.session, bench.issuer, other, "A reason", None, NOW + DAY)
    encoded = parse(row.document)["credentialSubject"]["encodedList"]
    assert not any(status.decode_list(encoded)), "the other list is left alone"


@pytest.mark.parametrize("index", [0, 1, 7, 8, 9, 131_071])
def test_one_index_is_one_bit(index: int) -> None:
    encoded = status.encode_list([index])
    assert encoded.startswith("u") and "=" not in encoded
    bits = status.decode_list(encoded)
    assert len(bits) == 131_072 // 8
    assert bits[index // 8] == 128 >> (index % 8) and sum(map(bool, bits)) == 1
    neighbours = range(index // 8 * 8, index // 8 * 8 + 8)
    assert [one for one in neighbours if status.is_set(encoded, one)] == [index]

"""The public logs: what they hold, and that back-dating, silent reissue and rewriting are found."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from tests.issuer_bench import BASE, DID, KEY, MEASUREMENT, NOW, Bench, make_issuer
from trainer_academy.accounts.models import User
from trainer_academy.core.db import Database
from trainer_academy.credentials.life import issuing, log_check, logs, reissuing, revoking
from trainer_academy.credentials.life.holder_options import Wishes, change_record
from trainer_academy.credentials.life.models import Credential, IssuanceEvent, KeyEvent, SignedHead, StatusList
from trainer_academy.credentials.signing.own_proofs import check_signature, parse, verify_jwt

DAY = timedelta(days=1)


@pytest.fixture
def bench(session: Session, tmp_path: Path) -> Bench:
    made = Bench(session, make_issuer(tmp_path))
    logs.keep_logs(session, made.issuer.signer, NOW - DAY)
    return made


def faults(bench: Bench, expected: str = "") -> str:
    bench.session.flush()
    bench.session.expire_all()
    return "\n".join(log_check.find_faults(bench.session, bench.issuer.signer, expected))


def kinds(bench: Bench) -> list[str]:
    return list(bench.session.scalars(select(col(IssuanceEvent.kind)).order_by(col(IssuanceEvent.number))))


def test_every_change_has_an_entry_and_fits(bench: Bench) -> None:
    first, second = bench.issue(), bench.issue()
    change_record(bench.session, bench.issuer, first, Wishes(shows_scores=False), bench.holder_id, NOW + DAY)
    revoking.suspend(bench.session, bench.issuer, first, "Being looked into.", None, NOW + 2 * DAY)
    revoking.resume(bench.session, bench.issuer, first, None, NOW + 2 * DAY)
    revoking.revoke(bench.session, bench.issuer, first, "A reason", None, NOW + 3 * DAY)
    revoking.erase(bench.session, bench.issuer, second, None, NOW + 3 * DAY)
    logs.keep_logs(bench.session, bench.issuer.signer, NOW + 3 * DAY)
    assert kinds(bench) == ["issued", "issued", "changed", "suspended", "resumed", "revoked", "erased"]
    assert faults(bench) == ""


def test_entries_hold_hashes_only(bench: Bench) -> None:
    credential = bench.issue()
    (entry,) = logs.page_of_events(bench.session, 0)["entries"]
    assert entry["subject"] == logs.hash_text(f"{BASE}/credentials/{credential.id}")
    assert entry["document"] == logs.hash_text(credential.document)
    assert set(entry) == {"number", "kind", "subject", "document", "at", "hash"}
    assert "Amina" not in json.dumps(entry)


def test_log_is_served_in_pages(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        bench.issue()
    monkeypatch.setattr(logs, "PAGE", 2)
    page = logs.page_of_events(bench.session, 0)
    assert [entry["number"] for entry in page["entries"]] == [1, 2]
    assert page["next"] == "/.well-known/issuance-log?after=2"
    assert "next" not in logs.page_of_events(bench.session, 2)
    assert logs.page_of_events(bench.session, 3) == {"entries": []}


def test_head_of_a_day_may_grow_while_the_day_lasts_and_never_after(bench: Bench) -> None:
    signer = bench.issuer.signer
    bench.issue()
    logs.sign_heads(bench.session, signer, NOW)
    bench.issue(NOW + timedelta(hours=1))
    assert logs.sign_heads(bench.session, signer, NOW + timedelta(hours=2)) == 1
    assert logs.sign_heads(bench.session, signer, NOW + timedelta(hours=3)) == 0
    bench.issue(NOW + DAY)
    logs.sign_heads(bench.session, signer, NOW + DAY)
    numbers = select(col(SignedHead.number)).where(SignedHead.log == "issuance").order_by(col(SignedHead.day))
    assert list(bench.session.scalars(numbers)) == [2, 3]
    head = logs.newest_head(bench.session)
    assert head is not None
    assert parse(head.document)["proof"]["verificationMethod"] == f"{DID}#key-2026-11"
    assert faults(bench) == ""


# ---------------------------------------------------------------- what is found


def backdate(bench: Bench) -> None:
    bench.issue(NOW - 30 * DAY)


def backdate_behind_the_entry(bench: Bench) -> None:
    """The document says an older day than its entry."""
    credential = bench.issue(NOW + DAY)
    document = {key: value for key, value in parse(credential.document).items() if key != "proof"}
    document |= {"awardedDate": "2026-01-01T00:00:00Z"}
    issuing.sign_credential(bench.issuer.signer, credential, document, NOW + DAY)
    logs.log_change(bench.session, bench.issuer.signer, credential, "changed", NOW + DAY)


def reissue_in_silence(bench: Bench) -> None:
    credential = bench.session.exec(select(Credential)).first()
    assert credential is not None
    document = {key: value for key, value in parse(credential.document).items() if key != "proof"}
    document["credentialSubject"]["name"] = "Somebody Else"
    issuing.sign_credential(bench.issuer.signer, credential, document, NOW)


def issue_in_silence(bench: Bench) -> None:
    credential = bench.issue(NOW + DAY)
    bench.session.flush()
    bench.session.execute(text("DELETE FROM issuance_events WHERE number = (SELECT max(number) FROM issuance_events)"))
    assert credential.document


def change_an_entry(bench: Bench) -> None:
    bench.session.execute(text("UPDATE issuance_events SET kind = 'reissued' WHERE number = 1"))


def remove_an_entry(bench: Bench) -> None:
    bench.session.execute(text("DELETE FROM issuance_events WHERE number = 1"))


def remove_a_certificate(bench: Bench) -> None:
    credential = bench.session.exec(select(Credential)).first()
    bench.session.delete(credential)


def change_the_jwt(bench: Bench) -> None:
    first, second = bench.session.exec(select(Credential).order_by(col(Credential.id))).all()
    first.jwt = second.jwt


def unrevoke(bench: Bench) -> None:
    credential = bench.session.exec(select(Credential)).first()
    assert credential is not None
    revoking.revoke(bench.session, bench.issuer, credential, "A reason", None, NOW + DAY)
    credential.revoked_at = None


def rewrite_the_log(bench: Bench) -> None:
    """A whole new chain with hashes that fit: only the signed head shows it."""
    before = logs.FIRST
    for event in bench.session.exec(select(IssuanceEvent).order_by(col(IssuanceEvent.number))).all():
        event.at = event.at + timedelta(seconds=1)
        event.hash = before = logs.hash_entry(before, logs.read_event(event))


def change_did_in_silence(bench: Bench) -> None:
    bench.issuer.keys.rotate(NOW + 40 * DAY)


def forge_a_head(bench: Bench) -> None:
    head = logs.newest_head(bench.session)
    assert head is not None
    head.document = head.document.replace('"number":2', '"number":1')


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (backdate, "before the entries in front of it"),
        (backdate, "was added later and is dated before the head was signed"),
        (backdate_behind_the_entry, "it is dated 2026-01-01T00:00:00Z"),
        (reissue_in_silence, "its stored bytes are not in the log"),
        (issue_in_silence, "it is not in the log"),
        (change_an_entry, "entry 1 does not fit its hash"),
        (remove_an_entry, "entry 1 is missing"),
        (remove_a_certificate, "is about a certificate that is not stored any more"),
        (change_the_jwt, "its JWT is not signed by us, or says something else"),
        (unrevoke, "differ on whether it was revoked"),
        (rewrite_the_log, "is not what it was when the head was signed"),
        (change_did_in_silence, "did.json was changed without an entry"),
        (forge_a_head, "the signature does not fit"),
    ],
)
def test_tampering_is_found(bench: Bench, tamper: Callable[[Bench], None], message: str) -> None:
    bench.issue()
    bench.issue()
    logs.sign_heads(bench.session, bench.issuer.signer, NOW + timedelta(hours=1))
    assert faults(bench) == ""
    tamper(bench)
    assert message in faults(bench)


def test_copied_entry_shows_a_log_that_was_written_anew(bench: Bench) -> None:
    bench.issue()
    kept = bench.session.exec(select(IssuanceEvent.hash)).one()
    assert faults(bench, kept) == ""
    bench.session.execute(text("DELETE FROM issuance_events"))
    assert "the log was written anew" in faults(bench, kept)


def test_rolled_back_issue_leaves_no_entry(database: Database, bench: Bench) -> None:
    bench.session.commit()
    bench.issue()
    bench.session.rollback()
    with database.reader() as reader:
        assert reader.exec(select(IssuanceEvent)).all() == []
        assert reader.exec(select(Credential)).all() == []


def test_issuing_at_once_makes_one_chain_and_shares_no_index(database: Database, bench: Bench) -> None:
    """500 from four threads; `python -m tests.perf.issuing --count 10000` does the same with more."""
    bench.session.commit()
    issuer, holder_id = bench.issuer, bench.holder_id

    def work(_number: int) -> None:
        for _ in range(10):
            with database.writing() as own:
                person = own.get(User, holder_id)
                assert person is not None
                issuing.issue(own, issuer, person, KEY, MEASUREMENT, None, NOW)
                own.commit()
            time.sleep(0.01)  # SQLite's writers wait by looking again: without a pause one of them may never get in

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(50)))
    with database.reader() as reader:
        rows = reader.execute(select(col(Credential.status_list_id), col(Credential.status_index), col(Credential.code))).all()
        assert len(rows) == len({row[:2] for row in rows}) == len({row[2] for row in rows}) == 500
        assert sum(reader.exec(select(StatusList.used)).all()) == 500
        assert list(log_check.check_chain(reader)) == []
        assert logs.count_events(reader) == 500


# ---------------------------------------------------------------- keys


def test_history_of_keys_is_signed_by_the_key_before(bench: Bench) -> None:
    signer, keys = bench.issuer.signer, bench.issuer.keys
    keys.rotate(NOW + 40 * DAY)
    logs.record_did(bench.session, signer, "A new key was made.", NOW + 40 * DAY)
    assert logs.record_did(bench.session, signer, "Nothing new.", NOW + 41 * DAY) is None
    entries = logs.did_history(bench.session)["entries"]
    methods = [entry["signature"]["proof"]["verificationMethod"] for entry in entries]
    assert methods == [f"{DID}#key-2026-11", f"{DID}#key-2026-11"]
    assert json.loads(entries[-1]["didDocument"]) == keys.did_document()
    assert faults(bench) == ""
    event = bench.session.exec(select(KeyEvent).order_by(col(KeyEvent.number).desc())).first()
    assert event is not None
    event.document = event.document.replace("key-2026-12", "key-2026-13")
    assert "history of keys: entry 2 does not fit its hash" in faults(bench)


def compromise(bench: Bench, name: str, kind: str) -> None:
    """What the command does, without the batches."""
    keys, signer = bench.issuer.keys, bench.issuer.signer
    keys.succeed("key" if kind == "key" else "jwt", NOW + DAY)
    logs.record_did(bench.session, signer, "A successor was made.", NOW + DAY)
    keys.retire_compromised(name)
    logs.record_did(bench.session, signer, "It was compromised.", NOW + DAY)
    reissuing.resign_lists(bench.session, bench.issuer, name, NOW + DAY)


@pytest.mark.parametrize(
    ("name", "kind", "next_name"), [("key-2026-11", "key", "key-2026-11-2"), ("jwt-2026-11", "jwt", "jwt-2026-11-2")]
)
def test_compromise_reissues_everything_at_the_same_address(bench: Bench, name: str, kind: str, next_name: str) -> None:
    kept, changed = bench.issue(), bench.issue()
    bench.session.commit()
    compromise(bench, name, kind)
    if kind == "key":
        assert check_signature(bench.issuer.keys, kept.document) == "foreign"
    else:
        assert verify_jwt(bench.issuer.signer, kept.jwt or "") is None
    assert reissuing.count_signed_by(bench.session, bench.issuer.signer, name) == 2
    changed.document = changed.document.replace("Amina", "Other")
    which = reissuing.signed_by(bench.issuer.signer, name)
    batch = reissuing.reissue_batch(bench.session, bench.issuer, which, "compromised", NOW + DAY)
    assert (batch.done, batch.refused) == (1, [changed.id])
    document = parse(kept.document)
    assert (document["id"], document["awardedDate"]) == (f"{BASE}/credentials/{kept.id}", "2026-11-21T09:30:00Z")
    assert document["validFrom"] == "2026-11-22T09:30:00Z"
    assert check_signature(bench.issuer.keys, kept.document) == "good"
    assert verify_jwt(bench.issuer.signer, kept.jwt or "") is not None
    assert next_name in bench.issuer.keys.names("key" if kind == "key" else "jwt")
    assert name not in json.dumps(bench.issuer.keys.did_document()).replace(next_name, "")
    listed = bench.session.exec(select(StatusList.document)).one()
    assert check_signature(bench.issuer.keys, listed) == "good"
    again = reissuing.reissue_batch(bench.session, bench.issuer, which, "compromised", NOW + DAY, changed.id)
    assert again.done == 0
    assert faults(bench).count("\n") <= 2  # what is found is the certificate that somebody changed
    assert changed.id in faults(bench)
    assert kept.id not in faults(bench)


def test_certificates_from_before_the_log_can_be_entered(bench: Bench) -> None:
    credential = bench.issue()
    bench.session.execute(text("DELETE FROM issuance_events"))
    credential.jwt = None
    assert "from before the log" in faults(bench)
    reissuing.reissue_batch(bench.session, bench.issuer, reissuing.unlogged(), "The log began.", NOW + DAY)
    assert faults(bench) == ""

"""Issuing, revoking, keys and status lists, on both databases."""

from __future__ import annotations

import json
import os
import random
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.accounts import people
from trainer_academy.accounts.models import AuditEvent, User
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.core.db import Database
from trainer_academy.core.errors import ConfigError, NotFound, Refusal
from trainer_academy.core.tokens import read_code
from trainer_academy.credentials.checking.lookup import find_typed
from trainer_academy.credentials.criteria import Achievement, Achievements, Measurement
from trainer_academy.credentials.documents.credential import hash_identity
from trainer_academy.credentials.life import queries, status
from trainer_academy.credentials.life.issuer import Issuer, make_issuer
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.credentials.life.models import Credential, StatusList
from trainer_academy.credentials.life.revoking import revoke
from trainer_academy.credentials.pages.presentation import check_signature, draw_qr, read_certificate
from trainer_academy.credentials.signing.keys import KeyRing
from trainer_academy.credentials.signing.linked_data import SigningError, decode_multikey
from trainer_academy.credentials.signing.proof_sets import verify_proofs
from trainer_academy.notices.models import Notice

NOW = datetime(2026, 11, 21, 9, 30, 0, 500000, UTC)
DID = "did:web:academy.example"
BASE = "https://academy.example"
KEY = "response-evaluator-1"
MEASUREMENT = Measurement(0.9048, 0.7791, 0.9623, 0.75, 42, "Evaluating model responses", "2026.11")
ACHIEVEMENT = Achievement(
    name="Response Evaluator, level 1",
    version="2026.11",
    level=1,
    exam="evaluating-responses",
    validity_months=24,
    description="Rates answers.",
    criteria="Passed the exam.",
    skills=("facts",),
)


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    achievements = Achievements({KEY: ACHIEVEMENT, "second": ACHIEVEMENT})
    return make_issuer(BASE, DID, KeyRing.open(tmp_path, DID, NOW), achievements)


@pytest.fixture
def holder(session: Session) -> User:
    return people.create_user(session, "amina@example.org", "Amina Wanjikũ", "hash", NOW)


def make_attempt(session: Session, holder: User, number: int = 1) -> int:
    assert holder.id is not None
    attempt = Attempt(
        user_id=holder.id,
        exam_key="evaluating-responses",
        exam_version="2026.11",
        number=number,
        seed=1,
        paper=[],
        status="decided",
        started_at=NOW,
        deadline_at=NOW + timedelta(hours=1),
    )
    session.add(attempt)
    session.flush()
    assert attempt.id is not None
    return attempt.id


def bit_of(session: Session, credential: Credential) -> bool:
    row = status.find_list(session, credential.status_list_id)
    assert row is not None
    return status.is_set(json.loads(row.document)["credentialSubject"]["encodedList"], credential.status_index)


def public_key(issuer: Issuer, document: dict[str, Any]) -> Any:
    """The key as an outsider finds it: through the DID document."""
    methods = {item["id"]: item for item in issuer.keys.did_document()["verificationMethod"]}
    return decode_multikey(methods[document["proof"][0]["verificationMethod"]]["publicKeyMultibase"])


# ---------------------------------------------------------------- issuing


def test_issued_credential_is_signed_and_says_what_was_measured(session: Session, issuer: Issuer, holder: User) -> None:
    credential = issue(session, issuer, holder, KEY, MEASUREMENT, make_attempt(session, holder), NOW)
    document = json.loads(credential.document)
    assert verify_proofs(document, lambda _method: public_key(issuer, document)) == "good"
    assert credential.document.isascii()
    assert document["id"] == f"{BASE}/credentials/{credential.id}"
    assert document["credentialStatus"]["statusListIndex"] == str(credential.status_index)
    assert document["validUntil"] == "2028-11-21T09:30:00Z"
    assert (credential.holder_name, credential.score, credential.item_count) == ("Amina Wanjikũ", 0.9048, 42)
    (identity,) = document["credentialSubject"]["identifier"]
    assert identity["identityHash"] == hash_identity("amina@example.org", identity["salt"])
    assert read_code(credential.code) == credential.code
    assert len(credential.code.replace("-", "")) == 11
    assert not bit_of(session, credential)


def test_stored_bytes_survive_the_database(database: Database, session: Session, issuer: Issuer, holder: User) -> None:
    credential = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    session.commit()
    with database.reader() as reader:
        stored = reader.get(Credential, credential.id)
        assert stored is not None
        assert stored.document == credential.document
        assert check_signature(issuer.keys, stored.document) == "good"
        assert stored.issued_at == NOW.replace(microsecond=0)


def test_asking_twice_gives_the_same_credential(session: Session, issuer: Issuer, holder: User) -> None:
    attempt = make_attempt(session, holder)
    first = issue(session, issuer, holder, KEY, MEASUREMENT, attempt, NOW)
    again = issue(session, issuer, holder, KEY, MEASUREMENT, attempt, NOW + timedelta(days=1))
    assert again.id == first.id
    assert len(session.exec(select(Credential)).all()) == 1
    assert session.exec(select(StatusList.used)).one() == 1
    other = issue(session, issuer, holder, "second", MEASUREMENT, attempt, NOW)
    later = issue(session, issuer, holder, KEY, MEASUREMENT, make_attempt(session, holder, 2), NOW)
    assert len({first.id, other.id, later.id}) == 3


def test_salts_differ_between_credentials_of_one_person(session: Session, issuer: Issuer, holder: User) -> None:
    both = [issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW) for _ in range(2)]
    hashes = {json.loads(item.document)["credentialSubject"]["identifier"][0]["identityHash"] for item in both}
    assert len(hashes) == 2


def test_unknown_achievement_and_unsignable_name(session: Session, issuer: Issuer, holder: User) -> None:
    with pytest.raises(NotFound):
        issue(session, issuer, holder, "no-such", MEASUREMENT, None, NOW)
    holder.name = "Amina\x07"
    with pytest.raises(SigningError):
        issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)


def test_issuing_is_in_the_audit_log_and_sends_no_mail(session: Session, issuer: Issuer, holder: User) -> None:
    credential = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    (found,) = session.exec(select(AuditEvent).where(AuditEvent.kind == "credential_issued")).all()
    assert found.subject_id == credential.id
    assert session.exec(select(Notice)).all() == []


def test_same_index_twice_is_refused_by_the_database(session: Session, issuer: Issuer, holder: User) -> None:
    first = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    copied = {**first.model_dump(), "id": "another", "code": "another"}
    session.add(Credential(**copied))
    with pytest.raises(IntegrityError):
        session.flush()


def test_taken_index_is_drawn_again(session: Session, issuer: Issuer, holder: User) -> None:
    draws = iter([5, 5, 5, 131_071])
    first = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW, draw=lambda _n: next(draws))
    second = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW, draw=lambda _n: next(draws))
    assert (first.status_index, second.status_index) == (5, 131_071)
    session.commit()
    assert len(session.exec(select(Credential)).all()) == 2
    assert session.exec(select(StatusList.used)).one() == 2


def test_half_full_list_is_closed(session: Session, issuer: Issuer, holder: User) -> None:
    first = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    listed = status.find_list(session, first.status_list_id)
    assert listed is not None
    listed.used = listed.size // 2
    second = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    assert second.status_list_id != first.status_list_id
    document = json.loads(second.document)
    assert document["credentialStatus"]["statusListCredential"] == f"{BASE}/status-lists/{second.status_list_id}"


def test_two_requests_at_once_issue_one(database: Database, session: Session, issuer: Issuer, holder: User) -> None:
    attempt = make_attempt(session, holder)
    session.commit()
    barrier = threading.Barrier(4)

    def ask(_number: int) -> str:
        barrier.wait()
        with database.writing() as own:
            person = own.get(User, holder.id)
            assert person is not None
            found = issue(own, issuer, person, KEY, MEASUREMENT, attempt, NOW)
            own.commit()
            return found.id

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    with database.reader() as reader:
        assert len(reader.exec(select(Credential)).all()) == 1


def test_issuing_at_once_never_shares_an_index(database: Database, session: Session, issuer: Issuer, holder: User) -> None:
    session.commit()
    seeds = iter(range(100))
    lock = threading.Lock()

    def ask(_number: int) -> None:
        with lock:
            draw = random.Random(next(seeds)).randrange
        with database.writing() as own:
            person = own.get(User, holder.id)
            assert person is not None
            for _ in range(5):
                issue(own, issuer, person, KEY, MEASUREMENT, None, NOW, draw=lambda _n: draw(60))
            own.commit()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))
    with database.reader() as reader:
        places = [(item.status_list_id, item.status_index) for item in reader.exec(select(Credential)).all()]
        assert len(places) == len(set(places)) == 20
        assert sum(reader.exec(select(StatusList.used)).all()) == 20


def test_number_of_statements_does_not_grow(database: Database, session: Session, issuer: Issuer, holder: User) -> None:
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _u, text, *_rest: statements.append(text))

    def count(step: Callable[[], object]) -> int:
        statements.clear()
        step()
        session.flush()
        return len(statements)

    issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    few = count(lambda: issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW))
    made = [issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW) for _ in range(12)]
    assert count(lambda: issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)) == few
    first = count(lambda: revoke(session, issuer, made[0], "A reason", None, NOW))
    for item in made[1:10]:
        revoke(session, issuer, item, "A reason", None, NOW)
    assert count(lambda: revoke(session, issuer, made[10], "A reason", None, NOW)) == first


# ---------------------------------------------------------------- revoking


def test_revoking_sets_one_bit_and_tells_the_holder(session: Session, issuer: Issuer, holder: User) -> None:
    gone, kept = (issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW) for _ in range(2))
    before = gone.document
    later = NOW + timedelta(days=3)
    assert revoke(session, issuer, gone, "Somebody else sat the exam.", holder.id, later) is None
    assert (bit_of(session, gone), bit_of(session, kept)) == (True, False)
    assert (gone.revoked_at, gone.revoke_reason, gone.document) == (later, "Somebody else sat the exam.", before)
    row = status.find_list(session, gone.status_list_id)
    assert row is not None
    signed = json.loads(row.document)
    assert verify_proofs(signed, lambda _method: public_key(issuer, signed)) == "good"
    assert signed["validFrom"] == "2026-11-24T09:30:00Z"
    (notice,) = session.exec(select(Notice)).all()
    assert (notice.user_id, notice.channel, notice.kind) == (holder.id, "mail", "credential_revoked")
    assert "Somebody else sat the exam." in notice.body
    assert f"{BASE}/credentials/{gone.id}" in notice.body
    (logged,) = session.exec(select(AuditEvent).where(AuditEvent.kind == "credential_revoked")).all()
    assert (logged.actor_id, logged.subject_id) == (holder.id, gone.id)
    valid = select(Credential).where(Credential.holder_id == holder.id, queries.is_valid_at(later))
    assert [item.id for item in session.exec(valid).all()] == [kept.id]


def test_second_revocation_changes_nothing(session: Session, issuer: Issuer, holder: User) -> None:
    credential = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    revoke(session, issuer, credential, "First reason", None, NOW)
    outcome = revoke(session, issuer, credential, "Second reason", None, NOW + timedelta(days=1))
    assert isinstance(outcome, Refusal)
    assert (credential.revoke_reason, credential.revoked_at) == ("First reason", NOW)
    assert len(session.exec(select(Notice)).all()) == 1


def test_rolled_back_revocation_leaves_the_list(database: Database, session: Session, issuer: Issuer, holder: User) -> None:
    credential = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    session.commit()
    revoke(session, issuer, credential, "A reason", None, NOW)
    session.rollback()
    with database.reader() as reader:
        stored = reader.get(Credential, credential.id)
        assert stored is not None
        assert stored.revoked_at is None
        assert not bit_of(reader, stored)


def test_revocations_at_once_are_all_in_the_list(database: Database, session: Session, issuer: Issuer, holder: User) -> None:
    made = [issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW).id for _ in range(6)]
    session.commit()
    barrier = threading.Barrier(len(made))

    def take(credential_id: str) -> None:
        barrier.wait()
        with database.writing() as own:
            credential = own.get(Credential, credential_id)
            assert credential is not None
            assert revoke(own, issuer, credential, "A reason", None, NOW) is None
            own.commit()

    with ThreadPoolExecutor(len(made)) as pool:
        list(pool.map(take, made))
    with database.reader() as reader:
        rows = reader.exec(select(Credential).order_by(col(Credential.id))).all()
        assert [bit_of(reader, row) for row in rows] == [True] * len(made)


# ---------------------------------------------------------------- status lists


def test_bits_are_counted_from_the_left() -> None:
    bits = status.decode_list(status.encode_list([0, 9, 131_071]))
    assert (len(bits), bits[0], bits[1], bits[-1]) == (16_384, 0x80, 0x40, 0x01)
    assert sum(byte.bit_count() for byte in bits) == 3


def test_empty_list_is_small_and_multibase() -> None:
    encoded = status.encode_list(())
    assert encoded.startswith("u")
    assert "=" not in encoded
    assert len(encoded) < 100
    assert not any(status.decode_list(encoded))


@pytest.mark.parametrize("seed", range(3))
def test_encoded_list_can_be_read_back(seed: int) -> None:
    chosen = set(random.Random(seed).sample(range(status.LIST_SIZE), 1000))
    bits = status.decode_list(status.encode_list(chosen))
    assert {index for index in range(status.LIST_SIZE) if bits[index >> 3] & (0x80 >> (index & 7))} == chosen


# ---------------------------------------------------------------- keys


def test_keys_are_private_files(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path, DID, NOW)
    assert ring.names() == ["key-2026-11"]
    assert stat.S_IMODE(os.stat(tmp_path / "keys").st_mode) == 0o700
    assert stat.S_IMODE(os.stat(tmp_path / "keys" / "key-2026-11.pem").st_mode) == 0o600
    assert {file.name for file in (tmp_path / "keys").iterdir()} == {"key-2026-11.pem", "jwt-2026-11.pem"}


def test_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path, DID, NOW)
    (tmp_path / "keys" / "key-2026-11.pem").chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        ring.did_document()


def test_lost_keys_are_not_replaced_in_silence(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path, DID, NOW)
    (tmp_path / "keys" / "key-2026-11.pem").unlink()
    with pytest.raises(ConfigError, match="backup"):
        ring.sign({"@context": []}, NOW)


def _open_ring(folder: Path) -> str:
    document = KeyRing.open(folder, DID, NOW).did_document()
    return str(document["verificationMethod"][0]["publicKeyMultibase"])


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert len(set(pool.map(_open_ring, [tmp_path] * 8))) == 1


def test_did_document_lists_every_key(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path, DID, NOW)
    assert isinstance(ring.rotate(NOW), Refusal)
    assert ring.rotate(NOW + timedelta(days=40)) == "key-2026-12"
    document = ring.did_document()
    assert document["@context"][0] == "https://www.w3.org/ns/did/v1"
    assert document["id"] == DID
    assert document["assertionMethod"] == [f"{DID}#key-2026-11", f"{DID}#key-2026-12", f"{DID}#jwt-2026-11"]
    *multikeys, webkey = document["verificationMethod"]
    for method in multikeys:
        assert set(method) == {"id", "type", "controller", "publicKeyMultibase"}
        assert (method["type"], method["controller"]) == ("Multikey", DID)
    assert (webkey["type"], set(webkey["publicKeyJwk"])) == ("JsonWebKey", {"kty", "crv", "x", "y"})


def test_rotation_keeps_older_certificates_valid(session: Session, issuer: Issuer, holder: User) -> None:
    older = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    issuer.keys.rotate(NOW + timedelta(days=70))
    newer = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW + timedelta(days=70))
    methods = [json.loads(item.document)["proof"][0]["verificationMethod"] for item in (older, newer)]
    assert methods == [f"{DID}#key-2026-11", f"{DID}#key-2027-01"]
    assert [check_signature(issuer.keys, item.document) for item in (older, newer)] == ["good", "good"]
    (issuer.keys.folder / "key-2026-11.pem").unlink()
    assert check_signature(issuer.keys, older.document) == "foreign"


# ---------------------------------------------------------------- what people see


def test_certificate_shows_the_signed_statements(session: Session, issuer: Issuer, holder: User) -> None:
    credential = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    shown = read_certificate(issuer, credential, NOW)
    assert (shown.signature, shown.status, shown.is_good) == ("good", "valid", True)
    assert (shown.holder_name, shown.domain, shown.results["score"]) == ("Amina Wanjikũ", "academy.example", "90.4")
    assert read_certificate(issuer, credential, NOW + timedelta(days=800)).status == "expired"
    credential.holder_name = "Somebody Else"  # the column beside the document does not count
    assert read_certificate(issuer, credential, NOW).holder_name == "Amina Wanjikũ"


@pytest.mark.parametrize("change", [("Wanjik", "Njeri"), ("90.4", "99.5"), ("{", "")])
def test_changed_bytes_are_noticed(session: Session, issuer: Issuer, holder: User, change: tuple[str, str]) -> None:
    credential = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    assert check_signature(issuer.keys, credential.document) == "good"
    credential.document = credential.document.replace(*change)
    shown = read_certificate(issuer, credential, NOW)
    assert (shown.signature, shown.is_good) == ("broken", False)


def test_signature_for_another_address_is_not_called_good(
    session: Session, issuer: Issuer, holder: User, tmp_path: Path
) -> None:
    credential = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    moved = KeyRing.open(tmp_path, "did:web:elsewhere.example", NOW)
    assert check_signature(moved, credential.document) == "foreign"


def test_certificate_is_found_by_what_people_type(session: Session, issuer: Issuer, holder: User) -> None:
    credential = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
    code = credential.code
    for typed in (
        code,
        code.lower(),
        code.replace("-", " "),
        f"  {credential.id.upper()} ",
        f"{BASE}/credentials/{credential.id}",
    ):
        found = find_typed(session, typed)
        assert found is not None, typed
        assert found.id == credential.id, typed
    wrong = ("A" if code[0] != "A" else "B") + code[1:]
    for typed in (wrong, "", "nonsense", "x" * 5000, "00000000-0000-4000-8000-000000000000", "' OR 1=1"):
        assert find_typed(session, typed) is None, typed


def test_qr_has_nothing_that_the_content_policy_forbids() -> None:
    svg = draw_qr(f"{BASE}/credentials/58172aac-d8ba-41ed-83dd-0b3aef56cc33")
    assert svg.startswith("<svg ")
    assert "style" not in svg
    assert "<script" not in svg
    assert len(svg) < 4000

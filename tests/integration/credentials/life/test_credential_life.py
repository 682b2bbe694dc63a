"""Holder's options, hold, renewal, new award after a correction, erasure, and the key files."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlmodel import Session, col, select

from tests.issuer_bench import DID, NOW, Bench, make_issuer
from trainer_academy.accounts.models import AuditEvent
from trainer_academy.config import Config, derive_passphrase
from trainer_academy.core.db import Database
from trainer_academy.core.errors import ConfigError, Refusal
from trainer_academy.credentials.documents.credential import published_results
from trainer_academy.credentials.life import queries, revoking, status
from trainer_academy.credentials.life.holder_options import Wishes, change_record, is_did_key, set_hidden
from trainer_academy.credentials.life.models import Credential, IssuanceEvent
from trainer_academy.credentials.signing.key_files import is_encrypted, replace_file
from trainer_academy.credentials.signing.keys import KeyRing
from trainer_academy.credentials.signing.linked_data import encode_multikey
from trainer_academy.credentials.signing.own_proofs import check_signature, parse, verify_jwt
from trainer_academy.notices.models import Notice

DAY = timedelta(days=1)
WALLET = "did:key:" + encode_multikey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key())


@pytest.fixture
def bench(session: Session, tmp_path: Path) -> Bench:
    return Bench(session, make_issuer(tmp_path))


def change(bench: Bench, credential: Credential, wishes: Wishes, days: int = 1) -> Refusal | None:
    return change_record(bench.session, bench.issuer, credential, wishes, bench.holder_id, NOW + days * DAY)


# ---------------------------------------------------------------- what the record shows


def test_scores_can_be_left_out_and_come_back(bench: Bench) -> None:
    credential = bench.issue()
    before = parse(credential.document)
    assert change(bench, credential, Wishes(shows_scores=False)) is None
    hidden = parse(credential.document)
    assert "score" not in published_results(hidden)
    assert "90.4" not in credential.document
    assert (hidden["id"], hidden["awardedDate"]) == (before["id"], before["awardedDate"])
    assert (hidden["validFrom"], hidden["validUntil"]) == ("2026-11-22T09:30:00Z", before["validUntil"])
    assert hidden["credentialStatus"] == before["credentialStatus"]
    assert check_signature(bench.issuer.keys, credential.document) == "good"
    assert verify_jwt(bench.issuer.signer, credential.jwt or "") == {k: v for k, v in hidden.items() if k != "proof"}
    assert change(bench, credential, Wishes(shows_scores=True), 2) is None
    assert parse(credential.document)["credentialSubject"] == before["credentialSubject"]


def test_name_can_be_left_out_and_changed(bench: Bench) -> None:
    credential = bench.issue()
    change(bench, credential, Wishes(shows_name=False))
    assert "Amina" not in credential.document
    assert credential.holder_name == "Amina Wanjikũ"
    change(bench, credential, Wishes(shows_name=True, name="Amina N."), 2)
    assert parse(credential.document)["credentialSubject"]["name"] == "Amina N."
    details = bench.session.scalars(select(AuditEvent.detail).where(AuditEvent.kind == "credential_changed")).all()
    assert list(details) == ["shows_name: False", "shows_name: True, holder_name: Amina N."]
    kinds = bench.session.scalars(select(col(IssuanceEvent.kind)).order_by(col(IssuanceEvent.number))).all()
    assert list(kinds) == ["issued", "changed", "changed"]


def test_wallet_identifier_becomes_the_subject(bench: Bench) -> None:
    credential = bench.issue()
    assert change(bench, credential, Wishes(did=WALLET)) is None
    assert parse(credential.document)["credentialSubject"]["id"] == WALLET
    assert verify_jwt(bench.issuer.signer, credential.jwt or "") is not None
    assert change(bench, credential, Wishes(did=""), 2) is None
    assert "id" not in parse(credential.document)["credentialSubject"]
    assert isinstance(change(bench, credential, Wishes(did="did:web:example.org"), 3), Refusal)


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        (WALLET, True),
        ("did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169", True),
        ("did:key:z", False),
        ("", False),
        ("did:web:example.org", False),
        (WALLET + "1", False),
        (WALLET[:-1], False),
        ("x" + WALLET, False),
        (WALLET + "#k", False),
        ("did:key:z0OIl", False),
        ("did:key:" + "z6Mk" * 100, False),
    ],
)
def test_only_keys_that_wallets_use_are_taken(text: str, is_good: bool) -> None:
    assert is_did_key(text) is is_good


def test_nothing_is_signed_when_nothing_changes(bench: Bench) -> None:
    credential = bench.issue()
    before = credential.document
    assert change(bench, credential, Wishes(shows_scores=True, name="Amina Wanjikũ", did="")) is None
    assert credential.document == before


def test_revoked_certificate_cannot_be_changed(bench: Bench) -> None:
    credential = bench.issue()
    revoking.revoke(bench.session, bench.issuer, credential, "A reason", None, NOW)
    assert isinstance(change(bench, credential, Wishes(shows_scores=False)), Refusal)


def test_achievement_stays_as_it_was_awarded(bench: Bench, tmp_path: Path) -> None:
    credential = bench.issue()
    before = parse(credential.document)["credentialSubject"]["achievement"]
    key = credential.achievement_key
    bench.issuer.achievements.by_key[key] = bench.issuer.achievements.by_key[key].model_copy(update={"version": "2030"})  # type: ignore[index]
    change(bench, credential, Wishes(shows_scores=False))
    assert parse(credential.document)["credentialSubject"]["achievement"] == before


def test_certificate_without_a_stored_measurement_can_be_changed(bench: Bench) -> None:
    credential = bench.issue()
    before = published_results(parse(credential.document))
    credential.measurement = None
    bench.session.flush()
    change(bench, credential, Wishes(shows_name=False))
    after = published_results(parse(credential.document))
    assert {name: before[name] for name in ("score", "items", "cut-score", "exam-version")}.items() <= after.items()


def test_changes_at_once_are_all_kept(database: Database, bench: Bench) -> None:
    credential_id = bench.issue().id
    bench.session.commit()
    barrier = threading.Barrier(3)
    wishes = [Wishes(shows_scores=False), Wishes(shows_name=False), Wishes(did=WALLET)]

    def ask(wish: Wishes) -> None:
        barrier.wait()
        with database.writing() as own:
            credential = own.get(Credential, credential_id)
            assert credential is not None
            change_record(own, bench.issuer, credential, wish, bench.holder_id, NOW + DAY)
            own.commit()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(ask, wishes))
    with database.reader() as reader:
        stored = reader.get(Credential, credential_id)
        assert stored is not None
        subject = parse(stored.document)["credentialSubject"]
        assert (subject["id"], "name" in subject, stored.shows_scores) == (WALLET, False, False)
        assert "90.4" not in stored.document


def test_hiding_changes_nothing_that_is_signed(bench: Bench) -> None:
    credential = bench.issue()
    before = credential.document
    set_hidden(bench.session, credential, True, bench.holder_id, NOW)
    assert (credential.hidden_at, credential.document) == (NOW, before)
    set_hidden(bench.session, credential, False, bench.holder_id, NOW)
    assert credential.hidden_at is None


# ---------------------------------------------------------------- hold, renewal, new award


def test_hold_takes_it_out_of_the_valid_ones_and_tells_the_holder(bench: Bench) -> None:
    credential = bench.issue()
    assert revoking.suspend(bench.session, bench.issuer, credential, "Being looked into.", 1, NOW) is None
    assert queries.standing(credential, NOW + DAY) == "suspended"
    assert not bench.session.exec(select(Credential).where(queries.is_valid_at(NOW + DAY))).all()
    assert isinstance(revoking.suspend(bench.session, bench.issuer, credential, "Again.", 1, NOW), Refusal)
    (notice,) = bench.session.exec(select(Notice)).all()
    assert "Being looked into." in notice.body
    assert revoking.resume(bench.session, bench.issuer, credential, 1, NOW) is None
    assert queries.standing(credential, NOW + DAY) == "valid"
    assert isinstance(revoking.resume(bench.session, bench.issuer, credential, 1, NOW), Refusal)
    assert queries.standing(credential, credential.valid_until) == "expired"


def test_renewal_is_a_new_certificate_and_the_old_one_leads_to_it(bench: Bench) -> None:
    old = bench.issue(NOW, bench.make_attempt(1))
    assert queries.newer_credential(bench.session, old, NOW) is None
    new = bench.issue(NOW + 700 * DAY, bench.make_attempt(2))
    found = queries.newer_credential(bench.session, old, NOW + 701 * DAY)
    assert found is not None and found.id == new.id
    assert queries.newer_credential(bench.session, new, NOW + 701 * DAY) is None
    set_hidden(bench.session, new, True, bench.holder_id, NOW)
    assert queries.newer_credential(bench.session, old, NOW + 701 * DAY) is None


def test_earned_again_after_a_correction_is_a_new_certificate(bench: Bench) -> None:
    attempt = bench.make_attempt()
    old = bench.issue(NOW, attempt)
    revoking.revoke(bench.session, bench.issuer, old, "A correction.", None, NOW + DAY)
    new = bench.issue(NOW + 2 * DAY, attempt)
    assert new.id != old.id
    assert (new.attempt_id, old.attempt_id) == (attempt, None)
    assert queries.standing(old, NOW + 3 * DAY) == "revoked"
    assert queries.standing(new, NOW + 3 * DAY) == "valid"
    assert bench.issue(NOW + 3 * DAY, attempt).id == new.id
    found = queries.newer_credential(bench.session, old, NOW + 3 * DAY)
    assert found is not None and found.id == new.id


def test_what_an_operator_revoked_is_not_issued_again(bench: Bench) -> None:
    attempt = bench.make_attempt()
    old = bench.issue(NOW, attempt)
    revoking.revoke(bench.session, bench.issuer, old, "Somebody else sat the exam.", bench.holder_id, NOW + DAY)
    assert bench.issue(NOW + 2 * DAY, attempt).id == old.id


# ---------------------------------------------------------------- erasure


def test_erasure_leaves_hashes_only(bench: Bench) -> None:
    attempt = bench.make_attempt()
    credential = bench.issue(NOW, attempt)
    salt = parse(credential.document)["credentialSubject"]["identifier"][0]["salt"]
    index, address = credential.status_index, credential.id
    assert revoking.erase(bench.session, bench.issuer, credential, bench.holder_id, NOW + DAY) is None
    bench.session.commit()
    stored = bench.session.get(Credential, address, populate_existing=True)
    assert stored is not None
    row = json.dumps(stored.model_dump(mode="json"))
    assert salt not in row
    assert "Amina" not in row
    assert (stored.document, stored.jwt, stored.measurement, stored.score) == ("", None, None, 0)
    assert queries.standing(stored, NOW + DAY) == "withdrawn"
    listed = status.find_list(bench.session, stored.status_list_id)
    assert listed is not None
    assert status.is_set(parse(listed.document)["credentialSubject"]["encodedList"], index)
    assert isinstance(revoking.erase(bench.session, bench.issuer, stored, None, NOW + DAY), Refusal)
    assert bench.issue(NOW + 2 * DAY, attempt).id == address, "a new scoring does not bring it back"


def test_revoked_certificate_can_be_erased(bench: Bench) -> None:
    credential = bench.issue()
    revoking.revoke(bench.session, bench.issuer, credential, "Name of a person in the reason", None, NOW)
    assert revoking.erase(bench.session, bench.issuer, credential, None, NOW + DAY) is None
    assert credential.revoked_at == NOW
    assert "person" not in credential.revoke_reason


# ---------------------------------------------------------------- key files


def test_key_files_are_encrypted(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path, DID, NOW, "one")
    for file in ring.folder.glob("*.pem"):
        assert is_encrypted(file.read_bytes()), file
    with pytest.raises(ConfigError, match="TA_KEY_PASSPHRASE"):
        KeyRing.open(tmp_path, DID, NOW, "two").did_document()
    moved = KeyRing.open(tmp_path, DID, NOW, "two")
    with pytest.raises(ConfigError):
        moved.change_passphrase("wrong")
    assert moved.change_passphrase("one") == 2
    assert moved.change_passphrase("one") == 2, "what is done already is left alone"
    assert len(moved.did_document()["verificationMethod"]) == 2
    assert "one" not in repr(ring)


def test_plain_keys_of_older_versions_are_encrypted_in_place(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path, DID, NOW, "one")
    before = ring.did_document()
    file = ring.folder / "key-2026-11.pem"
    plain = ring.private_key("key-2026-11").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    replace_file(file, plain)
    assert KeyRing.open(tmp_path, DID, NOW, "one").did_document() == before
    assert is_encrypted(file.read_bytes())
    assert file.stat().st_mode & 0o777 == 0o600
    replace_file(file, plain)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        KeyRing.open(tmp_path, DID, NOW, "one")


def test_passphrase_comes_from_the_secret_when_none_is_set(tmp_path: Path) -> None:
    derived = Config(environment="test", secret_key="s" * 40, instance=tmp_path).completed().key_passphrase
    assert derived == derive_passphrase("s" * 40) != derive_passphrase("t" * 40)
    assert Config(environment="test", instance=tmp_path, key_passphrase="mine").completed().key_passphrase == "mine"
    assert KeyRing.open(tmp_path, DID, NOW, "new").change_passphrase("s" * 40) == 2
    KeyRing.open(tmp_path / "other", DID, NOW, derived)
    assert KeyRing.open(tmp_path / "other", DID, NOW, "new").change_passphrase("s" * 40) == 2


def test_successor_is_newer_whatever_the_month(tmp_path: Path) -> None:
    ring = KeyRing.open(tmp_path, DID, NOW, "one")
    for expected in ("key-2026-11-2", "key-2026-11-3"):
        assert ring.succeed("key", NOW) == expected == ring.active
    ring.retire_compromised("key-2026-11-3")
    assert ring.succeed("key", NOW) == "key-2026-11-4"
    assert [ring.succeed("key", NOW) for _ in range(7)][-1] == "key-2026-11-11" == ring.active
    assert ring.public_key(f"{DID}#key-2026-11-3") is None
    assert ring.rotate(NOW + 40 * DAY) == "key-2026-12"
    assert isinstance(ring.rotate(NOW + 40 * DAY), Refusal)
    assert ring.rotate(NOW + 40 * DAY, "jwt") == "jwt-2026-12"
    assert KeyRing.open(tmp_path, DID, NOW + 90 * DAY, "one").names() == ring.names()


def test_rotation_keeps_old_certificates_and_removal_ends_them(bench: Bench) -> None:
    older = bench.issue()
    for kind in ("key", "jwt"):
        bench.issuer.keys.rotate(NOW + 70 * DAY, "key" if kind == "key" else "jwt")
    newer = bench.issue(NOW + 70 * DAY)
    for credential in (older, newer):
        assert check_signature(bench.issuer.keys, credential.document) == "good"
        assert verify_jwt(bench.issuer.signer, credential.jwt or "") is not None
    for name in ("key-2026-11", "jwt-2026-11"):
        bench.issuer.keys.retire_compromised(name)
    assert check_signature(bench.issuer.keys, older.document) == "foreign"
    assert verify_jwt(bench.issuer.signer, older.jwt or "") is None
    assert check_signature(bench.issuer.keys, newer.document) == "good"


def test_document_of_ours_signed_by_a_stranger_is_foreign_or_broken(bench: Bench, tmp_path: Path) -> None:
    credential = bench.issue()
    stranger = make_issuer(tmp_path / "stranger")
    bare = {key: value for key, value in parse(credential.document).items() if key != "proof"}
    assert check_signature(bench.issuer.keys, stranger.signer.sign(bare, NOW)) == "broken"
    assert verify_jwt(bench.issuer.signer, stranger.signer.sign_jwt(bare)) is None
    renamed = {**bare, "issuer": {**bare["issuer"], "id": "did:web:stranger.example"}}
    assert check_signature(bench.issuer.keys, bench.issuer.signer.sign(renamed, NOW)) == "foreign"

"""Proofs: the W3C vectors byte for byte, everything that must be refused, and a second verifier."""

from __future__ import annotations

import copy
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from openbadgeslib.ob3.ldp import verify_data_integrity_proof
from openbadgeslib.ob3.verifier import OB3VerificationError

from tests.house import ROOT
from tests.references.reading import CONTEXTS, VECTORS
from trainer_academy.credentials.signing import linked_data as signing
from trainer_academy.credentials.signing.linked_data import ContextError, SigningError, add_proof, canonicalize, verify_proof

NOW = datetime(2026, 11, 21, 9, 30, 0, 123456, UTC)
METHOD = "did:web:academy.example#key-2026-11"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def make_document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "@context": [signing.CREDENTIALS_V2, signing.OPEN_BADGES],
        "id": "https://academy.example/credentials/1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Response Evaluator",
        "issuer": {"id": "did:web:academy.example", "type": ["Profile"], "name": "Trainer Academy"},
        "validFrom": "2026-11-21T09:30:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "name": "Amina",
            "achievement": {
                "id": "https://academy.example/achievements/a",
                "type": ["Achievement"],
                "name": "Response Evaluator",
                "description": "Rates answers.",
                "criteria": {"narrative": "Pass the exam."},
            },
        },
    }
    return {**document, **changes}


# ---------------------------------------------------------------- W3C vectors


def w3c_contexts() -> dict[str, Any]:
    index: dict[str, str] = json.loads((CONTEXTS / "index.json").read_text())
    return {url: json.loads((CONTEXTS / name).read_text()) for url, name in index.items()}


def w3c_key() -> Ed25519PrivateKey:
    pair = json.loads((VECTORS / "keyPair.json").read_text())
    key = Ed25519PrivateKey.from_private_bytes(base58.b58decode(pair["privateKeyMultibase"][1:])[2:])
    assert signing.encode_multikey(key.public_key()) == pair["publicKeyMultibase"]
    return key


@pytest.mark.parametrize("folder", ["eddsa-rdfc-2022", "eddsa-rdfc-2022/employ"])
def test_w3c_vector_is_reproduced_byte_for_byte(folder: str) -> None:
    files = VECTORS / folder
    signed = json.loads((files / "signedDataInt.json").read_text())
    bare = {name: value for name, value in signed.items() if name != "proof"}
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    contexts = w3c_contexts()
    assert canonicalize(bare, contexts) == (files / "canonDocDataInt.txt").read_text()
    assert canonicalize({**options, "@context": bare["@context"]}, contexts) == (files / "proofCanonDataInt.txt").read_text()
    assert signing.hash_data(bare, options, contexts).hex() == (files / "combinedHashDataInt.txt").read_text().strip()
    created = datetime.fromisoformat(options["created"])
    assert add_proof(bare, w3c_key(), options["verificationMethod"], created, contexts) == signed
    assert verify_proof(signed, w3c_key().public_key(), contexts)


# ---------------------------------------------------------------- contexts


def test_all_pinned_contexts_are_there_unchanged() -> None:
    for url in signing.PINNED:
        assert "@context" in signing.read_context(url)
    signing.check_contexts()


def test_changed_context_is_refused(tmp_path: Path) -> None:
    name, _ = signing.PINNED[signing.CREDENTIALS_V2]
    shutil.copy(signing.CONTEXTS / name, tmp_path / name)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes() + b"\n")
    with pytest.raises(ContextError, match="sha256"):
        signing.read_context(signing.CREDENTIALS_V2, tmp_path)


def test_missing_context_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContextError, match=r"credentials-v2\.json"):
        signing.read_context(signing.CREDENTIALS_V2, tmp_path)


def test_each_context_file_is_pinned_and_named_with_its_licence() -> None:
    files = {file.name for file in signing.CONTEXTS.glob("*.json")}
    assert files == {name for name, _ in signing.PINNED.values()}
    readme = (signing.CONTEXTS / "README.md").read_text()
    rows = {row.split("`")[1]: row for row in readme.splitlines() if row.startswith("| `")}
    assert {
        name: url in rows[name] and "licen" in rows[name].lower() for url, (name, _) in signing.PINNED.items()
    } == dict.fromkeys(files, True)


def test_unknown_context_is_refused_without_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("a context was looked for on the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    with pytest.raises(ContextError, match=r"https://example\.org/other"):
        canonicalize(make_document(**{"@context": [signing.CREDENTIALS_V2, "https://example.org/other"]}))


# ---------------------------------------------------------------- what would stay unsigned


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("misspelt",), "x", "misspelt"),
        (("credentialSubject", "achievment"), "x", "achievment"),
        (("issuer", "adress"), "x", "adress"),
        (("type",), ["VerifiableCredential", "NoSuchType"], "NoSuchType"),
        (("id",), "credentials/1", "credentials/1"),
        (("id",), "https://academy.example/a b", "a b"),
        (("id",), "https://academy.example/<a>", "character"),
        (("issuer", "id"), "academy", "academy"),
        (("credentialSubject", "name"), "a\x08b", "/credentialSubject/name"),
        (("credentialSubject", "name"), "a\x7fb", "control character"),
        (("credentialSubject", "name"), "a\rb", "control character"),
        (("name",), "a\x00", "/name"),
    ],
)
def test_what_a_signature_would_not_cover_is_refused(place: tuple[str, ...], value: object, message: str) -> None:
    document = make_document()
    host = document
    for step in place[:-1]:
        host = host[step]
    host[place[-1]] = value
    with pytest.raises(SigningError) as caught:
        add_proof(document, KEY, METHOD, NOW)
    assert message in str(caught.value)


def test_document_with_a_proof_is_not_signed_again() -> None:
    signed = add_proof(make_document(), KEY, METHOD, NOW)
    with pytest.raises(SigningError, match="already"):
        add_proof(signed, KEY, METHOD, NOW)


# ---------------------------------------------------------------- proofs


def test_proof_has_the_members_of_the_suite() -> None:
    document = make_document()
    before = copy.deepcopy(document)
    proof = add_proof(document, KEY, METHOD, NOW)["proof"]
    assert document == before
    assert proof.pop("proofValue").startswith("z")
    assert proof == {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-11-21T09:30:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
    }


NAMES = ["Amina Wanjikũ", 'a "quoted" \\ name', "مريم", "李小龍", "😀 ®", "a\u2028b\u0085c", "]]> & <b>", "tab\tand\nline", "z͑ͫ"]


@pytest.mark.parametrize("name", NAMES)
def test_second_verifier_accepts_our_proof(name: str) -> None:
    document = make_document()
    document["credentialSubject"]["name"] = name
    signed = add_proof(document, KEY, METHOD, NOW)
    assert verify_proof(json.loads(json.dumps(signed)), KEY.public_key())
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    verify_data_integrity_proof(signed, pem)
    signed["credentialSubject"]["name"] = name + "x"
    with pytest.raises(OB3VerificationError):
        verify_data_integrity_proof(signed, pem)


def _leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _leaves(value, (*path, key))
    else:
        yield path


def test_every_change_breaks_the_proof() -> None:
    signed = add_proof(make_document(), KEY, METHOD, NOW)
    paths = list(_leaves(signed))
    assert len(paths) > 20
    for path in paths:
        changed = copy.deepcopy(signed)
        host: Any = changed
        for step in path[:-1]:
            host = host[step]
        host[path[-1]] += "x"
        assert not verify_proof(changed, KEY.public_key()), path
    for name in signed:
        assert not verify_proof({key: value for key, value in signed.items() if key != name}, KEY.public_key()), name


def test_other_key_and_foreign_proofs_do_not_fit() -> None:
    signed = add_proof(make_document(), KEY, METHOD, NOW)
    assert verify_proof(signed, KEY.public_key())
    assert not verify_proof(signed, Ed25519PrivateKey.generate().public_key())
    assert not verify_proof({**signed, "proof": [signed["proof"]]}, KEY.public_key())
    assert not verify_proof({**signed, "proof": {**signed["proof"], "proofValue": "z0OIl"}}, KEY.public_key())
    assert not verify_proof({**signed, "proof": {**signed["proof"], "proofValue": 5}}, KEY.public_key())


def test_proof_made_for_another_purpose_does_not_count() -> None:
    """The signature itself fits; only the purpose is wrong."""
    document = make_document()
    proof = {**add_proof(document, KEY, METHOD, NOW)["proof"], "proofPurpose": "authentication"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    proof["proofValue"] = "z" + base58.b58encode(KEY.sign(signing.hash_data(document, options))).decode()
    assert not verify_proof({**document, "proof": proof}, KEY.public_key())


def test_order_of_members_does_not_matter() -> None:
    document = make_document()
    turned = dict(reversed(list(document.items())))
    assert canonicalize(document) == canonicalize(turned)


def test_many_threads_sign_the_same() -> None:
    names = [f"Person {number}" for number in range(40)]

    def sign(name: str) -> str:
        return str(add_proof(make_document(name=name), KEY, METHOD, NOW)["proof"]["proofValue"])

    alone = [sign(name) for name in names]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(sign, names)) == alone


# ---------------------------------------------------------------- keys and loading


def test_multikey_round_trip() -> None:
    text = signing.encode_multikey(KEY.public_key())
    assert text.startswith("z6Mk")
    assert signing.decode_multikey(text).public_bytes_raw() == KEY.public_key().public_bytes_raw()
    for wrong in ("", "z", text[1:], text[:-2], "zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"):
        with pytest.raises(ValueError):
            signing.decode_multikey(wrong)


def test_heavy_libraries_are_loaded_on_first_use_only() -> None:
    code = (
        "import sys; import trainer_academy.credentials.signing.linked_data, trainer_academy.credentials.life.issuing; "
        "print([name for name in ('pyld', 'pyoxigraph', 'openbadgeslib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

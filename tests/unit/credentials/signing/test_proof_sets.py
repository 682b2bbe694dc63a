"""Proof sets, stencils and the JWT form: the W3C vector of the second suite, equality with the full way, and refusals."""

from __future__ import annotations

import base64
import copy
import json
import random
from datetime import UTC, datetime
from typing import Any

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from tests.references.reading import VECTORS
from tests.unit.credentials.documents.test_document import build, make_achievement
from trainer_academy.credentials.criteria import AlignmentNote
from trainer_academy.credentials.signing import stencils
from trainer_academy.credentials.signing.jwt import make_jwt, read_jwt
from trainer_academy.credentials.signing.linked_data import SigningError, canonicalize
from trainer_academy.credentials.signing.proof_sets import (
    add_jcs_proof,
    add_proof_set,
    hash_jcs,
    verify_jcs_proof,
    verify_proofs,
    write_canonical_json,
)
from trainer_academy.credentials.signing.stencils import canonicalize_own

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
METHOD = "did:web:academy.example#key-2026-11"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KID = "https://academy.example/.well-known/keys/jwt-2026-11.jwk"
JWK = ECKey.generate_key("P-256")


def find(method: object) -> Any:
    return KEY.public_key() if method == METHOD else None


def test_w3c_vector_of_the_second_suite_is_reproduced_byte_for_byte() -> None:
    files = VECTORS / "eddsa-jcs-2022"
    signed = json.loads((files / "signedJCS.json").read_text())
    bare = {name: value for name, value in signed.items() if name != "proof"}
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    pair = json.loads((VECTORS / "keyPair.json").read_text())
    key = Ed25519PrivateKey.from_private_bytes(base58.b58decode(pair["privateKeyMultibase"][1:])[2:])
    assert write_canonical_json(bare) == (files / "canonDocJCS.txt").read_bytes()
    assert write_canonical_json(options) == (files / "proofCanonJCS.txt").read_bytes()
    assert hash_jcs(bare, options).hex() == (files / "combinedHashJCS.txt").read_text().strip()
    created = datetime.fromisoformat(options["created"])
    assert add_jcs_proof(bare, key, options["verificationMethod"], created) == signed
    assert verify_jcs_proof(signed, key.public_key())


# ---------------------------------------------------------------- stencils

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40) | st.sampled_from(
    [
        "a\nb",
        "a\tb",
        '"',
        "\\",
        "\\n",
        "urn:place:3:end",
        '"urn:place:1:end"',
        "<urn:place:2:end>",
        "_:b0",
        "😀",
        "a\u2028b",
        "@id",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=TEXTS,
    text=TEXTS,
    salt=TEXTS,
    tags=st.lists(TEXTS.filter(str.strip), max_size=3),
    number=st.integers(0, 131_071),
    has_note=st.booleans(),
    scores=st.booleans(),
)
def test_stencils_give_the_same_canonical_form(
    name: str, text: str, salt: str, tags: list[str], number: int, has_note: bool, scores: bool
) -> None:
    note = AlignmentNote(name=text, url=f"https://example.org/{number}", framework=salt, code=text)
    achievement = make_achievement(
        description=text, tags=tuple(tags), alignment=(note,) if has_note else (), version=str(number)
    )
    document = build(achievement, name=name, salt=salt, shows_scores=scores)
    document["id"] = f"https://academy.example/credentials/{number}"
    assert canonicalize_own(document) == canonicalize(document)


def test_stencils_are_really_used(monkeypatch: pytest.MonkeyPatch) -> None:
    canonicalize_own(build(name="First"))
    monkeypatch.setattr(stencils, "canonicalize", lambda _document: pytest.fail("the full way was taken"))
    assert "Second" in canonicalize_own(build(name="Second"))


def test_text_where_an_address_must_stand_takes_the_full_way() -> None:
    canonicalize_own(build())
    for wrong in ("credentials/1", "https://academy.example/a b", "https://academy.example/<a>"):
        with pytest.raises(SigningError):
            canonicalize_own({**build(), "id": wrong})


def test_undefined_terms_are_refused_also_the_second_time() -> None:
    for _ in range(2):
        with pytest.raises(SigningError, match="misspelt"):
            canonicalize_own({**build(), "misspelt": "x"})


def test_number_of_stencils_is_bounded() -> None:
    for count in range(stencils.MAX_STENCILS + 3):
        canonicalize_own({"@context": build()["@context"], "type": [f"https://example.org/{count}"], "name": "x"})
    assert len(stencils._stencils) <= stencils.MAX_STENCILS


# ---------------------------------------------------------------- proof sets


@pytest.mark.parametrize("name", ["Amina Wanjikũ", "مريم", "😀 ®", "a\u2028b", "]]> & <b>", 'a "b" \\', "z͑ͫ"])
def test_each_proof_of_the_set_verifies_alone(name: str) -> None:
    signed = json.loads(json.dumps(add_proof_set(build(name=name), KEY, METHOD, NOW)))
    assert [proof["cryptosuite"] for proof in signed["proof"]] == ["eddsa-rdfc-2022", "eddsa-jcs-2022"]
    assert verify_proofs(signed, find) == "good"
    assert verify_proofs({**signed, "proof": signed["proof"][0]}, find) == "good"
    assert verify_jcs_proof({**signed, "proof": signed["proof"][1]}, KEY.public_key())


def forge(**changes: Any) -> dict[str, Any]:
    return {**add_proof_set(build(), KEY, METHOD, NOW), **changes}


def test_forged_sets_are_refused() -> None:
    good = forge()
    rdfc, jcs = good["proof"]
    stranger = add_proof_set(build(), Ed25519PrivateKey.generate(), METHOD, NOW)["proof"]
    broken: list[Any] = [
        [],
        None,
        "x",
        [None],
        jcs,
        [jcs],
        [rdfc, stranger[1]],
        [stranger[0], jcs],
        stranger,
        [rdfc] * 5,
        [{**rdfc, "cryptosuite": "none"}, jcs],
        [rdfc, {**jcs, "@context": ["https://example.org"]}],
        [rdfc, {name: value for name, value in jcs.items() if name != "@context"}],
        [rdfc, {**jcs, "proofPurpose": "x"}],
    ]
    for proofs in broken:
        assert verify_proofs({**good, "proof": proofs}, find) == "broken", proofs
    assert verify_proofs({name: value for name, value in good.items() if name != "proof"}, find) == "broken"
    assert verify_proofs({**good, "proof": [rdfc, {**jcs, "verificationMethod": "did:web:other#k"}]}, find) == "foreign"
    assert verify_proofs(forge(name="Other"), find) == "broken"


def test_every_changed_value_breaks_the_second_proof() -> None:
    signed = add_jcs_proof(build(), KEY, METHOD, NOW)
    for name in signed:
        changed = copy.deepcopy(signed)
        changed[name] = "x"
        assert not verify_jcs_proof(changed, KEY.public_key()), name


def test_numbers_that_json_cannot_carry_are_refused() -> None:
    with pytest.raises(SigningError):
        write_canonical_json({"a": 2**53})
    deep: Any = "x"
    for _ in range(50_000):
        deep = [deep]
    with pytest.raises(SigningError):
        write_canonical_json(deep)


# ---------------------------------------------------------------- JWT


def find_jwk(kid: str) -> ECKey | None:
    return JWK if kid == KID else None


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_jwt_has_the_claims_of_open_badges() -> None:
    document = build(did="did:key:z6MkTest")
    text = make_jwt(document, JWK, KID)
    header, payload = (json.loads(base64.urlsafe_b64decode(piece + "==")) for piece in text.split(".")[:2])
    assert header == {"alg": "ES256", "kid": KID, "typ": "JWT"}
    assert (payload["iss"], payload["jti"], payload["sub"]) == (document["issuer"]["id"], document["id"], "did:key:z6MkTest")
    assert (payload["nbf"], payload["exp"]) == (1795253400, 1858411800)
    assert "vc" not in payload
    assert read_jwt(text, find_jwk) == document
    assert "sub" not in json.loads(base64.urlsafe_b64decode(make_jwt(build(), JWK, KID).split(".")[1] + "=="))


def test_forged_jwts_are_refused() -> None:
    text = make_jwt(build(), JWK, KID)
    header, payload, signature = text.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    stranger = make_jwt(build(), ECKey.generate_key("P-256"), KID)
    forged = [
        f"{part({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        f"{part({'alg': 'none', 'kid': KID, 'typ': 'JWT'})}.{payload}.",
        f"{part({'alg': 'HS256', 'kid': KID, 'typ': 'JWT'})}.{payload}.{signature}",
        f"{part({'alg': 'ES256', 'kid': KID, 'typ': 'JWT', 'jwk': JWK.as_dict(private=False)})}.{payload}.{signature}",
        f"{part({'alg': 'ES256', 'kid': KID, 'typ': 'JWT', 'crit': ['exp'], 'exp': 1})}.{payload}.{signature}",
        f"{header}.{part({**claims, 'name': 'Other'})}.{signature}",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        "",
        "...",
        stranger,
        make_jwt(build(), JWK, KID + "x"),
        "a" * 200_000,
        "é.é.é",
        f"{header}.{payload}.{signature[:-4]}AAAA",
    ]
    assert read_jwt(text, find_jwk) is not None
    for wrong in forged:
        assert read_jwt(wrong, find_jwk) is None, wrong[:80]
    assert read_jwt(text, lambda _kid: OctKey.import_key("secret" * 8)) is None  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize("change", [{"iss": "did:web:x"}, {"jti": "x"}, {"nbf": 1}, {"exp": 1}, {"sub": "x"}, {"exp": None}])
def test_jwt_whose_claims_differ_from_the_credential_is_refused(change: dict[str, Any]) -> None:
    text = make_jwt(build(), JWK, KID)
    claims = json.loads(base64.urlsafe_b64decode(text.split(".")[1] + "==")) | change
    signed = jws.serialize_compact({"alg": "ES256", "kid": KID, "typ": "JWT"}, json.dumps(claims), JWK, algorithms=["ES256"])
    assert read_jwt(signed, find_jwk) is None


def test_random_documents_sign_alike_in_any_order_of_members() -> None:
    document = build()
    names = list(document)
    random.Random(3).shuffle(names)
    turned = {name: document[name] for name in names}
    first, second = (add_proof_set(item, KEY, METHOD, NOW)["proof"] for item in (document, turned))
    assert [proof["proofValue"] for proof in first] == [proof["proofValue"] for proof in second]

"""The credential document: what Open Badges 3.0 asks for, and what must never be in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest

from trainer_academy.credentials.criteria import Achievement, AlignmentNote, Measurement
from trainer_academy.credentials.documents import credential as documents
from trainer_academy.credentials.documents.credential import Holder, StatusEntry, credential_document, hash_identity
from trainer_academy.credentials.signing import linked_data as signing
from trainer_academy.credentials.signing.party import Party

OLDER_DIGEST = "c5e555a91a5cf48e32ae0a05674c61ddd5c053b680b5643b2f57f9965e386d99"

PARTY = Party("https://academy.example", "did:web:academy.example", "Trainer Academy")
NUMBER = "58172aac-d8ba-41ed-83dd-0b3aef56cc33"
MEASUREMENT = Measurement(
    0.9048,
    0.7791,
    0.9623,
    0.75,
    42,
    "Evaluating model responses",
    "2026.11",
    bank_size=130,
    bank_version="0123456789ab",
    language="en",
    agreement=0.881,
    rated_count=2,
    consistency=0.86,
    consistency_n=120,
    sureness=0.962,
)
NOTE = AlignmentNote(name="AI trainer", url="https://example.org/trainer", framework="Occupations", code="4-04")


def make_achievement(**changes: Any) -> Achievement:
    values: dict[str, Any] = {
        "name": "Response Evaluator, level 1",
        "version": "2026.11",
        "level": 1,
        "exam": "evaluating-responses",
        "validity_months": 24,
        "description": "Rates answers.",
        "criteria": "Passed *the* exam.\n",
        "skills": ("facts",),
        "tags": ("RLHF",),
        "alignment": (NOTE,),
    }
    return Achievement(**{**values, **changes})


def build(
    achievement: Achievement | None = None,
    login: str = "amina@example.org",
    name: str = "Amina",
    salt: str = "ab12",
    did: str = "",
    **options: Any,
) -> dict[str, Any]:
    return credential_document(
        PARTY,
        Holder(login, name, salt, did),
        "response-evaluator-1",
        achievement or make_achievement(),
        MEASUREMENT,
        NUMBER,
        StatusEntry(3, 94567),
        datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        datetime(2028, 11, 21, 9, 30, tzinfo=UTC),
        **options,
    )


def walk(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, node
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from walk(value, f"{path}/{key}")


def test_envelope() -> None:
    document = build()
    assert document["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    ]
    assert document["id"] == f"https://academy.example/credentials/{NUMBER}"
    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert document["issuer"] == {
        "id": "did:web:academy.example",
        "type": ["Profile"],
        "name": "Trainer Academy",
        "url": "https://academy.example",
    }
    assert document["validFrom"] == document["awardedDate"] == "2026-11-21T09:30:00Z"
    assert document["validUntil"] == "2028-11-21T09:30:00Z"
    assert [entry["type"] for entry in document["credentialSchema"]] == ["1EdTechJsonSchemaValidator2019"]


def test_status_is_one_object_with_a_string_index() -> None:
    assert build()["credentialStatus"] == {
        "id": "https://academy.example/status-lists/3#94567",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "94567",
        "statusListCredential": "https://academy.example/status-lists/3",
    }


@pytest.mark.parametrize("achievement", [make_achievement(), make_achievement(alignment=(), tags=())])
def test_no_nulls_no_empty_arrays_and_only_strings(achievement: Achievement) -> None:
    for path, value in walk(build(achievement)):
        assert value not in (None, [], ""), path
        assert isinstance(value, str | dict | list) or path.endswith("/hashed"), path


def test_sets_are_arrays() -> None:
    many = {"evidence", "identifier", "result", "alignment", "tag", "resultDescription", "credentialSchema"}
    seen = set()
    for path, value in walk(build()):
        name = path.rpartition("/")[2]
        if name in many and "/result/" not in path:
            seen.add(name)
            assert isinstance(value, list), path
    assert seen == many


def test_results_are_described_and_within_their_range() -> None:
    subject = build()["credentialSubject"]
    described = {item["id"]: item for item in subject["achievement"]["resultDescription"]}
    assert len(described) == len(subject["result"]) == len(documents.RESULTS)
    for result in subject["result"]:
        kind = described[result["resultDescription"]]
        assert isinstance(result["value"], str)
        if "valueMin" in kind:
            assert float(kind["valueMin"]) <= float(result["value"]) <= float(kind["valueMax"])
    score = described["https://academy.example/achievements/response-evaluator-1#score"]
    assert (score["resultType"], score["requiredValue"]) == ("Percent", "75.0")


def test_published_results_can_be_read_back() -> None:
    assert documents.published_results(build()) == {
        "score": "90.4",
        "interval-low": "77.9",
        "interval-high": "96.2",
        "items": "42",
        "cut-score": "75.0",
        "exam-version": "Evaluating model responses, version 2026.11",
        "agreement": "88.1",
        "rated-items": "2",
        "consistency": "86.0",
        "sureness": "96.2",
        "bank-version": "0123456789ab (130 items)",
        "scoring-version": "1",
        "language": "en",
    }


def test_holder_may_leave_the_scores_out() -> None:
    shown = documents.published_results(build(shows_scores=False))
    versions = {"exam-version", "bank-version", "scoring-version"}
    assert set(shown) == {"items", "rated-items", "cut-score", "language", "consistency"} | versions
    for number in ("90.4", "77.9", "96.2", "88.1"):
        assert number not in json.dumps(build(shows_scores=False))


def test_holder_may_leave_the_name_out_and_add_an_identifier() -> None:
    subject = build(name="", did="did:key:z6MkTest")["credentialSubject"]
    assert "name" not in subject
    assert subject["id"] == "did:key:z6MkTest"
    assert "id" not in build()["credentialSubject"]


def test_later_signature_keeps_the_award() -> None:
    document = build(signed_at=datetime(2027, 2, 1, tzinfo=UTC))
    assert (document["validFrom"], document["awardedDate"]) == ("2027-02-01T00:00:00Z", "2026-11-21T09:30:00Z")


def test_evidence_says_how_and_nothing_of_the_person() -> None:
    (evidence,) = build()["evidence"]
    assert evidence["type"] == ["Evidence"]
    assert "42 items were drawn from a bank of 130 items" in evidence["narrative"]
    assert "2 written items were rated" in evidence["narrative"]
    assert "Amina" not in json.dumps(evidence)


def test_measurement_survives_storage() -> None:
    stored = json.loads(json.dumps(asdict(MEASUREMENT)))
    assert Measurement.read({**stored, "attempt_id": 5}) == MEASUREMENT


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0.0"), (1, "100.0"), (0.75, "75.0"), (0.9048, "90.4"), (2 / 3, "66.6"), (0.7798, "77.9")]
)
def test_percent(share: float, text: str) -> None:
    assert documents.write_percent(share) == text


@pytest.mark.parametrize(("login", "kind"), [("amina@example.org", "emailAddress"), ("4TF-9KQ-2WX", "userName")])
def test_identity_is_a_salted_hash(login: str, kind: str) -> None:
    document = build(login=login)
    (identity,) = document["credentialSubject"]["identifier"]
    digest = hashlib.sha256((login.lower() + "ab12").encode()).hexdigest()
    assert identity == {
        "type": "IdentityObject",
        "identityType": kind,
        "hashed": True,
        "salt": "ab12",
        "identityHash": f"sha256${digest}",
    }
    assert login.lower() not in json.dumps(document).lower()


def test_login_is_normalised_and_the_salt_counts() -> None:
    assert hash_identity("  Amina@Example.ORG ", "s") == hash_identity("amina@example.org", "s")
    assert hash_identity("amina@example.org", "s") != hash_identity("amina@example.org", "t")
    # The example of the Open Badges 3.0 specification, section IdentityHash.
    expected = "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"
    assert hash_identity("a@example.com", "Kosher") == expected


def test_names_are_composed() -> None:
    assert build(name="Wanjiku\u0303 ")["credentialSubject"]["name"] == "Wanjik\u0169"


def test_every_term_is_defined() -> None:
    assert signing.canonicalize(build()).count("\n") > 90
    assert signing.canonicalize(documents.achievement_page(PARTY, "a", make_achievement()))
    assert signing.canonicalize(documents.status_list_document(PARTY, 1, "uAAA", datetime(2026, 11, 21, tzinfo=UTC)))


def test_achievement_on_its_own_has_the_same_id_and_no_result_of_a_person() -> None:
    page = documents.achievement_page(PARTY, "response-evaluator-1", make_achievement())
    assert page["id"] == build()["credentialSubject"]["achievement"]["id"]
    assert "requiredValue" not in json.dumps(page)


def test_status_list_has_one_purpose_and_no_end() -> None:
    listed = documents.status_list_document(PARTY, 7, "uX", datetime(2026, 11, 21, tzinfo=UTC))
    assert "validUntil" not in listed
    assert listed["id"] == "https://academy.example/status-lists/7"
    assert listed["credentialSubject"]["id"] != listed["id"]
    assert listed["credentialSubject"]["statusPurpose"] == "revocation"
    assert listed["issuer"] == PARTY.did


def test_both_published_bodies_of_the_context_give_the_same_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """1EdTech edited context-3.0.3.json in place in 2026; verifiers hold either body.

    The older body is the newer one without two terms; the digest is that of the body published in April 2025, as compact JSON
    with sorted names.
    """
    newer = signing.read_context(signing.OPEN_BADGES)
    older = {"@context": {k: v for k, v in newer["@context"].items() if k not in ("jti", "endorsementJwt")}}
    text = json.dumps(older, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == OLDER_DIGEST
    assert older != newer
    cache = import_module("pyld.jsonld")._resolved_context_cache
    before = signing.canonicalize(build())
    read = signing.read_context
    monkeypatch.setattr(signing, "_pinned", lambda url: older if url == signing.OPEN_BADGES else read(url))
    cache.clear()
    try:
        assert signing.canonicalize(build()) == before
    finally:
        cache.clear()

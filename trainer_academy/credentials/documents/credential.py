"""The Open Badges 3.0 credential as a document, ready to be signed. Pure: typed values in, dictionaries out.

Rules: 1EdTech Open Badges 3.0 (sets are arrays, no nulls, no empty arrays, results are strings), W3C Verifiable Credentials
Data Model 2.0 (times with zone), Bitstring Status List 1.0 (the index is a string). `credentialStatus` is one object: the data
model allows several, the Open Badges schema does not.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trainer_academy.core.shares import cut_down
from trainer_academy.credentials.criteria import Achievement, AlignmentNote, Measurement
from trainer_academy.credentials.signing.linked_data import (
    CREDENTIALS_V2,
    OPEN_BADGES,
    OPEN_BADGES_EXTENSIONS,
    Document,
    write_time,
)
from trainer_academy.credentials.signing.party import Party

SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"


@dataclass(frozen=True)
class Holder:
    """Who earned it: the login (only its salted hash is published), the chosen name, a random salt for this credential.

    An empty name is not published. `did` is a did:key that the holder can prove to own; it becomes the id of the subject.
    """

    login: str
    name: str
    salt: str
    did: str = ""


@dataclass(frozen=True)
class StatusEntry:
    """Where the credential's bit is: the status list and the index in it."""

    list_id: int
    index: int


@dataclass(frozen=True)
class ResultKind:
    """One published fact of the exam: fragment of its id, name, Open Badges result type, whether it is a percentage.

    `is_score`: it says how well this person did, so the holder may leave it out.
    """

    fragment: str
    name: str
    result_type: str
    is_percent: bool
    is_score: bool = False


RESULTS = (
    ResultKind("score", "Score in percent", "Percent", True, True),
    ResultKind("interval-low", "Lower end of the 95 % interval of the score, in percent", "ext:IntervalLow", True, True),
    ResultKind("interval-high", "Upper end of the 95 % interval of the score, in percent", "ext:IntervalHigh", True, True),
    ResultKind("agreement", "Items answered exactly as the key says, in percent", "ext:KeyAgreement", True, True),
    ResultKind("items", "Number of items in the exam", "ext:ItemCount", False),
    ResultKind("rated-items", "Number of written items, each rated by at least two people", "ext:RatedItemCount", False),
    ResultKind("cut-score", "Cut score in percent", "ext:CutScore", True),
    ResultKind("sureness", "Probability that the ability lies above the cut, in percent", "ext:Probability", True, True),
    ResultKind("consistency", "Decisions of this exam that two sittings would share, in percent", "ext:Consistency", True),
    ResultKind("exam-version", "Exam and version", "ext:ExamVersion", False),
    ResultKind("bank-version", "Version of the item bank", "ext:BankVersion", False),
    ResultKind("scoring-version", "Version of the scoring rules", "ext:ScoringVersion", False),
    ResultKind("language", "Language of the exam", "ext:Language", False),
)


# The name of the evidence that holds the evaluator card.
CARD = "Evaluator card"


def hash_identity(login: str, salt: str) -> str:
    """`sha256$<hex>` of the login (trimmed, lower case) followed by the salt, as Open Badges 3.0 defines IdentityHash."""
    return "sha256$" + hashlib.sha256((login.strip().lower() + salt).encode()).hexdigest()


def write_percent(share: float) -> str:
    """A share between 0 and 1 as a percentage with one decimal, cut down: `87.5`."""
    return cut_down(share)


def credential_document(
    issuer: Party,
    holder: Holder,
    key: str,
    achievement: Achievement,
    measurement: Measurement,
    credential_id: str,
    status: StatusEntry,
    issued_at: datetime,
    valid_until: datetime,
    shows_scores: bool = True,
    signed_at: datetime | None = None,
) -> Document:
    """The unsigned OpenBadgeCredential. The extensions context is there because `credentialSchema` uses a term of it.

    `signed_at` is the time of a later signature at the same address: it becomes `validFrom`, and `awardedDate` stays.
    """
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES, OPEN_BADGES_EXTENSIONS],
        "id": issuer.credential_url(credential_id),
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": achievement.name,
        "description": _text(achievement.description),
        "issuer": profile(issuer),
        "validFrom": write_time(signed_at or issued_at),
        "validUntil": write_time(valid_until),
        "awardedDate": write_time(issued_at),
        "credentialSubject": {
            **({"id": holder.did} if holder.did else {}),
            "type": ["AchievementSubject"],
            **({"name": _text(holder.name)} if holder.name else {}),
            "identifier": [_identity(holder)],
            "achievement": achievement_object(issuer, key, achievement, measurement.cut_score),
            "result": _results(issuer.achievement_url(key), measurement, shows_scores),
        },
        "evidence": [_evidence(measurement)],
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": _status(issuer.list_url(status.list_id), status.index),
    }


def change_published(
    document: Document,
    name: str,
    did: str,
    measurement: Measurement,
    shows_scores: bool,
    signed_at: datetime,
    card_text: str = "",
) -> Document:
    """A signed credential as the holder wants it shown from now on, unsigned, at the same address.

    `card_text` is the holder's evaluator card in plain sentences: a second evidence.

    Everything else stays as it was awarded, also when the achievement's text has changed since.
    """
    subject = {key: value for key, value in document["credentialSubject"].items() if key not in ("id", "name", "result")}
    described = {row["id"] for row in subject["achievement"]["resultDescription"]}
    results = _results(subject["achievement"]["id"], measurement, shows_scores)
    subject |= {"result": [row for row in results if row["resultDescription"] in described]}
    subject |= ({"id": did} if did else {}) | ({"name": _text(name)} if name else {})
    evidence = [one for one in document["evidence"] if one["name"] != CARD]
    evidence += [{"type": ["Evidence"], "name": CARD, "narrative": _text(card_text)}] if card_text else []
    shown = {"validFrom": write_time(signed_at), "credentialSubject": subject, "evidence": evidence}
    return {**without_proof(document), **shown}


def without_proof(document: Document) -> Document:
    return {key: value for key, value in document.items() if key != "proof"}


def profile(issuer: Party) -> Document:
    """The issuer as Open Badges Profile; a bare identifier would fail the 1EdTech validator."""
    return {"id": issuer.did, "type": ["Profile"], "name": issuer.name, "url": issuer.base_url}


def achievement_object(issuer: Party, key: str, achievement: Achievement, cut_score: float | None = None) -> Document:
    """The achievement with criteria, alignment and result descriptions. `cut_score` (a share) adds the required score."""
    url = issuer.achievement_url(key)
    found: Document = {
        "id": url,
        "type": ["Achievement"],
        "achievementType": "Certification",
        "name": achievement.name,
        "description": _text(achievement.description),
        "criteria": {"id": f"{url}#criteria", "narrative": _text(achievement.criteria)},
        "version": achievement.version,
        "inLanguage": achievement.language,
        "humanCode": key,
        "tag": [*achievement.tags, f"level {achievement.level}"],
        "resultDescription": [_describe_result(url, kind, cut_score) for kind in RESULTS],
    }
    if achievement.alignment:
        found["alignment"] = [_align(note) for note in achievement.alignment]
    return found


def achievement_page(issuer: Party, key: str, achievement: Achievement, cut_score: float | None = None) -> Document:
    """The achievement as a document of its own, with contexts, as it is served at its address."""
    return {"@context": [CREDENTIALS_V2, OPEN_BADGES], **achievement_object(issuer, key, achievement, cut_score)}


def status_list_document(issuer: Party, list_id: int, encoded: str, signed_at: datetime) -> Document:
    """The unsigned Bitstring Status List credential. No `validUntil`: a late renewal would break every certificate."""
    url = issuer.list_url(list_id)
    return {
        "@context": [CREDENTIALS_V2],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": write_time(signed_at),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded,
        },
    }


def published_results(document: Document) -> dict[str, str]:
    """The results in a credential by fragment: `{"score": "87.5", "items": "42", ...}`."""
    rows = document["credentialSubject"].get("result", [])
    return {str(row["resultDescription"]).partition("#")[2]: str(row["value"]) for row in rows}


def _text(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def _identity(holder: Holder) -> Document:
    kind = "emailAddress" if "@" in holder.login else "userName"
    hashed = hash_identity(holder.login, holder.salt)
    return {"type": "IdentityObject", "identityType": kind, "hashed": True, "salt": holder.salt, "identityHash": hashed}


def _describe_result(url: str, kind: ResultKind, cut_score: float | None) -> Document:
    described: Document = {
        "id": f"{url}#{kind.fragment}",
        "type": ["ResultDescription"],
        "name": kind.name,
        "resultType": kind.result_type,
    }
    if kind.is_percent:
        described |= {"valueMin": "0", "valueMax": "100"}
    if kind.fragment == "score" and cut_score is not None:
        described["requiredValue"] = write_percent(cut_score)
    return described


def _results(url: str, measurement: Measurement, shows_scores: bool) -> list[Any]:
    values = _values(measurement)
    shown = [kind for kind in RESULTS if kind.fragment in values and (shows_scores or not kind.is_score)]
    return [
        {"type": ["Result"], "resultDescription": f"{url}#{kind.fragment}", "value": values[kind.fragment]} for kind in shown
    ]


def _values(measurement: Measurement) -> dict[str, str]:
    """What is known, by fragment."""
    values = {
        "score": write_percent(measurement.score),
        "interval-low": write_percent(measurement.low),
        "interval-high": write_percent(measurement.high),
        "items": str(measurement.item_count),
        "cut-score": write_percent(measurement.cut_score),
        "exam-version": f"{measurement.exam_title}, version {measurement.exam_version}",
        "scoring-version": str(measurement.scoring),
        "language": measurement.language,
    }
    if measurement.agreement is not None:
        values["agreement"] = write_percent(measurement.agreement)
    if measurement.sureness is not None:
        values["sureness"] = write_percent(measurement.sureness)
    if measurement.consistency is not None:
        values["consistency"] = write_percent(measurement.consistency)
    if measurement.rated_count:
        values["rated-items"] = str(measurement.rated_count)
    if measurement.bank_version:
        values["bank-version"] = f"{measurement.bank_version} ({measurement.bank_size} items)"
    return values


def _evidence(measurement: Measurement) -> Document:
    """How it was measured: no answers, and nothing about the person."""
    bank = f" from a bank of {measurement.bank_size} items" if measurement.bank_size else ""
    text = (
        f"{measurement.item_count} items were drawn{bank} by a fixed plan. The answers were compared with keys that were"
        " written down before the exam; each key has a stated reason."
    )
    if measurement.sureness is not None:
        text += " The exam ended when its stop rule was met; the score is what the estimated ability earns on the whole bank."
    if measurement.consistency is not None:
        text += f" Consistency of the decision: from {measurement.consistency_n} first attempts (Livingston and Lewis 1995)."
    if measurement.rated_count:
        text += f" {measurement.rated_count} written items were rated by at least two people who did not see the name."
    text += " Nobody supervised the exam: help, also by a model, cannot be excluded."
    return {"type": ["Evidence"], "name": f"Exam: {measurement.exam_title}", "narrative": text}


def _align(note: AlignmentNote) -> Document:
    aligned = {"type": ["Alignment"], "targetName": note.name, "targetUrl": note.url, "targetFramework": note.framework}
    return aligned | ({"targetCode": note.code} if note.code else {})


def _status(list_url: str, index: int) -> Document:
    return {
        "id": f"{list_url}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": list_url,
    }

"""Is this certificate genuine, and does it still hold? One headline and a list of checks, for a file or for one of ours.

The headline is the worst thing that was found; a status that could not be read is never called good. Documents name their
status list, but ours is read from the database, never over the network. Nobody else's signature counts here.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlmodel import Session, col, select

from trainer_academy.credentials.checking.reading import Given, Unreadable, read_given
from trainer_academy.credentials.checking.sandbox import check_proofs
from trainer_academy.credentials.documents.credential import published_results
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.queries import standing
from trainer_academy.credentials.life.status import decode_list, find_list
from trainer_academy.credentials.signing.linked_data import Document, write_time
from trainer_academy.credentials.signing.own_proofs import check_signature, issuer_of, parse, verify_jwt

Headline = Literal[
    "valid",
    "hidden",
    "tampered",
    "expired",
    "not_yet",
    "revoked",
    "suspended",
    "withdrawn",
    "unknown_issuer",
    "status_unreachable",
    "unreadable",
]
GOOD = ("valid", "hidden")
# Worst first: the first of these outcomes that a check has is the headline.
_WORST: tuple[tuple[str, Headline], ...] = (
    ("bad_form", "unreadable"),
    ("unknown", "unknown_issuer"),
    ("broken", "tampered"),
    ("withdrawn", "withdrawn"),
    ("revoked", "revoked"),
    ("expired", "expired"),
    ("not_yet", "not_yet"),
    ("suspended", "suspended"),
    ("unreachable", "status_unreachable"),
    ("hidden", "hidden"),
)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, and how it came out. `skipped`: it made no sense after what was found before."""

    name: Literal["readable", "issuer", "signature", "dates", "status", "hosted"]
    outcome: str

    @property
    def is_good(self) -> bool:
        return self.outcome in ("ok", "newer")


@dataclass(frozen=True)
class Report:
    """What was found out. `document` is what the certificate says, as far as it may be shown; empty when it may not."""

    checks: tuple[Check, ...]
    document: Document = field(default_factory=dict, repr=False)
    credential: Credential | None = None
    ends_at: datetime | None = None

    @property
    def headline(self) -> Headline:
        found = {check.outcome for check in self.checks}
        return next((headline for outcome, headline in _WORST if outcome in found), "valid")

    @property
    def is_good(self) -> bool:
        """True when an employer may rely on it now."""
        return self.headline in GOOD

    @property
    def holder_name(self) -> str:
        return _text(_subject(self.document).get("name"))

    @property
    def achievement_name(self) -> str:
        achievement = _subject(self.document).get("achievement")
        name = achievement.get("name") if isinstance(achievement, dict) else None
        return _text(name or self.document.get("name"))

    @property
    def issuer_name(self) -> str:
        """What the document calls its issuer; for an unknown issuer this is a claim and no more."""
        issuer = self.document.get("issuer")
        return _text(issuer.get("name") or issuer.get("id")) if isinstance(issuer, dict) else _text(issuer)

    @property
    def results(self) -> dict[str, str]:
        return published_results(self.document) if self.is_good and _subject(self.document) else {}


def check_given(session: Session, issuer: Issuer, data: bytes, now: datetime) -> Report:
    """Check a file or pasted text in any form. Raises Unavailable when too many files are being checked at once."""
    try:
        given = read_given(data)
    except Unreadable:
        return Report((Check("readable", "bad_form"),))
    if not _is_credential(given.document):
        return Report((Check("readable", "bad_form"),))
    if issuer_of(given.document) != issuer.party.did:
        return Report((Check("readable", "ok"), Check("issuer", "unknown")), given.document)
    signature = _check_given_signature(issuer, given)
    if signature == "stopped":
        return Report((Check("readable", "bad_form"),))
    head = (Check("readable", "ok"), Check("issuer", "ok"), Check("signature", signature))
    if signature != "ok":
        return Report(head, given.document)
    return _check_life(session, issuer, Report(head, given.document), now)


def check_stored(issuer: Issuer, credential: Credential, now: datetime) -> Report:
    """Check one of ours by its row: the stored bytes, the dates and the status. No statement is sent."""
    found = standing(credential, now)
    if found == "withdrawn":
        return Report((Check("status", "withdrawn"),), {}, credential, credential.valid_until)
    document = parse(credential.document)
    signature = check_signature(issuer.keys, credential.document)
    is_ours = issuer_of(document) == issuer.party.did
    checks = (
        Check("readable", "ok" if document else "broken"),
        Check("issuer", "ok" if is_ours or not document else "unknown"),
        Check("signature", "ok" if signature == "good" else "broken"),
        Check("dates", "expired" if now >= credential.valid_until else "ok"),
        Check("status", found if found in ("revoked", "suspended") else "ok"),
        *((Check("hosted", "hidden"),) if credential.hidden_at else ()),
    )
    shown = {} if credential.hidden_at else document
    return Report(checks, shown, credential, credential.valid_until)


def _check_life(session: Session, issuer: Issuer, report: Report, now: datetime) -> Report:
    """Dates, status and the copy at its address, for a document whose signature is ours."""
    document = report.document
    ends_at = _moment(document.get("validUntil"))
    credential = _find_row(session, issuer, document)
    more: tuple[Check, ...]
    if "ClrCredential" in _types(document):
        more = (Check("dates", _dates(document, now)), Check("status", _members_status(session, issuer, document, now)))
    else:
        more = (
            Check("dates", _dates(document, now)),
            Check("status", _status(session, issuer, document, credential, now)),
            Check("hosted", _hosted(document, credential)),
        )
    return replace(report, checks=(*report.checks, *more), credential=credential, ends_at=ends_at)


def _check_given_signature(issuer: Issuer, given: Given) -> str:
    """`ok`, `broken`, or `stopped`. A key of ours that is not in did.json (any more) does not count."""
    if given.form == "jwt":
        found = verify_jwt(issuer.signer, given.text)
        return "ok" if found is not None and found == given.document else "broken"
    published = issuer.keys.did_document()["verificationMethod"]
    keys = {item["id"]: item["publicKeyMultibase"] for item in published if "publicKeyMultibase" in item}
    verdict = check_proofs(given.document, keys)
    return {"good": "ok", "stopped": "stopped"}.get(verdict, "broken")


def _is_credential(document: Document) -> bool:
    return "VerifiableCredential" in _types(document) and bool(issuer_of(document)) and bool(_subject(document))


def _types(document: Document) -> list[Any]:
    types = document.get("type")
    return types if isinstance(types, list) else [types]


def _subject(document: Document) -> Document:
    subject = document.get("credentialSubject")
    return subject if isinstance(subject, dict) else {}


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _dates(document: Document, now: datetime) -> str:
    start, end = _moment(document.get("validFrom")), _moment(document.get("validUntil"))
    if start is None or ("validUntil" in document and end is None):
        return "bad_form"
    if now < start:
        return "not_yet"
    return "expired" if end is not None and now >= end else "ok"


def _find_row(session: Session, issuer: Issuer, document: Document) -> Credential | None:
    """Our row of the certificate: its address must be exactly ours."""
    number = str(document.get("id")).rpartition("/")[2]
    if document.get("id") != issuer.party.credential_url(number):
        return None
    return session.get(Credential, number)


def _status(session: Session, issuer: Issuer, document: Document, credential: Credential | None, now: datetime) -> str:
    """What the signed list and our row say together. They must agree: an old list that was put back is not believed."""
    if credential is None:
        return "unreachable"
    if (found := standing(credential, now)) in ("withdrawn", "revoked", "suspended"):
        return found
    bit = read_bit(session, issuer, document.get("credentialStatus"))
    if bit is None:
        return "unreachable"
    return "revoked" if bit else "ok"


def read_bit(session: Session, issuer: Issuer, entry: Any) -> bool | None:
    """The bit of a status entry in our signed list; None when the list is missing, swapped, older than noted, or not ours."""
    if not isinstance(entry, dict) or entry.get("type") != "BitstringStatusListEntry":
        return None
    url, index = str(entry.get("statusListCredential")), str(entry.get("statusListIndex"))
    number = url.rpartition("/")[2]
    if not number.isascii() or not number.isdigit() or len(number) > 9 or url != issuer.party.list_url(int(number)):
        return None
    row = find_list(session, int(number))
    if row is None or not index.isascii() or not index.isdigit() or len(index) > 9 or int(index) >= row.size:
        return None
    listed = parse(row.document)
    subject = _subject(listed)
    expected = (url, write_time(row.signed_at), "revocation")
    if (listed.get("id"), listed.get("validFrom"), subject.get("statusPurpose")) != expected:
        return None
    if check_signature(issuer.keys, row.document) != "good":
        return None
    try:
        bits = decode_list(str(subject.get("encodedList")))
    except (OSError, EOFError, binascii.Error, ValueError):
        return None
    return bool(bits[int(index) >> 3] & (0x80 >> (int(index) & 7)))


def _hosted(document: Document, credential: Credential | None) -> str:
    """Whether the copy at its address says the same: a change of what is shown makes a newer one."""
    if credential is None:
        return "skipped"
    if credential.erased_at is not None or credential.hidden_at is not None:
        return "hidden" if credential.hidden_at is not None else "skipped"
    stored = parse(credential.document)
    return "ok" if _bare(stored) == _bare(document) else "newer"


def _bare(document: Document) -> Document:
    return {name: item for name, item in document.items() if name != "proof"}


def _members_status(session: Session, issuer: Issuer, document: Document, now: datetime) -> str:
    """The worst status among the certificates in a record; each was signed over together with the record."""
    members = _subject(document).get("verifiableCredential")
    ids = [str(item.get("id")) for item in members if isinstance(item, dict)] if isinstance(members, list) else []
    numbers = [item.rpartition("/")[2] for item in ids]
    rows = session.exec(select(Credential).where(col(Credential.id).in_(numbers))).all() if numbers else []
    found = {issuer.party.credential_url(row.id): standing(row, now) for row in rows}
    outcomes = {found.get(item, "unreachable") for item in ids}
    worst = ("withdrawn", "revoked", "expired", "suspended", "unreachable")
    return next((outcome for outcome in worst if outcome in outcomes), "ok")

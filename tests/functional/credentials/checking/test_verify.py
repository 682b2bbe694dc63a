"""The public check: every form, every kind of failure with its own words, forgeries, limits; a second verifier agrees."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from joserfc import jws
from joserfc.jwk import ECKey
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3Verifier
from sqlmodel import Session

from tests.functional.conftest import TestClock
from tests.stage import id_of, write
from tests.visitor import Visitor
from trainer_academy.accounts.models import User
from trainer_academy.credentials.checking.report import Report, check_given
from trainer_academy.credentials.checking.sandbox import check_proofs
from trainer_academy.credentials.criteria import Measurement
from trainer_academy.credentials.documents.baking import unbake_png, unbake_svg
from trainer_academy.credentials.life import revoking
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.credentials.life.models import Credential, StatusList
from trainer_academy.credentials.signing.proof_sets import add_proof_set
from trainer_academy.web.context import get

MEASUREMENT = Measurement(0.9048, 0.7791, 0.9623, 0.75, 42, "Evaluating model responses", "2026.11")
NAME = 'Amina "Wanjikũ" مريم 😀👩‍👩‍👧 ]]> <b> e\u0323\u0301'
LOGIN = "amina@example.org"
TAMPERED = "was changed after it was signed, or somebody else signed it"
FAILURES = {
    "tampered": TAMPERED,
    "expired": "This certificate has expired.",
    "revoked": "This certificate was revoked.",
    "unknown_issuer": "This certificate is from another issuer.",
    "status_unreachable": "We could not find out whether this certificate was revoked.",
    "unreadable": "This file is not a certificate that we can read.",
}


@dataclass
class Desk:
    """One certificate, and somebody who checks it without signing in."""

    app: Flask
    clock: TestClock
    stranger: Visitor
    number: str
    code: str

    def get(self, ending: str) -> bytes:
        reply = self.stranger.get(f"/credentials/{self.number}{ending}")
        assert reply.status_code == 200, reply.text[:300]
        return reply.get_data()

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get(".json"))
        return found

    def page(self, data: bytes) -> str:
        """The words of the page for an uploaded file."""
        self.stranger.get("/verify")
        reply = self.stranger.post("/verify", {"file": (io.BytesIO(data), "x.json")}, content_type="multipart/form-data")
        assert reply.status_code == 200, reply.text[:300]
        assert len(reply.get_data()) <= 30_000
        return reply.text.partition("<main")[2].partition("</main>")[0]

    def report(self, data: bytes | dict[str, Any]) -> Report:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        return write(self.app, lambda session: check_given(session, get(Issuer), body, self.clock()))  # type: ignore[no-any-return]

    def change(self, step: Callable[[Session, Issuer, Credential], object]) -> None:
        def act(session: Session) -> None:
            row = session.get(Credential, self.number)
            assert row is not None
            step(session, get(Issuer), row)

        write(self.app, act)


@pytest.fixture
def desk(app: Flask, clock: TestClock) -> Desk:
    Visitor(app).sign_up(LOGIN, "Amina")

    def make(session: Session) -> Credential:
        holder = session.get(User, id_of(session, LOGIN))
        assert holder is not None
        holder.name = NAME
        return issue(session, get(Issuer), holder, "response-evaluator-1", MEASUREMENT, None, clock())

    made = write(app, make)
    return Desk(app, clock, Visitor(app), made.id, made.code)


# ---------------------------------------------------------------- good ones


@pytest.mark.parametrize("ending", [".json", ".jwt", ".png", ".svg"])
def test_every_form_is_valid_with_a_hard_name(desk: Desk, ending: str) -> None:
    report = desk.report(desk.get(ending))
    assert report.headline == "valid", report.checks
    assert [check.outcome for check in report.checks] == ["ok"] * 6
    assert report.holder_name == desk.document["credentialSubject"]["name"]


def test_the_page_says_yes_and_lists_the_checks(desk: Desk) -> None:
    page = desk.page(desk.get(".png"))
    assert "This certificate is valid." in page
    for words in ("It can be read.", "The signature fits", "It is within its dates.", "It was not revoked.", "Our copy says"):
        assert words in page
    pasted = desk.stranger.post("/verify", {"text": desk.get(".json").decode()})
    assert "This certificate is valid." in pasted.text


def test_pictures_and_pdf_carry_the_exact_bytes(desk: Desk) -> None:
    stored = desk.get(".json").decode()
    assert unbake_png(desk.get(".png")) == stored
    assert json.loads(unbake_svg(desk.get(".svg"))) == json.loads(stored)
    pdf = desk.get(".pdf")
    assert pdf.startswith(b"%PDF-")
    assert f"{desk.code}.json".encode("ascii") in pdf or f"{desk.code}.json".encode("utf-16-be") in pdf
    assert stored.encode() in [found for found in _streams(pdf) if found.startswith(b"{")]
    assert len(pdf) < 120_000


def _streams(pdf: bytes) -> list[bytes]:

    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(match[1]))
        except zlib.error:
            continue
    return found


def test_a_second_verifier_agrees(desk: Desk) -> None:
    with desk.app.app_context():
        keys = get(Issuer).keys
        public = keys.private_key(keys.active).public_key()
        jwt_key = keys.jwt_key(keys.newest("jwt"))
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    bare = {**desk.document, "proof": desk.document["proof"][0]}
    OB3LdpVerifier(pem).verify(bare)
    OB3Verifier(jwt_key.as_pem(private=False)).verify(desk.get(".jwt").decode())
    bare["credentialSubject"]["name"] = "Somebody"
    with pytest.raises(Exception, match=r"(?i)signature|verif|proof"):
        OB3LdpVerifier(pem).verify(bare)


def test_the_zip_and_the_learner_record(desk: Desk) -> None:
    holder = Visitor(desk.app)
    holder.sign_in(LOGIN)
    packed = zipfile.ZipFile(io.BytesIO(holder.get("/certificates/all.zip").get_data()))
    assert sorted(name.rpartition(".")[2] for name in packed.namelist()) == ["json", "jwt", "png", "svg"]
    for name in packed.namelist():
        assert desk.report(packed.read(name)).headline == "valid", name
    record = holder.get("/certificates/record.json").get_data()
    assert desk.report(record).headline == "valid"
    desk.change(lambda s, i, row: revoking.revoke(s, i, row, "A reason", None, desk.clock()))
    assert desk.report(record).headline == "revoked"
    assert holder.get("/certificates/record.json").status_code == 404


# ---------------------------------------------------------------- six failures, six messages


def spoil(desk: Desk, failure: str) -> bytes:
    """A file with exactly this failure."""
    document = desk.document
    if failure == "tampered":
        document["credentialSubject"]["name"] = "Somebody Else"
    elif failure == "expired":
        desk.clock.forward(days=731)
    elif failure == "revoked":
        desk.change(lambda s, i, row: revoking.revoke(s, i, row, "Somebody else sat it.", None, desk.clock()))
    elif failure == "unknown_issuer":
        document["issuer"] = {"id": "did:web:elsewhere.example", "type": ["Profile"], "name": "Elsewhere"}
    elif failure == "status_unreachable":
        write(desk.app, lambda session: setattr(session.get(StatusList, 1), "document", "gone"))
    else:
        return b"hello"
    return json.dumps(document).encode()


@pytest.mark.parametrize("failure", FAILURES)
def test_each_failure_has_its_own_words(desk: Desk, failure: str) -> None:
    data = spoil(desk, failure)
    assert desk.report(data).headline == failure
    page = desk.page(data)
    assert [words for words in FAILURES.values() if words in page] == [FAILURES[failure]]
    assert "This certificate is valid." not in page


def test_on_hold_and_withdrawn(desk: Desk) -> None:
    data = desk.get(".json")
    desk.change(lambda s, i, row: revoking.suspend(s, i, row, "We look into it.", None, desk.clock()))
    assert desk.report(data).headline == "suspended"
    assert "On hold since" in desk.stranger.get(f"/verify?code={desk.code}").text
    desk.change(lambda s, i, row: revoking.erase(s, i, row, None, desk.clock()))
    assert desk.report(data).headline == "withdrawn"
    page = desk.stranger.get(f"/verify?code={desk.code}").text
    assert "This certificate was withdrawn." in page
    assert "Amina" not in page


def test_a_hidden_page_still_answers_yes_without_a_name(desk: Desk) -> None:
    desk.change(lambda _s, _i, row: setattr(row, "hidden_at", desk.clock()))
    page = desk.stranger.get(f"/verify?code={desk.code}").text
    assert "This certificate is valid. Its holder does not show the page." in page
    assert "Amina" not in page
    for ending in (".json", ".jwt", ".png", ".svg", ".pdf"):
        assert desk.stranger.get(f"/credentials/{desk.number}{ending}").status_code == 404


# ---------------------------------------------------------------- forgeries


def resign(desk: Desk, key: Ed25519PrivateKey) -> dict[str, Any]:
    document = {name: item for name, item in desk.document.items() if name != "proof"}
    document["credentialSubject"]["name"] = "Forged"
    return add_proof_set(document, key, desk.document["proof"][0]["verificationMethod"], desk.clock())


def test_forged_documents_are_refused(desk: Desk) -> None:
    stolen = resign(desk, Ed25519PrivateKey.generate())
    second_only = {**desk.document, "proof": desk.document["proof"][1]}
    without = {name: item for name, item in desk.document.items() if name != "proof"}
    foreign = json.loads(json.dumps(stolen).replace("#key-", "#other-"))
    added = {**desk.document, "credentialSubject": {**desk.document["credentialSubject"], "madeUp": "x"}}
    swapped = json.loads(json.dumps(desk.document).replace("/status-lists/1", "/status-lists/2"))
    for forged in (stolen, second_only, without, foreign, added, swapped, {**desk.document, "proof": []}):
        assert desk.report(forged).headline == "tampered", forged
    assert TAMPERED in desk.page(json.dumps(stolen).encode())


def test_forged_jwts_are_refused(desk: Desk) -> None:
    head, body, signature = desk.get(".jwt").decode().split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    stranger = ECKey.import_key(generate_private_key(SECP256R1()))  # type: ignore[arg-type]
    payload = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))

    def encode(part: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")

    forged = [
        f"{encode({**header, 'alg': 'none'})}.{body}.",
        f"{encode({'alg': 'none', 'typ': 'JWT'})}.{body}.{signature}",
        jws.serialize_compact(header, payload, stranger, algorithms=["ES256"]),
        jws.serialize_compact({**header, "jwk": stranger.as_dict(private=False)}, payload, stranger, algorithms=["ES256"]),
        f"{head}.{encode({**json.loads(payload), 'exp': 9999999999})}.{signature}",
    ]
    for text in forged:
        assert desk.report(text.encode()).headline == "tampered", text[:80]


def test_an_old_status_list_that_was_put_back_is_not_believed(desk: Desk) -> None:
    """Whoever can write to the database puts an older, well signed list back, and wipes the row's revocation."""
    old = write(desk.app, lambda session: session.get(StatusList, 1).document)
    data = desk.get(".json")
    desk.clock.forward(hours=1)
    desk.change(lambda s, i, row: revoking.revoke(s, i, row, "A reason", None, desk.clock()))

    def replay(session: Session) -> None:
        session.get(StatusList, 1).document = old  # type: ignore[union-attr]
        session.get(Credential, desk.number).revoked_at = None  # type: ignore[union-attr]

    write(desk.app, replay)
    assert desk.report(data).headline == "status_unreachable"


def test_a_good_list_of_another_number_is_not_believed(desk: Desk) -> None:
    def swap(session: Session) -> None:
        row = session.get(StatusList, 1)
        assert row is not None
        listed = json.loads(row.document)
        listed["id"] = listed["id"].replace("/1", "/2")
        row.document = json.dumps(listed)

    write(desk.app, swap)
    assert desk.report(desk.get(".json")).headline == "status_unreachable"


# ---------------------------------------------------------------- limits


def test_a_poison_graph_is_stopped(desk: Desk) -> None:
    nodes = [{"id": f"_:b{n}", "type": ["Profile"], "name": "x"} for n in range(400)]
    poison = {**desk.document, "@context": desk.document["@context"], "evidence": nodes * 3}
    assert desk.report(poison).headline in ("unreadable", "tampered")


def test_slow_checks_are_stopped(desk: Desk) -> None:
    assert check_proofs(desk.document, {}, seconds=0.01) == "stopped"


def test_nothing_given_and_too_many_files(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = desk.stranger.post("/verify", {"text": ""})
    assert reply.status_code == 400
    assert "Choose a file, or paste its text." in reply.text
    monkeypatch.setattr("trainer_academy.credentials.checking.views.FILES_IN_FIVE_MINUTES", 1)
    assert [desk.stranger.post("/verify", {"text": "x"}).status_code for _ in range(2)] == [200, 429]
    desk.clock.forward(minutes=6)
    assert desk.stranger.post("/verify", {"text": "x"}).status_code == 200


def test_an_address_of_another_site_is_not_ours(desk: Desk) -> None:
    page = desk.stranger.get(f"/verify?code=https://evil.example/credentials/{desk.number}")
    assert "This certificate is from another issuer." in page.text
    assert "Amina" not in page.text


def test_the_preview_tags_and_the_links(desk: Desk) -> None:
    page = desk.stranger.get(f"/credentials/{desk.number}", headers={"Accept": "text/html"}).text
    for name in ("og:title", "og:description", "og:image"):
        assert f'property="{name}"' in page
    for ending in ("pdf", "json", "png", "svg", "jwt"):
        assert f'href="/credentials/{desk.number}.{ending}"' in page


def test_a_certificate_without_jwt_says_so(desk: Desk) -> None:
    desk.change(lambda _s, _i, row: setattr(row, "jwt", None))
    reply = desk.stranger.get(f"/credentials/{desk.number}.jwt")
    assert reply.status_code == 404
    assert "has no JWT form" in reply.text

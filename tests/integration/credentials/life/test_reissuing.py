"""Signing again in batches: what is taken, what is left alone, and where the next batch begins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import true
from sqlmodel import Session, select

from tests.issuer_bench import NOW, Bench, make_issuer
from trainer_academy.accounts.models import AuditEvent
from trainer_academy.credentials.life import logs, reissuing, revoking
from trainer_academy.credentials.life.models import Credential, StatusList
from trainer_academy.credentials.life.reissuing import Reissue, reissue_batch
from trainer_academy.credentials.signing.own_proofs import parse

DAY = timedelta(days=1)
LATER = NOW + DAY


@pytest.fixture
def bench(session: Session, tmp_path: Path) -> Bench:
    return Bench(session, make_issuer(tmp_path))


def run(bench: Bench, after: str = "") -> Reissue:
    now = LATER + timedelta(microseconds=9)
    return reissue_batch(bench.session, bench.issuer, true(), "a reason", now, after)


def issue(bench: Bench, count: int) -> list[Credential]:
    return sorted((bench.issue() for _ in range(count)), key=lambda credential: credential.id)


def test_batches_go_on_after_the_last_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reissuing, "BATCH", 2)
    made = issue(bench, 3)
    first = run(bench)
    assert (first.done, first.refused, first.last_id) == (2, [], made[1].id)
    assert [credential.signed_at for credential in made] == [LATER, LATER, NOW]
    second = run(bench, first.last_id)
    assert (second.done, second.last_id) == (1, made[2].id)
    last = run(bench, second.last_id)
    assert (last.done, last.last_id) == (0, made[2].id)
    for credential in made:
        document = parse(credential.document)
        assert (document["validFrom"], document["awardedDate"]) == ("2026-11-22T09:30:00Z", "2026-11-21T09:30:00Z")
        events = logs.history_of(bench.session, bench.issuer.party.credential_url(credential.id))
        assert [(event.kind, event.at) for event in events] == [("issued", NOW), ("reissued", LATER)]
        assert events[-1].document_hash == logs.hash_text(credential.document)
    audit = bench.session.exec(select(AuditEvent).where(AuditEvent.kind == "credential_reissued")).all()
    assert sorted((event.subject_id, event.detail, event.actor_id) for event in audit) == [
        (credential.id, "a reason", None) for credential in made
    ]


def test_what_somebody_changed_is_refused_and_the_others_go_on(bench: Bench) -> None:
    changed, kept = issue(bench, 2)
    changed.document = changed.document.replace("Amina", "Somebody")
    before = changed.document
    found = run(bench)
    assert (found.done, found.refused, found.last_id) == (1, [changed.id], kept.id)
    assert changed.document == before
    assert kept.signed_at == LATER


def test_what_was_withdrawn_is_not_signed_again_and_what_is_not_logged_is(bench: Bench) -> None:
    gone, old = issue(bench, 2)
    revoking.erase(bench.session, bench.issuer, gone, None, NOW)
    bench.session.execute(logs.IssuanceEvent.__table__.delete())  # type: ignore[attr-defined]
    assert run(bench).done == 1
    assert (gone.document, old.signed_at) == ("", LATER)


def test_those_signed_by_a_key_and_those_from_before_the_log_are_counted(bench: Bench) -> None:
    first, second = issue(bench, 2)
    signer = bench.issuer.signer
    assert [reissuing.count_signed_by(bench.session, signer, name) for name in ("key-2026-11", "jwt-2026-11", "key-2026")] == [
        2,
        2,
        0,
    ]
    first.jwt = None
    bench.session.flush()
    assert reissuing.count_signed_by(bench.session, signer, "jwt-2026-11") == 1
    assert reissuing.count_signed_by(bench.session, signer, "key-2026-11") == 2
    old = select(Credential.id).where(reissuing.unlogged())
    assert bench.session.scalars(old).all() == [first.id]
    revoking.erase(bench.session, bench.issuer, first, None, NOW)
    revoking.erase(bench.session, bench.issuer, second, None, NOW)
    assert bench.session.scalars(old).all() == []
    assert reissuing.count_signed_by(bench.session, signer, "key-2026-11") == 0


def test_lists_are_signed_again_when_that_key_signed_them(bench: Bench) -> None:
    first = bench.issue()
    row = bench.session.get_one(StatusList, first.status_list_id)
    row.used = row.size
    bench.issuer.keys.rotate(NOW + 40 * DAY)
    second = bench.issue(NOW + 40 * DAY)
    other = bench.session.get_one(StatusList, second.status_list_id)
    before = other.document
    assert reissuing.resign_lists(bench.session, bench.issuer, "key-2026-11", NOW + 41 * DAY) == 1
    assert (row.signed_at, other.signed_at, other.document) == (NOW + 41 * DAY, NOW + 40 * DAY, before)
    assert "#key-2026-12" in row.document and "#key-2026-11" not in row.document
    assert reissuing.resign_lists(bench.session, bench.issuer, "key-2026-11", NOW + 42 * DAY) == 0

"""Ending a certificate: each door tells the holder and who watches, once, and refuses what makes no sense."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from tests.issuer_bench import Bench, make_issuer
from trainer_academy.accounts import people
from trainer_academy.accounts.models import AuditEvent
from trainer_academy.core.errors import Refusal
from trainer_academy.credentials.life import revoking, watching
from trainer_academy.credentials.life.models import Credential, CredentialWatch
from trainer_academy.notices.models import Notice, WebhookEndpoint
from trainer_academy.workflows.reminding import remind_of_expiry

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Desk:
    """A certificate, and a client that watches it."""

    def __init__(self, session: Session, folder: Path) -> None:
        self.session, self.bench = session, Bench(session, make_issuer(folder))
        self.issuer = self.bench.issuer
        self.credential = self.bench.issue(NOW - DAY)
        self.client = self.add_client("Client")
        watching.add_watches(session, self.client, [self.credential.id], NOW)

    def add_client(self, name: str) -> int:
        organization = people.create_organization(self.session, "client", name, NOW)
        assert organization.id is not None
        self.session.add(
            WebhookEndpoint(organization_id=organization.id, url="https://c.example/x", secret="s" * 40, created_at=NOW)
        )
        self.session.flush()
        return organization.id

    def told(self) -> list[str]:
        """The kinds of webhook calls, in order."""
        calls = self.session.exec(select(Notice).where(Notice.channel == "webhook")).all()
        return [
            json.loads(call.body)["data"]["change"] for call in sorted(calls, key=lambda call: (call.created_at, call.kind))
        ]

    def mails(self) -> list[str]:
        found = self.session.exec(select(Notice).where(Notice.user_id == self.credential.holder_id)).all()
        return [notice.kind for notice in sorted(found, key=lambda notice: notice.created_at)]

    def audited(self) -> list[str]:
        rows = self.session.exec(select(AuditEvent).where(AuditEvent.subject_id == self.credential.id)).all()
        return [row.kind for row in rows]


@pytest.fixture
def desk(session: Session, tmp_path: Path) -> Desk:
    return Desk(session, tmp_path)


def revoke(desk: Desk, days: int = 0) -> Refusal | None:
    return revoking.revoke(desk.session, desk.issuer, desk.credential, "A reason", None, NOW + days * DAY)


def suspend(desk: Desk, days: int = 0) -> Refusal | None:
    return revoking.suspend(desk.session, desk.issuer, desk.credential, "We look into it.", None, NOW + days * DAY)


def resume(desk: Desk, days: int = 0) -> Refusal | None:
    return revoking.resume(desk.session, desk.issuer, desk.credential, None, NOW + days * DAY)


def erase(desk: Desk, days: int = 0) -> Refusal | None:
    return revoking.erase(desk.session, desk.issuer, desk.credential, None, NOW + days * DAY)


def test_every_door_tells_watchers_holder_and_audit_log_once(desk: Desk) -> None:
    assert [suspend(desk), resume(desk, 1), revoke(desk, 2), erase(desk, 3)] == [None] * 4
    assert desk.told() == ["suspended", "resumed", "revoked", "withdrawn"]
    assert desk.mails() == ["credential_suspended", "credential_resumed", "credential_revoked"]
    ended = ["credential_suspended", "credential_resumed", "credential_revoked", "credential_erased"]
    assert [kind for kind in desk.audited() if kind in ended] == ended


def test_what_was_revoked_cannot_be_held_or_revoked_again_and_nobody_is_told_twice(desk: Desk) -> None:
    assert revoke(desk) is None
    before = (desk.credential.revoked_at, desk.credential.revoke_reason)
    assert [isinstance(door(desk, 1), Refusal) for door in (suspend, resume, revoke)] == [True] * 3
    desk.session.refresh(desk.credential)
    assert (desk.credential.revoked_at, desk.credential.revoke_reason) == before
    assert desk.credential.suspended_at is None
    assert (desk.told(), desk.mails()) == (["revoked"], ["credential_revoked"])


def test_a_hold_that_was_revoked_cannot_be_ended(desk: Desk) -> None:
    assert [suspend(desk), revoke(desk, 1)] == [None, None]
    assert isinstance(resume(desk, 2), Refusal)
    desk.session.refresh(desk.credential)
    assert desk.credential.suspended_at is not None
    assert desk.told() == ["suspended", "revoked"]


def test_a_hold_is_put_once_and_ended_once(desk: Desk) -> None:
    assert isinstance(resume(desk), Refusal)
    assert suspend(desk) is None
    assert isinstance(suspend(desk, 1), Refusal)
    assert resume(desk, 2) is None
    assert isinstance(resume(desk, 3), Refusal)
    assert desk.told() == ["suspended", "resumed"]
    assert desk.credential.suspended_at is None and desk.credential.suspend_reason == ""


def test_erasing_takes_names_numbers_and_reasons_and_only_once(desk: Desk) -> None:
    assert suspend(desk) is None
    desk.credential.card_text, desk.credential.holder_did = "How well I agree.", "did:key:z6Mk"
    desk.session.flush()
    assert erase(desk, 1) is None
    row = desk.session.get_one(Credential, desk.credential.id, populate_existing=True)
    assert (row.document, row.jwt, row.measurement, row.holder_name, row.card_text, row.holder_did) == (
        "",
        None,
        None,
        "",
        "",
        "",
    )
    assert (row.score, row.score_low, row.score_high, row.suspend_reason) == (0, 0, 0, "")
    assert row.revoked_at == row.erased_at == NOW + DAY and row.revoke_reason == revoking.ERASED
    assert isinstance(erase(desk, 2), Refusal)
    assert desk.told() == ["suspended", "withdrawn"]


def test_one_door_does_not_touch_other_certificates(desk: Desk) -> None:
    other = desk.bench.issue(NOW - DAY)
    assert [suspend(desk), resume(desk, 1), revoke(desk, 2), erase(desk, 3)] == [None] * 4
    desk.session.refresh(other)
    assert (other.revoked_at, other.suspended_at, other.erased_at) == (None, None, None)
    assert other.document and other.holder_name


def test_ending_one_hold_leaves_the_others(desk: Desk) -> None:
    other = desk.bench.issue(NOW - DAY)
    assert [suspend(desk), revoking.suspend(desk.session, desk.issuer, other, "Also.", None, NOW)] == [None, None]
    assert [resume(desk, 1), revoke(desk, 2), erase(desk, 3)] == [None] * 3
    desk.session.refresh(other)
    assert (other.suspended_at, other.suspend_reason, other.revoked_at, other.erased_at) == (NOW, "Also.", None, None)


def test_who_stops_watching_one_goes_on_with_the_others(desk: Desk) -> None:
    other = desk.bench.issue(NOW - DAY)
    watching.add_watches(desk.session, desk.client, [other.id], NOW)
    assert watching.end_watches(desk.session, desk.client, [desk.credential.id]) == 1
    assert [row.id for _, row in watching.watched(desk.session, desk.client, 0, 10)] == [other.id]
    assert watching.tell_watchers(desk.session, desk.issuer, desk.credential, "suspended", NOW) == 0
    assert watching.tell_watchers(desk.session, desk.issuer, other, "suspended", NOW) == 1


def test_a_reminder_is_mailed_once(desk: Desk) -> None:
    credential, achievements = desk.credential, desk.issuer.achievements
    told = [
        remind_of_expiry(desk.session, achievements, "https://a.example", credential.id, NOW + days * DAY) for days in (0, 1)
    ]
    assert told == [True, False]
    assert desk.mails() == ["credential_expiring"]
    [mail] = desk.session.exec(select(Notice).where(Notice.kind == "credential_expiring")).all()
    assert f"https://a.example/credentials/{credential.id}" in mail.body


def test_watchers_hear_of_the_end_once_and_not_after_a_revocation(desk: Desk) -> None:
    kept, end = desk.bench.issue(NOW - DAY), desk.credential.valid_until
    assert watching.add_watches(desk.session, desk.client, [kept.id, kept.id], NOW) == 1
    assert revoke(desk) is None
    for moment, expected in ((end - DAY, []), (end, ["expired"]), (end + DAY, [])):
        before = len(desk.told())
        assert watching.has_expired(desk.session, moment) == bool(expected)
        watching.tell_expired(desk.session, desk.issuer, moment)
        assert desk.told()[before:] == expected
    assert desk.told() == ["revoked", "expired"], "the revoked one does not expire a second time"
    told = [json.loads(c.body)["data"] for c in desk.session.exec(select(Notice).where(Notice.kind == "certificate.expired"))]
    assert [(one["certificate"], one["reason"]) for one in told] == [(kept.id, "")]


def test_only_those_who_watch_are_told_and_may_stop(desk: Desk) -> None:
    other = desk.add_client("Other")
    assert watching.add_watches(desk.session, other, [desk.credential.id], NOW) == 1
    assert [watch.organization_id for watch, _ in watching.watched(desk.session, other, 0, 10)] == [other]
    assert watching.end_watches(desk.session, desk.client, [desk.credential.id]) == 1
    assert watching.end_watches(desk.session, desk.client, [desk.credential.id]) == 0
    assert revoke(desk) is None
    assert len(desk.told()) == 1
    [left] = desk.session.exec(select(CredentialWatch)).all()
    assert left.organization_id == other


def test_a_page_of_watches_goes_on_after_the_last_one(desk: Desk) -> None:
    more = [desk.bench.issue(NOW - DAY).id for _ in range(3)]
    watching.add_watches(desk.session, desk.client, more, NOW)
    first = watching.watched(desk.session, desk.client, 0, 2)
    rest = watching.watched(desk.session, desk.client, first[-1][0].id or 0, 10)
    assert [row.id for _, row in first + rest] == [desk.credential.id, *more]

"""`flask credentials ...`: rotation, a stolen key, the logs, and withdrawing, as an operator runs them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlmodel import col, select

from tests.functional.conftest import TestClock
from tests.issuer_bench import KEY, MEASUREMENT
from trainer_academy.accounts import people as steps
from trainer_academy.core.db import Database
from trainer_academy.credentials.life import reissuing
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.signing.own_proofs import check_signature, verify_jwt
from trainer_academy.web.context import get

Run = Callable[..., Result]


@pytest.fixture
def run(app: Flask) -> Run:
    def call(*words: str) -> Result:
        return app.test_cli_runner().invoke(args=["credentials", *words])

    return call


@pytest.fixture
def numbers(app: Flask, clock: TestClock) -> list[str]:
    """Five certificates of one person."""
    with app.app_context(), get(Database).writing() as session:
        holder = steps.create_user(session, "amina@example.org", "Amina", "hash", clock())
        made = [issue(session, get(Issuer), holder, KEY, MEASUREMENT, None, clock()).id for _ in range(5)]
        session.commit()
    return made


def rows(app: Flask) -> list[Credential]:
    with app.app_context(), get(Database).reader() as session:
        return list(session.exec(select(Credential).order_by(col(Credential.id))).all())


def test_log_fits_after_each_command(app: Flask, run: Run, numbers: list[str]) -> None:
    assert run("sign-heads").exit_code == 0
    done = run("verify-log")
    assert done.exit_code == 0, done.output
    assert "5 entries checked, 0 faults" in done.output
    assert "once a month" in run("rotate-key").output
    assert run("erase", rows(app)[0].code, "--yes").exit_code == 0
    assert run("erase", rows(app)[0].code, "--yes").exit_code == 1
    assert run("erase", "nothing", "--yes").exit_code == 1
    done = run("verify-log")
    assert done.exit_code == 0, done.output
    assert "6 entries" in done.output


@pytest.mark.parametrize("kind", ["key", "jwt"])
def test_stolen_key_is_replaced_everywhere(
    app: Flask, run: Run, numbers: list[str], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reissuing, "BATCH", 2)
    assert run("sign-heads").exit_code == 0
    with app.app_context():
        issuer = get(Issuer)
    name = issuer.keys.newest("key" if kind == "key" else "jwt")
    assert run("compromise", "key-1999-01", "--reason", "x", "--yes").exit_code == 1
    assert run("compromise", "nonsense", "--reason", "x", "--yes").exit_code == 1
    done = run("compromise", name, "--reason", "The server was broken into.", "--yes")
    assert done.exit_code == 0, done.output
    assert "5 of 5 certificates are signed again." in done.output
    for credential in rows(app):
        assert check_signature(issuer.keys, credential.document) == "good"
        assert verify_jwt(issuer.signer, credential.jwt or "") is not None
        assert f'#{name}"' not in credential.document
    assert f'#{name}"' not in json.dumps(issuer.keys.did_document())
    again = run("compromise", name, "--reason", "The server was broken into.", "--yes")
    assert again.exit_code == 0, again.output
    assert "0 of 0" in again.output
    assert issuer.keys.gone("key" if kind == "key" else "jwt") == [name]
    done = run("verify-log")
    assert done.exit_code == 0, done.output


def test_compromise_goes_on_after_it_was_cut_off(
    app: Flask, run: Run, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reissuing, "BATCH", 2)
    assert run("sign-heads").exit_code == 0
    with app.app_context():
        name = get(Issuer).keys.active
    whole, calls = reissuing.reissue_batch, []

    def cut(*arguments: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return whole(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(reissuing, "reissue_batch", cut)
    assert run("compromise", name, "--reason", "Stolen.", "--yes").exit_code != 0
    monkeypatch.setattr(reissuing, "reissue_batch", whole)
    done = run("compromise", name, "--reason", "Stolen.", "--yes")
    assert "3 of 3 certificates are signed again." in done.output
    assert run("verify-log").exit_code == 0


def test_change_in_silence_is_an_exit_code(app: Flask, run: Run, numbers: list[str]) -> None:
    run("sign-heads")
    with app.app_context(), get(Database).writing() as session:
        credential = session.get(Credential, numbers[0])
        assert credential is not None
        credential.document = credential.document.replace("Amina", "Other")
        session.commit()
    done = run("verify-log")
    assert done.exit_code == 1
    assert numbers[0] in done.output


def test_reissue_enters_older_certificates(app: Flask, run: Run, numbers: list[str]) -> None:
    assert "0 certificates" in run("reissue").output
    with app.app_context(), get(Database).writing() as session:
        for credential in session.exec(select(Credential)).all():
            credential.jwt = None
        session.commit()
    assert "5 certificates are signed again." in run("reissue").output


def test_passphrase_can_be_changed(run: Run) -> None:
    assert "2 keys are encrypted" in run("change-passphrase", "--old", "whatever it was").output

"""Somebody without an account checks files on a phone, without script: six failures, six messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from sqlmodel import Session, select

from tests.browser.live import LiveServer, set_screen
from tests.browser.person import Person
from tests.speed import shared_library
from trainer_academy.accounts.models import User
from trainer_academy.app import make_services
from trainer_academy.config import ROOT, Config
from trainer_academy.core.db import Database
from trainer_academy.credentials.criteria import Measurement
from trainer_academy.credentials.life import revoking
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.credentials.life.models import StatusList

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
MEASUREMENT = Measurement(0.9, 0.8, 0.95, 0.75, 42, "Evaluating model responses", "2026.11")
NOW = datetime.now(UTC)


def change(server: LiveServer, step: Callable[[Session, Issuer], str]) -> str:
    """Do something to the server's database, with the server's keys."""
    config = Config(instance=server.instance, content=ROOT / "content", port=server.port).completed()
    issuer = make_services(config, shared_library()).issuer
    database = Database(config.database_url)
    with database.writing() as session:
        found = step(session, issuer)
        session.commit()
    database.dispose()
    return found


def make(server: LiveServer, age: timedelta = timedelta(0), is_revoked: bool = False) -> str:
    """A new certificate; its signed text."""

    def step(session: Session, issuer: Issuer) -> str:
        holder = session.exec(select(User).order_by(User.id)).first()  # type: ignore[arg-type]
        assert holder is not None
        made = issue(session, issuer, holder, "response-evaluator-1", MEASUREMENT, None, NOW - age)
        if is_revoked:
            revoking.revoke(session, issuer, made, "A reason for the test.", None, NOW)
        return made.document

    return change(server, step)


def put_list(server: LiveServer, text: str) -> str:
    """Put a text in the place of the signed status list; the text that was there."""

    def step(session: Session, _issuer: Issuer) -> str:
        row = session.exec(select(StatusList)).one()
        before, row.document = row.document, text
        return before

    return change(server, step)


def check(person: Person, file: Path, text: str) -> str:
    """Upload a file; the headline of the answer."""
    file.write_text(text)
    person.open("/verify")
    person.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(file))
    person.press("Check the file")
    width = person.driver.find_element(By.TAG_NAME, "html").get_property("scrollWidth")
    assert isinstance(width, int)
    assert width <= 360
    return " ".join(person.driver.find_element(By.ID, "y").text.split())


def test_six_failures_have_six_messages(driver: webdriver.Chrome, person: Person, server: LiveServer, tmp_path: Path) -> None:
    set_screen(driver, 360)
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    good, file = make(server), tmp_path / "certificate.json"
    other = {**json.loads(good), "issuer": {"id": "did:web:elsewhere.example", "type": ["Profile"], "name": "Elsewhere"}}
    assert check(person, file, good) == "Yes This certificate is valid."
    said = {
        "tampered": check(person, file, good.replace("response-evaluator-1#score", "response-evaluator-1#other")),
        "expired": check(person, file, make(server, timedelta(days=2000))),
        "revoked": check(person, file, make(server, is_revoked=True)),
        "unknown issuer": check(person, file, json.dumps(other)),
        "unreadable": check(person, file, "not a certificate"),
    }
    before = put_list(server, "gone")
    said["status not reachable"] = check(person, file, good)
    put_list(server, before)
    assert len(set(said.values())) == 6, said
    assert not [words for words in said.values() if words.startswith("Yes")], said

"""Pages of calibrations, as an author uses them, on both engines; nobody else gets in."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from flask import Flask

from tests.functional.conftest import TestClock
from tests.measured import EXAM, Group, add_attempts
from tests.page import page_of
from tests.stage import give_role, write
from tests.visitor import Visitor
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.db import Database
from trainer_academy.measurement.calibrations.exchange import read_calibration
from trainer_academy.measurement.calibrations.response_files import read_responses
from trainer_academy.web.context import get
from trainer_academy.workflows.measurement_jobs import run

HOME = f"/measure/{EXAM}/calibrations"
REASON = "It rests on enough answers for this test."


@pytest.fixture
def author(app: Flask, clock: TestClock) -> Visitor:
    person = Visitor(app)
    person.sign_up("author@academy.example", "Test Author")
    give_role(app, clock, "author@academy.example", "academy", "author")
    return person


def fill(app: Flask, *groups: Group) -> None:
    with app.app_context():
        store = get(ItemStore)
    for group in groups:
        write(app, lambda session, group=group: add_attempts(session, store, group))


def calibrate(app: Flask, author: Visitor, clock: TestClock) -> str:
    """Press the button, let the worker do its work; the address of the job's page."""
    author.get(HOME)
    address = author.post(HOME, follow=False).headers["Location"]
    with app.app_context():
        assert run(get(Database), get(ItemStore), int(address.rpartition("/")[2]), clock)
    return str(address)


def test_from_the_button_to_a_calibration_in_force(app: Flask, author: Visitor, clock: TestClock) -> None:
    fill(app, Group(120, items=8))
    page = author.get(HOME).text
    assert "There is none yet" in page and "0 of 60" in page and "share of points" in page
    queued = author.post(HOME)
    assert "waits" in queued.text and "Look again" in queued.text
    address = calibrate(app, author, clock)
    done = author.get(address).text
    assert "Open calibration 1" in done
    one = author.get(f"{HOME}/1").text
    assert "yes, in" in one and one.count("±") > 16 and "Information at the cut" in one
    assert "nobody answered it" in one and "provisional" in one
    author.get(HOME)
    adopted = author.post(f"{HOME}/adopt", {"number": "1", "reason": REASON}).text
    assert "Calibration 1 is in force" in adopted and "8 of 60" in adopted and REASON in adopted
    taken_back = author.post(f"{HOME}/adopt", {"number": "none", "reason": "It was only a test of the page."}).text
    assert "is taken back" in taken_back and "0 of 60" in taken_back


def test_adopting_needs_a_reason_and_a_number_that_there_is(app: Flask, author: Visitor, clock: TestClock) -> None:
    fill(app, Group(60, items=5))
    calibrate(app, author, clock)
    for form in ({"number": "1", "reason": ""}, {"number": "7", "reason": REASON}, {"number": "x", "reason": REASON}):
        author.get(HOME)
        reply = author.post(f"{HOME}/adopt", form)
        assert reply.status_code == 400 and "Nothing was saved yet" in reply.text
    assert "in force" not in author.get(f"{HOME}/1").text


def test_two_side_by_side(app: Flask, author: Visitor, clock: TestClock) -> None:
    fill(app, Group(200, items=8))
    calibrate(app, author, clock)
    author.get(HOME)
    author.post(f"{HOME}/adopt", {"number": "1", "reason": REASON})
    fill(app, Group(200, seed=4, items=8))
    calibrate(app, author, clock)
    assert re.search(r"\d of 8 against calibration 1", author.get(HOME).text)
    page = author.get(f"{HOME}/compare?old=1&new=2").text
    assert page.count("<circle") == 8 and 'style="' not in page
    assert len(page_of(page).findall(".//tbody/tr/th[@scope='row']")) == 8
    assert author.get(f"{HOME}/compare?old=1").status_code == 400
    assert author.get(f"{HOME}/compare?old=1&new=9").status_code == 404


def test_a_failed_job_says_why_and_can_be_started_again(app: Flask, author: Visitor, clock: TestClock) -> None:
    page = author.get(calibrate(app, author, clock)).text
    assert "failed" in page and "Too few answers" in page and "Start again" in page
    fill(app, Group(60, items=5))
    assert "Open calibration 1" in author.get(calibrate(app, author, clock)).text


def test_a_job_whose_worker_died_is_said_to_be_silent(app: Flask, author: Visitor, clock: TestClock) -> None:
    from trainer_academy.measurement.calibrations import jobs as measuring_jobs

    author.get(HOME)
    address = author.post(HOME, follow=False).headers["Location"]
    write(app, lambda session: measuring_jobs.claim(session, int(address.rpartition("/")[2]), clock()))
    assert "seems to have ended" not in author.get(address).text
    clock.forward(minutes=3)
    assert "seems to have ended" in author.get(address).text


def test_files(app: Flask, author: Visitor, clock: TestClock) -> None:
    fill(app, Group(60, items=5))
    calibrate(app, author, clock)
    as_json, as_csv = (author.get(f"{HOME}/1/calibration.{ending}") for ending in ("json", "csv"))
    assert "attachment" in as_json.headers["Content-Disposition"]
    assert json.loads(as_json.text)["schema_version"] == 1
    assert read_calibration(as_json.text).items == read_calibration(as_csv.text).items
    assert author.get(f"{HOME}/1/calibration.exe").status_code == 404
    wide, long = (author.get(f"{HOME}/responses-{layout}.csv") for layout in ("wide", "long"))
    assert read_responses(wide.text).count == read_responses(long.text).count == 300
    people = [row["person"] for row in csv.DictReader(io.StringIO(wide.text))]
    assert len(set(people)) == 60 and all(re.fullmatch(r"p[0-9a-f]{16}", person) for person in people)
    assert author.get(f"{HOME}/responses-flat.csv").status_code == 404


def test_what_is_not_there_is_not_found(author: Visitor) -> None:
    for path in (
        f"{HOME}/1",
        f"{HOME}/jobs/1",
        "/measure/nothing/calibrations",
        "/measure/nothing/calibrations/responses-wide.csv",
    ):
        assert author.get(path).status_code == 404
    author.get(HOME)
    assert author.post("/measure/nothing/calibrations").status_code == 404


@pytest.mark.parametrize("role", ["", "rater", "operator"])
def test_nobody_but_authors_gets_in(app: Flask, clock: TestClock, people: object, role: str) -> None:
    person = Visitor(app)
    person.sign_up("other@academy.example")
    if role:
        give_role(app, clock, "other@academy.example", "academy", role)
    for path in ("", "/1", "/jobs/1", "/compare?old=1&new=2", "/1/calibration.json", "/responses-wide.csv"):
        assert person.get(f"{HOME}{path}").status_code == 403
    for path in ("", "/adopt"):
        assert person.post(f"{HOME}{path}", {"number": "1", "reason": REASON}).status_code == 403
    assert "/sign-in" in Visitor(app).get(HOME).headers["Location"]


def test_the_banks_lead_there(author: Visitor) -> None:
    assert HOME in author.get("/banks").text

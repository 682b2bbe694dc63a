"""`flask measure simulate`, the page on how an exam decides, and corrected keys of sequential attempts."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlmodel import select

from tests.functional.assessments.corrections.corrections import (
    choice_on,
    decide,
    make_authors,
    other_option,
    propose,
    run_rescoring,
)
from tests.functional.assessments.exams.sequences import EXAM, adopt_calibration, attempt_of, sit_to_the_end
from tests.functional.conftest import TestClock
from tests.page import rows
from tests.stage import count
from tests.visitor import Visitor
from trainer_academy.assessments.bank.models import Correction
from trainer_academy.assessments.corrections.preview import preview
from trainer_academy.assessments.exams.deciding import decisions_of
from trainer_academy.core.db import Database
from trainer_academy.measurement.simulations.models import Simulation
from trainer_academy.web.context import get
from trainer_academy.workflows.certification import Services


def test_lengths_of_a_classical_exam_are_not_simulated_and_it_says_why(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["measure", "simulate", EXAM, "--fixed", "20"])
    assert result.exit_code == 1
    assert "decides classically, because no calibration is adopted" in result.output


def test_exams_or_a_made_up_bank_are_named(app: Flask) -> None:
    runner = app.test_cli_runner()
    assert "Name exams, or a made-up bank" in runner.invoke(args=["measure", "simulate", EXAM, "--synthetic", "120"]).output
    assert "There is no exam 'nothing'" in runner.invoke(args=["measure", "simulate", "nothing"]).output
    rated = runner.invoke(args=["measure", "simulate", "writing-rationales"])
    assert rated.exit_code == 1 and "People rate the work of writing-rationales" in rated.output


def test_the_made_up_bank_prints_a_table_by_distance(app: Flask) -> None:
    args = ["measure", "simulate", "--synthetic", "120", "--cut", "0.5", "--people", "80", "--seed", "4"]
    result = app.test_cli_runner().invoke(args=args)
    assert result.exit_code == 0, result.output
    assert "80 of 80 people" in result.stderr
    for row in ("everybody", "0.0 to 0.3", "0.3 to 0.8", "0.8 to more", "P >= 0.80"):
        assert row in result.stdout
    assert result.stdout == app.test_cli_runner().invoke(args=args).stdout
    report = json.loads(app.test_cli_runner().invoke(args=[*args, "--as-json"]).stdout)
    assert report["whole"]["n"] == 80


def test_the_report_of_an_exam_is_kept_and_shown_beside_its_rule(app: Flask, clock: TestClock) -> None:
    authors = make_authors(app, clock)
    page = authors.first.get(f"/measure/{EXAM}/rule").text
    assert "No calibration is adopted for this exam" in page
    adopt_calibration(app)
    result = app.test_cli_runner().invoke(args=["measure", "simulate", EXAM, "--people", "40"])
    assert result.exit_code == 0, result.output
    assert count(app, Simulation) == 2, "lengths of single sittings, and what a pass is worth"
    page = authors.first.get(f"/measure/{EXAM}/rule").text
    assert "40 made-up people, two sittings each" in page
    assert "(set)" in page
    assert authors.first.get("/measure/nothing/rule").status_code == 404


def test_a_corrected_key_decides_sequential_attempts_again_as_the_dry_run_says(
    app: Flask, clock: TestClock, learner: Visitor
) -> None:
    adopt_calibration(app)
    attempt = sit_to_the_end(learner, app, learner.start_exam(), share=0.7, seed=8)
    assert attempt.id is not None and attempt.score is not None
    _, item = choice_on(app, attempt.id)
    authors = make_authors(app, clock)
    correction_id = propose(authors.first, item.id, {"action": "key", "choice": other_option(item)})
    with app.app_context(), get(Database).reader() as session:
        correction = session.exec(select(Correction).where(Correction.id == correction_id)).one()
        expected = preview(session, get(Services).store, correction)
    assert (expected.attempts, expected.changed) == (1, 1)
    decide(authors.second, correction_id, "approve")
    run_rescoring(app, clock, correction_id)
    after = attempt_of(app, attempt.id)
    assert after.score == pytest.approx(expected.first[0].after, abs=1e-9)
    assert after.score != pytest.approx(attempt.score, abs=1e-6)
    with app.app_context(), get(Database).reader() as session:
        found = decisions_of(session, attempt.id)
    assert [one.reason for one in found] == ["sure", "rescored"]
    assert found[1].basis is not None
    assert found[1].basis["left_out"] == 1 and found[1].item_count == found[0].item_count - 1
    working = learner.get(f"/attempts/{attempt.id}/working").text
    assert "1 item was left out because its key was corrected" in working
    assert not [row for row in rows(working) if len(row) > 2], "nothing of a single item"

"""What a pass is worth: the command, what it stores and writes, and the three pages that say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from flask import Flask

from tests.functional.assessments.exams.sequences import EXAM, adopt_calibration
from tests.page import rows, words
from tests.visitor import Visitor
from trainer_academy.assessments.bank.pass_figures import PassFigures
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.web.context import get

PEOPLE = ["--people", "60"]


def run(app: Flask, *args: str) -> str:
    result = app.test_cli_runner().invoke(args=["measure", "simulate", *args])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_prints_one_row_for_each_number_of_attempts(app: Flask) -> None:
    out = run(app, EXAM, *PEOPLE, "--no-keep", "--seed", "5")
    assert "139 items, 42.0 a sitting, cut 70" in out and "20 % know 20 % of the bank" in out and "PPV" in out
    assert [line.split()[0] for line in out.splitlines()[-3:]] == ["1", "2", "3"]
    assert "n=60" in out and out == run(app, EXAM, *PEOPLE, "--no-keep", "--seed", "5")
    more = json.loads(run(app, EXAM, *PEOPLE, "--no-keep", "--attempts", "5", "--coached", "0", "--base", "0.3", "--as-json"))
    assert len(more["rows"]) == 5 and more["given"]["coached"] == 0 and more["given"]["base"] == 0.3


def test_without_a_name_every_exam_that_certifies_by_keys_is_simulated(app: Flask) -> None:
    out = run(app, "--people", "3", "--no-keep", "--attempts", "1")
    with app.app_context():
        exams = [key for key, spec in get(ItemStore).counting_exams.items() if spec.rating is None]
    assert len(exams) == 5 and [line.split()[0] for line in out.splitlines() if " items, " in line] == exams


def test_the_file_for_authors_is_the_shape_that_is_read(app: Flask, tmp_path: Path) -> None:
    run(app, EXAM, *PEOPLE, "--write", str(tmp_path))
    text = (tmp_path / f"{EXAM}.yaml").read_text()
    assert text.startswith("# Written by")
    found = PassFigures.model_validate(yaml.safe_load(text))
    assert found.given.people == 60 and len(found.rows) == 3
    with app.app_context():
        spec = get(ItemStore).exams[EXAM]
    assert found.is_of(spec, spec.cut_score, found.bank)
    assert not found.is_of(spec, spec.cut_score + 0.01, found.bank), "another cut is another exam"


def test_report_handbook_and_start_page_say_what_is_simulated_and_what_nobody_knows(app: Flask, learner: Visitor) -> None:
    with app.app_context():
        shipped = get(ItemStore).pass_figures[EXAM]
    ppv = f"{int(shipped.rows[2].ppv.share * 1000) / 10:.1f}"
    report = learner.get(f"/exams/{EXAM}/report").text
    found = [row for row in rows(report) if row and row[0].startswith("up to ")]
    assert [row[0] for row in found] == ["up to 1", "up to 2", "up to 3"]
    assert found[2][3].startswith(ppv) and f"n = {shipped.rows[2].ppv.n}" in found[2][3]
    handbook = words(learner.get(f"/exams/{EXAM}/handbook").text)
    assert f"of 100 who pass, about {ppv} are truly above" in handbook and "What nobody knows yet" in handbook
    assert "also by a model, where nobody supervises" in handbook
    start = words(learner.get(f"/exams/{EXAM}").text)
    assert f"of 100 who pass, about {ppv[:-2]} are truly above the certified level" in start and "Not known yet" in start


def test_a_stored_simulation_of_the_exam_as_it_is_comes_first(app: Flask) -> None:
    run(app, EXAM, *PEOPLE, "--seed", "9")
    report = words(Visitor(app).get(f"/exams/{EXAM}/report").text)
    assert "60 people, of whom 50 in 100 are above the level" in report and "seed 9" in report


@pytest.mark.parametrize("simulated", [False, True])
def test_an_exam_with_a_calibration_needs_a_simulation_of_its_own(app: Flask, learner: Visitor, simulated: bool) -> None:
    adopt_calibration(app)
    if simulated:
        run(app, EXAM, "--people", "30")
    report = words(Visitor(app).get(f"/exams/{EXAM}/report").text)
    assert ("Items are answered by the parameters of calibration 1." in report) is simulated
    assert ("Not simulated yet for this version of the exam" in report) is not simulated
    assert "It is not simulated yet" in words(learner.get(f"/exams/{EXAM}").text)


def test_of_work_that_people_rate_nothing_is_claimed(app: Flask, learner: Visitor) -> None:
    report = words(learner.get("/exams/writing-rationales/report").text)
    assert "it is not simulated" in report and "are truly above" not in report
    assert "What a pass is worth" not in words(learner.get("/exams/writing-rationales").text)

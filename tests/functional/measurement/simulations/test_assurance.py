"""`flask measure assurance`: what it prints, and what it refuses."""

from __future__ import annotations

from click.testing import Result
from flask import Flask

from tests.functional.assessments.exams.sequences import EXAM, adopt_calibration


def run(app: Flask, *args: str) -> Result:
    return app.test_cli_runner().invoke(args=["measure", "assurance", *args])


def test_the_command_prints_one_row_for_each_share_of_helped_people(app: Flask) -> None:
    given = (EXAM, "--people", "20", "--helped", "0", "--helped", "0.5")
    found = run(app, *given)
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert "139 items, 42 a sitting, up to 3 sittings, cut 70" in lines[0] and "re-test: 14 of 20 right" in lines[0]
    assert "PPV, unsupervised" in lines[1] and "PPV, confirmed by re-test" in lines[1] and "PPV, supervised" in lines[1]
    assert [line.split()[0] for line in lines[2:]] == ["0", "50"]
    assert "n=" in lines[2] and "nobody" in lines[2], "no helped person, so nothing is said of them"
    assert run(app, *given).stdout == found.stdout


def test_exams_that_cannot_be_simulated_are_refused(app: Flask) -> None:
    assert "There is no exam 'none' that counts" in run(app, "none").output
    assert "People rate the work of writing-prompts" in run(app, "writing-prompts").output
    assert "has 42 scored items" in run(app, EXAM, "--retest-items", "43").output


def test_an_exam_that_ends_by_itself_is_refused(app: Flask) -> None:
    adopt_calibration(app)
    found = run(app, EXAM)
    assert found.exit_code == 1 and "ends by itself" in found.output

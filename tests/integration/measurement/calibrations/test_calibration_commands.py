"""`flask measure ...`: responses and calibrations out and in, and a foreign matrix without the database."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from flask import Flask

from tests.measured import EXAM, Group, add_attempts
from tests.stage import write
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.web.context import get


@pytest.fixture
def command(app: Flask):  # type: ignore[no-untyped-def]
    """Runs a command; exit code and everything that it said."""

    def run(*arguments: object) -> tuple[int, str]:
        result = app.test_cli_runner().invoke(args=["measure", *map(str, arguments)])
        return result.exit_code, result.output

    return run


def fill(app: Flask, group: Group) -> None:
    with app.app_context():
        store = get(ItemStore)
    write(app, lambda session: add_attempts(session, store, group))


def test_out_and_in_again(app: Flask, command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fill(app, Group(80, items=6))
    code, said = command("calibrate", EXAM)
    assert code == 0 and "Calibration 1: 6 items, 80 persons, 480 answers; converged" in said
    for kind in ("csv", "json"):
        file = tmp_path / f"calibration.{kind}"
        assert command("export-calibration", EXAM, "--format", kind, "--out", file)[0] == 0
        code, said = command("import-calibration", EXAM, file)
        assert code == 0 and "6 items" in said
    first, third = (command("export-calibration", EXAM, number, "--format", "csv")[1] for number in (1, 3))
    assert first == third and first.count("\n") == 7
    assert "There are: 3, 2, 1" in command("export-calibration", EXAM, 9)[1]


def test_responses_calibrate_without_the_database(app: Flask, command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fill(app, Group(80, items=6))
    command("calibrate", EXAM)
    found = {}
    for layout in ("wide", "long"):
        sheet, out = tmp_path / f"{layout}.csv", tmp_path / f"{layout}.json"
        assert command("export-responses", EXAM, "--layout", layout, "--out", sheet)[0] == 0
        code, said = command("calibrate-file", sheet, "--out", out)
        assert code == 0 and "6 items from 80 persons and 480 answers" in said
        found[layout] = json.loads(out.read_text())["items"]
    assert found["wide"] == found["long"]
    stored = json.loads(command("export-calibration", EXAM)[1])["items"]
    assert [item["slope"] for item in found["long"]] == pytest.approx([item["slope"] for item in stored], abs=1e-6)
    code, said = command("import-calibration", EXAM, tmp_path / "long.json")
    assert code == 0 and "Calibration 2" in said


def test_a_faulty_file_is_reported_whole_and_nothing_is_imported(command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "bad.csv"
    file.write_text("schema_version,item_id,answers,slope,step_1\n1,nothing,40,0.9,x\n1,ev-x-001,-1,0.9,0\n")
    code, said = command("import-calibration", EXAM, file)
    assert code == 1 and "3 faults. Nothing was imported." in said
    assert "bad.csv: line 2, column step_1: found 'x', expected a number" in said
    assert "no calibration yet" in command("export-calibration", EXAM)[1]
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("person,a,b\np1,2,x\np1,0.5,1\n")
    code, said = command("calibrate-file", sheet, "--out", tmp_path / "out.json")
    assert code == 1 and "Nothing was imported" in said and not (tmp_path / "out.json").exists()


def test_too_little_to_calibrate_and_unknown_exams(app: Flask, command, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    code, said = command("calibrate", EXAM)
    assert code == 1 and "Too few answers" in said
    code, said = command("calibrate", "nothing")
    assert code == 1 and EXAM in said
    sheet = tmp_path / "small.csv"
    with sheet.open("w", newline="") as out:
        csv.writer(out).writerows([["person", "a", "b"], *([f"p{n}", n % 2, 1] for n in range(40))])
    code, said = command("calibrate-file", sheet, "--out", tmp_path / "out.json")
    assert code == 1 and "1 of 2 items can be calibrated" in said

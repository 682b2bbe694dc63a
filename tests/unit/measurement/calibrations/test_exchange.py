"""Files of calibrations and responses: exact both ways, safe in spreadsheets, and every fault with its place."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_academy.measurement.calibrations.exchange import (
    CalibrationFile,
    ItemRow,
    calibration_as_csv,
    calibration_as_json,
    read_calibration,
)
from trainer_academy.measurement.calibrations.response_files import SheetRow, person_code, read_responses, responses_as_csv
from trainer_academy.measurement.calibrations.tables import FaultyFile, decode, plain_cell, safe_cell

numbers = st.floats(-50, 50, allow_nan=False)
positive = st.floats(1e-6, 8, allow_nan=False)


@st.composite
def rows(draw: st.DrawFn, number: int) -> ItemRow:
    steps = draw(st.lists(numbers, min_size=1, max_size=4))
    errors = [draw(st.one_of(st.none(), positive)) for _ in steps]
    slope_error = draw(positive)
    return ItemRow(
        f"item-{number}",
        draw(st.sampled_from(["", "abc123"])),
        draw(st.integers(0, 99999)),
        draw(positive),
        tuple(steps),
        slope_error,
        tuple(errors),
    )


@st.composite
def files(draw: st.DrawFn) -> CalibrationFile:
    items = tuple(draw(rows(number)) for number in range(draw(st.integers(1, 5))))
    return CalibrationFile(items, draw(st.integers(1, 10**6)), draw(numbers), draw(positive), {})


@given(files())
def test_what_is_written_reads_back_the_same(file: CalibrationFile) -> None:
    assert read_calibration(calibration_as_json(file)) == file
    back = read_calibration(calibration_as_csv(file))
    assert (back.items, back.persons, back.population_mean, back.population_sd) == (
        file.items,
        file.persons,
        file.population_mean,
        file.population_sd,
    )
    assert calibration_as_csv(back) == calibration_as_csv(file)


def test_json_carries_everything_and_null_errors_mean_what_they_meant() -> None:
    about = {"log_likelihood": -12.5, "priors": {"step_sd": 3.0}, "cycles": 7, "is_converged": True, "left_out": []}
    items = (ItemRow("a-1", "k", 40, 1.5, (0.25,), None, (None,)), ItemRow("b-1", "", 40, 1.5, (0.1, 0.2)))
    file = CalibrationFile(items, 60, about=about)
    assert read_calibration(calibration_as_json(file)) == file
    assert json.loads(calibration_as_json(file))["schema_version"] == 1


GOOD = "schema_version,item_id,answers,slope,slope_error,step_1,step_2\n1,a-1,50,1.2,0.1,-0.5,0.5\n1,b-1,60,0.8,,0.3,\n"


def faults(text: str, known: dict[str, str] | None = None) -> list[tuple[int, str, str]]:
    with pytest.raises(FaultyFile) as caught:
        read_calibration(text, known)
    assert str(caught.value).count("\n") + 1 == len(caught.value.faults)
    return [(fault.line, fault.column, fault.found) for fault in caught.value.faults]


def test_a_small_file_by_hand() -> None:
    file = read_calibration("\n".join([*GOOD.splitlines(), "", ""]))
    assert [(item.item_id, item.levels, item.slope_error) for item in file.items] == [("a-1", 3, 0.1), ("b-1", 2, None)]
    assert file.persons == 60


def test_every_fault_is_reported_at_once() -> None:
    text = GOOD.replace("1.2", "steep").replace("60", "-3").replace("0.3,", ",0.3")
    assert faults(text, {"a-1": "k"}) == [(2, "slope", "steep"), (3, "answers", "-3"), (3, "step_1", ""), (3, "item_id", "b-1")]


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("b-1", "a-1", (3, "item_id", "a-1")),
        ("1,b-1", "2,b-1", (3, "schema_version", "2")),
        ("1,b-1", ",b-1", (3, "schema_version", "")),
        ("0.8", "nan", (3, "slope", "nan")),
        ("0.8", "inf", (3, "slope", "inf")),
        ("0.8", "0", (3, "slope", "0")),
        ("60", "60.5", (3, "answers", "60.5")),
        ("0.1", "-0.1", (2, "slope_error", "-0.1")),
        ("step_2", "step_x", (1, "step_x", "step_x")),
        ("step_2", "step_1", (1, "step_1", "2 columns")),
        ("answers", "n", (1, "n", "n")),
        ("0.8,,0.3,", "0.8,,0.3", (3, "", "6 cells")),
        ("b-1", '"b-1', (3, "", "unexpected end of data")),
        ("1,a-1,50,1.2,0.1,-0.5,0.5\n1,b-1,60,0.8,,0.3,\n", "", (1, "item_id", "")),
    ],
)
def test_a_fault_and_its_place(old: str, new: str, wanted: tuple[int, str, str]) -> None:
    assert wanted in faults(GOOD.replace(old, new))


def test_semicolons_are_not_commas() -> None:
    assert faults(GOOD.replace(",", ";"))[0][0] == 1


@pytest.mark.parametrize(
    ("change", "line", "column"),
    [
        ({"slope": "1.2"}, 5, "items[0].slope"),
        ({"slope": True}, 5, "items[0].slope"),
        ({"steps": []}, 5, "items[0].steps"),
        ({"steps": [0.5, None]}, 5, "items[0].steps[1]"),
        ({"step_errors": [0.1]}, 5, "items[0].step_errors"),
        ({"levels": 4}, 5, "items[0].levels"),
        ({"answers": 1.5}, 5, "items[0].answers"),
        ({"item_id": 7}, 5, "items[0].item_id"),
        ({"key_version": "x" * 40}, 5, "items[0].key_version"),
    ],
)
def test_faults_in_json_have_lines_too(change: dict[str, object], line: int, column: str) -> None:
    item = {"item_id": "a-1", "answers": 50, "slope": 1.2, "steps": [0.5, 1.5]} | change
    text = f'{{\n "schema_version": 1,\n "persons": 80,\n "items": [\n  {json.dumps(item)}\n ]\n}}'
    assert faults(text)[0][:2] == (line, column)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", (1, "2")),
        ('{"schema_version": 1,\n "items": 3}', (2, "items")),
        ('{"schema_version": 1,\n "items": [1]}', (2, "items")),
        ('{"schema_version": 2, "items": []}', (1, "schema_version")),
        ('{"schema_version": 1, "items": [{"slope": NaN}]}', (1, "")),
        ('{"schema_version": 1,\n "is_converged": "yes",\n "items": []}', (2, "is_converged")),
        ('{"schema_version": 1,\n "population_sd": 0,\n "items": []}', (2, "population_sd")),
    ],
)
def test_json_that_is_no_calibration(text: str, place: tuple[int, str]) -> None:
    assert place in [found[:2] for found in faults(text)]


def test_text_that_is_not_utf8_says_the_line() -> None:
    assert decode(b"\xef\xbb\xbfperson,a\n") == "person,a\n"
    with pytest.raises(FaultyFile) as caught:
        decode("person,a\np\u00e9,1\n".encode("latin-1"))
    assert caught.value.faults[0].line == 2


@given(st.text(max_size=20))
def test_no_cell_is_a_formula_and_all_come_back(text: str) -> None:
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    if not text.startswith("'"):
        assert plain_cell(safe_cell(text)) == text


def test_names_like_formulas_are_safe_in_a_file() -> None:
    sheet = [SheetRow("=1+1", {"@item": (0.5, None), "-1": (1.0, 30)})]
    for layout in ("wide", "long"):
        text = "".join(responses_as_csv(sheet, layout, ["@item", "-1"]))  # type: ignore[arg-type]
        cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
        assert not [cell for cell in cells if cell.startswith(("=", "@", "-"))]
        back = read_responses(text)
        assert list(back.persons) == ["=1+1"] and set(back.items) == {"@item", "-1"}


SHEET = [SheetRow("p1", {"a": (1.0, 20), "b": (1 / 3, None)}), SheetRow("p2", {"b": (0.0, 5)}), SheetRow("p3", {"a": (0.5, 1)})]


@pytest.mark.parametrize("layout", ["wide", "long"])
def test_responses_read_back_exactly(layout: str) -> None:
    text = "".join(responses_as_csv(SHEET, layout, ["a", "b"]))  # type: ignore[arg-type]
    back = read_responses(text)
    assert back.persons == {"p1": 0, "p2": 1, "p3": 2}
    assert back.items == {"a": [(0, 1.0), (2, 0.5)], "b": [(0, 1 / 3), (1, 0.0)]}


def test_whole_scores_are_shares_of_the_highest() -> None:
    back = read_responses("person,a,b\np1,3,1\np2,0,\np3,1,0\n")
    assert back.items == {"a": [(0, 1.0), (1, 0.0), (2, 1 / 3)], "b": [(0, 1.0), (2, 0.0)]}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("person,a\np1,1\np1,0\n", (3, "person", "p1")),
        ("person,a\n,1\n", (2, "person", "")),
        ("person,a\np1,yes\n", (2, "a", "yes")),
        ("person,a\np1,-1\n", (2, "a", "-1")),
        ("person,a\np1,1.5\n", (2, "a", "1.5")),
        ("person,a\np1,0.5\np2,3\n", (2, "a", "0.5")),
        ("person,a\np1,nan\n", (2, "a", "nan")),
        ("person,a\n", (1, "", "only a header")),
        ("person,a,a\np1,1,1\n", (1, "a", "2 columns")),
        ("person,item,score\np1,a,1\np1,a,0\n", (3, "a", "0.0")),
        ("person,item,score\np1,,1\n", (2, "item", "")),
        ("person,item,score\np1,a,\n", (2, "score", "")),
        ("person,a\np1,1,1\n", (2, "", "3 cells")),
    ],
)
def test_faults_of_responses(text: str, wanted: tuple[int, str, str]) -> None:
    with pytest.raises(FaultyFile) as caught:
        read_responses(text)
    assert wanted in [(fault.line, fault.column, fault.found) for fault in caught.value.faults]


def test_codes_of_persons_tell_nothing_and_differ_by_exam() -> None:
    codes = {person_code("s", "one", number) for number in range(200)}
    assert len(codes) == 200 and all(code.startswith("p") and len(code) == 17 for code in codes)
    assert person_code("s", "one", 1) != person_code("s", "two", 1)
    assert person_code("s", "one", 1) != person_code("other", "one", 1)
    assert person_code("s", "one", 1) == person_code("s", "one", 1)

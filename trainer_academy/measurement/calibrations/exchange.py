"""Calibrations as files: CSV and JSON with a schema version, exact both ways; every fault of a file at once. Pure.

CSV: one line an item, `step_1`, `step_1_error`, ... as many as the item with the most levels has; what holds for the whole
calibration (`persons`, `population_mean`, `population_sd`) is the same on every line. Numbers are written so that they read
back as the same floats. JSON holds everything.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from trainer_academy.measurement.calibrations.tables import Fault, FaultyFile, Place, table, write_csv

SCHEMA_VERSION = 1
MOST_STEPS = 9
WHOLE_FILE = ("persons", "population_mean", "population_sd")
COLUMNS = ("schema_version", "item_id", "key_version", "levels", "answers", "slope", "slope_error")
NEEDED = ("schema_version", "item_id", "answers", "slope", "step_1")
_STEP = re.compile(r"step_([1-9])(_error)?")


@dataclass(frozen=True)
class ItemRow:
    """One calibrated item of a file. Errors are None where they are not known, or where the answers say nothing."""

    item_id: str
    key_version: str
    answers: int
    slope: float
    steps: tuple[float, ...]
    slope_error: float | None = None
    step_errors: tuple[float | None, ...] | None = None

    @property
    def levels(self) -> int:
        return len(self.steps) + 1


@dataclass(frozen=True)
class CalibrationFile:
    """A calibration as it travels. `about` holds what only JSON has: fit, priors, digest, software, items left out."""

    items: tuple[ItemRow, ...]
    persons: int
    population_mean: float = 0.0
    population_sd: float = 1.0
    about: Mapping[str, Any] | None = None


def calibration_as_csv(file: CalibrationFile) -> str:
    """One line an item."""
    most = max((len(item.steps) for item in file.items), default=1)
    names = [name for step in range(1, most + 1) for name in (f"step_{step}", f"step_{step}_error")]
    shared = (file.persons, file.population_mean, file.population_sd)
    rows = [
        [SCHEMA_VERSION, i.item_id, i.key_version, i.levels, i.answers, i.slope, i.slope_error, *shared, *_steps(i, most)]
        for i in file.items
    ]
    return "".join(write_csv([*COLUMNS, *WHOLE_FILE, *names], rows))


def _steps(item: ItemRow, most: int) -> list[float | None]:
    errors = item.step_errors or (None,) * len(item.steps)
    cells = [cell for pair in zip(item.steps, errors, strict=True) for cell in pair]
    return [*cells, *(None for _ in range(2 * most - len(cells)))]


def calibration_as_json(file: CalibrationFile) -> str:
    """Everything, one item a line."""
    head = {
        "schema_version": SCHEMA_VERSION,
        "persons": file.persons,
        "population_mean": file.population_mean,
        "population_sd": file.population_sd,
        **(file.about or {}),
    }
    start = json.dumps(head, indent=1, ensure_ascii=False, allow_nan=False)[:-2]
    lines = ",\n  ".join(json.dumps(_as_json(item), ensure_ascii=False, allow_nan=False) for item in file.items)
    return f'{start},\n "items": [\n  {lines}\n ]\n}}\n'


def _as_json(item: ItemRow) -> dict[str, Any]:
    return {
        "item_id": item.item_id,
        "key_version": item.key_version,
        "levels": item.levels,
        "answers": item.answers,
        "slope": item.slope,
        "slope_error": item.slope_error,
        "steps": list(item.steps),
        "step_errors": None if item.step_errors is None else list(item.step_errors),
    }


def read_calibration(text: str, known: Mapping[str, str] | None = None) -> CalibrationFile:
    """A calibration from CSV or JSON. `known` is the key version of today of each item that may occur (None: any item).

    Raises FaultyFile with every fault.
    """
    return _from_json(text, known) if text.lstrip().startswith("{") else _from_csv(text, known)


class _Reader:
    """Reads values of one item or of the head, and collects faults. Text cells are numbers in CSV, and not in JSON."""

    def __init__(self, faults: list[Fault], is_csv: bool) -> None:
        self.faults, self.is_csv = faults, is_csv

    def fault(self, place: Place, found: object, expected: str) -> None:
        self.faults.append(Fault(place[0], place[1], str(found), expected))

    def number(self, raw: object, place: Place, expected: str, is_right: Callable[[float], bool] = math.isfinite) -> float:
        value = self._as_float(raw)
        if value is None or not math.isfinite(value) or not is_right(value):
            self.fault(place, "" if raw is None else raw, expected)
            return math.nan
        return value

    def whole(self, raw: object, place: Place, low: int, high: int = 10**9) -> int:
        expected = f"a whole number from {low} to {high}" if high < 10**9 else f"a whole number of at least {low}"
        value = self.number(raw, place, expected, lambda value: value == int(value) and low <= value <= high)
        return low if math.isnan(value) else int(value)

    def error(self, raw: object, place: Place) -> float | None:
        if raw is None or raw == "":
            return None
        return self.number(raw, place, "a number above 0, or nothing", lambda value: value > 0)

    def _as_float(self, raw: object) -> float | None:
        if isinstance(raw, bool) or not isinstance(raw, (str, int, float)) or isinstance(raw, str) != self.is_csv:
            return None
        try:
            return float(raw)
        except (ValueError, OverflowError):
            return None


def _read_item(reader: _Reader, raw: Mapping[str, object], place: Callable[[str], Place]) -> ItemRow:
    """One item from its cells. Fields that are wrong get a stand-in: the faults decide whether it is used."""

    def bad(value: float, stand_in: float) -> float:
        return stand_in if math.isnan(value) else value

    name = raw.get("item_id")
    if not isinstance(name, str) or not name:
        reader.fault(place("item_id"), "" if name is None else name, "the id of an item")
    answers = reader.whole(raw.get("answers"), place("answers"), 0)
    slope = bad(reader.number(raw.get("slope"), place("slope"), "a number above 0", lambda value: value > 0), 1.0)
    count = _count_steps(reader, raw, place)
    steps = tuple(bad(reader.number(raw.get(f"step_{n}"), place(f"step_{n}"), "a number"), 0.0) for n in range(1, count + 1))
    errors = tuple(reader.error(raw.get(f"step_{n}_error"), place(f"step_{n}_error")) for n in range(1, count + 1))
    slope_error = reader.error(raw.get("slope_error"), place("slope_error"))
    if raw.get("levels") not in (None, "") and reader.whole(raw["levels"], place("levels"), 2, MOST_STEPS + 1) != count + 1:
        reader.fault(place("levels"), raw["levels"], f"{count + 1}, one more than there are steps")
    key = raw.get("key_version") or ""
    if not isinstance(key, str) or len(key) > 16:
        reader.fault(place("key_version"), key, "a text of at most 16 characters, or nothing")
    is_listed = not reader.is_csv and "step_1_error" in raw  # in JSON a null in the list says that the answers say nothing
    known = is_listed or slope_error is not None or any(error is not None for error in errors)
    return ItemRow(str(name), str(key), answers, slope, steps, slope_error, errors if known else None)


def _count_steps(reader: _Reader, raw: Mapping[str, object], place: Callable[[str], Place]) -> int:
    """How many steps there are; a gap is a fault."""
    names = {n: f"step_{n}" for n in range(1, MOST_STEPS + 1)}
    filled = [n for n, name in names.items() if raw.get(name) not in (None, "") or (name in raw and not reader.is_csv)]
    for step in range(1, max(filled, default=1) + 1):
        if step not in filled:
            reader.fault(place(f"step_{step}"), "", "a number: steps are filled from the first one on")
    return len(filled) if filled == list(range(1, len(filled) + 1)) else 0


def _check_item(reader: _Reader, item: ItemRow, place: Place, seen: set[str], known: Mapping[str, str] | None) -> None:
    if item.item_id in seen:
        reader.fault(place, item.item_id, "each item once")
    if known is not None and item.item_id not in known:
        reader.fault(place, item.item_id, "the id of an item in the exam's bank")
    seen.add(item.item_id)


def _from_csv(text: str, known: Mapping[str, str] | None) -> CalibrationFile:
    header, rows, faults = table(text)
    faults += _header_faults(header) if header else []
    if faults:
        raise FaultyFile(faults)
    reader, seen, items = _Reader(faults, is_csv=True), set[str](), []
    shared: dict[str, str] = {}
    for line, cells in rows:
        raw = dict(zip(header, cells, strict=True))
        item = _read_item(reader, raw, lambda column, line=line: (line, column))  # type: ignore[misc]
        _check_item(reader, item, (line, "item_id"), seen, known)
        _check_version(reader, raw["schema_version"], (line, "schema_version"))
        for name in WHOLE_FILE:
            if name in raw and raw[name] != shared.setdefault(name, raw[name]):
                reader.fault((line, name), raw[name], f"{shared[name]}, as on the lines before")
        items.append(item)
    return _whole(reader, items, shared, lambda name: (rows[0][0] if rows else 1, name), None)


def _header_faults(header: Sequence[str]) -> list[Fault]:
    allowed = "one of " + ", ".join((*COLUMNS, *WHOLE_FILE, "step_1", "step_1_error", f"... step_{MOST_STEPS}_error"))
    unknown = [name for name in header if name not in (*COLUMNS, *WHOLE_FILE) and not _STEP.fullmatch(name)]
    missing = [name for name in NEEDED if name not in header]
    return [Fault(1, name, name, allowed) for name in unknown] + [Fault(1, name, "", "this column") for name in missing]


def _check_version(reader: _Reader, raw: object, place: Place) -> None:
    if str(raw) != str(SCHEMA_VERSION):
        reader.fault(place, "" if raw is None else raw, f"{SCHEMA_VERSION}, the schema version that this software reads")


def _whole(
    reader: _Reader,
    items: Sequence[ItemRow],
    raw: Mapping[str, Any],
    place: Callable[[str], Place],
    about: Mapping[str, Any] | None,
) -> CalibrationFile:
    """The file as one thing. Raises FaultyFile when anything was wrong."""
    persons = max((item.answers for item in items), default=0)
    if raw.get("persons") not in (None, ""):
        persons = reader.whole(raw["persons"], place("persons"), 1)
    mean, sd = 0.0, 1.0
    if raw.get("population_mean") not in (None, ""):
        mean = reader.number(raw["population_mean"], place("population_mean"), "a number")
    if raw.get("population_sd") not in (None, ""):
        sd = reader.number(raw["population_sd"], place("population_sd"), "a number above 0", lambda value: value > 0)
    if not items:
        reader.fault((1, "item_id"), "", "at least one item")
    if reader.faults:
        raise FaultyFile(sorted(reader.faults, key=lambda fault: fault.line))
    return CalibrationFile(tuple(items), persons, mean, sd, about)


def _from_json(text: str, known: Mapping[str, str] | None) -> CalibrationFile:
    try:
        raw = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise FaultyFile([Fault(error.lineno, str(error.colno), error.msg, "JSON")]) from error
    except ValueError as error:
        raise FaultyFile([Fault(1, "", str(error), "finite numbers, or null")]) from error
    reader, places = _Reader([], is_csv=False), _Places(text)
    _check_version(reader, raw.get("schema_version"), places.of("schema_version"))
    found, items, seen = raw.get("items"), [], set[str]()
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        reader.fault(places.of("items"), type(found).__name__, "a list of items")
        raise FaultyFile(reader.faults)
    for number, each in enumerate(found):
        place = places.of_item(number)
        item = _read_item(reader, _flat(reader, each, place), place)
        _check_item(reader, item, place("item_id"), seen, known)
        items.append(item)
    about = {name: value for name, value in raw.items() if name not in ("schema_version", "items", *WHOLE_FILE)}
    _check_about(reader, about, places)
    return _whole(reader, items, raw, places.of, about)


def _check_about(reader: _Reader, about: Mapping[str, Any], places: _Places) -> None:
    """What is stored beside the items has the right shape, where it is there."""
    if about.get("cycles") is not None:
        reader.whole(about["cycles"], places.of("cycles"), 0)
    if about.get("log_likelihood") is not None:
        reader.number(about["log_likelihood"], places.of("log_likelihood"), "a number, or null")
    for name, kind, expected in (("is_converged", bool, "true or false"), ("priors", dict, "names with numbers in {}")):
        if about.get(name) is not None and not isinstance(about[name], kind):
            reader.fault(places.of(name), about[name], expected)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _flat(reader: _Reader, raw: Mapping[str, Any], place: Callable[[str], Place]) -> dict[str, Any]:
    """The lists `steps` and `step_errors` as the cells of CSV."""
    flat = {name: value for name, value in raw.items() if name not in ("steps", "step_errors")}
    steps, errors = raw.get("steps"), raw.get("step_errors")
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        reader.fault(place("steps"), "" if steps is None else steps, f"a list of 1 to {MOST_STEPS} numbers")
        steps = [0.0]
    if errors is not None and (not isinstance(errors, list) or len(errors) != len(steps)):
        reader.fault(place("step_errors"), errors, "null, or as many numbers as steps")
        errors = None
    flat |= {f"step_{number}": value for number, value in enumerate(steps, 1)}
    return flat | {f"step_{number}_error": value for number, value in enumerate(errors or [], 1)}


class _Places:
    """Lines of the values in a JSON text: JSON is YAML, and that reader says where each value stands."""

    def __init__(self, text: str) -> None:
        self.lines: dict[str, int] = {}
        self.items: list[dict[str, int]] = []
        try:
            root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError:  # a tab, for example, is JSON and not YAML: then every fault is said to be in line 1
            return
        if isinstance(root, yaml.MappingNode):
            self.lines = _lines(root)
            lists = [node.value for key, node in root.value if key.value == "items" and isinstance(node, yaml.SequenceNode)]
            self.items = [_lines(each) for found in lists for each in found]

    def of(self, name: str) -> Place:
        return self.lines.get(name, 1), name

    def of_item(self, number: int) -> Callable[[str], Place]:
        own = self.items[number] if number < len(self.items) else {}

        def place(name: str) -> Place:
            step = re.fullmatch(r"step_(\d)(_error)?", name)
            shown = f"step{'_error' if step[2] else ''}s[{int(step[1]) - 1}]" if step else name
            line = own.get(shown.partition("[")[0], own.get("", 1))
            return line, f"items[{number}].{shown}"

        return place


def _lines(node: yaml.Node) -> dict[str, int]:
    """Name to line of each value of a mapping; "" is the line where the mapping begins."""
    lines = {"": node.start_mark.line + 1}
    if isinstance(node, yaml.MappingNode):
        lines |= {key.value: value.start_mark.line + 1 for key, value in node.value}
    return lines

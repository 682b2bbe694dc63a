"""Checks of written texts: tables of cases, any text, hostile texts, and the same answers in the browser's script."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tests.house import ROOT
from tests.unit.assessments.items.written_cases import (
    BOTH,
    CASES,
    EITHER,
    FIVE,
    HOSTILE,
    NO_I,
    TEXTS,
    TRIP,
    Case,
    form,
    shape,
    words,
)
from trainer_academy.assessments.items.written_checks import (
    FOUND_TEXTS,
    NO_TEXT,
    CheckResult,
    SomeCheck,
    found_texts,
    run_checks,
)
from trainer_academy.assessments.items.written_formats import FORMATS
from trainer_academy.assessments.items.written_text import Wording
from trainer_academy.core.markdown import count_words

FOLDER = ROOT / "trainer_academy"
SCRIPTS = {name: FOLDER / f"static/js/{name}.js" for name in ("written_formats", "written")}
ADAPTER: TypeAdapter[Any] = TypeAdapter(SomeCheck)
ONE_OF_EACH = [words(1, 9), FIVE, BOTH, EITHER, NO_I, TRIP, *[form(name) for name in FORMATS]]


def run(check: dict[str, Any], text: str) -> CheckResult:
    [result] = run_checks([ADAPTER.validate_python(check)], text)
    return result


@pytest.mark.parametrize(("check", "text", "is_met", "found"), CASES)
def test_the_table(check: dict[str, Any], text: str, is_met: bool, found: str) -> None:
    result = run(check, text)
    assert (result.is_met, result.found) == (is_met, found)


def test_labels_say_what_is_asked() -> None:
    labels = [run(check, "x").label for check in (words(2, 9), words(2, 0), words(0, 9), FIVE, BOTH, EITHER)]
    assert labels == [
        "2 to 9 words",
        "At least 2 words",
        "At most 9 words",
        "At most 5 sentences",
        "Has: “Response A”, “it's”",
        "Has at least one of: “four”, “4”, “ÉTÉ”",
    ]
    assert run({**FIVE, "asks": "Short: 100% of it"}, "x").label == "Short: 100% of it"


def test_a_wording_can_be_said_again_from_its_parts() -> None:
    for check in [*ONE_OF_EACH, {**FIVE, "asks": "At most 10%"}]:
        for wording in (run(check, "one. two").label, run(check, "one. two").found):
            assert isinstance(wording, Wording)
            assert wording.msgid % wording.values == wording


def test_everything_that_is_found_is_handed_to_the_script() -> None:
    for check, text, _, _ in CASES:
        made = ADAPTER.validate_python(check)
        assert run(check, text).found.msgid in found_texts([made])
    sources = "".join((FOLDER / f"assessments/items/written_{name}.py").read_text() for name in ("checks", "formats"))
    known = {NO_TEXT, *(text for texts in FOUND_TEXTS.values() for text in texts)}
    labels = {run(check, "x").label.msgid for check in [*ONE_OF_EACH, words(1, 0), words(0, 1), {**FIVE, "max": 1}]}
    assert set(re.findall(r'mark\("([^"]+)"\)', sources)) <= known | labels | set(FORMATS.values())


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ({"check": "regex", "pattern": "(a+)+$"}, "regex"),
        ({"check": "length"}, "needs `min`, `max` or both"),
        (words(9, 2), "in order"),
        ({"check": "contains"}, "one of the two"),
        ({"check": "contains", "all_of": ["a"], "any_of": ["b"]}, "one of the two"),
        ({"check": "excludes", "phrases": [" "]}, "at least 1 character"),
        ({"check": "format", "format": "xml"}, "json_object"),
        (shape(pattern="(a+)+$"), "'pattern' is not supported"),
        (shape(type="text"), "type must be one of"),
        (shape(type=["string", "null"]), "type must be one of"),
        (shape(properties={"a": {"format": "date"}}), "'format' is not supported"),
        (shape(properties={1: {"type": "null"}}), "from names to shapes"),
        (shape(items={}), "at least one keyword"),
        (shape(items=[{"type": "null"}]), "at least one keyword"),
        (shape(additionalProperties=True), "can only be false"),
        (shape(minLength=True), "must be a number"),
        (shape(minItems=1.5), "must be a number"),
        (shape(enum=[]), "enum must be"),
        (shape(enum=[["a"]]), "enum must be"),
        (shape(required="name"), "required must be"),
        (shape(), "at least one keyword"),
    ],
)
def test_a_check_that_cannot_work_is_refused(check: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)):
        ADAPTER.validate_python(check)


def test_a_shape_that_is_too_deep_is_refused() -> None:
    deep: dict[str, Any] = {"type": "null"}
    for _ in range(8):
        deep = {"items": deep}
    with pytest.raises(ValidationError, match="at most 8 levels"):
        ADAPTER.validate_python(shape(**deep))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300) | st.text(alphabet='-1.*#|>` \n[]{}":,aI。ก好', max_size=300), st.sampled_from(ONE_OF_EACH))
def test_any_text_gets_one_answer(text: str, check: dict[str, Any]) -> None:
    result = run(check, text)
    assert run(check, text) == result
    assert result.found
    assert not (result.is_met and not text.strip())


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[a-z]{1,9}(-[a-z]{1,5})?", fullmatch=True), min_size=1, max_size=40))
def test_words_are_counted_as_on_the_other_pages(parts: list[str]) -> None:
    assert run(words(0, 1), " ".join(parts)).found.values["n"] == count_words(" ".join(parts)) == len(parts)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda one: st.lists(one, max_size=4)))
def test_what_is_written_as_json_is_read_as_json(value: object) -> None:
    assert run(form("json"), json.dumps(value)).is_met


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_no_time(name: str) -> None:
    start = time.process_time()
    for check in ONE_OF_EACH:
        run(check, HOSTILE[name])
    assert time.process_time() - start < 1.5


def run_node(source: str, given: object) -> list[Any]:
    """Run a script that has the JSON of `given` as `all`; what it prints, as JSON."""
    node = shutil.which("node")
    assert node is not None, "node is not installed; tests/install_system.sh installs it"
    read = "let t = ''; for await (const part of process.stdin) t += part; const all = JSON.parse(t);"
    done = subprocess.run(
        [str(node), "--input-type=module", "-e", read + source],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def in_browser(cases: list[Case]) -> list[Any]:
    """What the script of the page says about the same cases."""
    source = "".join(f"const {name} = await import({json.dumps(file.as_uri())});" for name, file in SCRIPTS.items())
    source += "console.log(JSON.stringify(all.map(([check, text]) => written.runChecks([check], text)[0])));"
    return run_node(source, [(ADAPTER.validate_python(check).model_dump(mode="json"), text) for check, text, _, _ in cases])


def test_the_script_says_the_same() -> None:
    hostile = [(check, text, False, "") for text in HOSTILE.values() for check in ONE_OF_EACH]
    cases: list[Case] = [*CASES, *hostile]
    answers = in_browser(cases)
    for (check, text, _, _), answer in zip(cases, answers, strict=True):
        result = run(check, text)
        assert (answer["isMet"], answer["found"]) == (result.is_met, str(result.found)), (check, text[:80])


def test_counts_are_near_those_of_a_dictionary() -> None:
    cut = "[...new Intl.Segmenter(lang, { granularity: 'word' }).segment(text)].filter((one) => one.isWordLike).length"
    counts = run_node(f"console.log(JSON.stringify(all.map(([lang, text]) => {cut})));", TEXTS)
    assert len(counts) == len(TEXTS)
    for (language, text), count in zip(TEXTS, counts, strict=True):
        assert run(words(1, 0), text).found.values["n"] == pytest.approx(count, rel=0.2), language

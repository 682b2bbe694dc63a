"""Every code that can reach a person has words, every word is used, and both name the same values."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

import pytest
from flask import Flask

from tests.house import PACKAGE, ROOT
from trainer_academy.core.errors import BadInput, Refusal, TooManyRequests, read_said
from trainer_academy.web import words as web_words
from trainer_academy.words import PARTS

SAYING = {
    "NotFound",
    "BadInput",
    "Conflict",
    "Forbidden",
    "Unavailable",
    "TooManyRequests",
    "Refusal",
    "LockLost",
    "DeliveryFailed",
}
OWN = {"is_final", "retry_after"}  # arguments that are no values of the words
CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+")
WORDS = {code: str(words) for part in [web_words.WORDS, *PARTS] for code, words in part.items()}


@dataclass(frozen=True)
class Saying:
    """One place where a code is raised or returned; `is_open`: the code ends in a value, as in f"start.{reason}"."""

    place: str
    code: str
    values: frozenset[str]
    is_open: bool


def sayings() -> list[Saying]:
    found = []
    for file in sorted((ROOT / PACKAGE).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
                found += _read(node, f"{file.relative_to(ROOT)}:{node.lineno}")
    return found


def _read(call: ast.Call, place: str) -> list[Saying]:
    values = frozenset(keyword.arg for keyword in call.keywords if keyword.arg) - OWN
    return [Saying(place, code, values, is_open) for code, is_open in _codes(call.args[0], place)]


def _codes(node: ast.expr, place: str) -> list[tuple[str, bool]]:
    """The codes that an expression can be. A refusal that is passed on (`refusal.code`) was read where it was made."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [(node.value, False)]
    if isinstance(node, ast.IfExp):
        return _codes(node.body, place) + _codes(node.orelse, place)
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        return [(str(node.values[0].value), True)]
    if isinstance(node, ast.Attribute) and node.attr == "code":
        return []
    raise AssertionError(f"{place}: a code stands here as text, not as {ast.unparse(node)}")


SAYINGS = sayings()


@pytest.mark.parametrize("saying", SAYINGS, ids=lambda saying: saying.place)
def test_a_code_has_words_with_its_values(saying: Saying) -> None:
    if saying.is_open:
        meant = [words for code, words in WORDS.items() if code.startswith(saying.code)]
        assert meant and all(_placeholders(words) <= saying.values for words in meant)
    else:
        assert CODE.fullmatch(saying.code), f"{saying.code!r} is a sentence, not a code"
        assert _placeholders(WORDS[saying.code]) == saying.values


def _placeholders(words: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", words))


def test_all_words_are_used() -> None:
    exact = {saying.code for saying in SAYINGS if not saying.is_open} | STORED
    starts = tuple(saying.code for saying in SAYINGS if saying.is_open)
    assert not [code for code in WORDS if code not in exact and not code.startswith(starts)]


STORED = {"delivery.no_end"}  # written by delivery.py without an exception


def test_a_part_may_not_claim_the_code_of_another() -> None:
    with pytest.raises(RuntimeError, match=r"address\.character"):
        web_words.register(Flask("empty"), [{"address.character": web_words.WORDS["address.character"]}])


def test_logs_see_the_code_and_the_values() -> None:
    assert str(BadInput("answer.too_long", length=501, limit=500)) == 'answer.too_long {"length": 501, "limit": 500}'
    assert str(Refusal("start.open")) == "start.open"
    assert TooManyRequests("api.limit", 7).retry_after == 7
    assert Refusal("offer.limit", limit=20) == Refusal("offer.limit", limit=20) != Refusal("offer.limit", limit=21)


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ('job.few {"items": 3}', ("job.few", {"items": 3})),
        ("job.few", ("job.few", {})),
        ("ValueError: it broke", ("ValueError: it broke", {})),
        ("job.few [1]", ("job.few [1]", {})),
    ],
)
def test_a_stored_reason_is_read_back(line: str, read: tuple[str, dict[str, object]]) -> None:
    assert read_said(line) == read

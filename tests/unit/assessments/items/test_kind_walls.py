"""Kinds of item answer for themselves: outside of their room nobody asks of which kind an item is.

Python is read as a syntax tree, templates as text.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import PACKAGE, ROOT
from trainer_academy.assessments.items.kinds import KINDS

ROOM = ROOT / PACKAGE / "assessments" / "items"
CLASSES = {kind.__name__ for kind in KINDS.values()}
NAMES = set(KINDS)
ASKED = re.compile(r"\bkind\s*(?:==|!=|(?:not\s+)?in\b)\s*(\(.*?\)|\[.*?\]|[\"'][^\"']*[\"'])", re.DOTALL)
TURNED = re.compile(r"([\"'][a-z]+[\"'])\s*(?:==|!=)\s*[\w.]*\bkind\b")


def asked_in_python(source: str) -> Iterator[int]:
    """The lines with `isinstance(x, SomeKindItem)`, a `match` on such a class, or a comparison of a kind with its name."""
    tree = ast.parse(source)
    named = {name for node in tree.body for name in _kind_collections(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("isinstance", "issubclass"):
            if CLASSES & {name for argument in node.args[1:] for name in _names(argument)}:
                yield node.lineno
        elif isinstance(node, ast.MatchClass) and CLASSES & set(_names(node.cls)):
            yield node.cls.lineno
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            compared = [side for side in sides if not _is_kind(side)]
            if len(compared) < len(sides) and any(NAMES & _texts(side) or named & set(_names(side)) for side in compared):
                yield node.lineno


def _kind_collections(node: ast.stmt) -> Iterator[str]:
    """Module constants that list names of kinds."""
    if isinstance(node, ast.Assign) and NAMES & _texts(node.value) and isinstance(node.value, ast.Tuple | ast.Set | ast.Call):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _is_kind(node: ast.expr) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == "kind") or (isinstance(node, ast.Name) and node.id == "kind")


def _names(node: ast.AST) -> list[str]:
    found = [child for child in ast.walk(node) if isinstance(child, ast.Name | ast.Attribute)]
    return [child.id if isinstance(child, ast.Name) else child.attr for child in found]


def _texts(node: ast.AST) -> set[str]:
    return {child.value for child in ast.walk(node) if isinstance(child, ast.Constant) and isinstance(child.value, str)}


def asked_in_template(source: str) -> Iterator[int]:
    """The lines on which a template compares a kind with the name of a kind of item."""
    for pattern in (ASKED, TURNED):
        for match in pattern.finditer(source):
            if NAMES & set(re.findall(r"[\"']([^\"']*)[\"']", match[1])):
                yield source.count("\n", 0, match.start()) + 1


def test_nobody_asks_for_the_kind_of_an_item() -> None:
    places = []
    for file in sorted((ROOT / PACKAGE).rglob("*.py")):
        if ROOM not in file.parents:
            places += [f"{file.relative_to(ROOT)}:{line}" for line in asked_in_python(file.read_text())]
    for file in sorted((ROOT / PACKAGE / "templates").rglob("*.*")):
        places += [f"{file.relative_to(ROOT)}:{line}" for line in asked_in_template(file.read_text())]
    assert not places


def test_nothing_in_the_room_but_the_register_lists_the_kinds() -> None:
    """No module of the room asks for a kind either, and only the register imports two of them."""
    for file in sorted(ROOM.glob("*.py")):
        source = file.read_text()
        assert not list(asked_in_python(source)), file.name
        imported = {name for name in CLASSES if re.search(rf"^from .* import .*\b{name}\b", source, re.MULTILINE)}
        assert len(imported) < 2 or file.name == "kinds.py", file.name


@pytest.mark.parametrize(
    "planted",
    [
        "isinstance(item, WrittenItem)",
        "isinstance(item, choice.ChoiceItem | PairwiseItem)",
        "isinstance(item, (int, SpansItem))",
        "item.kind == 'choice'",
        "'written' != draw.kind",
        "kind in ('steps', 'other')",
        "item.kind not in TWO_LEVEL",
    ],
)
def test_a_planted_question_is_found_in_python(planted: str) -> None:
    before = 'TWO_LEVEL = frozenset({"choice", "steps"})\nOTHERS = ("key", "text")\n\n\ndef ask(item, draw, kind):\n    return '
    assert list(asked_in_python(before + planted + "\n")) == [6]


@pytest.mark.parametrize(
    "planted",
    [
        '{% if view.kind == "choice" %}',
        "{{ 'js/a.js' if view.kind == 'written' else 'js/b.js' }}",
        '{% elif view.kind in ("ranking", "steps") %}',
        '{% if kind not in ["x", "spans"] %}',
        '{% if "rubric" == review.item.kind %}',
        '{% if view.kind in (\n  "key",\n  "steps"\n) %}',
    ],
)
def test_a_planted_question_is_found_in_a_template(planted: str) -> None:
    assert list(asked_in_template(f"<p>\n{planted}</p>")) == [2]


@pytest.mark.parametrize(
    "other", ["contest.kind == 'rating'", "found.kind in OTHERS", "item.kind == draw.kind", "isinstance(item, Item)"]
)
def test_other_kinds_may_be_asked_for(other: str) -> None:
    assert not list(
        asked_in_python(f'OTHERS = ("key", "text")\n\n\ndef ask(item, draw, found, contest):\n    return {other}\n')
    )
    assert not list(asked_in_template(f"{{% if {other} %}}"))


def test_each_kind_is_shown_by_its_own_template_only() -> None:
    """Pages name the template by the kind's own answer; a kind's template does not name the template of another kind."""
    for file in sorted(Path(ROOT / PACKAGE / "templates").rglob("*.html")):
        named = {kind.template for kind in KINDS.values() if kind.template in file.read_text()}
        assert not named, f"{file.relative_to(ROOT)} names {named}"

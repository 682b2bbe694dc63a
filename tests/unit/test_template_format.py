"""The formatter of the templates changes no text: what a page shows is the same before and after, in every branch."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house import ROOT
from tests.visible import Shown, shown

TEMPLATES = ROOT / "trainer_academy" / "templates"
PRETTIER = ROOT / "node_modules" / ".bin" / "prettier"
LONGEST = 160


def flattened(source: str) -> str:
    """The same template with every indentation gone but one space, and attributes on the line of their tag."""
    flat = re.sub(r"\n[ \t]+", "\n ", source)
    return re.sub(r"<\w+\n [^<>{}]*>", lambda tag: re.sub(r"\s+", " ", tag[0]), flat)


@pytest.fixture(scope="module")
def formatted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all templates, flattened and then formatted anew."""
    assert PRETTIER.exists(), "the formatter is not installed: run `make check` once"
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(ROOT / ".prettierrc", folder)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for file in TEMPLATES.rglob("*.html"):
        copy = folder / "templates" / file.relative_to(TEMPLATES)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(flattened(file.read_text()))
    done = subprocess.run([PRETTIER, "--write", "templates"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "templates"


def test_formatting_changes_no_text(formatted: Path) -> None:
    faults, changed = [], 0
    for file in sorted(TEMPLATES.rglob("*.html")):
        name = file.relative_to(TEMPLATES)
        before, after = flattened(file.read_text()), (formatted / name).read_text()
        changed += before != after
        faults += [str(name)] if shown(before) != shown(after) else []
    assert faults == []
    assert changed > 100, "the formatter had something to do"


def test_no_line_is_longer_than_a_screen() -> None:
    long = [
        f"{file.relative_to(TEMPLATES)}:{number}"
        for file in sorted(TEMPLATES.rglob("*.html"))
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if len(line) > LONGEST
    ]
    assert long == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>one <b>two</b></p>", "<p>\n  one\n  <b>two</b>\n</p>"),
        ("<ul><li>one</li><li>two</li></ul>", "<ul>\n  <li>one</li>\n  <li>two</li>\n</ul>"),
        ('<p class="row"><span>one</span><span>two</span></p>', '<p class="row">\n<span>one</span>\n<span>two</span></p>'),
        ("<p>{% if a %}one{% endif %} two</p>", "<p>\n  {% if a %}\n    one\n  {% endif %}\n  two\n</p>"),
        ('<p>{{ _("one two") }}</p>', '<p>\n  {{\n    _(\n      "one "\n      "two"\n    )\n  }}\n</p>'),
    ],
)
def test_a_layout_that_shows_the_same_is_the_same(before: str, after: str) -> None:
    assert shown(before) == shown(after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>one<b>two</b></p>", "<p>one <b>two</b></p>"),
        ("<p>one <b>two</b></p>", "<p>one<b>two</b></p>"),
        ("<p><span>one</span><span>two</span></p>", "<p><span>one</span> <span>two</span></p>"),
        ("<p>{{ a }}{% if b %} · one{% endif %}</p>", "<p>{{ a }}{% if b %}· one{% endif %}</p>"),
        ("<p>{% for a in b %}{{ a }}{% endfor %}</p>", "<p>{% for a in b %} {{ a }} {% endfor %}</p>"),
        ('<p class="plain-text">{{ a }}</p>', '<p class="plain-text">\n  {{ a }}\n</p>'),
        (
            "<p>{% if a %}{{ a }}{% else %}.{% endif %}.</p>",
            "<p>\n{% if a %}\n{{ a }}\n{% else %}\n.\n{% endif %}\n.</p>",
        ),
        ('<p>{{ _("one two") }}</p>', '<p>{{ _("one  two") }}</p>'),
        ('<a href="one">two</a>', '<a href="three">two</a>'),
    ],
)
def test_a_space_too_many_or_too_few_is_seen(before: str, after: str) -> None:
    assert shown(before) != shown(after)


def test_spaces_inside_a_text_area_are_kept() -> None:
    assert Shown("<textarea>a  b</textarea>").out != Shown("<textarea>a b</textarea>").out

"""The quick and the careful reader of YAML: the same values, and the same refusals."""

from __future__ import annotations

import pytest
import yaml

from tests.house import ROOT
from trainer_academy.core import front_matter
from trainer_academy.core.front_matter import MAX_OPENERS, Problems, load_yaml

REFUSED = {
    "a: 1\nb: 2\na: 3\n": (4, "the key 'a' is there twice"),
    "a: {b: 1, b: 2}\n": (2, "the key 'b' is there twice"),
    "a: &one [1]\nb: *one\n": (3, "aliases are not allowed"),
    "a: b: c\n": (2, "mapping values are not allowed here"),
    "a:\n\t- b\n": (3, "found character '\\t' that cannot start any token"),
    "a: !!python/name:os.system\n": (
        2,
        "could not determine a constructor for the tag 'tag:yaml.org,2002:python/name:os.system'",
    ),
    "- a\n": (2, "expected a list of `key: value` lines"),
    "a: [1\n": (3, "expected ',' or ']', but got '<stream end>'"),
}


def heads() -> list[str]:
    """Every YAML text of the content."""
    texts = [file.read_text() for file in sorted((ROOT / "content").rglob("*.yaml"))]
    files = [file.read_text() for file in sorted((ROOT / "content").rglob("*.md"))]
    return texts + [text[4 : text.find("\n---\n", 3) + 1] for text in files if text.startswith("---\n")]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_has_a_line_and_words(text: str) -> None:
    problems = Problems()
    assert load_yaml(text, "file", 2, problems) is None
    [found] = problems.found
    line, words = REFUSED[text]
    assert (found.line, found.message) == (line, f"YAML: {words}")


@pytest.mark.parametrize("deep", ["a: " + "[" * 50_000, "- " * 50_000 + "x", "a: " + "{b: " * 20_000])
def test_depth_is_refused_and_ends_no_process(deep: str) -> None:
    problems = Problems()
    assert load_yaml(deep, "file", 1, problems) is None
    assert "nested too deeply" in problems.found[0].message


def test_both_readers_find_the_same_in_the_content() -> None:
    texts = heads()
    plain = [text for text in texts if front_matter._is_plain(text)]
    assert len(plain) > 0.99 * len(texts), "nearly all content is read quickly"
    for text in plain[::7]:
        assert yaml.load(text, front_matter._QuickLoader) == yaml.load(text, front_matter._CarefulLoader)


def test_the_quick_reader_is_there_and_is_asked_only_for_plain_texts() -> None:
    assert yaml.__with_libyaml__, "PyYAML came without libyaml: content is read eight times as slowly"
    assert not front_matter._is_plain("a: *b")
    assert front_matter._is_plain("- " * MAX_OPENERS) and not front_matter._is_plain("- " * (MAX_OPENERS + 1))

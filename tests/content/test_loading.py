"""Bad content is refused with file and line, all mistakes at once; hostile text cannot run and cannot stall."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.house import ROOT
from trainer_academy.core import markdown
from trainer_academy.core.errors import ContentError
from trainer_academy.core.front_matter import Problems
from trainer_academy.library import load_library, read_library

ITEM = "items/evaluating-practice/ev-p-001.md"
LESSON = "courses/evaluating-responses/lessons/03-checking-facts.md"


@pytest.fixture
def content(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "content", tmp_path / "content")
    return tmp_path / "content"


def problems_of(content: Path) -> list[str]:
    problems = Problems()
    read_library(content, problems)
    return [str(problem) for problem in problems.found]


def line_of(file: Path, start: str) -> int:
    return next(number for number, row in enumerate(file.read_text().split("\n"), 1) if row.startswith(start))


def change(content: Path, name: str, old: str, new: str) -> Path:
    file = content / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return file


def test_the_shipped_content_has_no_problem() -> None:
    assert problems_of(ROOT / "content") == []


def test_unknown_key_with_its_line(content: Path) -> None:
    file = change(content, ITEM, "difficulty:", "colour: blue\ndifficulty:")
    assert f"{ITEM}:{line_of(file, 'colour')}: colour: unknown key" in problems_of(content)


def test_missing_section(content: Path) -> None:
    change(content, ITEM, "## Second", "## Third")
    found = problems_of(content)
    assert any(f"{ITEM}:" in row and 'the section "## Second" is missing' in row for row in found)
    assert any('unknown section "## Third"' in row for row in found)


def test_duplicate_id_and_wrong_file_name(content: Path) -> None:
    shutil.copy(content / ITEM, content / "items/evaluating-practice/ev-p-900.md")
    found = problems_of(content)
    assert any("ev-p-900.md" in row and "the id is 'ev-p-001' but the file is named 'ev-p-900'" in row for row in found)
    assert any("is used by another item" in row for row in found)


def test_the_same_text_under_another_id(content: Path) -> None:
    text = (content / ITEM).read_text().replace("id: ev-p-001", "id: ev-p-901")
    (content / "items/evaluating-practice/ev-p-901.md").write_text(text)
    assert any("the same text as item" in row for row in problems_of(content))


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b>bold</b> word",
        "<!-- hidden -->",
        "x <svg/onload=alert(1)>",
        "<iframe src='https://example.org'></iframe>",
    ],
)
def test_raw_html_is_refused_with_its_line(content: Path, evil: str) -> None:
    file = content / LESSON
    file.write_text(file.read_text() + f"\n\n{evil}\n")
    last = file.read_text().rstrip("\n").count("\n") + 1
    assert any(f"{LESSON}:{last}:" in row and "HTML" in row for row in problems_of(content))


def test_yaml_mistakes_have_their_line(content: Path) -> None:
    file = change(content, ITEM, "difficulty:", "kind: pairwise\ndifficulty:")
    assert any(f"{ITEM}:" in row and "is there twice" in row for row in problems_of(content))
    file.write_text("---\nid: [unclosed\n---\n")
    assert any(f"{ITEM}:" in row and "YAML" in row for row in problems_of(content))


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("items/prompting-exam/pe-x-093.md", ", if it has any.", ".", 'write ", if it has any"'),
        ("items/prompting-practice/pe-p-042.md", "The need:", "Major faults only. The need:", "names the weight"),
        (
            "items/evaluating-exam/ev-x-306.md",
            "kind: ranking",
            "kind: ranking\nhas_ties: true",
            "every ranking takes equal ranks",
        ),
    ],
)
def test_wording_that_tells_of_the_key_is_refused(content: Path, name: str, old: str, new: str, words: str) -> None:
    change(content, name, old, new)
    assert any(row.startswith(f"{name}:") and words in row for row in problems_of(content))


@pytest.mark.parametrize("body", ["", "no head at all", "---\nid: x\n", "---\n- a\n---\n", "---\na: &a [1]\nb: *a\n---\n"])
def test_broken_heads_are_problems_and_no_crash(content: Path, body: str) -> None:
    (content / ITEM).write_text(body)
    assert any(row.startswith(f"{ITEM}:") for row in problems_of(content))


def test_not_utf8_and_too_large(content: Path) -> None:
    (content / ITEM).write_bytes(b"---\nid: \xff\n---\n")
    assert any("not UTF-8" in row for row in problems_of(content))
    (content / ITEM).write_bytes(b"x" * 200_000)
    assert any("the limit is" in row for row in problems_of(content))


def test_all_mistakes_are_reported_at_once(content: Path) -> None:
    change(content, ITEM, "difficulty:", "colour: blue\ndifficulty:")
    change(content, LESSON, "## Check yourself", "## Check")
    change(content, "exams/evaluating-responses.yaml", "minutes: 75", "minutes: 0")
    with pytest.raises(ContentError) as caught:
        load_library(content)
    text = str(caught.value)
    assert "unknown key" in text
    assert "Check yourself" in text
    assert "minutes" in text


def test_dead_links_and_missing_items(content: Path) -> None:
    change(
        content,
        LESSON,
        "## Check yourself",
        "See [x](lesson:99-nowhere) and [y](guideline:response-evaluation#9.9).\n\n## Check yourself",
    )
    file = content / LESSON
    file.write_text(file.read_text() + "\n\n[[item ev-x-001]]\n\n[[item ev-p-999]]\n")
    found = " ".join(problems_of(content))
    assert "lesson:99-nowhere leads nowhere" in found
    assert "has no clause 9.9" in found
    assert "belongs to an exam bank" in found
    assert "there is no item 'ev-p-999'" in found


def test_an_exam_that_the_bank_cannot_fill(content: Path) -> None:
    change(content, "exams/evaluating-responses.yaml", "kind: rubric, count: 7", "kind: rubric, count: 60")
    assert any("rubric items for the skill rubrics: 60 are asked for, 17 fit" in row for row in problems_of(content))


HOSTILE = {
    "brackets": "[" * 20_000,
    "pictures": "![" * 10_000,
    "links": "[a](" * 20_000,
    "tags": "<a " * 20_000,
    "tabs": "\t" * 20_000,
    "stars": "*a" * 20_000,
    "underscores": "_" * 20_000,
    "backticks": "`" * 20_000,
    "quotes": "> " * 5_000,
    "list": "\n".join("    " * depth + "- x" for depth in range(500)),
    "ampersands": "&" * 20_000,
    "line": "x " * 20_000,
    "spread brackets": "[a " * 15_000,
    "footnotes": "[^1]" * 10_000,
    "table": "|" * 20_000,
    "dollars": "$x" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_text_that_would_stall_the_renderer_is_refused_or_renders_fast(name: str) -> None:
    text, problems, start = HOSTILE[name], Problems(), time.process_time()
    if markdown.find_limits(text, "x.md", 1, problems):
        markdown.render(text)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "text",
    [
        "[x](javascript:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,<script>)",
        "[x](//evil.example)",
        "![x](https://evil.example/pixel.png)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        "$\\href{javascript:alert(1)}{x}$",
        "$<script>$",
        '[x](https://a.example "onmouseover=alert(1)")',
        "`<script>`",
        "[x](JaVaScRiPt:alert(1))",
    ],
)
def test_what_is_rendered_cannot_run_or_load(text: str) -> None:
    html = markdown.render(text)
    lowered = html.lower()
    assert "<script" not in lowered
    assert 'href="javascript' not in lowered.replace("\n", "")
    assert 'href="data:' not in lowered
    assert 'href="//' not in lowered
    assert "src=" not in lowered
    assert " onmouseover=" not in lowered.replace('title="onmouseover=alert(1)"', "")


def test_what_a_course_needs_is_rendered() -> None:
    text = (
        "## Head\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n\nNote[^1]\n\n[^1]: foot\n\nTerm\n:   Meaning\n\n"
        '!!! note "N"\n    inside\n\n$\\frac{1}{2}$ and $5 and $6'
    )
    html = markdown.render(text)
    for part in (
        "<table>",
        'class="code"',
        'class="footnote"',
        "<dt>Term</dt>",
        'class="admonition note"',
        "<mfrac>",
        '<h2 id="head">',
        "$5 and $6",
    ):
        assert part in html, part

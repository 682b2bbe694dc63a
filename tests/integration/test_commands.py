"""The commands of authors and operators, and a start of the server that must not happen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from flask import Flask

from tests.house import ROOT


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TA_")} | settings
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_content_check_reports_all_mistakes_with_file_and_line_and_fails(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(ROOT / "content", content)
    item = content / "items/evaluating-exam/ev-x-002.md"
    item.write_text(item.read_text().replace("difficulty:", "colour: red\ndifficulty:", 1))
    lesson = content / "courses/evaluating-responses/lessons/02-following-instructions.md"
    lesson.write_text(lesson.read_text() + "\n<script>alert(1)</script>\n")
    result = run("flask", "content", "check", TA_CONTENT=str(content), TA_INSTANCE=str(tmp_path / "instance"))
    assert result.returncode == 1
    assert "content/items/evaluating-exam/ev-x-002.md:" in result.stderr
    assert "colour: unknown key" in result.stderr
    assert "02-following-instructions.md:" in result.stderr
    assert "raw HTML is not allowed" in result.stderr


def test_the_server_does_not_start_with_wrong_content(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(ROOT / "content", content)
    (content / "exams/evaluating-responses.yaml").unlink()
    result = run("trainer_academy.serve", TA_CONTENT=str(content), TA_INSTANCE=str(tmp_path / "instance"), PORT="1")
    assert result.returncode == 2
    assert "there is no exam 'evaluating-responses'" in result.stderr


def test_the_shipped_content_passes_and_the_bank_is_reported(tmp_path: Path) -> None:
    result = run("flask", "content", "check", TA_INSTANCE=str(tmp_path / "instance"))
    assert (result.returncode, result.stderr) == (0, "")
    report = run("flask", "bank", "report", TA_INSTANCE=str(tmp_path / "instance"))
    assert "evaluating-exam (exam): 150 items" in report.stdout
    assert "in 50 simulated papers 139 items" in report.stdout


def test_an_operator_is_made_by_command_and_weak_passwords_are_refused(tmp_path: Path) -> None:
    settings = {"TA_INSTANCE": str(tmp_path / "instance")}
    assert run("flask", "database", "upgrade", **settings).returncode == 0
    weak = run(
        "flask",
        "accounts",
        "create-operator",
        "--login",
        "op@example.org",
        "--name",
        "Op",
        "--password",
        "password",
        **settings,
    )
    assert weak.returncode == 1
    assert "attackers" in weak.stderr
    made = run(
        "flask",
        "accounts",
        "create-operator",
        "--login",
        "op@example.org",
        "--name",
        "Op",
        "--password",
        "nine old lamps",
        **settings,
    )
    assert made.returncode == 0, made.stderr
    assert "is an operator now" in made.stdout


def test_production_refuses_to_start_without_a_secret(tmp_path: Path) -> None:
    result = run("trainer_academy.serve", TA_ENV="production", TA_INSTANCE=str(tmp_path / "instance"))
    assert result.returncode == 2
    assert "TA_SECRET_KEY" in result.stderr


def test_bank_report_says_what_is_there_and_what_a_specification_asks(app: Flask) -> None:
    found = app.test_cli_runner().invoke(args=["bank", "report", "evaluating-exam"])
    assert found.exit_code == 0
    for words in (
        "difficulty",
        "trap",
        "pairwise items for the skill bias",
        "in 50 simulated papers",
        "papers that people got: 0",
    ):
        assert words in found.output
    assert app.test_cli_runner().invoke(args=["bank", "report", "no-such-bank"]).exit_code == 1


def test_items_preview_writes_a_page_and_refuses_a_broken_file(app: Flask, tmp_path: Path) -> None:
    source = Path("content/items/evaluating-practice/ev-p-001.md").read_text()
    file = tmp_path / "bank" / "ev-p-001.md"
    file.parent.mkdir()
    file.write_text(source)
    out = tmp_path / "page.html"
    done = app.test_cli_runner().invoke(args=["items", "preview", str(file), "--out", str(out)])
    assert done.exit_code == 0, done.output
    page = out.read_text()
    assert "As a learner sees it" in page
    assert "Key and reason" in page
    file.write_text(source.replace("## Why", "## Whyever"))
    broken = app.test_cli_runner().invoke(args=["items", "preview", str(file), "--out", str(out)])
    assert broken.exit_code == 1
    assert 'the section "## Why" is missing' in broken.output

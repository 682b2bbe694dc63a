"""Outside truth is here, is what its scripts make, and a run that skips for want of it fails where that is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.references.make_simulated import files
from tests.references.reading import FOLDER, SIMULATED, numbers
from tests.skips import VARIABLE

ROOT = FOLDER.parents[1]


def test_the_simulated_answers_are_those_of_the_script() -> None:
    made = files()
    assert {file.name for file in SIMULATED.iterdir()} == set(made)
    assert [name for name, text in made.items() if (SIMULATED / name).read_text() != text] == []


def test_every_file_has_its_row_in_the_table() -> None:
    """A folder in the table speaks for what is in it."""
    table = (FOLDER / "README.md").read_text()
    kept = [file.relative_to(FOLDER) for name in ("simulated", "numbers", "w3c") for file in (FOLDER / name).rglob("*.*")]
    assert len(kept) > 30
    assert [str(file) for file in kept if f"`{file}`" not in table and f"`{file.parent}/`" not in table] == []


@pytest.mark.parametrize("name", ["r", "python", "webr"])
def test_numbers_say_how_they_were_computed(name: str) -> None:
    assert any(letter.isdigit() for letter in numbers(name)["how"])


TESTS = "import pytest\n\n\ndef test_one() -> None:\n    pass\n\n\ndef test_two() -> None:\n    pytest.skip('no data')\n"
CONFTEST = """
from tests import skips

def pytest_configure(config):
    if skips.is_asked_for():
        config.pluginmanager.register(skips.SkipGuard())
"""


@pytest.mark.parametrize(
    ("asked", "source", "code"), [("1", TESTS, 1), ("0", TESTS, 0), ("1", TESTS.split("def test_two")[0], 0)]
)
def test_a_skip_fails_the_run_where_that_is_asked_for(tmp_path: Path, asked: str, source: str, code: int) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_some.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        env=os.environ | {VARIABLE: asked, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stdout
    assert ("test_two: no data" in done.stdout) == (code == 1)

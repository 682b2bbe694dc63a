"""Every bench runs from start to end on little, and prints the figures that the full run is read for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS = {
    "bench": (["--quick", "--seconds", "0.2", "--clients", "1"], ["ratio", "issue credential ratio of CPU", "PSS of the"]),
    "rescore": (["--papers", "60"], ["resumed and finished", "is there once"]),
    "issuing": (["--count", "20", "--alone", "10"], ["ratio to bare", "shared indexes: 0; faults of the log: 0"]),
    "calibrating": (["--persons", "400", "--items", "20", "--share", "0.8", "--runs", "1"], ["estimates alone: ours", "ratio"]),
    "analysing": (["--papers", "150", "--compare"], ["the next hundred", "groups of sittings compared"]),
}


@pytest.mark.slow
@pytest.mark.timeout(620)
@pytest.mark.parametrize("name", RUNS)
def test_a_short_run_of_the_bench_prints_its_figures(name: str) -> None:
    arguments, wanted = RUNS[name]
    done = subprocess.run(
        [sys.executable, "-m", f"tests.perf.{name}", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [text for text in wanted if text not in done.stdout] == []


def test_make_bench_runs_each_of_them() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\nbench:")[2].partition("\n\n")[0]
    assert [name for name in RUNS if f"tests/perf/{name}.py" not in recipe and f"tests.perf.{name}" not in recipe] == []

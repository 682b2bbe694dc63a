"""`python -m tests.mutants [ROOM ...] [--most 200] [--seed 1] [--jobs 2]`: plant faults, see which ones the tests notice.

The tests run on SQLite. A fault that no test notices is listed. The score is the share that died. `--again FILE`, with what an
earlier run said, tries those again that lived then: quick while tests are written.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import sys
import time
import traceback
from pathlib import Path

import pytest

from tests.house import ROOT
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.mutate import Mutant, mutants_of
from tests.mutants.plant import file_of
from tests.mutants.rooms import ROOMS, Room
from tests.mutants.trial import Trial

OPTIONS = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly", "-m", "not postgresql and not slow"]


def main() -> int:
    """Exit status 1 when a room falls below 90 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", choices=[*ROOMS, []], help="default: all")
    parser.add_argument("--most", type=int, default=200, help="faults a room; more are drawn by chance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--again", type=Path, help="only the faults that lived in this run")
    wanted = parser.parse_args()
    lived = None if wanted.again is None else wanted.again.read_text()
    print(f"seed {wanted.seed}, at most {wanted.most} faults a room", flush=True)
    return max([run_room(name, wanted.most, wanted.seed, wanted.jobs, lived) for name in wanted.rooms or ROOMS])


def run_room(name: str, most: int, seed: int, jobs: int, lived: str | None = None) -> int:
    """Plant the faults of one room, in a process of its own; it prints its score and the survivors."""
    child = os.fork()
    if child == 0:
        status = 2
        try:
            status = 0 if try_room(name, most, seed, jobs, lived) >= 0.9 else 1
        except BaseException:
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def try_room(name: str, most: int, seed: int, jobs: int, lived: str | None) -> float:
    begin = time.monotonic()
    found = [mutant for mutant in faults_of(ROOMS[name]) if lived is None or mutant.said in lived]
    chosen = found if len(found) <= most else random.Random(seed).sample(found, most)
    chosen.sort(key=lambda mutant: (mutant.module, mutant.line))
    with os.fdopen(os.dup(1), "w", buffering=1) as out:
        trial = Trial(ROOMS[name].modules, chosen, jobs, out)
        _run_tests(name, trial)
    died = sum(trial.died)
    score = died / len(chosen)
    minutes = (time.monotonic() - begin) / 60
    print(f"{name}: {died} of {len(chosen)} died ({score:.1%}), {len(found)} possible, {trial.hung} hung, {minutes:.1f} min")
    return score


def _run_tests(name: str, trial: Trial) -> None:
    with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.redirect_stderr(said):
        pytest.main([*OPTIONS, *test_files(ROOMS[name])], plugins=[trial])
    if trial.failed or len(trial.died) < len(trial.mutants):
        raise SystemExit(f"{name}: the tests fail without a fault: {trial.failed}\n{said.getvalue()[-5000:]}")


def faults_of(room: Room) -> list[Mutant]:
    """All that can be planted, without what was found to change nothing."""
    found = [mutant for module in room.modules for mutant in mutants_of(module, file_of(module))]
    keys = {(mutant.module, mutant.text, mutant.words) for mutant in found}
    if stale := [key for key in EQUIVALENT if key[0] in room.modules and key not in keys]:
        raise SystemExit(f"tests/mutants/equivalent.py names what is not there: {stale}")
    return [mutant for mutant in found if (mutant.module, mutant.text, mutant.words) not in EQUIVALENT]


def test_files(room: Room) -> list[str]:
    """The test files of a room, wherever they stand but for the browser's."""
    files = [file for file in sorted((ROOT / "tests").rglob("test_*.py")) if "browser" not in file.parts]
    if missing := set(room.tests) - {file.stem for file in files}:
        raise SystemExit(f"no such tests: {sorted(missing)}")
    return [str(file.relative_to(ROOT)) for file in files if file.stem in room.tests]


if __name__ == "__main__":
    sys.exit(main())

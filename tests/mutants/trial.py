"""A pytest session that runs the tests of a room once, to see which lines each test reaches, and then once a fault.

Each fault is planted in a forked process of its own, after everything was imported and collected and the template databases
were made. Only the tests that reach the statement run there, the quickest first, until one fails.
"""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TextIO

import pytest
from hypothesis import Phase, settings

from tests.mutants.mutate import Mutant
from tests.mutants.plant import Lines, mark_lines, plant

NOT_PLANTED = 99


@dataclass(eq=False)
class Trial:
    """What one room is tried with, and what came out; a plugin of pytest."""

    modules: tuple[str, ...]
    mutants: list[Mutant]
    jobs: int
    out: TextIO  # where survivors are listed
    died: list[bool] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # tests that fail without a fault
    hung: int = 0
    is_child: bool = False

    def pytest_configure(self) -> None:
        """No shrinking and no memory of failures: one example that fails is enough."""
        settings.register_profile("mutants", database=None, phases=(Phase.explicit, Phase.generate), deadline=None)
        settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and self.is_child:
            os._exit(1)
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        reached: Lines = set()
        for module in self.modules:
            mark_lines(module, reached)
        tests: dict[tuple[str, int], list[tuple[float, pytest.Item]]] = defaultdict(list)
        for item in session.items:
            reached.clear()
            begin = time.monotonic()
            run(item, session)
            for line in reached:
                tests[line].append((time.monotonic() - begin, item))
        if not self.failed:
            self._try_all(session, tests)
        return True

    def _try_all(self, session: pytest.Session, tests: dict[tuple[str, int], list[tuple[float, pytest.Item]]]) -> None:
        running: dict[int, tuple[Mutant, float]] = {}  # by child; the time at which it is stopped
        for mutant in self.mutants:
            found = sorted(tests[mutant.module, mutant.statement], key=lambda pair: pair[0])
            if not found:
                self._note(mutant, False)
                continue
            while len(running) >= self.jobs:
                self._wait(running)
            seconds = 30 + 8 * sum(duration for duration, _ in found)
            running[self._start(session, mutant, [item for _, item in found])] = mutant, time.monotonic() + seconds
        while running:
            self._wait(running)

    def _start(self, session: pytest.Session, mutant: Mutant, items: list[pytest.Item]) -> int:
        child = os.fork()
        if child:
            return child
        status = NOT_PLANTED
        try:
            os.setpgid(0, 0)
            plant(mutant)
            status, self.is_child = 1, True
            for item in items:
                run(item, session)
            status = 0
        finally:
            os._exit(status)

    def _wait(self, running: dict[int, tuple[Mutant, float]]) -> None:
        """A fault that hangs the tests died too."""
        for child, (mutant, end) in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                _, status = os.waitpid(child, 0)
                self.hung += 1
            elif not ended:
                continue
            code = os.waitstatus_to_exitcode(status)
            if code == NOT_PLANTED:
                raise RuntimeError(f"{mutant.module}:{mutant.line} could not be planted: {mutant.words}")
            self._note(mutant, code != 0)
            del running[child]
        time.sleep(0.01)

    def _note(self, mutant: Mutant, is_dead: bool) -> None:
        self.died.append(is_dead)
        if not is_dead:
            print(f"  lives: {mutant.module}:{mutant.line} {mutant.said}", file=self.out)


def run(item: pytest.Item, session: pytest.Session) -> None:
    """One test; what belongs to the whole session stays, what belongs to its module is taken down."""
    item.ihook.pytest_runtest_protocol(item=item, nextitem=session)

"""Skipped tests: with TA_TEST_NO_SKIPS=1, as in continuous integration, a skip that is not listed here fails the run."""

from __future__ import annotations

import os

import pytest

VARIABLE = "TA_TEST_NO_SKIPS"
# Beginnings of reasons for which a test may be skipped although everything is installed. Add one only with a reason beside it.
ALLOWED: tuple[str, ...] = ()


class SkipGuard:
    """Collects the reasons of skipped tests and turns a green run red where one is not allowed."""

    def __init__(self, allowed: tuple[str, ...] = ALLOWED) -> None:
        self.allowed = allowed
        self.refused: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._look_at(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._look_at(report)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.refused and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.refused:
            terminalreporter.section(f"skipped tests are not allowed ({VARIABLE}=1)")
            for line in self.refused:
                terminalreporter.line(line)

    def _look_at(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not report.skipped or hasattr(report, "wasxfail"):
            return
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")
        if not reason.startswith(self.allowed or ("\0",)):
            self.refused.append(f"{report.nodeid}: {reason}")


def is_asked_for() -> bool:
    return os.environ.get(VARIABLE) == "1"

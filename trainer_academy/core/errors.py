"""Errors that cross slices. `web/errors.py` maps each to one HTTP status."""

from __future__ import annotations

from dataclasses import dataclass


class AcademyError(Exception):
    """Base of the errors that a person can be shown. `str(error)` is a sentence in plain English."""


class NotFound(AcademyError):
    """The thing asked for does not exist, or the person may not know that it does (404)."""


class Forbidden(AcademyError):
    """The person is known and may not do this (403)."""


class BadInput(AcademyError):
    """The request cannot be understood or breaks a stated limit (400)."""


class Conflict(AcademyError):
    """Someone, perhaps the same person in another tab, was faster (409)."""


class Unavailable(AcademyError):
    """It cannot be done safely just now, for example because the disk is nearly full (503)."""


class TooManyRequests(AcademyError):
    """A stated limit was reached (429). `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ConfigError(Exception):
    """The settings do not allow a start. The message says which setting and what to do."""


@dataclass(frozen=True)
class Refusal:
    """An expected "no": a reason that the person is shown. Not an exception."""

    reason: str


@dataclass(frozen=True)
class ContentProblem:
    """One mistake in a content file."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class ContentError(Exception):
    """Content could not be loaded; carries every problem found, not only the first."""

    def __init__(self, problems: list[ContentProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

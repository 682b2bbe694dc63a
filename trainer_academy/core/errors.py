"""Errors and refusals that cross slices: a code and named values, never a sentence; words are at the edge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


class AcademyError(Exception):
    """Base of the errors that a person can be shown; `web/errors.py` maps each to one HTTP status. `str(error)` is for logs."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code)
        self.code, self.values = code, values

    def __str__(self) -> str:
        return write_said(self.code, self.values)


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

    def __init__(self, code: str, /, retry_after: int, **values: object) -> None:
        super().__init__(code, **values)
        self.retry_after = retry_after


class ConfigError(Exception):
    """The settings do not allow a start. The message says which setting and what to do."""


@dataclass(frozen=True, init=False)
class Refusal:
    """An expected "no" that the person is shown in words. Not an exception."""

    code: str
    values: Mapping[str, object]

    def __init__(self, code: str, /, **values: object) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "values", values)

    def __str__(self) -> str:
        return write_said(self.code, self.values)


def write_said(code: str, values: Mapping[str, object]) -> str:
    """A code with its values on one line, as logs and stored reasons hold it: `offer.limit {"limit": 20}`."""
    return f"{code} {json.dumps(values, default=str, ensure_ascii=False)}" if values else code


def read_said(line: str) -> tuple[str, dict[str, object]]:
    """What `write_said` wrote. A line of another kind is a code without values."""
    code, _, text = line.partition(" ")
    try:
        values = json.loads(text) if text else {}
    except ValueError:
        return line, {}
    return (code, values) if isinstance(values, dict) else (line, {})


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

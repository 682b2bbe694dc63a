"""The pieces that items are made of: words of a file's head, what all keys share, criteria, examples, and lines of a sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator

from trainer_academy.assessments.items.scoring import score_votes
from trainer_academy.core.markdown import count_words
from trainer_academy.courses.schema import Frozen

DOMAINS = (
    "daily",
    "school",
    "office",
    "work",
    "code",
    "health",
    "law",
    "money",
    "travel",
    "translation",
    "science",
    "safety",
)
TRAPS = (
    "length",
    "style",
    "confidence",
    "sycophancy",
    "format",
    "citation",
    "arithmetic",
    "refusal",
    "injection",
    "halo",
    "literal",
)
_MARKS = re.compile(r"\*\*|^#+ |^\s*(?:[-*]|\d+[.)]) |\|", re.MULTILINE)
Basis = Literal["computed", "instruction", "source", "code", "judgement"]


class Key(Frozen):
    """What all keys share: why the key is right.

    `votes` counts what appointed raters answered, part by part: {"overall": {"-2": 3, "-1": 7}}. Where they are there, the
    credit of a part follows them by the consensus rule (`score_votes`) and not the single answer. They exist only in keys
    that were made from votes cast in the product.
    """

    basis: Basis
    votes: dict[str, dict[str, int]] | None = None

    @field_validator("votes")
    @classmethod
    def _votes_are_there(cls, votes: dict[str, dict[str, int]] | None) -> dict[str, dict[str, int]] | None:
        for part, counts in (votes or {}).items():
            if not counts or any(count < 0 for count in counts.values()) or not any(counts.values()):
                raise ValueError(f"the votes for {part!r} must be counts, at least one of them above 0")
        return votes

    def credit(self, part: str, answer: object, otherwise: float) -> float:
        """The credit of an answer by the votes on this part, or `otherwise` when nobody voted on it."""
        counts = (self.votes or {}).get(part)
        return otherwise if counts is None else score_votes(counts, str(answer))


class Criterion(Frozen):
    """One criterion of a rubric with its anchored levels, lowest first."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")
    name: str = Field(min_length=2, max_length=160)
    levels: tuple[str, ...] = Field(min_length=2, max_length=7)


class Example(Frozen):
    """A submission with its settled level (0 the lowest) on each criterion, and why the levels are what they are."""

    levels: dict[str, int]
    text: str = Field(min_length=1)
    why: str = Field(min_length=20)


def with_letters(text: str, presentation: Mapping[str, Any]) -> str:
    """Put "Response A" and "Response B" where the author wrote {{first}} and {{second}}."""
    first, second = ("B", "A") if presentation.get("swapped") else ("A", "B")
    return text.replace("{{first}}", f"Response {first}").replace("{{second}}", f"Response {second}")


def criteria_lines(criteria: Sequence[Criterion]) -> str:
    """Criteria and levels for a sheet."""
    return "\n".join(
        f"- {one.id} ({one.name}): " + "; ".join(f"{level} = {text}" for level, text in enumerate(one.levels))
        for one in criteria
    )


def read_numbers(text: str) -> dict[str, int]:
    """Numbers by name from a line like `count:1 tone:0`."""
    pairs = (part.split(":") for part in text.split())
    return {name: int(number) for name, number in pairs}


def polish(text: str) -> float:
    """Markdown marks a word: headings, bold, list entries, table bars."""
    return len(_MARKS.findall(text)) / max(1, count_words(text))

"""What a page may show of an item: HTML in the shown order, without key or reason until the answer is scored.

Each kind adds fields of its own to the two views; its template knows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from trainer_academy.assessments.items.scoring import ItemScore
from trainer_academy.core import markdown
from trainer_academy.courses.catalog import resolve_link

LETTERS = "ABCDEFGHI"


@dataclass(frozen=True, kw_only=True)
class ItemView:
    """What may be shown before the answer: no key, no reason. `template` is the kind's own, `script` what its controls use.

    `one_of` is the number of options of which exactly one is right, 0 for items that are answered in another way.
    """

    id: str
    version: str
    kind: str
    template: str
    script: str
    title: str
    skill: str
    lesson: str
    presentation: dict[str, Any]
    bank: str
    context: str
    one_of: int
    is_rated: bool
    prompt: str = ""


@dataclass(frozen=True, kw_only=True)
class ReviewView:
    """What is shown after scoring: the reason, the credit of each part, the clauses of the guideline; and each kind's key."""

    item: ItemView
    score: ItemScore
    why: str
    clauses: tuple[str, ...]

    @property
    def part_credit(self) -> dict[str, float]:
        return {part.name: part.credit for part in self.score.parts}


@dataclass(frozen=True)
class OptionView:
    """An option at its shown place: the letter shown, the letter in the file, the text. Forms name an option by `place`."""

    shown: str
    letter: str
    html: str

    @property
    def place(self) -> str:
        return self.shown.lower()


@dataclass(frozen=True)
class ExampleView:
    """A submission that was rated, as plain text, with its levels and why."""

    letter: str
    text: str
    levels: dict[str, int]
    why: str


def option_views(texts: Mapping[str, str], order: Sequence[str]) -> tuple[OptionView, ...]:
    """The texts in a shown order."""
    return tuple(OptionView(LETTERS[place], letter, to_html(texts[letter])) for place, letter in enumerate(order))


@lru_cache(maxsize=8192)
def to_html(text: str, course_key: str = "") -> str:
    """An author's Markdown as HTML; links to lessons lead into the course."""
    return markdown.render(text, resolve=lambda href: resolve_link(href, course_key), has_math=False) if text else ""

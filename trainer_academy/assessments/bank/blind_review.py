"""Solving items blind: a sheet without keys and reasons, short answers to it, and what they say about the keys. Pure.

The person who solves sees what a learner sees. Answers are written in one line an item: `b` or `a+d` (options), `A2 facts:A
instructions:=` (a pair: side, strength, dimensions; `0` for a tie), `count:1 tone:0` (levels), `a:2 b:1` (ranks), `3` (first
wrong step, 0 for none), `words in the text|facts|major ;; more words|clarity|minor` or `clean` (error spans), and for written
work the levels of each example, `a names:1 shows:0 ;; b names:2 shows:3`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.errors import BadInput

# An answer that earns at least so much credit agrees with the key.
AGREED = 0.8


@dataclass(frozen=True)
class Solved:
    """One item of a sheet: the answer as it was written, its credit under the key, and whether the two agree."""

    item_id: str
    version: str
    answer: str
    score: float

    @property
    def is_agreed(self) -> bool:
        return self.score >= AGREED


def sheet_of(items: Iterable[SomeItem]) -> str:
    """The items as a learner sees them, as Markdown, in the order given."""
    return "\n\n".join(f"# {item.id} ({item.kind})\n\n{item.sheet()}" for item in items) + "\n"


def solve(item: SomeItem, answer: str) -> Solved:
    """The credit of an answer from a sheet. Raises BadInput when it cannot be read."""
    try:
        score = item.sheet_score(answer)
    except (ValueError, KeyError, IndexError) as error:
        raise BadInput("blind_review.unreadable", item=item.id, answer=answer, kind=item.kind) from error
    return Solved(item.id, item.version, answer, score)

"""Solving items blind: a sheet without keys and reasons, short answers to it, and what they say about the keys. Pure.

The person who solves sees what a learner sees. Answers are written in one line an item: `b` or `a+d` (options), `A2 facts:A
instructions:=` (a pair: side, strength, dimensions; `0` for a tie), `count:1 tone:0` (levels), `a:2 b:1` (ranks), `3` (first
wrong step, 0 for none), `words in the text|facts|major ;; more words|clarity|minor` or `clean` (error spans), and for written
work the levels of each example, `a names:1 shows:0 ;; b names:2 shows:3`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from trainer_academy.assessments.items import ChoiceItem, PairwiseItem, Payload, RubricItem
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.mark_items import RankingItem, SpansItem, StepsItem
from trainer_academy.assessments.written_items import WrittenItem
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


def is_swapped(item: SomeItem) -> bool:
    """Whether the sheet shows the second response of a pair as A: by the item's id, so that nobody can learn an order."""
    return bool(zlib.crc32(item.id.encode()) % 2)


def sheet_of(items: Iterable[SomeItem]) -> str:
    """The items as a learner sees them, as Markdown, in the order given."""
    return "\n\n".join(f"# {item.id} ({item.kind})\n\n{_shown(item)}" for item in items) + "\n"


def _shown(item: SomeItem) -> str:
    parts = [f"## Material\n\n{item.context}"] if item.context else []
    if isinstance(item, ChoiceItem):
        parts += [item.question, *(f"({letter}) {text}" for letter, text in item.options.items())]
        parts.append("(several are right)" if item.select == "several" else "(one is right)")
        return "\n\n".join(parts)
    parts.append(f"## {'Task' if isinstance(item, WrittenItem) else 'Prompt'}\n\n{item.prompt}")
    if isinstance(item, PairwiseItem):
        sides = (item.second, item.first) if is_swapped(item) else (item.first, item.second)
        parts += [
            f"## Response A\n\n{sides[0]}",
            f"## Response B\n\n{sides[1]}",
            f"(dimensions: {', '.join(item.key.dimensions)})",
        ]
    elif isinstance(item, RubricItem):
        parts += [f"## Response\n\n{item.response}", _criteria(item.criteria)]
    elif isinstance(item, RankingItem):
        parts += [f"## Response {letter}\n\n{text}" for letter, text in item.responses.items()]
        parts.append("(ties are allowed)" if item.has_ties else "(no ties)")
    elif isinstance(item, StepsItem):
        parts += [f"## Step {number}\n\n{text}" for number, text in enumerate(item.steps, 1)]
    elif isinstance(item, SpansItem):
        parts += [f"## Response\n\n{item.response}", f"(categories: {', '.join(item.categories)}; minor, major, critical)"]
    elif isinstance(item, WrittenItem):
        parts += [_criteria(item.criteria), *(f"## Example {letter}\n\n{one.text}" for letter, one in item.examples.items())]
    return "\n\n".join(parts)


def _criteria(criteria: Iterable[Any]) -> str:
    return "\n".join(
        f"- {one.id} ({one.name}): " + "; ".join(f"{level} = {text}" for level, text in enumerate(one.levels))
        for one in criteria
    )


def solve(item: SomeItem, answer: str) -> Solved:
    """The credit of an answer from a sheet. Raises BadInput when it cannot be read."""
    try:
        score = _examples_score(item, answer) if isinstance(item, WrittenItem) else item.score(_payload(item, answer)).value
    except (ValueError, KeyError, IndexError) as error:
        raise BadInput(f"{item.id}: the answer {answer!r} cannot be read for an item of kind {item.kind}.") from error
    return Solved(item.id, item.version, answer, score)


def _payload(item: SomeItem, answer: str) -> Payload:
    text = answer.strip()
    if isinstance(item, ChoiceItem):
        return {"selected": sorted(part.strip() for part in text.split("+"))}
    if isinstance(item, PairwiseItem):
        return _pair(item, text)
    if isinstance(item, RubricItem):
        return {"levels": _numbers(text)}
    if isinstance(item, RankingItem):
        return {"ranks": _numbers(text)}
    if isinstance(item, StepsItem):
        return {"first_wrong": int(text)}
    assert isinstance(item, SpansItem)
    return {"marks": [] if text == "clean" else [_mark(item, part) for part in text.split(";;")]}


def _numbers(text: str) -> dict[str, int]:
    pairs = (part.split(":") for part in text.split())
    return {name: int(number) for name, number in pairs}


def _pair(item: PairwiseItem, text: str) -> Payload:
    verdict, *rest = text.split()
    strength = 0 if verdict == "0" else int(verdict[1:])
    sign = 0 if verdict == "0" else {"A": -1, "B": 1}[verdict[0]]
    turn = -1 if is_swapped(item) else 1
    names = {"A": "second", "B": "first", "=": "same"} if turn < 0 else {"A": "first", "B": "second", "=": "same"}
    dimensions = {part.split(":")[0]: names[part.split(":")[1]] for part in rest}
    return {"overall": sign * strength * turn, "dimensions": dimensions}


def _mark(item: SpansItem, part: str) -> dict[str, Any]:
    words, category, severity = (piece.strip() for piece in part.split("|"))
    start = item.response.index(words)
    return {"start": start, "end": start + len(words), "category": category, "severity": severity}


def _examples_score(item: WrittenItem, answer: str) -> float:
    """One minus the mean distance of the levels of all examples, as shares of each criterion's range."""
    given: dict[str, Mapping[str, int]] = {}
    for part in answer.split(";;"):
        letter, _, levels = part.strip().partition(" ")
        given[letter] = _numbers(levels)
    sizes = {one.id: len(one.levels) - 1 for one in item.criteria}
    far = [
        abs(given[letter][name] - level) / sizes[name]
        for letter, example in item.examples.items()
        for name, level in example.levels.items()
    ]
    return 1 - sum(far) / len(far)

"""More kinds of item: ranking responses, finding the first wrong step, marking error spans."""

from __future__ import annotations

import random
import re
from dataclasses import asdict
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items import Form, Item, Key, Payload, Presentation, single
from trainer_academy.assessments.scoring import ItemScore, Mark, PartScore, score_ranking, score_spans
from trainer_academy.core.errors import BadInput
from trainer_academy.courses.schema import Frozen

LETTERS = "abcdefghi"
SEVERITIES = ("minor", "major", "critical")
MAX_MARKS = 6
TOLERANCE = 12  # characters beside a key span that may be marked without loss: about two words
_WORD = re.compile(r"\S+")
KEPT = "Your earlier answer is kept; go back and choose again."


class RankingKey(Key):
    """Response letter to rank, 1 the best; equal ranks where the key says that two are equally good."""

    ranks: dict[str, int]


class RankingItem(Item):
    """Three to nine responses put into order."""

    kind: Literal["ranking"]
    prompt: str = Field(min_length=5)
    responses: dict[str, str] = Field(min_length=3, max_length=9)
    has_ties: bool = False
    key: RankingKey
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "Response a", "Response b", "Response c", "Why")

    @model_validator(mode="after")
    def _ranks_fit(self) -> RankingItem:
        if list(self.responses) != list(LETTERS[: len(self.responses)]):
            raise ValueError("responses must be a, b, c ... without gaps")
        if set(self.key.ranks) != set(self.responses):
            raise ValueError("the key must rank each response once, and no other")
        ranks = sorted(self.key.ranks.values())
        if ranks[0] != 1 or len(set(ranks)) < 2 or any(later - earlier > 1 for earlier, later in pairwise(ranks)):
            raise ValueError("ranks start at 1, have no gaps, and are not all equal")
        if not self.has_ties and len(set(ranks)) < len(ranks):
            raise ValueError("equal ranks need `has_ties: true`")
        return self

    def present(self, rng: random.Random) -> Presentation:
        order = list(self.responses)
        rng.shuffle(order)
        return {"order": order}

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`rank-<letter>` holds a rank from 1 to the number of responses."""
        ranks = {}
        for letter in self.responses:
            if typed := single(form, f"rank-{letter}").strip():
                if typed not in {str(n) for n in range(1, len(self.responses) + 1)}:
                    raise BadInput(f"A rank is a number from 1 to {len(self.responses)}. {KEPT}")
                ranks[letter] = int(typed)
        return {"ranks": ranks} if ranks else {}

    def is_complete(self, payload: Payload) -> bool:
        ranks = payload.get("ranks", {})
        return len(ranks) == len(self.responses) and (self.has_ties or len(set(ranks.values())) == len(ranks))

    def score(self, payload: Payload) -> ItemScore:
        """Kendall's tau over the pairs that the key orders, floor 0."""
        return ItemScore.from_parts([PartScore("order", score_ranking(payload.get("ranks", {}), self.key.ranks), 1.0)])

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"ranks": dict(self.key.ranks)}


class StepsKey(Key):
    """Number of the first wrong step, or 0 when every step is right."""

    first_wrong: int = Field(ge=0)


class StepsItem(Item):
    """A chain of reasoning or an agent's trajectory: which step is the first wrong one?"""

    kind: Literal["steps"]
    prompt: str = Field(min_length=5)
    steps: tuple[str, ...] = Field(min_length=3, max_length=12)
    key: StepsKey
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "Step 1", "Step 2", "Step 3", "Why")

    @model_validator(mode="after")
    def _step_exists(self) -> StepsItem:
        if self.key.first_wrong > len(self.steps):
            raise ValueError(f"there is no step {self.key.first_wrong}")
        return self

    def present(self, rng: random.Random) -> Presentation:
        return {}

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`step` holds the number of the first wrong step, 0 for none."""
        typed = single(form, "step")
        if not typed:
            return {}
        if typed not in {str(n) for n in range(len(self.steps) + 1)}:
            raise BadInput(f"That step does not exist. {KEPT}")
        return {"first_wrong": int(typed)}

    def is_complete(self, payload: Payload) -> bool:
        return "first_wrong" in payload

    def score(self, payload: Payload) -> ItemScore:
        """Right or wrong: a later wrong step is not the first one, and a right step called wrong is a false alarm."""
        credit = 1.0 if payload.get("first_wrong") == self.key.first_wrong else 0.0
        return ItemScore.from_parts([PartScore("step", credit, 1.0)])

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"first_wrong": self.key.first_wrong}


class KeySpan(Frozen):
    """A piece of the response, quoted exactly; it must occur once."""

    text: str = Field(min_length=1)
    category: str
    severity: Literal["minor", "major", "critical"]


class SpansKey(Key):
    """The errors of the response; empty when it is clean."""

    spans: tuple[KeySpan, ...] = Field(max_length=MAX_MARKS)


class SpansItem(Item):
    """A response in which errors are marked, word by word, each with category and severity.

    The text is plain, so that places are the same on every screen. A form names a span by its first and last word.
    """

    kind: Literal["spans"]
    prompt: str = Field(min_length=5)
    response: str = Field(min_length=20)
    categories: tuple[Literal["facts", "instructions", "clarity", "safety"], ...] = Field(min_length=1)
    key: SpansKey
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "Response", "Why")
    WEIGHTS: ClassVar[dict[str, float]] = {"location": 0.7, "category": 0.2, "severity": 0.1}

    @model_validator(mode="after")
    def _spans_are_there(self) -> SpansItem:
        for span in self.key.spans:
            if self.response.count(span.text) != 1:
                raise ValueError(f"the text {span.text!r} must occur in the response exactly once")
            if span.category not in self.categories:
                raise ValueError(f"the category {span.category!r} is not one of the item's categories")
        return self

    @cached_property
    def words(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each word of the response."""
        return tuple(match.span() for match in _WORD.finditer(self.response))

    def present(self, rng: random.Random) -> Presentation:
        return {}

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`mark-<n>-from`, `-to` (word numbers from 1), `-category`, `-severity` for six marks; `clean` = 1 for no errors."""
        marks = [mark for number in range(1, MAX_MARKS + 1) if (mark := self._read_mark(form, f"mark-{number}"))]
        if marks:
            return {"marks": marks}
        return {"marks": []} if single(form, "clean") == "1" else {}

    def _read_mark(self, form: Form, name: str) -> Payload | None:
        first, last = single(form, f"{name}-from").strip(), single(form, f"{name}-to").strip()
        if not first and not last:
            return None
        numbers = (first or last, last or first)
        if any(not (text.isascii() and text.isdigit() and len(text) < 5) for text in numbers):
            raise BadInput(f"The place of an error is two word numbers. {KEPT}")
        low, high = sorted(int(text) for text in numbers)
        if low < 1 or high > len(self.words):
            raise BadInput(f"The words have the numbers 1 to {len(self.words)}. {KEPT}")
        category = single(form, f"{name}-category") or self.categories[0]
        severity = single(form, f"{name}-severity") or "major"
        if category not in self.categories or severity not in SEVERITIES:
            raise BadInput(f"That kind or weight of error does not exist. {KEPT}")
        return {"start": self.words[low - 1][0], "end": self.words[high - 1][1], "category": category, "severity": severity}

    def is_complete(self, payload: Payload) -> bool:
        return "marks" in payload

    def key_marks(self) -> list[Mark]:
        """The key as places in the text."""
        starts = [self.response.index(span.text) for span in self.key.spans]
        spans = zip(starts, self.key.spans, strict=True)
        return [Mark(start, start + len(span.text), span.category, span.severity) for start, span in spans]

    def score(self, payload: Payload) -> ItemScore:
        """0.7 for the place (character F1 with a tolerance of about two words), 0.2 for the category, 0.1 for the severity.

        Category and severity count as far as the place is right, so that marking everything earns little.
        """
        if "marks" not in payload:
            return ItemScore.from_parts([PartScore(name, 0.0, weight) for name, weight in self.WEIGHTS.items()])
        given = [Mark(mark["start"], mark["end"], mark["category"], mark["severity"]) for mark in payload["marks"]]
        found = score_spans(given, self.key_marks(), TOLERANCE)
        credits = {
            "location": found.location,
            "category": found.category * found.location,
            "severity": found.severity * found.location,
        }
        parts = [PartScore(name, credits[name], weight) for name, weight in self.WEIGHTS.items()]
        return ItemScore.from_parts(parts)

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"marks": [asdict(mark) for mark in self.key_marks()]}

"""A text in which errors are marked."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items import scoring_1
from trainer_academy.assessments.items.base import BlindPlayer, Form, Item, Payload, Presentation, single
from trainer_academy.assessments.items.habits import Habits, happens, one_off
from trainer_academy.assessments.items.parts import Key
from trainer_academy.assessments.items.presenting import ItemView, ReviewView, to_html
from trainer_academy.assessments.items.scoring import (
    KIND_SHARE,
    PLACE_SHARE,
    ItemScore,
    Mark,
    PartScore,
    SpanScore,
    score_spans,
    words_of,
)
from trainer_academy.assessments.items.written_text import mark
from trainer_academy.core.errors import BadInput
from trainer_academy.courses.schema import Frozen

CATEGORIES = ("facts", "instructions", "clarity", "safety")
SEVERITIES = ("minor", "major", "critical")
MAX_MARKS = 6
MAYBE = ", if it has any"
_WEIGHT = re.compile(r"\b(?:minor|major|critical|severity)\b", re.IGNORECASE)
_DOUBT = re.compile(r"\bif (?:it has any|there (?:is|are) any|any)\b", re.IGNORECASE)
_WORD = re.compile(r"\S+")
_NUMBER = re.compile(r"\S*\d\S*")
KEPT = "Your earlier answer is kept; go back and choose again."


@dataclass(frozen=True)
class MarkView:
    """A marked piece of text, as quoted words and as word numbers from 1."""

    first: int
    last: int
    text: str
    category: str
    severity: str


@dataclass(frozen=True, kw_only=True)
class SpansView(ItemView):
    """The words of a plain text, each with what follows it up to the next one: joined they are the text again."""

    words: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SpansReview(ReviewView):
    """The errors of the text."""

    marks: tuple[MarkView, ...]


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

    own_sections: ClassVar[Mapping[str, str]] = {"Prompt": "prompt", "Response": "response"}
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "Response", "Why")
    name: ClassVar[str] = mark("errors marked in a text")
    template: ClassVar[str] = "assessments/items/spans.html"

    kind: Literal["spans"]
    prompt: str = Field(min_length=5)
    response: str = Field(min_length=20)
    categories: tuple[Literal["facts", "instructions", "clarity", "safety"], ...] = Field(min_length=1)
    key: SpansKey

    @property
    def is_clean(self) -> bool:
        return not self.key.spans

    @model_validator(mode="after")
    def _spans_are_there(self) -> SpansItem:
        for span in self.key.spans:
            if self.response.count(span.text) != 1:
                raise ValueError(f"the text {span.text!r} must occur in the response exactly once")
            if span.category not in self.categories:
                raise ValueError(f"the category {span.category!r} is not one of the item's categories")
        return self

    @property
    def wording_fault(self) -> str:
        """An instruction for marking says "if it has any", whether or not there is an error; a user's prompt never does."""
        instruction, *rest = re.split(r"(?<=\.)\s", self.prompt, maxsplit=1)
        if self.prompt.startswith("Mark ") and not instruction.endswith(f"{MAYBE}."):
            return f'write "{MAYBE}" at the end of the first sentence, as in all items that ask to mark faults'
        others = rest if self.prompt.startswith("Mark ") else [self.prompt]
        if any(_DOUBT.search(text) for text in others):
            return "the prompt says that there may be no fault; only the first sentence of a task may, and then in all items"
        if _WEIGHT.search(self.prompt):
            return "the prompt names the weight of a fault; a rule of that kind belongs into the guideline, for all items"
        return ""

    @cached_property
    def words(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each word of the response."""
        return tuple(match.span() for match in _WORD.finditer(self.response))

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`mark-<n>-from`, `-to` (word numbers from 1), `-category`, `-severity` for six marks; `clean` = 1 for no errors."""
        marks = [found for number in range(1, MAX_MARKS + 1) if (found := self._read_mark(form, f"mark-{number}"))]
        if marks:
            return {"marks": marks}
        return {"marks": []} if single(form, "clean") == "1" else {}

    def _read_mark(self, form: Form, name: str) -> Payload | None:
        first, last = single(form, f"{name}-from").strip(), single(form, f"{name}-to").strip()
        if not first and not last:
            return None
        numbers = (first or last, last or first)
        if any(not (text.isascii() and text.isdigit() and len(text) < 5) for text in numbers):
            raise BadInput("answer.error_place")
        low, high = sorted(int(text) for text in numbers)
        if low < 1 or high > len(self.words):
            raise BadInput("answer.words", n=len(self.words))
        category = single(form, f"{name}-category") or CATEGORIES[0]
        severity = single(form, f"{name}-severity") or "major"
        if category not in CATEGORIES or severity not in SEVERITIES:
            raise BadInput("answer.error_kind")
        return {"start": self.words[low - 1][0], "end": self.words[high - 1][1], "category": category, "severity": severity}

    def is_complete(self, payload: Payload) -> bool:
        return "marks" in payload

    def key_marks(self) -> list[Mark]:
        """The key as places in the text."""
        starts = [self.response.index(span.text) for span in self.key.spans]
        spans = zip(starts, self.key.spans, strict=True)
        return [Mark(start, start + len(span.text), span.category, span.severity) for start, span in spans]

    def score_newest(self, payload: Payload) -> ItemScore:
        """Marks matched with errors one to one, borders forgiven by two words both ways, category and severity apart."""
        given = _marks_of(payload) if "marks" in payload else None
        found = score_spans(given, self.key_marks(), self.words) if given is not None else SpanScore.nothing()
        kind = float(KIND_SHARE)
        shares = (("location", found.location, float(PLACE_SHARE)), ("category", found.category, kind))
        rows = (*shares, ("severity", found.severity, kind))
        return ItemScore(float(found.value), tuple(PartScore(name, float(credit), weight) for name, credit, weight in rows))

    def score_first(self, payload: Payload) -> ItemScore:
        return scoring_1.score_marks(_marks_of(payload) if "marks" in payload else None, self.key_marks())

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"marks": [asdict(one) for one in self.key_marks()]}

    def stem(self) -> str:
        return self.prompt + self.response

    def view(self, presentation: Presentation) -> SpansView:
        starts = [start for start, _ in self.words]
        ends = [*starts[1:], len(self.response)]
        words = tuple(self.response[start:end] for start, end in zip(starts, ends, strict=True))
        shared = self.shared_view(presentation)
        # Always all of them in one order: the ones that an item needs would tell what its errors are.
        return SpansView(**shared, prompt=to_html(self.prompt), words=words, categories=CATEGORIES)

    def review(self, presentation: Presentation, payload: Payload, course_key: str) -> SpansReview:
        shared = self.shared_review(presentation, payload, course_key)
        return SpansReview(**shared, marks=self._mark_views(self.key_marks()))

    def _mark_views(self, marks: Sequence[Mark]) -> tuple[MarkView, ...]:
        """Places in the text as word numbers and quoted words."""
        views = []
        for one in marks:
            inside = [number for number, (start, end) in enumerate(self.words, 1) if start < one.end and one.start < end]
            views.append(MarkView(inside[0], inside[-1], self.response[one.start : one.end], one.category, one.severity))
        return tuple(views)

    def form_values(self, payload: Payload, presentation: Presentation) -> dict[str, Any]:
        if "marks" not in payload:
            return {}
        if not payload["marks"]:
            return {"clean": 1}
        values: dict[str, Any] = {}
        for number, view in enumerate(self._mark_views(_marks_of(payload)), 1):
            values |= {
                f"mark-{number}-from": view.first,
                f"mark-{number}-to": view.last,
                f"mark-{number}-category": view.category,
                f"mark-{number}-severity": view.severity,
            }
        return values

    def key_from_answer(self, payload: Payload) -> dict[str, Any]:
        spans = [(self.response[one.start : one.end], one) for one in _marks_of(payload)]
        return {"spans": [{"text": text, "category": one.category, "severity": one.severity} for text, one in spans]}

    def sheet_parts(self) -> list[str]:
        kinds = f"(categories: {', '.join(CATEGORIES)}; {', '.join(SEVERITIES)})"
        return [f"## Prompt\n\n{self.prompt}", f"## Response\n\n{self.response}", kinds]

    def read_sheet(self, text: str) -> Payload:
        """`words in the text|facts|major ;; more words|clarity|minor`, or `clean`."""
        return {"marks": [] if text == "clean" else [self._read_line(part) for part in text.split(";;")]}

    def _read_line(self, part: str) -> dict[str, Any]:
        words, category, severity = (piece.strip() for piece in part.split("|"))
        start = self.response.index(words)
        return {"start": start, "end": start + len(words), "category": category, "severity": severity}

    def giveaways(self) -> dict[str, tuple[int, int]]:
        return {"clean": (int(self.is_clean), 1)}

    def guess(self, player: BlindPlayer, rng: random.Random) -> Payload:
        """Every number marked."""
        places = [match.span() for match in _NUMBER.finditer(self.response)]
        rest = {"category": self.categories[0], "severity": "critical"}
        return {"marks": [{"start": start, "end": end} | rest for start, end in places]}

    def answer_like(self, habits: Habits, rng: random.Random) -> Payload:
        first = self.categories[0]
        if habits.marks == "all":
            whole = Mark(0, len(self.response), first, habits.severity or "major")
            return {"marks": [asdict(whole)]}
        if habits.marks == "none":
            return {"marks": []}
        seen = [one for one in self.key_marks() if happens(habits.mark_hits, rng)]
        if habits.marks == "every":
            kinds = [(category, severity) for severity in SEVERITIES[::-1] for category in self.categories]
            return {"marks": [asdict(replace(one, category=c, severity=s)) for c, s in kinds for one in seen][:MAX_MARKS]}
        return {"marks": [asdict(self._mark_like(one, habits, rng)) for one in seen]}

    def _mark_like(self, one: Mark, habits: Habits, rng: random.Random) -> Mark:
        start, end = words_of(one, self.words)
        wide = habits.border if happens(0.5, rng) else 0
        start, end = max(0, start - wide), min(len(self.words) - 1, end + habits.border - wide)
        category = self.categories[0] if habits.category else one.category
        severity = habits.severity or one.severity
        if not habits.severity and not happens(habits.kind_hits, rng):
            severity = SEVERITIES[one_off(SEVERITIES.index(one.severity), 0, len(SEVERITIES) - 1, rng)]
        if not habits.category and not happens(habits.kind_hits, rng):
            category = rng.choice(self.categories)
        return Mark(self.words[start][0], self.words[end][1], category, severity)

    @classmethod
    def answer_label(cls, payload: Mapping[str, Any]) -> str:
        """How many, like "2 marks"."""
        return f"{len(payload['marks'])} marks" if "marks" in payload else ""


def _marks_of(payload: Payload) -> list[Mark]:
    return [Mark(one["start"], one["end"], one["category"], one["severity"]) for one in payload["marks"]]

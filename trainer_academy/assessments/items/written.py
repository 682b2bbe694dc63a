"""Written work as an item: a task, checks that a program decides, criteria that raters decide, rated examples."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items.base import BlindPlayer, Form, Payload, Presentation, RatedItem, single
from trainer_academy.assessments.items.habits import Habits
from trainer_academy.assessments.items.parts import Criterion, Key, criteria_lines, read_numbers
from trainer_academy.assessments.items.presenting import ExampleView, ItemView, ReviewView, to_html
from trainer_academy.assessments.items.scoring import ItemScore, PartScore
from trainer_academy.assessments.items.written_checks import Check, CheckResult, SomeCheck, found_texts, run_checks
from trainer_academy.assessments.items.written_text import mark, split_words
from trainer_academy.core.errors import BadInput

TASKS = ("prompt", "ideal-response", "rubric", "rationale", "critique")
LETTERS = "abcdefghi"


class WrittenKey(Key):
    """The share of the credit that the checks carry; the raters' levels carry the rest."""

    basis: Literal["judgement"]
    check_weight: float = Field(default=0.2, ge=0, le=1)


@dataclass(frozen=True, kw_only=True)
class WrittenView(ItemView):
    """The checks and criteria; they are instructions and no secret."""

    checks: tuple[Check, ...]
    criteria: tuple[Criterion, ...]
    max_characters: int

    def check_states(self, text: str) -> tuple[CheckResult, ...]:
        """What the checks find in a text."""
        return run_checks(self.checks, text)

    @property
    def found_texts(self) -> tuple[str, ...]:
        return found_texts(self.checks)

    @property
    def has_format_checks(self) -> bool:
        return any(check.check in ("format", "json_schema") for check in self.checks)


@dataclass(frozen=True, kw_only=True)
class WrittenReview(ReviewView):
    """What the checks found in the text, and the rated examples."""

    checks: tuple[CheckResult, ...]
    examples: tuple[ExampleView, ...]


class WrittenItem(RatedItem):
    """A text that the learner writes. Raters read it before it has a score; `examples` show and test how they rate."""

    own_sections: ClassVar[Mapping[str, str]] = {"Task": "prompt"}
    numbered_sections: ClassVar[tuple[tuple[re.Pattern[str], str], ...]] = (
        (re.compile(r"^Example ([a-i])$"), "example_texts"),
        (re.compile(r"^Example ([a-i]) why$"), "example_whys"),
    )
    required_sections: ClassVar[tuple[str, ...]] = ("Task", "Example a", "Example a why", "Why")
    name: ClassVar[str] = mark("written text")
    template: ClassVar[str] = "assessments/items/written.html"
    script: ClassVar[str] = "js/written.js"

    kind: Literal["written"]
    task: Literal[TASKS]  # type: ignore[valid-type]
    prompt: str = Field(min_length=20)
    checks: tuple[SomeCheck, ...] = Field(default=(), max_length=8)
    max_characters: int = Field(default=6000, ge=100, le=20_000)
    key: WrittenKey

    @property
    def exam_fault(self) -> str:
        return "a written item of an exam bank needs 3 examples" if len(self.examples) < 3 else ""

    @model_validator(mode="before")
    @classmethod
    def _join_examples(cls, values: Any) -> Any:
        """The head holds the levels of an example, the sections its text and why: put them together."""
        if not isinstance(values, dict) or not {"example_texts", "example_whys"} & set(values):
            return values
        parts = {"text": values.get("example_texts", {}), "why": values.get("example_whys", {})}
        rest = {name: value for name, value in values.items() if name not in ("example_texts", "example_whys")}
        heads = rest.get("examples")
        examples: dict[str, Any] = {}
        for letter, head in (heads if isinstance(heads, dict) else {}).items():
            examples[letter] = dict(head) if isinstance(head, dict) else {}
        for name, texts in parts.items():
            for letter, text in texts.items():
                examples.setdefault(letter, {})[name] = text
        return rest | {"examples": examples}

    @model_validator(mode="after")
    def _levels_fit(self) -> WrittenItem:
        names = [criterion.id for criterion in self.criteria]
        if len(set(names)) < len(names) or any(name.startswith("check-") for name in names):
            raise ValueError("each criterion has an id of its own that does not start with `check-`")
        if list(self.examples) != list(LETTERS[: len(self.examples)]):
            raise ValueError("examples must be a, b, c ... without gaps")
        for letter, example in self.examples.items():
            if set(example.levels) != set(names):
                raise ValueError(f"example {letter} must have a level for each criterion, and no other")
            for criterion in self.criteria:
                if not 0 <= example.levels[criterion.id] < len(criterion.levels):
                    raise ValueError(f"example {letter}: {criterion.id!r} has the levels 0 to {len(criterion.levels) - 1}")
            if len(example.text) > self.max_characters:
                raise ValueError(f"example {letter} is longer than `max_characters`")
        return self

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`text` as typed, with line ends as `\\n`. BadInput when it is longer than `max_characters`."""
        text = single(form, "text").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
        if len(text) > self.max_characters:
            raise BadInput("answer.too_long", length=len(text), limit=self.max_characters)
        return {"text": text} if split_words(text) else {}

    def is_complete(self, payload: Payload) -> bool:
        return bool(split_words(payload.get("text", "")))

    def check_text(self, text: str) -> tuple[CheckResult, ...]:
        """What each check finds in a text. (`check` is the file's section "## Check", as in all items.)"""
        return run_checks(self.checks, text)

    def score_newest(self, payload: Payload) -> ItemScore:
        """The share of checks met, for practice and mock exams where nobody rates; a blank text gets 0.

        An item without checks gives a text 1: nothing here can say that it falls short.
        """
        parts = self._check_parts(payload, 1.0)
        return ItemScore.from_parts(parts or [PartScore("text", 1.0 if self.is_complete(payload) else 0.0, 1.0)])

    def score_rated(self, payload: Payload, levels: Mapping[str, float]) -> ItemScore:
        """`check_weight` times the share of checks met, the rest times the mean of level / highest level.

        `levels` holds the settled level of each criterion, fractions allowed (the mean of two raters). Without checks the
        ratings carry all; a blank text gets 0. ValueError when a level is missing or not on its scale.
        """
        weight = self.key.check_weight if self.checks else 0.0
        parts = self._check_parts(payload, weight)
        for criterion in self.criteria:
            top, level = len(criterion.levels) - 1, levels.get(criterion.id, -1.0)
            if not 0 <= level <= top:
                raise ValueError(f"the level of {criterion.id!r} must be there and lie between 0 and {top}")
            credit = level / top if self.is_complete(payload) else 0.0
            parts.append(PartScore(criterion.id, credit, (1 - weight) / len(self.criteria)))
        return ItemScore.from_parts(parts)

    def _check_parts(self, payload: Payload, weight: float) -> list[PartScore]:
        text, is_complete = payload.get("text", ""), self.is_complete(payload)
        results = self.check_text(text)
        return [
            PartScore(f"check-{number}", 1.0 if is_complete and result.is_met else 0.0, weight / len(results))
            for number, result in enumerate(results, 1)
        ]

    def perfect(self) -> Payload:
        """The text of the best example: no payload earns full credit without raters."""
        best = max(self.examples.values(), key=lambda example: self._share(example.levels))
        return {"text": best.text}

    def _share(self, levels: Mapping[str, int]) -> float:
        return sum(levels[criterion.id] / (len(criterion.levels) - 1) for criterion in self.criteria)

    def stem(self) -> str:
        return self.prompt

    def view(self, presentation: Presentation) -> WrittenView:
        return WrittenView(
            **self.shared_view(presentation),
            prompt=to_html(self.prompt),
            checks=self.checks,
            criteria=self.criteria,
            max_characters=self.max_characters,
        )

    def review(self, presentation: Presentation, payload: Payload, course_key: str) -> WrittenReview:
        shared, checks = self.shared_review(presentation, payload, course_key), self.check_text(payload.get("text", ""))
        return WrittenReview(**shared, checks=checks, examples=self.show_examples())

    def show_examples(self) -> tuple[ExampleView, ...]:
        examples = self.examples.items()
        return tuple(ExampleView(letter.upper(), one.text, dict(one.levels), to_html(one.why)) for letter, one in examples)

    def form_values(self, payload: Payload, presentation: Presentation) -> dict[str, Any]:
        return {"text": payload.get("text", "")}

    def key_from_answer(self, payload: Payload) -> dict[str, Any]:
        """The key as it is: no answer makes another one, as the raters say what a text is worth."""
        return {"check_weight": self.key.check_weight}

    def sheet_parts(self) -> list[str]:
        examples = [f"## Example {letter}\n\n{one.text}" for letter, one in self.examples.items()]
        return [f"## Task\n\n{self.prompt}", criteria_lines(self.criteria), *examples]

    def read_sheet(self, text: str) -> Payload:
        """A short answer holds levels of the examples and no text."""
        return {}

    def sheet_score(self, text: str) -> float:
        """`a names:1 shows:0 ;; b names:2 shows:3`: one minus the mean distance of the levels of all examples.

        Distances are shares of each criterion's range.
        """
        given: dict[str, Mapping[str, int]] = {}
        for part in text.split(";;"):
            letter, _, levels = part.strip().partition(" ")
            given[letter] = read_numbers(levels)
        sizes = {one.id: len(one.levels) - 1 for one in self.criteria}
        far = [
            abs(given[letter][name] - level) / sizes[name]
            for letter, example in self.examples.items()
            for name, level in example.levels.items()
        ]
        return 1 - sum(far) / len(far)

    def guess(self, player: BlindPlayer, rng: random.Random) -> Payload:
        """Nothing: nobody writes a text without reading the task."""
        return {}

    def answer_like(self, habits: Habits, rng: random.Random) -> Payload:
        """Nobody writes for a simulation."""
        return {}

    @classmethod
    def answer_label(cls, payload: Mapping[str, Any]) -> str:
        """Only that there is a text: texts differ from person to person."""
        return "text" if payload.get("text") else ""

    def key_label(self) -> str:
        return ""

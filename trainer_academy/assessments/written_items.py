"""Written work as an item: a task, checks that a program decides, criteria that raters decide, rated examples."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items import Criterion, Form, Item, Key, Payload, Presentation, single
from trainer_academy.assessments.scoring import ItemScore, PartScore
from trainer_academy.assessments.written_checks import CheckResult, SomeCheck, run_checks
from trainer_academy.assessments.written_text import split_words
from trainer_academy.core.errors import BadInput
from trainer_academy.courses.schema import Frozen

TASKS = ("prompt", "ideal-response", "rubric", "rationale", "critique")
LETTERS = "abcdefghi"


class WrittenKey(Key):
    """The share of the credit that the checks carry; the raters' levels carry the rest."""

    basis: Literal["judgement"]
    check_weight: float = Field(default=0.2, ge=0, le=1)


class Example(Frozen):
    """A submission with its settled level (0 the lowest) on each criterion, and why the levels are what they are."""

    levels: dict[str, int]
    text: str = Field(min_length=1)
    why: str = Field(min_length=20)


class WrittenItem(Item):
    """A text that the learner writes. Raters read it before it has a score; `examples` show and test how they rate."""

    kind: Literal["written"]
    task: Literal[TASKS]  # type: ignore[valid-type]
    prompt: str = Field(min_length=20)
    checks: tuple[SomeCheck, ...] = Field(default=(), max_length=8)
    criteria: tuple[Criterion, ...] = Field(min_length=2, max_length=6)
    examples: dict[str, Example] = Field(min_length=1, max_length=len(LETTERS))
    max_characters: int = Field(default=6000, ge=100, le=20_000)
    key: WrittenKey
    required_sections: ClassVar[tuple[str, ...]] = ("Task", "Example a", "Example a why", "Why")
    is_rated: ClassVar[bool] = True

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

    def present(self, rng: random.Random) -> Presentation:
        return {}

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`text` as typed, with line ends as `\\n`. BadInput when it is longer than `max_characters`."""
        text = single(form, "text").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
        if len(text) > self.max_characters:
            raise BadInput(
                f"Your text has {len(text):,} characters; at most {self.max_characters:,} can be saved. "
                "The text that was saved before is kept. Go back, make it shorter and save again."
            )
        return {"text": text} if split_words(text) else {}

    def is_complete(self, payload: Payload) -> bool:
        return bool(split_words(payload.get("text", "")))

    def check_text(self, text: str) -> tuple[CheckResult, ...]:
        """What each check finds in a text. (`check` is the file's section "## Check", as in all items.)"""
        return run_checks(self.checks, text)

    def score(self, payload: Payload) -> ItemScore:
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

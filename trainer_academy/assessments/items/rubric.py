"""One response rated on criteria with levels."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items import scoring_1
from trainer_academy.assessments.items.base import BlindPlayer, Form, Item, Payload, Presentation, single
from trainer_academy.assessments.items.habits import Habits, happens, one_off
from trainer_academy.assessments.items.parts import Criterion, Key, criteria_lines, read_numbers
from trainer_academy.assessments.items.presenting import ItemView, ReviewView, to_html
from trainer_academy.assessments.items.scoring import ItemScore, PartScore, above_chance, score_level
from trainer_academy.assessments.items.written_text import mark
from trainer_academy.core.errors import BadInput
from trainer_academy.core.markdown import count_words
from trainer_academy.core.shares import as_fraction
from trainer_academy.psychometrics.agreement import Judgement

LONGEST_LABEL = 40  # of answers in the item analysis


@dataclass(frozen=True, kw_only=True)
class RubricView(ItemView):
    """The response and the criteria."""

    response: str
    words: int
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, kw_only=True)
class RubricReview(ReviewView):
    """Criterion to the index of the right level."""

    levels: dict[str, int]


class RubricKey(Key):
    """Criterion id to the index of the right level, 0 the lowest."""

    levels: dict[str, int]


class RubricItem(Item):
    """One response rated on two or more criteria."""

    own_sections: ClassVar[Mapping[str, str]] = {"Prompt": "prompt", "Response": "response"}
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "Response", "Why")
    name: ClassVar[str] = mark("rating with a rubric")
    template: ClassVar[str] = "assessments/items/rubric.html"
    has_levels: ClassVar[bool] = True

    kind: Literal["rubric"]
    prompt: str = Field(min_length=5)
    response: str = Field(min_length=1)
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=6)
    key: RubricKey

    @property
    def takes_votes(self) -> bool:
        return True

    @model_validator(mode="after")
    def _levels_fit(self) -> RubricItem:
        names = [criterion.id for criterion in self.criteria]
        if len(set(names)) < len(names):
            raise ValueError("two criteria have the same id")
        if set(names) != set(self.key.levels):
            raise ValueError("the key must name each criterion once, and no other")
        for criterion in self.criteria:
            if not 0 <= self.key.levels[criterion.id] < len(criterion.levels):
                raise ValueError(f"the key of {criterion.id!r} is not one of its levels (0 to {len(criterion.levels) - 1})")
        return self

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`level-<number of the criterion from 1>` holds the index of the chosen level."""
        levels = {}
        for number, criterion in enumerate(self.criteria, 1):
            if value := single(form, f"level-{number}"):
                if value not in {str(n) for n in range(len(criterion.levels))}:
                    raise BadInput("answer.level")
                levels[criterion.id] = int(value)
        return {"levels": levels} if levels else {}

    def is_complete(self, payload: Payload) -> bool:
        return len(payload.get("levels", {})) == len(self.criteria)

    def score_newest(self, payload: Payload) -> ItemScore:
        """Mean over the criteria of the credit by distance, chance taken off, floor 0; a criterion without a level gets 0."""
        given = payload.get("levels", {})
        credits = {one.id: self._credit(one, given[one.id]) if one.id in given else Fraction() for one in self.criteria}
        parts = tuple(PartScore(name, float(max(Fraction(), credit)), 1.0) for name, credit in credits.items())
        return ItemScore(float(max(Fraction(), sum(credits.values(), Fraction()) / len(credits))), parts)

    def _credit(self, criterion: Criterion, level: int) -> Fraction:
        """By the votes above chance where there are any, else by the distance from the key."""
        size = len(criterion.levels)
        if criterion.id in (self.key.votes or {}):
            return above_chance(as_fraction(self.key.credit(criterion.id, level, 0.0)), Fraction(1, size))
        return score_level(level, self.key.levels[criterion.id], size)

    def score_first(self, payload: Payload) -> ItemScore:
        return scoring_1.score_rubric(payload.get("levels", {}), self.criteria, self.key, self.key.levels)

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"levels": dict(self.key.levels)}

    def stem(self) -> str:
        return self.prompt + self.response

    def view(self, presentation: Presentation) -> RubricView:
        return RubricView(
            **self.shared_view(presentation),
            prompt=to_html(self.prompt),
            response=to_html(self.response),
            words=count_words(self.response),
            criteria=self.criteria,
        )

    def review(self, presentation: Presentation, payload: Payload, course_key: str) -> RubricReview:
        return RubricReview(**self.shared_review(presentation, payload, course_key), levels=dict(self.key.levels))

    def form_values(self, payload: Payload, presentation: Presentation) -> dict[str, Any]:
        levels = payload.get("levels", {})
        return {f"level-{number}": levels[one.id] for number, one in enumerate(self.criteria, 1) if one.id in levels}

    def key_from_answer(self, payload: Payload) -> dict[str, Any]:
        return {"levels": dict(payload["levels"])}

    def answers_by_part(self, payload: Payload) -> dict[str, str]:
        return {name: str(level) for name, level in payload["levels"].items()}

    def payload_of(self, answers: Mapping[str, str]) -> Payload:
        return {"levels": {name: int(level) for name, level in answers.items()}}

    def scale(self) -> dict[str, list[str]]:
        return {criterion.id: [str(level) for level in range(len(criterion.levels))] for criterion in self.criteria}

    def sheet_parts(self) -> list[str]:
        return [f"## Prompt\n\n{self.prompt}", f"## Response\n\n{self.response}", criteria_lines(self.criteria)]

    def read_sheet(self, text: str) -> Payload:
        """`count:1 tone:0`."""
        return {"levels": read_numbers(text)}

    def giveaways(self) -> dict[str, tuple[int, int]]:
        """Of the criteria with more than two levels: those with a level in the middle as the right one."""
        places = [(len(one.levels), self.key.levels[one.id]) for one in self.criteria if len(one.levels) > 2]
        return {"middle_level": (sum(0 < level < size - 1 for size, level in places), len(places))}

    def guess(self, player: BlindPlayer, rng: random.Random) -> Payload:
        return {"levels": {criterion.id: player.level(len(criterion.levels), rng) for criterion in self.criteria}}

    def answer_like(self, habits: Habits, rng: random.Random) -> Payload:
        """ "halo": one impression for all criteria, as near to the key as one can be."""
        found = {one.id: self._level_like(one, habits, rng) for one in self.criteria}
        if habits.levels == "halo":
            share = sum(self.key.levels[one.id] / (len(one.levels) - 1) for one in self.criteria) / len(self.criteria)
            found = {one.id: round(share * (len(one.levels) - 1)) for one in self.criteria}
        return {"levels": found}

    def _level_like(self, one: Criterion, habits: Habits, rng: random.Random) -> int:
        top, key = len(one.levels) - 1, self.key.levels[one.id]
        if habits.levels == "right":
            return key if happens(habits.level_hits, rng) else one_off(key, 0, top, rng)
        return {"top": top, "bottom": 0, "middle": (top + 1) // 2}.get(habits.levels, rng.randint(0, top))

    @classmethod
    def answer_label(cls, payload: Mapping[str, Any]) -> str:
        """Levels like "facts=1 tone=2"."""
        levels = payload.get("levels") or {}
        return " ".join(f"{name}={levels[name]}" for name in sorted(levels))[:LONGEST_LABEL]

    def beside_key(self, payload: Payload) -> list[Judgement]:
        if not self.is_complete(payload):
            return []
        sizes = {criterion.id: len(criterion.levels) for criterion in self.criteria}
        return [
            Judgement(self.id, f"level/{sizes[name]}", payload["levels"][name], level, sizes[name])
            for name, level in self.key.levels.items()
        ]

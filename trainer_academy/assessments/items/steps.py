"""A chain of steps, of which the first wrong one is to be found."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items.base import BlindPlayer, Form, Item, Payload, Presentation, single
from trainer_academy.assessments.items.habits import Habits, happens
from trainer_academy.assessments.items.parts import Key
from trainer_academy.assessments.items.presenting import ItemView, ReviewView, to_html
from trainer_academy.assessments.items.scoring import ItemScore, PartScore
from trainer_academy.assessments.items.written_text import mark
from trainer_academy.core.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class StepsView(ItemView):
    """The steps as HTML."""

    steps: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StepsReview(ReviewView):
    """The number of the first wrong step, 0 for none."""

    first_wrong: int


class StepsKey(Key):
    """Number of the first wrong step, or 0 when every step is right."""

    first_wrong: int = Field(ge=0)


class StepsItem(Item):
    """A chain of reasoning or an agent's trajectory: which step is the first wrong one?"""

    own_sections: ClassVar[Mapping[str, str]] = {"Prompt": "prompt"}
    numbered_sections: ClassVar[tuple[tuple[re.Pattern[str], str], ...]] = ((re.compile(r"^Step (\d{1,2})$"), "steps"),)
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "Step 1", "Step 2", "Step 3", "Why")
    name: ClassVar[str] = mark("first wrong step")
    template: ClassVar[str] = "assessments/items/steps.html"
    is_right_or_wrong: ClassVar[bool] = True

    kind: Literal["steps"]
    prompt: str = Field(min_length=5)
    steps: tuple[str, ...] = Field(min_length=3, max_length=12)
    key: StepsKey

    @model_validator(mode="after")
    def _step_exists(self) -> StepsItem:
        if self.key.first_wrong > len(self.steps):
            raise ValueError(f"there is no step {self.key.first_wrong}")
        return self

    @classmethod
    def tidy_sections(cls, values: dict[str, Any]) -> str:
        numbers = [int(number) for number in values["steps"]]
        values["steps"] = list(values["steps"].values())
        return "" if numbers == list(range(1, len(numbers) + 1)) else "steps must be numbered 1, 2, 3 ... in order"

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`step` holds the number of the first wrong step, 0 for none."""
        typed = single(form, "step")
        if not typed:
            return {}
        if typed not in {str(n) for n in range(len(self.steps) + 1)}:
            raise BadInput("answer.step")
        return {"first_wrong": int(typed)}

    def is_complete(self, payload: Payload) -> bool:
        return "first_wrong" in payload

    def score_newest(self, payload: Payload) -> ItemScore:
        """Right or wrong: a later wrong step is not the first one, and a right step called wrong is a false alarm."""
        credit = 1.0 if payload.get("first_wrong") == self.key.first_wrong else 0.0
        return ItemScore.from_parts([PartScore("step", credit, 1.0)])

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"first_wrong": self.key.first_wrong}

    def stem(self) -> str:
        return self.prompt + "".join(self.steps)

    def view(self, presentation: Presentation) -> StepsView:
        steps = tuple(to_html(step) for step in self.steps)
        return StepsView(**self.shared_view(presentation), prompt=to_html(self.prompt), steps=steps)

    def review(self, presentation: Presentation, payload: Payload, course_key: str) -> StepsReview:
        return StepsReview(**self.shared_review(presentation, payload, course_key), first_wrong=self.key.first_wrong)

    def form_values(self, payload: Payload, presentation: Presentation) -> dict[str, Any]:
        return {"step": payload["first_wrong"]} if "first_wrong" in payload else {}

    def key_from_answer(self, payload: Payload) -> dict[str, Any]:
        return {"first_wrong": payload["first_wrong"]}

    def sheet_parts(self) -> list[str]:
        steps = [f"## Step {number}\n\n{text}" for number, text in enumerate(self.steps, 1)]
        return [f"## Prompt\n\n{self.prompt}", *steps]

    def read_sheet(self, text: str) -> Payload:
        """`3`, or `0` when every step is right."""
        return {"first_wrong": int(text)}

    def guess(self, player: BlindPlayer, rng: random.Random) -> Payload:
        """The step in the middle."""
        return {"first_wrong": (len(self.steps) + 1) // 2}

    def answer_like(self, habits: Habits, rng: random.Random) -> Payload:
        """Where the step is not seen: every step right, or the middle one wrong."""
        if happens(habits.step_hits, rng):
            return self.perfect()
        return {"first_wrong": (len(self.steps) + 1) // 2 if habits.step == "middle" else 0}

    @classmethod
    def answer_label(cls, payload: Mapping[str, Any]) -> str:
        """The number of the step, like "3"."""
        return str(payload["first_wrong"]) if "first_wrong" in payload else ""

    def tally(self, payload: Payload) -> list[str]:
        return [str(payload["first_wrong"])] if "first_wrong" in payload else []

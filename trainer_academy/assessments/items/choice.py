"""One or several right options."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items import scoring_1
from trainer_academy.assessments.items.base import BlindPlayer, Form, Item, Payload, Presentation, read_order, shown_places
from trainer_academy.assessments.items.habits import Habits, happens
from trainer_academy.assessments.items.parts import Key
from trainer_academy.assessments.items.presenting import ItemView, OptionView, ReviewView, option_views, to_html
from trainer_academy.assessments.items.scoring import ItemScore, PartScore, score_options
from trainer_academy.assessments.items.written_text import mark
from trainer_academy.core.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class ChoiceView(ItemView):
    """The options in the shown order."""

    select: str
    options: tuple[OptionView, ...]


@dataclass(frozen=True, kw_only=True)
class ChoiceReview(ReviewView):
    """The letters of the right options, and why the others are wrong."""

    why_not: dict[str, str]
    correct: tuple[str, ...]


class ChoiceKey(Key):
    """The letters of the right options."""

    correct: tuple[str, ...] = Field(min_length=1)


class ChoiceItem(Item):
    """One or several right options."""

    own_sections: ClassVar[Mapping[str, str]] = {"Question": "question"}
    numbered_sections: ClassVar[tuple[tuple[re.Pattern[str], str], ...]] = (
        (re.compile(r"^Option ([a-f])$"), "options"),
        (re.compile(r"^Why not ([a-f])$"), "why_not"),
    )
    required_sections: ClassVar[tuple[str, ...]] = ("Question", "Option a", "Option b", "Option c", "Why")
    name: ClassVar[str] = mark("choice")
    template: ClassVar[str] = "assessments/items/choice.html"
    is_right_or_wrong: ClassVar[bool] = True
    has_options: ClassVar[bool] = True

    kind: Literal["choice"]
    select: Literal["one", "several"] = "one"
    question: str = Field(min_length=10)
    options: dict[str, str] = Field(min_length=3, max_length=6)
    why_not: dict[str, str] = Field(default_factory=dict)
    key: ChoiceKey

    @property
    def one_of(self) -> int:
        return len(self.options) if self.select == "one" else 0

    @property
    def takes_votes(self) -> bool:
        return self.select == "one"

    @model_validator(mode="after")
    def _options_fit(self) -> ChoiceItem:
        if list(self.options) != [chr(97 + i) for i in range(len(self.options))]:
            raise ValueError("options must be a, b, c ... without gaps")
        if unknown := [letter for letter in (*self.key.correct, *self.why_not) if letter not in self.options]:
            raise ValueError(f"there is no option {unknown[0]!r}")
        if (len(self.key.correct) > 1) != (self.select == "several"):
            raise ValueError("`select: several` goes with two or more right options, and only with them")
        if len(self.key.correct) == len(self.options):
            raise ValueError("at least one option must be wrong")
        return self

    def present(self, rng: random.Random) -> Presentation:
        order = list(self.options)
        rng.shuffle(order)
        return {"order": order}

    def file_order(self) -> Presentation:
        return {"order": list(self.options)}

    def read_presentation(self, form: Form) -> Presentation:
        return {"order": read_order(form, list(self.options))}

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`choice` holds letters as they are shown, which are places: the letters of the file tell who had which option."""
        places = shown_places(presentation, self.options)
        if any(place not in places for place in form.get("choice", ())):
            raise BadInput("answer.option")
        selected = sorted({places[place] for place in form.get("choice", ())})
        if self.select == "one" and len(selected) > 1:
            raise BadInput("answer.one_option")
        return {"selected": selected} if selected else {}

    def is_complete(self, payload: Payload) -> bool:
        return bool(payload.get("selected"))

    def score_newest(self, payload: Payload) -> ItemScore:
        """Right or wrong; with several right options plus and minus for each, floor 0."""
        selected = payload.get("selected", ())
        credit = float(score_options(selected, self.key.correct, len(self.options)))
        if selected and self.select == "one":
            credit = self.key.credit("choice", selected[0], credit)
        return ItemScore(credit, (PartScore("choice", credit, 1.0),))

    def score_first(self, payload: Payload) -> ItemScore:
        return scoring_1.score_options(payload.get("selected", ()), self.key, self.key.correct, self.select == "one")

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"selected": sorted(self.key.correct)}

    def stem(self) -> str:
        return self.question

    def view(self, presentation: Presentation) -> ChoiceView:
        options = option_views(self.options, presentation.get("order") or list(self.options))
        shared = self.shared_view(presentation)
        return ChoiceView(**shared, prompt=to_html(self.question), select=self.select, options=options)

    def review(self, presentation: Presentation, payload: Payload, course_key: str) -> ChoiceReview:
        why_not = {letter: to_html(text, course_key) for letter, text in self.why_not.items()}
        shared = self.shared_review(presentation, payload, course_key)
        return ChoiceReview(**shared, why_not=why_not, correct=self.key.correct)

    def form_values(self, payload: Payload, presentation: Presentation) -> dict[str, Any]:
        places = shown_places(presentation, self.options)
        return {"choice": [place for place, letter in places.items() if letter in payload.get("selected", ())]}

    def key_from_answer(self, payload: Payload) -> dict[str, Any]:
        return {"correct": list(payload["selected"])}

    def answers_by_part(self, payload: Payload) -> dict[str, str]:
        return {"choice": str(payload["selected"][0])}

    def payload_of(self, answers: Mapping[str, str]) -> Payload:
        return {"selected": [answers["choice"]]}

    def scale(self) -> dict[str, list[str]]:
        return {"choice": list(self.options)}

    def sheet_parts(self) -> list[str]:
        options = [f"({letter}) {text}" for letter, text in self.options.items()]
        return [self.question, *options, "(several are right)" if self.select == "several" else "(one is right)"]

    def read_sheet(self, text: str) -> Payload:
        """`b` or `a+d`."""
        return {"selected": sorted(part.strip() for part in text.split("+"))}

    def giveaways(self) -> dict[str, tuple[int, int]]:
        return {"longest_option": (int(self.longest_option() in self.key.correct), 1)}

    def longest_option(self) -> str:
        return max(self.options, key=lambda letter: (len(self.options[letter]), letter))

    def guess(self, player: BlindPlayer, rng: random.Random) -> Payload:
        return {"selected": [self.longest_option() if player.is_longest_option else rng.choice(sorted(self.options))]}

    def answer_like(self, habits: Habits, rng: random.Random) -> Payload:
        wrong = sorted(set(self.options) - set(self.key.correct))
        return self.perfect() if happens(habits.choice_hits, rng) else {"selected": [rng.choice(wrong)]}

    @classmethod
    def answer_label(cls, payload: Mapping[str, Any]) -> str:
        """Options like "a" or "a+c"."""
        return "+".join(sorted(payload.get("selected") or ()))

    def tally(self, payload: Payload) -> list[str]:
        return [str(option) for option in payload.get("selected", ())]

    def answer_at(self, is_right: bool, rng: random.Random) -> Payload:
        wrong = [letter for letter in self.options if letter not in self.key.correct]
        return {"selected": list(self.key.correct) if is_right else [wrong[int(rng.random() * len(wrong))]]}

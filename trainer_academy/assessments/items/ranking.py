"""Three to nine responses put into order."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items import scoring_1
from trainer_academy.assessments.items.base import (
    BlindPlayer,
    Form,
    Item,
    Payload,
    Presentation,
    read_order,
    shown_places,
    single,
)
from trainer_academy.assessments.items.habits import Habits, happens
from trainer_academy.assessments.items.parts import Key, read_numbers
from trainer_academy.assessments.items.presenting import ItemView, OptionView, ReviewView, option_views, to_html
from trainer_academy.assessments.items.scoring import ItemScore, PartScore, score_ranking
from trainer_academy.assessments.items.written_text import mark
from trainer_academy.core.errors import BadInput

LETTERS = "abcdefghi"
KEPT = "Your earlier answer is kept; go back and choose again."


@dataclass(frozen=True, kw_only=True)
class RankingView(ItemView):
    """The responses in the shown order."""

    options: tuple[OptionView, ...]


@dataclass(frozen=True, kw_only=True)
class RankingReview(ReviewView):
    """Response letter to its right rank."""

    ranks: dict[str, int]


class RankingKey(Key):
    """Response letter to rank, 1 the best; equal ranks where the key says that two are equally good."""

    ranks: dict[str, int]


class RankingItem(Item):
    """Three to nine responses put into order. Equal ranks are always possible: a rule of its own would tell of a tie."""

    own_sections: ClassVar[Mapping[str, str]] = {"Prompt": "prompt"}
    numbered_sections: ClassVar[tuple[tuple[re.Pattern[str], str], ...]] = ((re.compile(r"^Response ([a-i])$"), "responses"),)
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "Response a", "Response b", "Response c", "Why")
    name: ClassVar[str] = mark("ranking")
    template: ClassVar[str] = "assessments/items/ranking.html"

    kind: Literal["ranking"]
    prompt: str = Field(min_length=5)
    responses: dict[str, str] = Field(min_length=3, max_length=9)
    has_ties: bool = False  # stood in files until December 2026; means nothing
    key: RankingKey

    @model_validator(mode="after")
    def _ranks_fit(self) -> RankingItem:
        if list(self.responses) != list(LETTERS[: len(self.responses)]):
            raise ValueError("responses must be a, b, c ... without gaps")
        if set(self.key.ranks) != set(self.responses):
            raise ValueError("the key must rank each response once, and no other")
        ranks = sorted(self.key.ranks.values())
        if ranks[0] != 1 or len(set(ranks)) < 2 or any(later - earlier > 1 for earlier, later in pairwise(ranks)):
            raise ValueError("ranks start at 1, have no gaps, and are not all equal")
        return self

    @property
    def wording_fault(self) -> str:
        return "has_ties: take the line out, every ranking takes equal ranks" if self.has_ties else ""

    def present(self, rng: random.Random) -> Presentation:
        order = list(self.responses)
        rng.shuffle(order)
        return {"order": order}

    def file_order(self) -> Presentation:
        return {"order": list(self.responses)}

    def read_presentation(self, form: Form) -> Presentation:
        return {"order": read_order(form, list(self.responses))}

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`rank-<letter>` holds a rank from 1 to the number of responses. The letter is the one that is shown: a place."""
        ranks = {}
        for place, letter in shown_places(presentation, self.responses).items():
            if typed := single(form, f"rank-{place}").strip():
                if typed not in {str(n) for n in range(1, len(self.responses) + 1)}:
                    raise BadInput("answer.rank", n=len(self.responses))
                ranks[letter] = int(typed)
        return {"ranks": ranks} if ranks else {}

    def is_complete(self, payload: Payload) -> bool:
        return len(payload.get("ranks", {})) == len(self.responses)

    def score_newest(self, payload: Payload) -> ItemScore:
        """The third power of Kendall's tau over the pairs that the key orders, floor 0."""
        credit = float(score_ranking(payload.get("ranks", {}), self.key.ranks))
        return ItemScore(credit, (PartScore("order", credit, 1.0),))

    def score_first(self, payload: Payload) -> ItemScore:
        return scoring_1.score_order(payload.get("ranks", {}), self.key.ranks)

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"ranks": dict(self.key.ranks)}

    def stem(self) -> str:
        return self.prompt + "".join(sorted(self.responses.values()))

    def view(self, presentation: Presentation) -> RankingView:
        options = option_views(self.responses, presentation.get("order") or list(self.responses))
        shared = self.shared_view(presentation)
        return RankingView(**shared, prompt=to_html(self.prompt), options=options)

    def review(self, presentation: Presentation, payload: Payload, course_key: str) -> RankingReview:
        return RankingReview(**self.shared_review(presentation, payload, course_key), ranks=dict(self.key.ranks))

    def form_values(self, payload: Payload, presentation: Presentation) -> dict[str, Any]:
        ranks, places = payload.get("ranks", {}), shown_places(presentation, self.responses)
        return {f"rank-{place}": ranks[letter] for place, letter in places.items() if letter in ranks}

    def key_from_answer(self, payload: Payload) -> dict[str, Any]:
        """Ranks without gaps: 1, 1, 3 becomes 1, 1, 2."""
        given: dict[str, int] = payload["ranks"]
        places = {rank: place for place, rank in enumerate(sorted(set(given.values())), 1)}
        return {"ranks": {letter: places[rank] for letter, rank in given.items()}}

    def sheet_parts(self) -> list[str]:
        responses = [f"## Response {letter}\n\n{text}" for letter, text in self.responses.items()]
        return [f"## Prompt\n\n{self.prompt}", *responses, "(ties are allowed)"]

    def read_sheet(self, text: str) -> Payload:
        """`a:2 b:1`."""
        return {"ranks": read_numbers(text)}

    def guess(self, player: BlindPlayer, rng: random.Random) -> Payload:
        """The longest response first."""
        order = sorted(self.responses, key=lambda letter: -len(self.responses[letter]))
        return {"ranks": {letter: place for place, letter in enumerate(order, 1)}}

    def answer_like(self, habits: Habits, rng: random.Random) -> Payload:
        letters = sorted(self.key.ranks, key=lambda letter: (self.key.ranks[letter], rng.random()))
        if habits.order == "right":
            if happens(habits.order_hits, rng):
                return self.perfect()
            place = rng.randrange(len(letters) - 1)
            letters[place : place + 2] = reversed(letters[place : place + 2])
        else:
            first, last = (1, len(letters) - 1) if habits.order == "ends" else (0, len(letters))
            letters[first:last] = rng.sample(letters[first:last], last - first)
        return {"ranks": {letter: place for place, letter in enumerate(letters, 1)}}

    @classmethod
    def answer_label(cls, payload: Mapping[str, Any]) -> str:
        """Letters from the best to the worst, like "b a=c"; equal ranks are joined."""
        by_rank: dict[int, list[str]] = {}
        for letter, rank in sorted((payload.get("ranks") or {}).items()):
            by_rank.setdefault(rank, []).append(letter)
        return " ".join("=".join(by_rank[rank]) for rank in sorted(by_rank))

"""Two responses compared."""

from __future__ import annotations

import random
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items import scoring_1
from trainer_academy.assessments.items.base import BlindPlayer, Form, Item, Payload, Presentation, single
from trainer_academy.assessments.items.habits import Habits, happens, one_off
from trainer_academy.assessments.items.parts import Key, polish
from trainer_academy.assessments.items.presenting import ItemView, ReviewView, to_html
from trainer_academy.assessments.items.scoring import OVERALL_SHARE, ItemScore, PartScore, score_pair, score_preference
from trainer_academy.assessments.items.written_text import mark
from trainer_academy.core.errors import BadInput
from trainer_academy.core.markdown import count_words
from trainer_academy.core.shares import as_fraction
from trainer_academy.psychometrics.agreement import Judgement

SIDES = ("first", "same", "second")
MAX_REASON = 2_000


@dataclass(frozen=True, kw_only=True)
class PairwiseView(ItemView):
    """The two responses as A and B, and the dimensions: the same for all pairs, scored where the key has a side."""

    a: str
    b: str
    a_words: int
    b_words: int
    dimensions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PairwiseReview(ReviewView):
    """The key in the shown order: `overall` below 0 means A is better, `sides` is dimension to a, s or b."""

    overall: int
    sides: dict[str, str]


DIMENSIONS = ("instructions", "facts", "clarity", "safety")


class PairwiseKey(Key):
    """-3 First is much better ... 3 Second is much better; and the side that each asked dimension favours."""

    overall: int = Field(ge=-3, le=3)
    dimensions: dict[Literal["facts", "instructions", "clarity", "safety"], Literal["first", "same", "second"]]


class PairwiseItem(Item):
    """Two responses compared on a 7-point scale, with a judgement for each dimension."""

    own_sections: ClassVar[Mapping[str, str]] = {"Prompt": "prompt", "First": "first", "Second": "second"}
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "First", "Second", "Why")
    name: ClassVar[str] = mark("two responses compared")
    template: ClassVar[str] = "assessments/items/pairwise.html"
    has_sides: ClassVar[bool] = True

    kind: Literal["pairwise"]
    prompt: str = Field(min_length=5)
    first: str = Field(min_length=1)
    second: str = Field(min_length=1)
    key: PairwiseKey

    @property
    def takes_votes(self) -> bool:
        return True

    @model_validator(mode="after")
    def _has_dimensions(self) -> PairwiseItem:
        if not self.key.dimensions:
            raise ValueError("the key needs at least one dimension")
        for label in ("Response A", "Response B"):
            if label in self.why:
                raise ValueError("write {{first}} and {{second}} in Why: the letters are shuffled for each person")
        return self

    def present(self, rng: random.Random) -> Presentation:
        return {"swapped": rng.random() < 0.5}

    def file_order(self) -> Presentation:
        return {"swapped": False}

    def read_presentation(self, form: Form) -> Presentation:
        return {"swapped": single(form, "swapped") == "1"}

    @classmethod
    def swapped(cls, presentation: Presentation) -> Presentation:
        return {"swapped": not presentation.get("swapped")}

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`overall` is -3 (A much better) .. 3; `dim-<name>` is a, s or b; both are turned into First and Second."""
        sign = -1 if presentation.get("swapped") else 1
        payload: Payload = {}
        if overall := single(form, "overall"):
            if overall not in {str(n) for n in range(-3, 4)}:
                raise BadInput("answer.scale")
            payload["overall"] = int(overall) * sign
        sides = {"a": -1, "s": 0, "b": 1}
        chosen = {}
        for name in DIMENSIONS:
            if letter := single(form, f"dim-{name}"):
                if letter not in sides:
                    raise BadInput("answer.side")
                chosen[name] = SIDES[sides[letter] * sign + 1]
        if chosen:
            payload["dimensions"] = chosen
        if reason := single(form, "reason").strip():
            payload["reason"] = reason[:MAX_REASON]
        return payload

    def is_complete(self, payload: Payload) -> bool:
        return "overall" in payload and set(payload.get("dimensions", {})) >= set(self.key.dimensions)

    def is_full(self, payload: Payload) -> bool:
        return "overall" in payload and len(payload.get("dimensions", {})) == len(DIMENSIONS)

    def _keyed(self, sides: Mapping[str, str]) -> dict[str, str]:
        """The judgements that the key has a side for, in its order; the others are asked for and not scored."""
        return {name: sides[name] for name in self.key.dimensions if name in sides}

    def score_newest(self, payload: Payload) -> ItemScore:
        """0.7 for the overall preference, 0.3 for all dimensions as a whole, chance taken off; what is not answered gets 0."""
        overall = 0.0
        if "overall" in payload:
            credit = float(score_preference(payload["overall"], self.key.overall))
            overall = self.key.credit("overall", payload["overall"], credit)
        given, sides = payload.get("dimensions", {}), self.key.dimensions
        credits: dict[str, float] = {
            name: self.key.credit(name, given.get(name, ""), float(given.get(name) == side)) for name, side in sides.items()
        }
        rest = float(1 - OVERALL_SHARE) / len(sides)
        parts = [PartScore("overall", overall, float(OVERALL_SHARE))]
        parts += [PartScore(name, credit, rest) for name, credit in credits.items()]
        return ItemScore(float(score_pair(as_fraction(overall), credits.values())), tuple(parts))

    def score_first(self, payload: Payload) -> ItemScore:
        return scoring_1.score_pair(payload, self.key, self.key.overall, self.key.dimensions)

    def perfect(self) -> Payload:
        """The payload that earns full credit, with "same" where the key says nothing."""
        return {"overall": self.key.overall, "dimensions": dict.fromkeys(DIMENSIONS, "same") | dict(self.key.dimensions)}

    def worse(self, payload: Payload) -> Payload:
        """One step off on the scale, towards the middle."""
        overall = payload["overall"]
        return payload | {"overall": overall - (1 if overall > 0 else -1)} if overall else {}

    def stem(self) -> str:
        return self.prompt + "".join(sorted((self.first, self.second)))

    def view(self, presentation: Presentation) -> PairwiseView:
        a, b = (self.second, self.first) if presentation.get("swapped") else (self.first, self.second)
        return PairwiseView(
            **self.shared_view(presentation),
            prompt=to_html(self.prompt),
            a=to_html(a),
            b=to_html(b),
            a_words=count_words(a),
            b_words=count_words(b),
            # Always all of them in one order: the ones that the key has would tell how strong the difference is.
            dimensions=DIMENSIONS,
        )

    def review(self, presentation: Presentation, payload: Payload, course_key: str) -> PairwiseReview:
        sign = -1 if presentation.get("swapped") else 1
        sides: dict[str, str] = {name: _shown_side(side, presentation) for name, side in self.key.dimensions.items()}
        shared = self.shared_review(presentation, payload, course_key)
        return PairwiseReview(**shared, overall=self.key.overall * sign, sides=sides)

    def form_values(self, payload: Payload, presentation: Presentation) -> dict[str, Any]:
        values: dict[str, Any] = {"reason": payload.get("reason", "")}
        if "overall" in payload:
            values["overall"] = payload["overall"] * (-1 if presentation.get("swapped") else 1)
        for name, side in payload.get("dimensions", {}).items():
            values[f"dim-{name}"] = _shown_side(side, presentation)
        return values

    def key_from_answer(self, payload: Payload) -> dict[str, Any]:
        return {"overall": payload["overall"], "dimensions": self._keyed(payload["dimensions"])}

    def answers_by_part(self, payload: Payload) -> dict[str, str]:
        return {"overall": str(payload["overall"]), **self._keyed(payload["dimensions"])}

    def payload_of(self, answers: Mapping[str, str]) -> Payload:
        sides = {part: side for part, side in answers.items() if part != "overall"}
        return {"overall": int(answers["overall"]), "dimensions": sides}

    def scale(self) -> dict[str, list[str]]:
        sides = {str(name): list(SIDES) for name in self.key.dimensions}
        return {"overall": [str(point) for point in range(-3, 4)]} | sides

    @property
    def is_turned_on_sheet(self) -> bool:
        """Whether a sheet shows the second response as A: by the item's id, so that nobody can learn an order."""
        return bool(zlib.crc32(self.id.encode()) % 2)

    def sheet_parts(self) -> list[str]:
        a, b = (self.second, self.first) if self.is_turned_on_sheet else (self.first, self.second)
        dimensions = f"(dimensions: {', '.join(DIMENSIONS)})"
        return [f"## Prompt\n\n{self.prompt}", f"## Response A\n\n{a}", f"## Response B\n\n{b}", dimensions]

    def read_sheet(self, text: str) -> Payload:
        """`A2 facts:A instructions:=`: side, strength, dimensions; `0` for a tie."""
        verdict, *rest = text.split()
        strength = 0 if verdict == "0" else int(verdict[1:])
        sign = 0 if verdict == "0" else {"A": -1, "B": 1}[verdict[0]]
        turn = -1 if self.is_turned_on_sheet else 1
        names = {"A": "second", "B": "first", "=": "same"} if turn < 0 else {"A": "first", "B": "second", "=": "same"}
        dimensions = {part.split(":")[0]: names[part.split(":")[1]] for part in rest}
        return {"overall": sign * strength * turn, "dimensions": dimensions}

    def giveaways(self) -> dict[str, tuple[int, int]]:
        """Of a decided pair: whether First, the longer and the more polished response is the better one."""
        overall = self.key.overall
        found = {"ties": (int(overall == 0), 1)}
        if overall:
            found["first"] = (int(overall < 0), 1)
            for name, measure in (("longer", count_words), ("polished", polish)):
                apart = (measure(self.second) - measure(self.first)) * overall
                found[name] = (int(apart > 0), int(apart != 0))
        return found

    def guess(self, player: BlindPlayer, rng: random.Random) -> Payload:
        overall = player.pair(self.first, self.second, rng)
        side = "first" if overall < 0 else "second" if overall else "same"
        return {"overall": overall, "dimensions": dict.fromkeys(self.key.dimensions, side)}

    def answer_like(self, habits: Habits, rng: random.Random) -> Payload:
        overall = self._overall_like(habits, rng)
        if habits.dimensions != "right":
            side = "same" if habits.dimensions == "same" else SIDES[(overall > 0) - (overall < 0) + 1]
            return {"overall": overall, "dimensions": dict.fromkeys(self.key.dimensions, side)}
        sides: dict[str, str] = {str(name): found for name, found in self.key.dimensions.items()}
        if not happens(habits.dimension_hits, rng):
            missed = rng.choice(sorted(sides))
            sides[missed] = rng.choice([other for other in SIDES if other != sides[missed]])
        return {"overall": overall, "dimensions": sides}

    def _overall_like(self, habits: Habits, rng: random.Random) -> int:
        key, strength = self.key.overall, habits.strength
        if habits.side != "right":
            sign = {"first": -1, "tie": 0, "second": 1}.get(habits.side, rng.choice((-1, 1)))
            return sign * (strength or 2)
        if not happens(habits.side_hits, rng):
            return -key or rng.choice((-1, 1))
        if strength and key:
            return strength if key > 0 else -strength
        if strength or happens(habits.strength_hits, rng):
            return key
        near = one_off(abs(key), 0 if key == 0 else 1, 3, rng)
        return near if key > 0 else -near

    @classmethod
    def answer_label(cls, payload: Mapping[str, Any]) -> str:
        """The preference, like "+2"."""
        if "overall" not in payload:
            return ""
        return f"{payload['overall']:+d}" if payload["overall"] else "0"

    def tally(self, payload: Payload) -> list[str]:
        return [str(payload["overall"])] if "overall" in payload else []

    def fell_for(self, payload: Payload, credit: float) -> bool:
        """True when the answer prefers the response that the key puts second, or any where the key says they are alike."""
        return bool(payload["overall"] * self.key.overall < 0 or (self.key.overall == 0 and payload["overall"] != 0))

    def beside_key(self, payload: Payload) -> list[Judgement]:
        return [self._judgement(payload, self.key.overall)] if "overall" in payload else []

    def beside_raters(self, payload: Payload) -> tuple[float, Judgement] | None:
        """Beside the answer that most raters gave; of equally frequent ones the mildest."""
        votes = (self.key.votes or {}).get("overall", {})
        if not votes or not payload:
            return None
        modal = min(votes, key=lambda answer: (-votes[answer], abs(int(answer)), int(answer)))
        share = votes.get(str(payload.get("overall")), 0) / sum(votes.values())
        return share, self._judgement(payload, int(modal))

    def _judgement(self, payload: Payload, other: int) -> Judgement:
        return Judgement(self.id, "overall/7", payload.get("overall", 0) + 3, other + 3, 7)

    def says_same(self, one: Payload, other: Payload) -> bool:
        return bool(one.get("overall") == other.get("overall"))

    def chose_left(self, payload: Payload, presentation: Presentation) -> bool | None:
        overall = payload.get("overall", 0)
        return (overall < 0) != bool(presentation.get("swapped")) if overall else None


def _shown_side(side: str, presentation: Presentation) -> str:
    """first, same or second as a, s or b in the shown order."""
    if side == "same":
        return "s"
    return "a" if (side == "first") != bool(presentation.get("swapped")) else "b"

"""The first kinds of item, and what all kinds share: frozen classes that read a form, know what is complete, and score.

A payload is an answer in the item's own terms (option letters, First and Second, level indexes), whatever order the
learner saw. A presentation is what was shuffled for one person: `{"order": ["c", "a", "b"]}` or `{"swapped": true}`.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import BeforeValidator, ConfigDict, Field, field_validator, model_validator

from trainer_academy.assessments.scoring import (
    ItemScore,
    PartScore,
    score_choice,
    score_level,
    score_preference,
    score_side,
    score_votes,
)
from trainer_academy.core.errors import BadInput
from trainer_academy.courses.schema import Frozen

Payload = dict[str, Any]
Presentation = dict[str, Any]
Form = Mapping[str, Sequence[str]]

DOMAINS = (
    "daily",
    "school",
    "office",
    "work",
    "code",
    "health",
    "law",
    "money",
    "travel",
    "translation",
    "science",
    "safety",
)
TRAPS = (
    "length",
    "style",
    "confidence",
    "sycophancy",
    "format",
    "citation",
    "arithmetic",
    "refusal",
    "injection",
    "halo",
    "literal",
)
DIMENSIONS = ("facts", "instructions", "clarity", "safety")
SIDES = ("first", "same", "second")
Basis = Literal["computed", "instruction", "source", "code", "judgement"]
MAX_REASON = 2_000
CONFIDENCES = (50, 60, 70, 80, 90, 100)  # per cent; below 50 another answer would be the likelier one


class Key(Frozen):
    """What all keys share: why the key is right.

    `votes` counts what appointed raters answered, part by part: {"overall": {"-2": 3, "-1": 7}}. Where they are there, the
    credit of a part follows them by the consensus rule (`score_votes`) and not the single answer. They exist only in keys
    that were made from votes cast in the product.
    """

    basis: Basis
    votes: dict[str, dict[str, int]] | None = None

    @field_validator("votes")
    @classmethod
    def _votes_are_there(cls, votes: dict[str, dict[str, int]] | None) -> dict[str, dict[str, int]] | None:
        for part, counts in (votes or {}).items():
            if not counts or any(count < 0 for count in counts.values()) or not any(counts.values()):
                raise ValueError(f"the votes for {part!r} must be counts, at least one of them above 0")
        return votes

    def credit(self, part: str, answer: object, otherwise: float) -> float:
        """The credit of an answer by the votes on this part, or `otherwise` when nobody voted on it."""
        counts = (self.votes or {}).get(part)
        return otherwise if counts is None else score_votes(counts, str(answer))


class ChoiceKey(Key):
    """The letters of the right options."""

    correct: tuple[str, ...] = Field(min_length=1)


class PairwiseKey(Key):
    """-3 First is much better ... 3 Second is much better; and the side that each asked dimension favours."""

    overall: int = Field(ge=-3, le=3)
    dimensions: dict[Literal["facts", "instructions", "clarity", "safety"], Literal["first", "same", "second"]]


class RubricKey(Key):
    """Criterion id to the index of the right level, 0 the lowest."""

    levels: dict[str, int]


class Item(Frozen):
    """What every item has. `version` changes with any letter of the file, `key_version` only with the key."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    required_sections: ClassVar[tuple[str, ...]] = ()
    is_rated: ClassVar[bool] = False  # True: raters read the answer before it has a score

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")
    title: str = Field(min_length=3, max_length=90)
    skill: str
    difficulty: int = Field(ge=1, le=5)
    domain: Literal[DOMAINS]  # type: ignore[valid-type]
    traps: tuple[Literal[TRAPS], ...]  # type: ignore[valid-type]
    status: Literal["draft", "pilot", "active", "suspended", "retired"]
    lesson: str
    guideline: tuple[str, ...] = ()
    source: Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)] = ()
    context: str = ""
    why: str = Field(min_length=40)
    check: str = ""
    bank: str
    version: str

    @property
    def basis(self) -> str:
        key: Key = getattr(self, "key")  # noqa: B009 - each kind declares its own key type
        return key.basis

    @cached_property
    def key_version(self) -> str:
        key: Key = getattr(self, "key")  # noqa: B009
        # Without votes the digest is the one that keys had before votes existed: stored scores keep their key version.
        return hashlib.sha256(key.model_dump_json(exclude_none=True).encode()).hexdigest()[:12]

    @property
    def is_counted(self) -> bool:
        """False for an item that is suspended: no score uses it, whoever answered it."""
        return self.status != "suspended"

    @model_validator(mode="after")
    def _basis_has_evidence(self) -> Item:
        if self.basis in ("computed", "code") and not self.check:
            raise ValueError(f'a key with basis "{self.basis}" needs a section "## Check"')
        if self.basis == "source" and not self.source:
            raise ValueError('a key with basis "source" needs `source:`')
        if self.basis == "judgement" and not self.guideline:
            raise ValueError('a key with basis "judgement" needs `guideline:` with the clauses that settle it')
        return self


class ChoiceItem(Item):
    """One or several right options."""

    kind: Literal["choice"]
    select: Literal["one", "several"] = "one"
    question: str = Field(min_length=10)
    options: dict[str, str] = Field(min_length=3, max_length=6)
    why_not: dict[str, str] = Field(default_factory=dict)
    key: ChoiceKey
    required_sections: ClassVar[tuple[str, ...]] = ("Question", "Option a", "Option b", "Option c", "Why")

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

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`choice` holds option letters as in the file (the page shows them in the presentation's order)."""
        selected = sorted(set(form.get("choice", ())))
        if any(letter not in self.options for letter in selected):
            raise BadInput("That option does not exist. Your earlier answer is kept; go back and choose again.")
        if self.select == "one" and len(selected) > 1:
            raise BadInput("Choose one option only. Your earlier answer is kept; go back and choose again.")
        return {"selected": selected} if selected else {}

    def is_complete(self, payload: Payload) -> bool:
        return bool(payload.get("selected"))

    def score(self, payload: Payload) -> ItemScore:
        selected = payload.get("selected", ())
        credit = score_choice(selected, self.key.correct)
        if selected and self.select == "one":
            credit = self.key.credit("choice", selected[0], credit)
        return ItemScore.from_parts([PartScore("choice", credit, 1.0)])

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"selected": sorted(self.key.correct)}


class PairwiseItem(Item):
    """Two responses compared on a 7-point scale, with a judgement for each dimension."""

    kind: Literal["pairwise"]
    prompt: str = Field(min_length=5)
    first: str = Field(min_length=1)
    second: str = Field(min_length=1)
    key: PairwiseKey
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "First", "Second", "Why")
    OVERALL_WEIGHT: ClassVar[float] = 0.7

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

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`overall` is -3 (A much better) .. 3; `dim-<name>` is a, s or b; both are turned into First and Second."""
        sign = -1 if presentation.get("swapped") else 1
        payload: Payload = {}
        if overall := single(form, "overall"):
            if overall not in {str(n) for n in range(-3, 4)}:
                raise BadInput("That is not a point on the scale. Your earlier answer is kept; go back and choose again.")
            payload["overall"] = int(overall) * sign
        sides = {"a": -1, "s": 0, "b": 1}
        chosen = {}
        for name in self.key.dimensions:
            if letter := single(form, f"dim-{name}"):
                if letter not in sides:
                    raise BadInput("That is not a side. Your earlier answer is kept; go back and choose again.")
                chosen[name] = SIDES[sides[letter] * sign + 1]
        if chosen:
            payload["dimensions"] = chosen
        if reason := single(form, "reason").strip():
            payload["reason"] = reason[:MAX_REASON]
        return payload

    def is_complete(self, payload: Payload) -> bool:
        return "overall" in payload and set(payload.get("dimensions", {})) == set(self.key.dimensions)

    def score(self, payload: Payload) -> ItemScore:
        """0.7 for the overall preference, 0.3 shared by the dimensions; parts that are not answered get 0."""
        overall = 0.0
        if "overall" in payload:
            overall = self.key.credit("overall", payload["overall"], score_preference(payload["overall"], self.key.overall))
        given = payload.get("dimensions", {})
        share = (1 - self.OVERALL_WEIGHT) / len(self.key.dimensions)
        parts = [PartScore("overall", overall, self.OVERALL_WEIGHT)]
        for name, side in self.key.dimensions.items():
            answer = given.get(name, "")
            parts.append(PartScore(name, self.key.credit(name, answer, score_side(answer, side)), share))
        return ItemScore.from_parts(parts)

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"overall": self.key.overall, "dimensions": dict(self.key.dimensions)}


class Criterion(Frozen):
    """One criterion of a rubric with its anchored levels, lowest first."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")
    name: str = Field(min_length=2, max_length=160)
    levels: tuple[str, ...] = Field(min_length=2, max_length=7)


class RubricItem(Item):
    """One response rated on two or more criteria."""

    kind: Literal["rubric"]
    prompt: str = Field(min_length=5)
    response: str = Field(min_length=1)
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=6)
    key: RubricKey
    required_sections: ClassVar[tuple[str, ...]] = ("Prompt", "Response", "Why")

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

    def present(self, rng: random.Random) -> Presentation:
        return {}

    def read(self, form: Form, presentation: Presentation) -> Payload:
        """`level-<criterion>` holds the index of the chosen level."""
        levels = {}
        for criterion in self.criteria:
            if value := single(form, f"level-{criterion.id}"):
                if value not in {str(n) for n in range(len(criterion.levels))}:
                    raise BadInput("That level does not exist. Your earlier answer is kept; go back and choose again.")
                levels[criterion.id] = int(value)
        return {"levels": levels} if levels else {}

    def is_complete(self, payload: Payload) -> bool:
        return len(payload.get("levels", {})) == len(self.criteria)

    def score(self, payload: Payload) -> ItemScore:
        """Mean over the criteria of the credit by distance; a criterion without a level gets 0."""
        given = payload.get("levels", {})
        parts = []
        for criterion in self.criteria:
            credit, key = 0.0, self.key.levels[criterion.id]
            if criterion.id in given:
                credit = score_level(given[criterion.id], key, len(criterion.levels))
                credit = self.key.credit(criterion.id, given[criterion.id], credit)
            parts.append(PartScore(criterion.id, credit, 1.0))
        return ItemScore.from_parts(parts)

    def perfect(self) -> Payload:
        """The payload that earns full credit."""
        return {"levels": dict(self.key.levels)}


def read_answer(item: AnyItem, form: Form, presentation: Presentation) -> Payload:
    """The item's own answer, and how sure the person is (per cent, optional) where an answer is there to be sure of."""
    payload = item.read(form, presentation)
    confidence = single(form, "confidence")
    if confidence and confidence not in {str(level) for level in CONFIDENCES}:
        raise BadInput("That is not one of the levels of confidence. Your earlier answer is kept; go back and choose again.")
    return payload | {"confidence": int(confidence)} if payload and confidence else payload


def single(form: Form, name: str) -> str:
    """The first value of a form field, "" when it is not there."""
    values = form.get(name, ())
    return values[0] if values else ""


class AnyItem(Protocol):
    """What reading an answer needs of an item."""

    def read(self, form: Form, presentation: Presentation) -> Payload: ...


def same_payload(one: Payload, other: Payload) -> bool:
    """True when two answers say the same."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

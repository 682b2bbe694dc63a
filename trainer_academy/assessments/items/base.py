"""What all kinds of item share: frozen classes that read a file and a form, score, show themselves and say what they allow.

A payload is an answer in the item's own terms (option letters, First and Second, level indexes), whatever order the
learner saw. A presentation is what was shuffled for one person: `{"order": ["c", "a", "b"]}` or `{"swapped": true}`.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Protocol

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from trainer_academy.assessments.items.habits import Habits
from trainer_academy.assessments.items.parts import DOMAINS, TRAPS, Criterion, Example, Key, with_letters
from trainer_academy.assessments.items.presenting import LETTERS, ExampleView, ItemView, ReviewView, to_html
from trainer_academy.assessments.items.scoring import FIRST_SCORING, SCORING, ItemScore
from trainer_academy.core import markdown
from trainer_academy.core.errors import BadInput
from trainer_academy.courses.schema import Frozen
from trainer_academy.psychometrics.agreement import Judgement

Payload = dict[str, Any]
Presentation = dict[str, Any]
Form = Mapping[str, Sequence[str]]

FELL_BELOW = 0.5  # an item without sides counts as fallen for when less than half of its credit was earned
CONFIDENCES = (50, 60, 70, 80, 90, 100)  # per cent; below 50 another answer would be the likelier one


class BlindPlayer(Protocol):
    """Somebody who answers without reading: how a side of a pair, a level and an option are chosen."""

    @property
    def pair(self) -> Callable[[str, str, random.Random], int]: ...

    @property
    def level(self) -> Callable[[int, random.Random], int]: ...

    @property
    def is_longest_option(self) -> bool: ...


class Item(Frozen):
    """What every item has and answers. `version` changes with any letter of the file, `key_version` only with the key.

    A kind says which sections its file has (`own_sections`: name to field; `numbered_sections`: pattern with the entry's name,
    field), its name as a message id, and the template that shows it. The methods without a body are those that every kind
    has; the others stand for kinds without that ability.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
    own_sections: ClassVar[Mapping[str, str]]
    numbered_sections: ClassVar[tuple[tuple[re.Pattern[str], str], ...]] = ()
    required_sections: ClassVar[tuple[str, ...]] = ()
    name: ClassVar[str]
    template: ClassVar[str]
    script: ClassVar[str] = "js/item.js"
    is_rated: ClassVar[bool] = False  # True: raters read the answer before it has a score
    is_right_or_wrong: ClassVar[bool] = False  # True: no part credit, so two levels when it is calibrated
    has_options: ClassVar[bool] = False  # True: single options are analysed, and may turn out to be the right one
    has_sides: ClassVar[bool] = False  # True: two responses whose places can be changed; a trap makes one of them look better
    has_levels: ClassVar[bool] = False  # True: levels are given, so that a person can be severe or mild

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{2,62}$")
    title: str = Field(min_length=3, max_length=90)
    skill: str
    difficulty: int = Field(ge=1, le=5)
    domain: Literal[DOMAINS]  # type: ignore[valid-type]
    traps: tuple[Literal[TRAPS], ...]  # type: ignore[valid-type]
    status: Literal["draft", "pilot", "active", "suspended", "retired"]
    lesson: str
    family: str = Field(default="", max_length=64)  # items that were made from one template; who knows one knows them all
    guideline: tuple[str, ...] = ()
    source: Annotated[tuple[str, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)] = ()
    context: str = ""
    why: str = Field(min_length=40)
    check: str = ""
    bank: str
    version: str
    kind: str
    key: Key

    @property
    def basis(self) -> str:
        return self.key.basis

    @cached_property
    def key_version(self) -> str:
        # Without votes the digest is the one that keys had before votes existed: stored scores keep their key version.
        return hashlib.sha256(self.key.model_dump_json(exclude_none=True).encode()).hexdigest()[:12]

    @property
    def is_counted(self) -> bool:
        """False for an item that is suspended: no score uses it, whoever answered it."""
        return self.status != "suspended"

    @property
    def rated(self) -> RatedItem | None:
        """The item as work that people rate; None for items that are scored by their key."""
        return None

    @property
    def one_of(self) -> int:
        """The number of options of which exactly one is right; 0 for items that are answered in another way."""
        return 0

    @property
    def is_clean(self) -> bool:
        """True for a text that is to be searched for errors and has none."""
        return False

    @model_validator(mode="after")
    def _basis_has_evidence(self) -> Item:
        if self.basis in ("computed", "code") and not self.check:
            raise ValueError(f'a key with basis "{self.basis}" needs a section "## Check"')
        if self.basis == "source" and not self.source:
            raise ValueError('a key with basis "source" needs `source:`')
        if self.basis == "judgement" and not self.guideline:
            raise ValueError('a key with basis "judgement" needs `guideline:` with the clauses that settle it')
        return self

    # The file.

    @classmethod
    def tidy_sections(cls, values: dict[str, Any]) -> str:
        """Bring the numbered sections into the shape of their fields, in place; what is wrong with them, in words, or ""."""
        return ""

    @property
    def exam_fault(self) -> str:
        """What the item lacks to stand in the bank of an exam, in words; "" for nothing."""
        return ""

    @property
    def wording_fault(self) -> str:
        """What in the wording of the task tells of the key, in words; "" for nothing. For every bank."""
        return ""

    @abstractmethod
    def stem(self) -> str:
        """The texts that make the item what it is, as Markdown, in an order that does not depend on letters."""

    @cached_property
    def stem_text(self) -> str:
        """Material and stem without case and marks, to find copies and to count words."""
        return " ".join(markdown.plain_text(self.context + self.stem()).lower().split())

    @cached_property
    def reading_words(self) -> int:
        """How many words a person reads before answering."""
        return len(self.stem_text.split())

    # One answer: shown, read, scored.

    def present(self, rng: random.Random) -> Presentation:
        """What is shuffled for one showing."""
        return {}

    def file_order(self) -> Presentation:
        """The item as it stands in its file."""
        return {}

    def read_presentation(self, form: Form) -> Presentation:
        """The order that a practice form was shown in. Wrong values only spoil the person's own practice, so they fall back."""
        return {}

    @classmethod
    def swapped(cls, presentation: Presentation) -> Presentation:
        """The other order of two responses."""
        return dict(presentation)

    @abstractmethod
    def read(self, form: Form, presentation: Presentation) -> Payload: ...

    @abstractmethod
    def is_complete(self, payload: Payload) -> bool:
        """True when everything that is scored has an answer."""

    def is_full(self, payload: Payload) -> bool:
        """True when everything that the page asks has an answer. A page asks more than the key has, to tell nothing."""
        return self.is_complete(payload)

    def score(self, payload: Payload, scoring: int = SCORING) -> ItemScore:
        """The credit of an answer by a version of the scoring rules."""
        return self.score_first(payload) if scoring == FIRST_SCORING else self.score_newest(payload)

    @abstractmethod
    def score_newest(self, payload: Payload) -> ItemScore: ...

    def score_first(self, payload: Payload) -> ItemScore:
        """By scoring 1, where its rules were others."""
        return self.score_newest(payload)

    @abstractmethod
    def perfect(self) -> Payload:
        """The payload that earns full credit."""

    def worse(self, payload: Payload) -> Payload:
        """An answer a little worse than this one, for demo data; nothing where there is no such step."""
        return {}

    # Pages.

    @abstractmethod
    def view(self, presentation: Presentation) -> ItemView:
        """The item in the presentation's order."""

    @abstractmethod
    def review(self, presentation: Presentation, payload: Payload, course_key: str) -> ReviewView:
        """The item with its key and reason. Call it only for an answer that has been scored."""

    @abstractmethod
    def form_values(self, payload: Payload, presentation: Presentation) -> dict[str, Any]:
        """A stored answer as the values of the form's controls, in the shown order."""

    def answer_values(self, payload: Payload, presentation: Presentation) -> dict[str, Any]:
        """The form's values with how sure the person was."""
        sure = {"confidence": payload["confidence"]} if "confidence" in payload else {}
        return self.form_values(payload, presentation) | sure

    def shared_view(self, presentation: Presentation) -> dict[str, Any]:
        """The fields of a view that all kinds fill in the same way."""
        shown = ("id", "version", "kind", "template", "script", "title", "skill", "lesson", "bank", "one_of", "is_rated")
        fields = {name: getattr(self, name) for name in shown}
        return fields | {"presentation": presentation, "context": to_html(self.context)}

    def shared_review(self, presentation: Presentation, payload: Payload, course_key: str) -> dict[str, Any]:
        """The fields of a review that all kinds fill in the same way."""
        why = to_html(with_letters(self.why, presentation), course_key)
        return {"item": self.view(presentation), "score": self.score(payload), "why": why, "clauses": self.guideline}

    # New keys: from one answer, or from votes by part.

    @abstractmethod
    def key_from_answer(self, payload: Payload) -> dict[str, Any]:
        """The key that this complete answer would be, without its basis."""

    @property
    def takes_votes(self) -> bool:
        """True for items that can be scored by a distribution of votes; the next three methods are for them."""
        return False

    def answers_by_part(self, payload: Payload) -> dict[str, str]:
        """A complete payload as answers by part."""
        return {}

    def payload_of(self, answers: Mapping[str, str]) -> Payload:
        """Answers by part as a payload."""
        return {}

    def scale(self) -> dict[str, list[str]]:
        """The possible answers of each part, in order."""
        return {}

    # Solved blind, from a sheet.

    def sheet(self) -> str:
        """The item as a learner sees it, as Markdown, without key and reason."""
        parts = [f"## Material\n\n{self.context}"] if self.context else []
        return "\n\n".join([*parts, *self.sheet_parts()])

    @abstractmethod
    def sheet_parts(self) -> list[str]: ...

    @abstractmethod
    def read_sheet(self, text: str) -> Payload:
        """A short answer to the sheet. ValueError, KeyError or IndexError when it cannot be read."""

    def sheet_score(self, text: str) -> float:
        """The credit of a short answer to the sheet."""
        return self.score(self.read_sheet(text.strip())).value

    # What gives the key away.

    def giveaways(self) -> dict[str, tuple[int, int]]:
        """Shares of a bank that this item adds to, by name: (cases in which it is so, cases)."""
        return {}

    @abstractmethod
    def guess(self, player: BlindPlayer, rng: random.Random) -> Payload:
        """What somebody answers who does not read."""

    @abstractmethod
    def answer_like(self, habits: Habits, rng: random.Random) -> Payload:
        """What somebody with these habits answers."""

    # Analysis.

    @classmethod
    @abstractmethod
    def answer_label(cls, payload: Mapping[str, Any]) -> str:
        """What an answer of this kind says, in a few letters; "" for an answer that is empty or of another kind."""

    def key_label(self) -> str:
        """The label of the right answer; "" where there is no single one."""
        return self.answer_label(self.perfect())

    def tally(self, payload: Payload) -> list[str]:
        """What of an answer is counted to show how others answered."""
        return []

    def fell_for(self, payload: Payload, credit: float) -> bool:
        """True when a complete answer follows the trap instead of the key."""
        return credit < FELL_BELOW

    def answer_at(self, is_right: bool, rng: random.Random) -> Payload | None:
        """A right or wrong answer for simulations; None where credit has more steps than these two."""
        return None

    def beside_key(self, payload: Payload) -> list[Judgement]:
        """Ordered judgements of the answer beside the key's."""
        return []

    def beside_raters(self, payload: Payload) -> tuple[float, Judgement] | None:
        """The share of votes for this answer, and the answer beside the one of most raters; None without votes."""
        return None

    def says_same(self, one: Payload, other: Payload) -> bool:
        """True when two answers are the same verdict."""
        return same_payload(_plain(one), _plain(other))

    def chose_left(self, payload: Payload, presentation: Presentation) -> bool | None:
        """Whether the response shown as A was preferred; None for a tie and for items without two sides."""
        return None


class RatedItem(Item):
    """Work that people rate: what raters need of it, whatever the work is."""

    is_rated: ClassVar[bool] = True

    criteria: tuple[Criterion, ...] = Field(min_length=2, max_length=6)
    examples: dict[str, Example] = Field(min_length=1, max_length=9)

    @property
    def rated(self) -> RatedItem:
        return self

    @abstractmethod
    def score_rated(self, payload: Payload, levels: Mapping[str, float]) -> ItemScore:
        """The score by the settled levels of the criteria. ValueError when a level is missing or not on its scale."""

    @abstractmethod
    def show_examples(self) -> tuple[ExampleView, ...]:
        """The rated examples. They are part of the key: show them only after the answer, or to raters."""


def _plain(payload: Payload) -> Payload:
    """The answer without what was said about it."""
    return {name: value for name, value in payload.items() if name not in ("confidence", "reason")}


def read_answer(item: Item, form: Form, presentation: Presentation) -> Payload:
    """The item's own answer, and how sure the person is (per cent, optional) where an answer is there to be sure of."""
    payload = item.read(form, presentation)
    confidence = single(form, "confidence")
    if confidence and confidence not in {str(level) for level in CONFIDENCES}:
        raise BadInput("answer.confidence")
    return payload | {"confidence": int(confidence)} if payload and confidence else payload


def single(form: Form, name: str) -> str:
    """The first value of a form field, "" when it is not there."""
    values = form.get(name, ())
    return values[0] if values else ""


def shown_places(presentation: Presentation, letters: Iterable[str]) -> dict[str, str]:
    """Place on the page, as a letter, to letter of the file, in the shown order. Pages and forms know only the place."""
    return {LETTERS[place].lower(): letter for place, letter in enumerate(presentation.get("order") or letters)}


def read_order(form: Form, letters: list[str]) -> list[str]:
    """The letters in the order of the form's field `order`; as they are when it does not hold each of them once."""
    order = single(form, "order")
    return list(order) if sorted(order) == letters else letters


def same_payload(one: Payload, other: Payload) -> bool:
    """True when two answers say the same."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

"""Items as a learner may see them: HTML in the shown order, without key or reason until the answer is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from trainer_academy.assessments.items import ChoiceItem, PairwiseItem, Payload, Presentation, RubricItem
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.mark_items import RankingItem, SpansItem, StepsItem
from trainer_academy.assessments.scoring import ItemScore, Mark
from trainer_academy.assessments.written_checks import Check, CheckResult, found_texts, run_checks
from trainer_academy.assessments.written_items import WrittenItem
from trainer_academy.core import markdown
from trainer_academy.courses.catalog import resolve_link

LETTERS = "ABCDEFGHI"


@dataclass(frozen=True)
class OptionView:
    """An option at its shown place: the letter shown, the letter in the file, the text."""

    shown: str
    letter: str
    html: str


@dataclass(frozen=True)
class MarkView:
    """A marked piece of text, as quoted words and as word numbers from 1."""

    first: int
    last: int
    text: str
    category: str
    severity: str


@dataclass(frozen=True)
class ItemView:
    """What may be shown before the answer: no key, no reason."""

    id: str
    version: str
    kind: str
    title: str
    skill: str
    lesson: str
    presentation: Presentation
    bank: str
    context: str = ""
    prompt: str = ""
    a: str = ""
    b: str = ""
    a_words: int = 0
    b_words: int = 0
    dimensions: tuple[str, ...] = ()
    select: str = "one"
    options: tuple[OptionView, ...] = ()
    criteria: tuple[Any, ...] = ()
    has_ties: bool = False
    steps: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # of a plain text, each with the space that follows it
    categories: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()  # of written work; they are instructions and no secret
    max_characters: int = 0

    def check_states(self, text: str) -> tuple[CheckResult, ...]:
        """What the checks find in a text."""
        return run_checks(self.checks, text)

    @property
    def found_texts(self) -> tuple[str, ...]:
        return found_texts(self.checks)

    @property
    def has_format_checks(self) -> bool:
        return any(check.check in ("format", "json_schema") for check in self.checks)


@dataclass(frozen=True)
class ExampleView:
    """A submission that was rated, as plain text, with its levels and why."""

    letter: str
    text: str
    levels: dict[str, int]
    why: str


@dataclass(frozen=True)
class ReviewView:
    """What is shown after scoring: the key, the reason, the credit of each part."""

    item: ItemView
    score: ItemScore
    why: str
    why_not: dict[str, str]
    correct: tuple[str, ...] = ()
    overall: int = 0  # in the shown order: negative means A is better
    sides: dict[str, str] | None = None  # dimension to a, s or b
    levels: dict[str, int] | None = None
    ranks: dict[str, int] | None = None
    first_wrong: int = 0
    marks: tuple[MarkView, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    examples: tuple[ExampleView, ...] = ()
    clauses: tuple[str, ...] = ()

    @property
    def part_credit(self) -> dict[str, float]:
        return {part.name: part.credit for part in self.score.parts}


@lru_cache(maxsize=8192)
def _html(text: str, course_key: str = "") -> str:
    return markdown.render(text, resolve=lambda href: resolve_link(href, course_key), has_math=False) if text else ""


def show_item(item: SomeItem, presentation: Presentation) -> ItemView:
    """The item in the presentation's order."""
    base: dict[str, Any] = {
        "id": item.id, "version": item.version, "kind": item.kind, "title": item.title, "skill": item.skill,
        "lesson": item.lesson, "presentation": presentation, "bank": item.bank, "context": _html(item.context),
    }  # fmt: skip
    if isinstance(item, ChoiceItem):
        order: Sequence[str] = presentation.get("order") or list(item.options)
        options = tuple(OptionView(LETTERS[place], letter, _html(item.options[letter])) for place, letter in enumerate(order))
        return ItemView(**base, prompt=_html(item.question), select=item.select, options=options)
    if isinstance(item, RubricItem):
        return ItemView(
            **base, prompt=_html(item.prompt), a=_html(item.response), a_words=markdown.count_words(item.response),
            criteria=item.criteria,
        )  # fmt: skip
    if isinstance(item, RankingItem):
        order = presentation.get("order") or list(item.responses)
        shown = tuple(OptionView(LETTERS[place], letter, _html(item.responses[letter])) for place, letter in enumerate(order))
        return ItemView(**base, prompt=_html(item.prompt), options=shown, has_ties=item.has_ties)
    if isinstance(item, StepsItem):
        return ItemView(**base, prompt=_html(item.prompt), steps=tuple(_html(step) for step in item.steps))
    if isinstance(item, SpansItem):
        return ItemView(**base, prompt=_html(item.prompt), words=_words(item), categories=item.categories)
    if isinstance(item, WrittenItem):
        return ItemView(
            **base, prompt=_html(item.prompt), checks=item.checks, criteria=item.criteria, max_characters=item.max_characters
        )
    a, b = (item.second, item.first) if presentation.get("swapped") else (item.first, item.second)
    return ItemView(
        **base, prompt=_html(item.prompt), a=_html(a), b=_html(b), a_words=markdown.count_words(a),
        b_words=markdown.count_words(b), dimensions=tuple(item.key.dimensions),
    )  # fmt: skip


def _words(item: SpansItem) -> tuple[str, ...]:
    """The words of the text, each with what follows it up to the next one, so that joined they are the text again."""
    starts = [start for start, _ in item.words]
    return tuple(item.response[start:end] for start, end in zip(starts, [*starts[1:], len(item.response)], strict=True))


def mark_views(item: SpansItem, marks: Sequence[Mark]) -> tuple[MarkView, ...]:
    """Places in the text as word numbers and quoted words."""
    views = []
    for mark in marks:
        inside = [number for number, (start, end) in enumerate(item.words, 1) if start < mark.end and mark.start < end]
        views.append(MarkView(inside[0], inside[-1], item.response[mark.start : mark.end], mark.category, mark.severity))
    return tuple(views)


def show_review(item: SomeItem, presentation: Presentation, payload: Payload, course_key: str) -> ReviewView:
    """The item with its key and reason. Call it only for an answer that has been scored."""
    view, score = show_item(item, presentation), item.score(payload)
    why = _html(with_letters(item.why, presentation), course_key)
    if isinstance(item, ChoiceItem):
        why_not = {letter: _html(text, course_key) for letter, text in item.why_not.items()}
        return ReviewView(view, score, why, why_not, correct=item.key.correct, clauses=item.guideline)
    if isinstance(item, RubricItem):
        return ReviewView(view, score, why, {}, levels=dict(item.key.levels), clauses=item.guideline)
    if isinstance(item, RankingItem):
        return ReviewView(view, score, why, {}, ranks=dict(item.key.ranks), clauses=item.guideline)
    if isinstance(item, StepsItem):
        return ReviewView(view, score, why, {}, first_wrong=item.key.first_wrong, clauses=item.guideline)
    if isinstance(item, SpansItem):
        return ReviewView(view, score, why, {}, marks=mark_views(item, item.key_marks()), clauses=item.guideline)
    if isinstance(item, WrittenItem):
        results = item.check_text(payload.get("text", ""))
        return ReviewView(view, score, why, {}, checks=results, examples=show_examples(item), clauses=item.guideline)
    sign = -1 if presentation.get("swapped") else 1
    sides: dict[str, str] = {name: shown_side(side, presentation) for name, side in item.key.dimensions.items()}
    return ReviewView(view, score, why, {}, overall=item.key.overall * sign, sides=sides, clauses=item.guideline)


def show_examples(item: WrittenItem) -> tuple[ExampleView, ...]:
    """The rated examples. They are part of the key: show them only after the answer, or to raters."""
    examples = item.examples.items()
    return tuple(ExampleView(letter.upper(), one.text, dict(one.levels), _html(one.why)) for letter, one in examples)


def with_letters(text: str, presentation: Presentation) -> str:
    """Put "Response A" and "Response B" where the author wrote {{first}} and {{second}}."""
    first, second = ("B", "A") if presentation.get("swapped") else ("A", "B")
    return text.replace("{{first}}", f"Response {first}").replace("{{second}}", f"Response {second}")


def shown_side(side: str, presentation: Presentation) -> str:
    """first, same or second as a, s or b in the shown order."""
    if side == "same":
        return "s"
    return "a" if (side == "first") != bool(presentation.get("swapped")) else "b"


def form_values(item: SomeItem, payload: Payload, presentation: Presentation) -> dict[str, Any]:
    """A stored answer as the values of the form's controls, in the shown order."""
    if isinstance(item, ChoiceItem):
        return {"choice": payload.get("selected", [])}
    if isinstance(item, RubricItem):
        return {f"level-{name}": level for name, level in payload.get("levels", {}).items()}
    if isinstance(item, RankingItem):
        return {f"rank-{letter}": rank for letter, rank in payload.get("ranks", {}).items()}
    if isinstance(item, StepsItem):
        return {"step": payload["first_wrong"]} if "first_wrong" in payload else {}
    if isinstance(item, SpansItem):
        return _span_values(item, payload)
    if isinstance(item, WrittenItem):
        return {"text": payload.get("text", "")}
    assert isinstance(item, PairwiseItem)
    values: dict[str, Any] = {"reason": payload.get("reason", "")}
    if "overall" in payload:
        values["overall"] = payload["overall"] * (-1 if presentation.get("swapped") else 1)
    for name, side in payload.get("dimensions", {}).items():
        values[f"dim-{name}"] = shown_side(side, presentation)
    return values


def answer_values(item: SomeItem, payload: Payload, presentation: Presentation) -> dict[str, Any]:
    """The form's values with how sure the person was."""
    sure = {"confidence": payload["confidence"]} if "confidence" in payload else {}
    return form_values(item, payload, presentation) | sure


def _span_values(item: SpansItem, payload: Payload) -> dict[str, Any]:
    if "marks" not in payload:
        return {}
    if not payload["marks"]:
        return {"clean": 1}
    marks = [Mark(mark["start"], mark["end"], mark["category"], mark["severity"]) for mark in payload["marks"]]
    values: dict[str, Any] = {}
    for number, view in enumerate(mark_views(item, marks), 1):
        values |= {
            f"mark-{number}-from": view.first, f"mark-{number}-to": view.last,
            f"mark-{number}-category": view.category, f"mark-{number}-severity": view.severity,
        }  # fmt: skip
    return values

"""Builders: small valid things for tests."""

from __future__ import annotations

from typing import Any

from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.pairwise import PairwiseItem
from trainer_academy.assessments.items.ranking import RankingItem
from trainer_academy.assessments.items.rubric import RubricItem
from trainer_academy.assessments.items.spans import SpansItem
from trainer_academy.assessments.items.steps import StepsItem
from trainer_academy.assessments.items.written import WrittenItem

HEAD: dict[str, Any] = {
    "id": "t-001",
    "title": "A test item",
    "skill": "facts",
    "difficulty": 2,
    "domain": "daily",
    "traps": (),
    "status": "active",
    "lesson": "01-first",
    "guideline": ("3.1",),
    "bank": "b",
    "version": "v1",
    "why": "THE-REASON why this is so, long enough for the rule. {{first}} is right.",
}


def pairwise_item(overall: int = -3, dimensions: dict[str, str] | None = None, **head: Any) -> PairwiseItem:
    key = {"basis": "judgement", "overall": overall, "dimensions": dimensions or {"facts": "first"}}
    texts = {"prompt": "What is 2 + 2?", "first": "It is 4.", "second": "It is five, I am sure."}
    return PairwiseItem(**(HEAD | texts | {"kind": "pairwise", "key": key} | head))


def choice_item(correct: list[str] | None = None, **head: Any) -> ChoiceItem:
    right = correct or ["a"]
    options = {"a": "one", "b": "two", "c": "three", "d": "four"}
    select = "several" if len(right) > 1 else "one"
    key = {"basis": "judgement", "correct": right}
    return ChoiceItem(
        **(
            HEAD
            | {"kind": "choice", "question": "Which one is it then?", "options": options, "select": select, "key": key}
            | head
        )
    )


def rubric_item(levels: dict[str, int] | None = None, **head: Any) -> RubricItem:
    criteria = [
        {"id": "count", "name": "Number", "levels": ["none", "some", "all"]},
        {"id": "tone", "name": "Tone", "levels": ["rude", "polite"]},
    ]
    key = {"basis": "judgement", "levels": levels or {"count": 2, "tone": 1}}
    return RubricItem(
        **(
            HEAD
            | {"kind": "rubric", "prompt": "Give three tips.", "response": "1. 2. 3.", "criteria": criteria, "key": key}
            | head
        )
    )


def ranking_item(ranks: dict[str, int] | None = None, **head: Any) -> RankingItem:
    key = {"basis": "judgement", "ranks": ranks or {"a": 2, "b": 1, "c": 3}}
    responses = {letter: f"Text number {letter}." for letter in key["ranks"]}  # type: ignore[attr-defined]
    return RankingItem(**(HEAD | {"kind": "ranking", "prompt": "Say hello.", "responses": responses, "key": key} | head))


def steps_item(first_wrong: int = 2, **head: Any) -> StepsItem:
    key = {"basis": "judgement", "first_wrong": first_wrong}
    return StepsItem(
        **(HEAD | {"kind": "steps", "prompt": "Add 1 and 2.", "steps": ("1", "1 + 2 = 4", "4"), "key": key} | head)
    )


def spans_item(spans: list[dict[str, str]] | None = None, **head: Any) -> SpansItem:
    text = "Paris is the capital of Spain. It has many museums and a river."
    default = [{"text": "capital of Spain", "category": "facts", "severity": "critical"}]
    key = {"basis": "judgement", "spans": default if spans is None else spans}
    fields = {"kind": "spans", "prompt": "Tell me of Paris.", "response": text, "categories": ("facts", "clarity"), "key": key}
    return SpansItem(**(HEAD | fields | head))


def written_item(checks: list[dict[str, Any]] | None = None, check_weight: float = 0.2, **head: Any) -> WrittenItem:
    criteria = [
        {"id": "names", "name": "Names the difference", "levels": ["no", "in part", "yes"]},
        {"id": "shows", "name": "Shows evidence", "levels": ["none", "a claim", "a place", "quoted words"]},
    ]
    examples = {
        "a": {"levels": {"names": 0, "shows": 0}, "text": "Both are fine.", "why": "EXAMPLE-WHY-A nothing is named here."},
        "b": {"levels": {"names": 2, "shows": 3}, "text": "Response B says '5'.", "why": "EXAMPLE-WHY-B quoted words."},
        "c": {"levels": {"names": 1, "shows": 1}, "text": "B is wrong.", "why": "EXAMPLE-WHY-C a claim and no more."},
    }
    default = [{"check": "length", "max": 5}, {"check": "contains", "any_of": ["Response A", "Response B"]}]
    fields = {
        "kind": "written",
        "task": "rationale",
        "prompt": "Write the rationale for this verdict.",
        "criteria": criteria,
        "examples": examples,
        "checks": default if checks is None else checks,
        "max_characters": 500,
        "key": {"basis": "judgement", "check_weight": check_weight},
    }
    return WrittenItem(**(HEAD | fields | head))

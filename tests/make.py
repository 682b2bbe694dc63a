"""Builders: small valid things for tests."""

from __future__ import annotations

from typing import Any

from trainer_academy.assessments.items import ChoiceItem, PairwiseItem, RubricItem

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

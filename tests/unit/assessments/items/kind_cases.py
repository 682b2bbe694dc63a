"""One table of cases for each kind of item. A kind without cases fails the test that reads this table.

A case is an item, an order it is shown in, what a form sends, and what must follow: the payload, whether it is complete, the
credit, the label in the item analysis, the key that the answer would be (None for an incomplete one, or where no answer makes a
key), the same answer on a sheet ("" where a sheet cannot say it).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.make import choice_item, pairwise_item, ranking_item, rubric_item, spans_item, steps_item, written_item
from trainer_academy.assessments.items.base import Item


@dataclass(frozen=True)
class Case:
    """See the module."""

    item: Item
    shown: dict[str, Any]
    form: dict[str, str]
    payload: dict[str, Any]
    is_complete: bool
    credit: float
    label: str
    key: dict[str, Any] | None
    sheet: str = ""


CLEAN = spans_item([])
NAMED = {"start": 13, "end": 30, "category": "facts", "severity": "critical"}
KEYED = {"spans": [{"text": "capital of Spain.", "category": "facts", "severity": "critical"}]}
MARKED = {"mark-1-from": "4", "mark-1-to": "6", "mark-1-category": "facts", "mark-1-severity": "critical"}

CASES: dict[str, tuple[Case, ...]] = {
    "choice": (
        Case(choice_item(), {}, {"choice": "a"}, {"selected": ["a"]}, True, 1.0, "a", {"correct": ["a"]}, "a"),
        Case(
            choice_item(),
            {"order": list("dcba")},
            {"choice": "c"},
            {"selected": ["b"]},
            True,
            0.0,
            "b",
            {"correct": ["b"]},
            "b",
        ),
        Case(choice_item(["a", "c"]), {}, {"choice": "a"}, {"selected": ["a"]}, True, 0.5, "a", {"correct": ["a"]}, "a"),
        Case(choice_item(), {}, {}, {}, False, 0.0, "", None),
    ),
    "pairwise": (
        Case(
            pairwise_item(-3),
            {"swapped": False},
            {"overall": "-3", "dim-facts": "a"},
            {"overall": -3, "dimensions": {"facts": "first"}},
            True,
            1.0,
            "-3",
            {"overall": -3, "dimensions": {"facts": "first"}},
            "A3 facts:A",
        ),
        Case(
            pairwise_item(-3),
            {"swapped": True},
            {"overall": "2", "dim-facts": "s"},
            {"overall": -2, "dimensions": {"facts": "same"}},
            True,
            2 / 15,
            "-2",
            {"overall": -2, "dimensions": {"facts": "same"}},
            "A2 facts:=",
        ),
        Case(pairwise_item(0), {"swapped": True}, {"overall": "0"}, {"overall": 0}, False, 0.6, "0", None),
    ),
    "rubric": (
        Case(
            rubric_item(),
            {},
            {"level-1": "2", "level-2": "0"},
            {"levels": {"count": 2, "tone": 0}},
            True,
            0.0,
            "count=2 tone=0",
            {"levels": {"count": 2, "tone": 0}},
            "count:2 tone:0",
        ),
        Case(rubric_item(), {}, {"level-1": "2"}, {"levels": {"count": 2}}, False, 0.5, "count=2", None),
    ),
    "ranking": (
        Case(
            ranking_item(),
            {"order": ["c", "a", "b"]},
            {"rank-b": "2", "rank-c": "1", "rank-a": "3"},
            {"ranks": {"a": 2, "b": 1, "c": 3}},
            True,
            1.0,
            "b a c",
            {"ranks": {"a": 2, "b": 1, "c": 3}},
            "a:2 b:1 c:3",
        ),
        Case(
            ranking_item(),
            {},
            {"rank-a": "1", "rank-b": "1", "rank-c": "3"},
            {"ranks": {"a": 1, "b": 1, "c": 3}},
            True,
            8 / 27,
            "a=b c",
            {"ranks": {"a": 1, "b": 1, "c": 2}},
        ),
        Case(ranking_item(), {}, {"rank-a": "2"}, {"ranks": {"a": 2}}, False, 0.0, "a", None),
    ),
    "steps": (
        Case(steps_item(2), {}, {"step": "2"}, {"first_wrong": 2}, True, 1.0, "2", {"first_wrong": 2}, "2"),
        Case(steps_item(2), {}, {"step": "0"}, {"first_wrong": 0}, True, 0.0, "0", {"first_wrong": 0}, "0"),
        Case(steps_item(0), {}, {}, {}, False, 0.0, "", None),
    ),
    "spans": (
        Case(spans_item(), {}, MARKED, {"marks": [NAMED]}, True, 1.0, "1 marks", KEYED, "capital of Spain.|facts|critical"),
        Case(CLEAN, {}, {"clean": "1"}, {"marks": []}, True, 1.0, "0 marks", {"spans": []}, "clean"),
        Case(spans_item(), {}, {"clean": "1"}, {"marks": []}, True, 0.0, "0 marks", {"spans": []}, "clean"),
        Case(CLEAN, {}, {}, {}, False, 0.0, "", None),
    ),
    "written": (
        Case(
            written_item(),
            {},
            {"text": "Response A\r\nis right."},
            {"text": "Response A\nis right."},
            True,
            1.0,
            "text",
            None,
        ),
        Case(written_item(), {}, {"text": " \n"}, {}, False, 0.0, "", None),
    ),
}

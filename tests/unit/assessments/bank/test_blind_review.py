"""The blind sheet shows no key, and short answers are read back into the item's own terms."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.make import choice_item, pairwise_item, ranking_item, rubric_item, spans_item, steps_item, written_item
from trainer_academy.assessments.bank.blind_review import sheet_of, solve
from trainer_academy.bank_cli import write_log
from trainer_academy.core.errors import BadInput

RIGHT_LEVELS = "a names:0 shows:0 ;; b names:2 shows:3 ;; c names:1 shows:1"
WRONG_LEVELS = "a names:2 shows:3 ;; b names:0 shows:0 ;; c names:0 shows:3"


def test_the_sheet_has_no_key_and_no_reason() -> None:
    items = [choice_item(), pairwise_item(), rubric_item(), ranking_item(), steps_item(), spans_item(), written_item()]
    sheet = sheet_of(items)
    assert "THE-REASON" not in sheet and "EXAMPLE-WHY" not in sheet
    assert all(item.kind in sheet for item in items)


def test_pairs_are_turned_for_half_of_the_items_and_turned_back() -> None:
    items = [pairwise_item(-2, id=f"p-{n:03}") for n in range(40)]
    turned = [item for item in items if item.is_turned_on_sheet]
    assert 10 <= len(turned) <= 30
    for item in items:
        right = "B" if item.is_turned_on_sheet else "A"
        assert solve(item, f"{right}2 facts:{right}").score == 1.0
        wrong = "A" if right == "B" else "B"
        assert not solve(item, f"{wrong}2 facts:{wrong}").is_agreed


@pytest.mark.parametrize(
    ("item", "right", "wrong"),
    [
        (choice_item(["b"]), "b", "a"),
        (choice_item(["a", "d"]), "a+d", "a+b"),
        (rubric_item(), "count:2 tone:1", "count:0 tone:1"),
        (ranking_item(), "a:2 b:1 c:3", "a:3 b:2 c:1"),
        (steps_item(), "2", "0"),
        (spans_item(), "capital of Spain|facts|critical", "clean"),
        (spans_item([]), "clean", "many museums|facts|minor"),
        (written_item(), RIGHT_LEVELS, WRONG_LEVELS),
    ],
)
def test_answers_of_every_kind(item: object, right: str, wrong: str) -> None:
    assert solve(item, right).is_agreed  # type: ignore[arg-type]
    assert not solve(item, wrong).is_agreed  # type: ignore[arg-type]


def test_what_cannot_be_read_is_named() -> None:
    with pytest.raises(BadInput, match=r'^blind_review\.unreadable {"item": "t-001", "answer": "C9"'):
        solve(pairwise_item(), "C9")


def test_the_log_is_appended(tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    write_log(out, [solve(choice_item(), "a")], "second author")
    write_log(out, [solve(choice_item(id="t-002"), "b")], "second author")
    rows = out.read_text().splitlines()
    assert rows[0] == "item,version,reviewer,answer,score,outcome"
    assert [row.split(",")[0] for row in rows[1:]] == ["t-001", "t-002"]
    assert rows[1].endswith("agreed") and rows[2].endswith("differs")

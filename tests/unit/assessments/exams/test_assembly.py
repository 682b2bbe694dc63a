"""Papers: overlapping lines are filled together, unseen and rare items come first, mirrored pairs come later in the paper."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.make import choice_item, pairwise_item
from trainer_academy.assessments.bank.schema import ExamSpec, expected_words
from trainer_academy.assessments.exams.assembly import APART, MIN_PAPERS, Exposure, ShortBank, assemble_paper, find_shortages
from trainer_academy.assessments.exams.bank_report import count_repeats, report_exam
from trainer_academy.assessments.items.kinds import SomeItem


def spec(*lines: dict[str, Any], **values: Any) -> ExamSpec:
    draw = [{"skill": "facts", "kind": "pairwise", "count": 1} | line for line in lines]
    basis = "A made-up pass mark for a test of the assembly."
    base = {
        "title": "An exam",
        "version": "1",
        "course": "a-course",
        "bank": "a-bank",
        "minutes": 10,
        "cut_score": 0.7,
        "cut_basis": basis,
        "attempts": 3,
        "window_days": 30,
        "cooldown_hours": 0,
        "draw": draw,
    }
    return ExamSpec.model_validate(base | values)


def pairs(count: int, **head: Any) -> list[SomeItem]:
    return [pairwise_item(id=f"p-{head.get('difficulty', 0)}-{n:03}", **head) for n in range(count)]


def test_lines_that_overlap_are_filled_together() -> None:
    """Taken line by line, the first line could use up the only hard items."""
    bank = [*pairs(2, difficulty=2), *pairs(2, difficulty=5)]
    wanted = spec({"count": 2}, {"count": 2, "difficulty": [5, 5]})
    for seed in range(50):
        paper = assemble_paper(wanted, bank, seed)
        assert len({entry.item_id for entry in paper}) == 4


def test_a_line_can_ask_for_a_trap_or_for_none() -> None:
    bank = [
        pairwise_item(id="p-long", traps=("length",)),
        pairwise_item(id="p-plain", traps=()),
        pairwise_item(id="p-style", traps=("style",)),
    ]
    for seed in range(10):
        found = {entry.item_id for entry in assemble_paper(spec({"trap": "length"}, {"trap": "none"}), bank, seed)}
        assert found == {"p-long", "p-plain"}


def test_a_bank_that_is_short_is_named_line_by_line() -> None:
    bank = [*pairs(1, difficulty=2), choice_item(id="c-1")]
    wanted = spec({"count": 2}, {"kind": "choice"}, {"kind": "choice", "trap": "style"})
    assert find_shortages(wanted, bank) == [
        "pairwise items for the skill facts: 2 are asked for, 1 fit, and 1 are free for this line",
        "choice items for the skill facts, with the trap style: 1 are asked for, 0 fit, and 0 are free for this line",
    ]
    with pytest.raises(ShortBank, match="with the trap style"):
        assemble_paper(wanted, bank, 1)


def test_suspended_and_retired_items_are_not_drawn() -> None:
    bank = [pairwise_item(id="p-1"), pairwise_item(id="p-2", status="suspended"), pairwise_item(id="p-3", status="retired")]
    assert [entry.item_id for entry in assemble_paper(spec({}), bank, 3)] == ["p-1"]
    with pytest.raises(ShortBank):
        assemble_paper(spec({"count": 2}), bank, 3)


def test_unseen_items_come_first_also_where_lines_overlap() -> None:
    bank = pairs(6, difficulty=3)
    seen = {"p-3-000", "p-3-001", "p-3-002"}
    for seed in range(30):
        paper = assemble_paper(spec({"count": 2}, {"difficulty": [3, 3]}), bank, seed, seen)
        assert not seen & {entry.item_id for entry in paper}


def test_an_item_shown_too_often_is_drawn_only_when_nothing_else_is_left() -> None:
    bank = pairs(4, difficulty=3)
    exposure = Exposure(100, {"p-3-000": 60, "p-3-001": 55, "p-3-002": 20})
    for seed in range(30):
        paper = assemble_paper(spec({"count": 2}, max_exposure=0.5), bank, seed, (), exposure)
        assert {entry.item_id for entry in paper} == {"p-3-002", "p-3-003"}
        three = {entry.item_id for entry in assemble_paper(spec({"count": 3}, max_exposure=0.5), bank, seed, (), exposure)}
        assert "p-3-001" in three, "of two items over the cap the rarer one comes first"


def test_a_cap_keeps_every_item_near_it_over_many_papers() -> None:
    bank, uses, wanted = pairs(10, difficulty=3), Counter[str](), spec({"count": 4}, max_exposure=0.45)
    for seed in range(300):
        uses.update(entry.item_id for entry in assemble_paper(wanted, bank, seed, (), Exposure(seed, uses)))
    assert max(uses.values()) / 300 <= 0.45 + 1 / MIN_PAPERS


def test_mirrored_pairs_come_a_second_time_swapped_and_later() -> None:
    bank = [*pairs(12, difficulty=3), *(choice_item(id=f"c-{n}") for n in range(4))]
    wanted = spec({"count": 12}, {"kind": "choice", "count": 4}, mirrored=3)
    assert (wanted.scored_count, wanted.item_count) == (16, 19)
    for seed in range(40):
        paper = assemble_paper(wanted, bank, seed)
        assert len(paper) == 19
        repeats = [place for place, entry in enumerate(paper) if entry.is_repeat]
        assert len(repeats) == 3
        for place in repeats:
            [first] = [n for n, e in enumerate(paper) if e.item_id == paper[place].item_id and not e.is_repeat]
            assert place - first >= APART
            assert paper[first].presentation["swapped"] is not paper[place].presentation["swapped"]


def test_a_paper_without_repeats_is_stored_as_before() -> None:
    [entry] = assemble_paper(spec({}), pairs(1), 1)
    assert set(entry.as_json()) == {"item_id", "version", "skill", "presentation"}


@given(st.integers(0, 2**31 - 1), st.sets(st.integers(0, 19)), st.integers(1, 8))
def test_the_same_input_gives_the_same_paper_without_doubles(seed: int, seen: set[int], count: int) -> None:
    bank = pairs(20, difficulty=3)
    ids = {f"p-3-{n:03}" for n in seen}
    one = assemble_paper(spec({"count": count}), bank, seed, ids)
    assert one == assemble_paper(spec({"count": count}), list(reversed(bank)), seed, ids)
    drawn = [entry.item_id for entry in one]
    assert len(set(drawn)) == count
    fresh = len(bank) - len(ids)
    assert sum(item_id not in ids for item_id in drawn) == min(count, fresh)


@pytest.mark.parametrize(
    ("line", "values"),
    [({"difficulty": [4, 2]}, {}), ({"trap": "no-such"}, {}), ({"kind": "choice"}, {"mirrored": 1}), ({"kind": "written"}, {})],
)
def test_a_specification_that_cannot_work_is_refused(line: dict[str, Any], values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        spec(line, **values)


def test_the_report_says_what_a_bank_lacks_and_what_a_last_attempt_repeats() -> None:
    bank = pairs(10, difficulty=3)
    found = report_exam("e", spec({"count": 4}, {"trap": "style"}), bank, Exposure())
    assert [(line.asked, line.have) for line in found.lines] == [(4, 10), (1, 0)]
    assert len(found.shortages) == 1
    assert found.most_used == ("", 0.0)
    assert count_repeats(spec({"count": 4}), bank) == 2, "two attempts show 8 of 10 items; the third one repeats 2"
    assert count_repeats(spec({"count": 3}), bank) == 0


def test_a_paper_keeps_to_the_reading_budget_and_says_when_it_cannot() -> None:
    """Ten long items among forty short ones: only papers with few long ones fit into a minute."""
    items = [choice_item(id=f"c-{n:02}", skill="facts") for n in range(40)]
    words = items[0].reading_words
    long = [choice_item(id=f"l-{n:02}", skill="facts", question="Which one? " + "word " * (40 - words)) for n in range(10)]
    line = {"skill": "facts", "kind": "choice", "count": 10}
    own = spec(line, reading_minutes=1)
    size = {item.id: item.reading_words for item in [*items, *long]}
    assert own.most_words == 150 and 10 * words <= 150 < 10 * long[0].reading_words
    for seed in range(20):
        paper = assemble_paper(own, [*items, *long], seed)
        assert sum(size[entry.item_id] for entry in paper) <= 150
    with pytest.raises(ShortBank, match="at most 150 words"):
        assemble_paper(own, long, 1)
    assert expected_words(own, [*items, *long]) == pytest.approx(10 * sum(size.values()) / 50, abs=1)

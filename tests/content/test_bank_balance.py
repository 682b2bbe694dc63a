"""Banks as a whole: nobody passes without reading, every exam can be drawn fifty times, no two items are nearly the same."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from functools import cache

import pytest

from tests.house import ROOT
from tests.make import choice_item, pairwise_item
from tests.speed import shared_library
from trainer_academy.assessments.bank.balance import PLAYERS, balance_of, near_copies, play
from trainer_academy.assessments.bank.store import Bank
from trainer_academy.assessments.exams.assembly import assemble_paper
from trainer_academy.assessments.items.parts import polish
from trainer_academy.core.reading import count_syllables, measure_reading

FOLDER = ROOT / "content"
LIBRARY = shared_library()
STORE = LIBRARY.store
EXAMS = {key: spec for key, spec in STORE.exams.items() if not spec.is_mock}
# Nobody writes without reading, so where everything is written there is nothing to play.
PLAYED = [key for key, spec in EXAMS.items() if any(part.kind != "written" for part in spec.draw)]
# So far below the cut the best of 200 papers of a player who does not read must stay.
MARGIN = 0.08


@cache
def paper_of(exam: str, seed: int) -> list[str]:
    spec = EXAMS[exam]
    return [entry.item_id for entry in assemble_paper(spec, STORE.banks[spec.bank].items.values(), seed) if not entry.is_repeat]


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("exam", PLAYED)
def test_players_who_do_not_read_stay_below_the_cut_by_a_clear_margin(exam: str, player: str) -> None:
    rng = random.Random(player)
    scores = []
    for seed in range(1, 201):
        found = play(PLAYERS[player], [STORE.items[item_id] for item_id in paper_of(exam, seed)], rng)
        assert found is not None
        scores.append(found)
    assert max(scores) < EXAMS[exam].cut_score - MARGIN


def test_all_exams_but_those_of_written_work_are_played() -> None:
    assert {key for key, spec in EXAMS.items() if spec.rating is None} == set(PLAYED)


@pytest.mark.parametrize("exam", EXAMS)
def test_fifty_papers_are_drawn_and_no_item_is_on_more_than_three_in_five(exam: str) -> None:
    spec = EXAMS[exam]
    uses: Counter[str] = Counter()
    for seed in range(1, 51):
        own = paper_of(exam, seed)
        assert len(own) == len(set(own)) == spec.scored_count
        uses.update(own)
    name, most = uses.most_common(1)[0]
    # An exam with written work draws two of few tasks, and gives no certificate while they are so few.
    limit = 30 if spec.rating is None else 40
    assert most <= limit, f"{name} is on {most} of 50 papers"


@pytest.mark.parametrize("bank", STORE.banks.values(), ids=lambda bank: bank.key)
def test_banks_are_in_balance(bank: Bank) -> None:
    assert balance_of(bank.items.values()).faults() == []


def test_no_two_items_have_nearly_the_same_text() -> None:
    assert near_copies({item.id: item.stem_text for item in STORE.items.values()}) == []


def test_lessons_have_sources_examples_and_items() -> None:
    for course in LIBRARY.catalog.ordered():
        for lesson in course.lessons:
            where = f"{course.key}/{lesson.key}"
            assert 900 <= lesson.words <= 1800, f"{where}: {lesson.words} words"
            assert lesson.head.sources, f"{where} has no sources"
            assert lesson.body.count('!!! example "') >= 2, f"{where} has fewer than two worked examples"
            assert lesson.item_ids, f"{where} has no items to check oneself"
            assert all(re.search(r"\b(19|20)\d\d\b", source.text) for source in lesson.head.sources), (
                f"{where}: a source without a year"
            )


def test_lessons_are_plain_enough() -> None:
    for course in LIBRARY.catalog.ordered():
        for lesson in course.lessons:
            found = measure_reading(lesson.body)
            assert found is not None and found.grade < 9.0, f"{course.key}/{lesson.key}: {found}"


@pytest.mark.parametrize(
    "bank", [bank for bank in STORE.banks.values() if bank.file.purpose == "exam"], ids=lambda bank: bank.key
)
def test_every_exam_item_was_solved_blind(bank: Bank) -> None:
    """The log in content/review: every item, and at least 95 % agreement at the first pass on what remains."""
    outcome: dict[str, str] = {}
    for file in sorted((FOLDER / "review").glob(f"{bank.key}-*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                outcome[row["item"]] = row["outcome"]
    solved = [name for name in bank.items if name in outcome]
    agreed = [name for name in solved if outcome[name].startswith("agreed")]
    assert set(bank.items) == set(solved), f"not solved blind: {sorted(set(bank.items) - set(solved))[:10]}"
    assert len(agreed) >= 0.95 * len(solved)


def test_the_measures_of_a_bank_on_made_up_items() -> None:
    items = [
        pairwise_item(-2, id="one", first="**Long** and polished and long text", second="Short one"),
        pairwise_item(2, id="two", first="A longer one here", second="# Head"),
        pairwise_item(0, id="tie"),
        choice_item(["d"], id="pick"),
    ]
    found = balance_of(items)
    assert (found.first.count, found.first.n, found.longer.count, found.polished.count) == (1, 2, 1, 2)
    assert (found.ties.count, found.ties.n, found.honest.n) == (1, 3, 4)
    assert polish("**a** b") == 1.0
    off = balance_of([pairwise_item(-2, id=f"off-{n}") for n in range(10)])
    assert any(fault.startswith("First is better in 10 of 10") for fault in off.faults())
    long = {"a": "A right option that is longer than the other ones", "b": "no", "c": "never", "d": "not so"}
    told = balance_of([choice_item(id=f"told-{n}", options=long) for n in range(10)])
    assert told.faults() == ["the longest option is right in 10 of 10 choice items; 0% to 50% are asked for"]


def test_near_copies_are_found_and_others_are_not() -> None:
    one = "the shop opens at nine on monday and closes at five in the evening"
    found = near_copies({"a": one, "b": one.replace("monday", "tuesday"), "c": "nothing of this kind is in here at all today"})
    assert [(row[0], row[1]) for row in found] == [("a", "b")]


@pytest.mark.parametrize(
    ("word", "count"), [("cat", 1), ("make", 1), ("table", 2), ("wanted", 2), ("asked", 1), ("evaluation", 4)]
)
def test_syllables(word: str, count: int) -> None:
    assert count_syllables(word) == count


def test_the_reading_level_follows_the_formula() -> None:
    found = measure_reading("The cat sat. The dog ran off.")
    assert found is not None
    assert (found.words, found.sentences) == (7, 2)
    assert found.grade == pytest.approx(0.39 * 3.5 + 11.8 * 1 - 15.59)
    assert measure_reading("123 !!") is None

"""The shipped items: every computable key is computed, the banks are balanced and fill the exam, simple strategies fail."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.content.checks import run_check
from tests.speed import shared_library
from trainer_academy.assessments.bank.store import Bank
from trainer_academy.assessments.exams.assembly import assemble_paper
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.pairwise import PairwiseItem
from trainer_academy.assessments.items.written import WrittenItem
from trainer_academy.assessments.rating.right import LEAST_TEST
from trainer_academy.core.markdown import count_words

LIBRARY = shared_library()
STORE = LIBRARY.store
ITEMS = sorted(STORE.items.values(), key=lambda item: item.id)
EXAM = STORE.exams["evaluating-responses"]
EXAM_ITEMS = list(STORE.banks[EXAM.bank].items.values())
DRAWN = [item for item in EXAM_ITEMS if any((draw.skill, draw.kind) == (item.skill, item.kind) for draw in EXAM.draw)]
WRITTEN = [item for item in ITEMS if isinstance(item, WrittenItem)]


@pytest.mark.parametrize("item", [item for item in ITEMS if item.check], ids=lambda item: item.id)
def test_the_key_holds_when_it_is_computed(item: SomeItem) -> None:
    assert run_check(item) >= 1


def test_enough_material() -> None:
    purposes = Counter(STORE.banks[item.bank].file.purpose for item in ITEMS if item.status == "active")
    assert purposes["practice"] >= 40
    assert purposes["exam"] >= 90
    assert {item.kind for item in EXAM_ITEMS} == {"choice", "pairwise", "rubric", "written", "ranking", "steps", "spans"}
    assert sum(bool(item.check) for item in ITEMS) >= 90


WITH_PAIRS = [bank for bank in STORE.banks.values() if any(isinstance(item, PairwiseItem) for item in bank.items.values())]


@pytest.mark.parametrize("bank", WITH_PAIRS, ids=lambda bank: bank.key)
def test_pairs_are_balanced(bank: Bank) -> None:
    pairs = [item for item in bank.items.values() if isinstance(item, PairwiseItem)]
    decided = [item for item in pairs if item.key.overall]
    first = sum(item.key.overall < 0 for item in decided) / len(decided)
    longer = sum((count_words(i.second) - count_words(i.first)) * i.key.overall > 0 for i in decided) / len(decided)
    assert 0.4 <= first <= 0.6
    assert 0.4 <= longer <= 0.6


def test_right_letters_of_choice_items_are_spread() -> None:
    letters = Counter(letter for item in ITEMS if isinstance(item, ChoiceItem) for letter in item.key.correct)
    assert max(letters[letter] for letter in "abcd") <= 2 * min(letters[letter] for letter in "abcd")


def test_the_bank_fills_fifty_papers() -> None:
    uses: Counter[str] = Counter()
    for seed in range(1, 51):
        paper = assemble_paper(EXAM, EXAM_ITEMS, seed)
        assert len({entry.item_id for entry in paper}) == EXAM.scored_count
        uses.update({entry.item_id for entry in paper})
    assert len(uses) >= len(DRAWN) - 3, "nearly every item that the exam may draw is used"
    assert max(uses.values()) <= 0.7 * 50


def test_the_same_seed_gives_the_same_paper() -> None:
    assert assemble_paper(EXAM, EXAM_ITEMS, 5) == assemble_paper(EXAM, EXAM_ITEMS, 5)
    assert assemble_paper(EXAM, EXAM_ITEMS, 5) != assemble_paper(EXAM, EXAM_ITEMS, 6)


def test_a_retake_has_unseen_items_first() -> None:
    one = {entry.item_id for entry in assemble_paper(EXAM, EXAM_ITEMS, 1)}
    two = {entry.item_id for entry in assemble_paper(EXAM, EXAM_ITEMS, 2, seen=one)}
    blind = {entry.item_id for entry in assemble_paper(EXAM, EXAM_ITEMS, 2)}
    assert len(one & two) < len(one & blind)
    assert len(one & two) <= 4


@pytest.mark.parametrize("bank", STORE.banks.values(), ids=lambda bank: bank.key)
def test_enough_items_have_no_trap(bank: Bank) -> None:
    """Otherwise suspicion alone would pay: a third in exams; a quarter in practice, which is there to teach the traps."""
    honest = [item for item in bank.items.values() if not item.traps]
    assert len(honest) >= len(bank.items) * (1 / 3 if bank.file.purpose == "exam" else 1 / 4)


def test_why_names_no_shown_letter_and_is_not_too_long() -> None:
    for item in ITEMS:
        assert 15 <= count_words(item.why) <= 140, item.id
        if isinstance(item, PairwiseItem):
            assert "{{first}}" in item.why or "{{second}}" in item.why or item.key.overall == 0, item.id


@pytest.mark.parametrize("item", WRITTEN, ids=lambda item: item.id)
def test_examples_of_written_work_teach_the_scale(item: WrittenItem) -> None:
    """One example is as good as can be, the others are spread over the levels, and each reason names each level."""
    purpose = STORE.banks[item.bank].file.purpose
    assert len(item.examples) >= (4 if purpose == "exam" else 3)
    scores = {letter: item.score_rated({"text": one.text}, one.levels).value for letter, one in item.examples.items()}
    assert max(scores.values()) == 1
    assert min(scores.values()) <= 0.5
    assert item.score(item.perfect()).value == 1
    for criterion in item.criteria:
        assert len({one.levels[criterion.id] for one in item.examples.values()}) > 1, "a criterion on which all are equal"
    for one in item.examples.values():
        for name, level in one.levels.items():
            assert f"{name.capitalize()} {level}" in one.why


def test_the_best_example_is_not_always_at_the_same_place() -> None:
    best = Counter(letter for item in WRITTEN for letter, one in item.examples.items() if one.text == item.perfect()["text"])
    assert max(best.values()) <= len(WRITTEN) / 2


def test_the_exam_with_written_work_is_filled_and_says_how_it_is_rated() -> None:
    spec = STORE.exams["writing-rationales"]
    items = list(STORE.banks[spec.bank].items.values())
    uses: Counter[str] = Counter()
    for seed in range(1, 31):
        paper = [STORE.items[entry.item_id] for entry in assemble_paper(spec, items, seed)]
        assert sum(isinstance(item, WrittenItem) for item in paper) == 2
        assert len({item.id for item in paper}) == spec.item_count == 2
        uses.update(item.id for item in paper)
    assert {item.id for item in WRITTEN if item.bank == spec.bank} <= set(uses)
    assert spec.rating is not None
    examples = sum(len(item.examples) for item in WRITTEN if item.bank == spec.bank)
    assert spec.rating.examples == 20 and examples >= 2 * LEAST_TEST, "a right on fewer than 20 is provisional"

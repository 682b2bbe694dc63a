"""Help without supervision: what it does to a pass, and what a re-test and supervision make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.speed import shared_library
from trainer_academy.measurement.simulations.assurance import Help, retest_mark, worth_by_assurance
from trainer_academy.measurement.simulations.passes import FixedExam

STORE = shared_library().store
SPEC = STORE.exams["evaluating-responses"]
EXAM = FixedExam(SPEC, STORE.items_for(SPEC), SPEC.cut_score)
GIVEN = Help(people=80, attempts=1)


@pytest.mark.parametrize(
    ("cut", "items", "margin", "right"),
    [(0.7, 20, 0.0, 14), (0.7, 16, 0.0, 12), (0.7, 20, 1.0, 17), (0.7, 20, -1.0, 12), (0.9, 1, 3.0, 1), (0.1, 1, -3.0, 0)],
)
def test_a_retest_asks_for_whole_items(cut: float, items: int, margin: float, right: int) -> None:
    assert retest_mark(cut, items, margin) == right / items


def test_a_retest_needs_items_and_no_more_than_a_paper_has() -> None:
    with pytest.raises(ValueError, match="needs items"):
        retest_mark(0.7, 0, 0.0)
    for items in (0, SPEC.scored_count + 1):
        with pytest.raises(ValueError, match="a re-test has 1 to 42 items"):
            worth_by_assurance(EXAM, replace(GIVEN, retest_items=items), 1)


def test_help_that_is_always_right_passes_everybody_and_is_found_by_a_retest() -> None:
    found = worth_by_assurance(EXAM, replace(GIVEN, helped=1.0, accuracy=1.0), 3)
    assert found.unsupervised.n == 80 == found.helped_holders.k, "a pass says nothing: everybody passes"
    assert found.alone_confirmed.n == 0 and found.alone_confirmed.share is None
    below = 80 - found.unsupervised.k
    assert found.helped_below_confirmed.n == below
    assert found.confirmed.n == found.above_confirmed.k + found.helped_below_confirmed.k
    assert found.confirmed.k == found.above_confirmed.k
    assert (found.confirmed.share or 0) > (found.unsupervised.share or 0) + 0.2
    assert (found.supervised.share or 0) > (found.unsupervised.share or 0) + 0.2
    assert found.supervised.n < 80


def test_help_that_is_never_right_passes_nobody_but_under_supervision() -> None:
    found = worth_by_assurance(EXAM, replace(GIVEN, helped=1.0, accuracy=0.0), 3)
    assert found.unsupervised.n == found.confirmed.n == 0 and found.supervised.n > 0


def test_a_retest_of_no_items_right_confirms_all_and_the_seed_decides() -> None:
    easy = replace(GIVEN, helped=0.3, retest_items=1, retest_margin=-3.0)
    found = worth_by_assurance(EXAM, easy, 5)
    assert found.confirmed == found.unsupervised and found.unsupervised.n > 0
    assert found.alone_confirmed.k == found.alone_confirmed.n == found.unsupervised.n - found.helped_holders.k
    assert found == worth_by_assurance(EXAM, easy, 5) != worth_by_assurance(EXAM, easy, 6)


def test_progress_ends_at_everybody() -> None:
    told: list[tuple[int, int]] = []
    worth_by_assurance(EXAM, replace(GIVEN, people=60), 1, lambda done, total: told.append((done, total)))
    assert told == [(50, 60), (60, 60)]

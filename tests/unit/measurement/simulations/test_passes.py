"""What a pass is worth: the bookkeeping with an exam of our own, and the two kinds of real exams."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.speed import shared_library
from trainer_academy.assessments.bank.pass_figures import Assumptions
from trainer_academy.assessments.exams.assembly import Exposure
from trainer_academy.assessments.exams.scoring import Marks
from trainer_academy.measurement.simulations.passes import (
    Calibrated,
    FixedExam,
    Level,
    Sat,
    SequentialExam,
    made_up_truth,
    what_a_pass_is_worth,
)
from trainer_academy.measurement.simulations.virtual_exam import synthetic_exam

STORE = shared_library().store
SPEC = STORE.exams["evaluating-responses"]
HONEST = Assumptions(people=400, coached=0.0)


class OneItem:
    """Passed by who answers one item rightly; the second sitting shows another one."""

    def __init__(self) -> None:
        self.spec, self.cut_score, self.item_ids = SPEC, 0.6, [f"item-{number}" for number in range(10)]
        self.saw: list[tuple[int, frozenset[str]]] = []

    def sit(self, level: Level, before: Sequence[Sat], seen: frozenset[str], exposure: Exposure, rng: random.Random) -> Sat:
        self.saw.append((len(before), seen))
        name = self.item_ids[len(before)]
        return Sat((name,), level(name) == 1)


def test_rows_count_people_and_nobody_sits_after_a_pass() -> None:
    exam = OneItem()
    found = what_a_pass_is_worth(exam, Assumptions(people=300, coached=0.0, attempts=2), seed=4)
    first, second = found.rows
    assert first.passed.n == second.passed.n == 300 and first.passed.k < second.passed.k
    assert first.ppv.n == first.passed.k and second.ppv.n == second.passed.k
    assert first.false_pass.n + first.missed.n == 300
    assert first.ppv.k == first.missed.n - first.missed.k, "the people above the level who passed"
    assert first.false_pass.k == first.ppv.n - first.ppv.k
    assert found.sittings == len(exam.saw) == 300 + (300 - first.passed.k)
    assert second.sittings == pytest.approx(found.sittings / 300, abs=1e-3) and first.sittings == 1
    assert {seen for number, seen in exam.saw if number == 1} == {frozenset({"item-0"})}
    assert found.top_exposure == pytest.approx(300 / found.sittings, abs=1e-4) and found.items == 1


def test_the_base_is_the_share_above_the_level() -> None:
    for base in (0.3, 0.7):
        found = what_a_pass_is_worth(OneItem(), Assumptions(people=2_000, coached=0.0, base=base), seed=2)
        assert found.rows[0].missed.n / 2_000 == pytest.approx(base, abs=0.04)


def test_who_knows_the_whole_bank_passes_whatever_they_can() -> None:
    all_coached = Assumptions(people=300, coached=1.0, leaked=1.0, known=1.0, attempts=1)
    [row] = what_a_pass_is_worth(OneItem(), all_coached, seed=3).rows
    assert row.passed.share == 1 and row.false_pass.share == 1 and row.missed.k == 0
    assert row.coached_ppv == row.ppv and row.ppv.share == pytest.approx(0.5, abs=0.1)
    [nobody] = what_a_pass_is_worth(OneItem(), Assumptions(people=50, coached=0.0, attempts=1), seed=3).rows
    assert nobody.coached_ppv.n == 0 and nobody.coached_ppv.share is None


def test_the_same_seed_gives_the_same_figures_and_progress_ends_at_all() -> None:
    seen: list[tuple[int, int]] = []
    given = Assumptions(people=120)
    first = what_a_pass_is_worth(OneItem(), given, seed=8, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(50, 120), (100, 120), (120, 120)]
    assert first == what_a_pass_is_worth(OneItem(), given, seed=8) != what_a_pass_is_worth(OneItem(), given, seed=9)


def test_guessing_and_cut_stand_on_one_scale() -> None:
    truth = made_up_truth([f"i{number}" for number in range(50)], 0.2, 0.3, random.Random(1))
    assert truth.share(-6) == pytest.approx(0.2, abs=0.02) and truth.share(truth.ability(0.7)) == pytest.approx(0.7)
    rng = random.Random(2)
    right = sum(truth.level(f"i{number % 50}", 0.5, rng) for number in range(20_000)) / 20_000
    assert right == pytest.approx(truth.share(0.5), abs=0.01)
    with pytest.raises(ValueError, match="no ability earns"):
        truth.ability(0.1)


def test_an_exam_of_fixed_length_asks_for_the_marks_of_the_real_one() -> None:
    exam = FixedExam(SPEC, STORE.items_for(SPEC), SPEC.cut_score)
    marks, rng, size = Marks.of(SPEC, SPEC.cut_score), random.Random(1), SPEC.scored_count

    def with_right(right: int, before: Sequence[Sat]) -> Sat:
        left = [1] * right + [0] * (size - right)
        return exam.sit(lambda _: left.pop(), before, frozenset(), Exposure(), rng)

    enough = next(right for right in range(size + 1) if right / size >= marks.first)
    assert with_right(enough, []).is_passed and not with_right(enough - 1, []).is_passed
    before = with_right(enough - 2, [])
    both = next(right for right in range(size + 1) if (right + enough - 2) / (2 * size) >= marks.second)
    assert with_right(both, [before]).is_passed and not with_right(both - 1, [before]).is_passed
    third = next(right for right in range(size + 1) if (right + enough - 2) / (2 * size) >= marks.later)
    assert third > both, "a third sitting asks for more"
    assert with_right(third, [before, before]).is_passed and not with_right(third - 1, [before, before]).is_passed


def test_unseen_items_come_first() -> None:
    exam = FixedExam(SPEC, STORE.items_for(SPEC), SPEC.cut_score)
    first = exam.sit(lambda _: 0, [], frozenset(), Exposure(), random.Random(5))
    second = exam.sit(lambda _: 0, [first], frozenset(first.items), Exposure(), random.Random(6))
    assert len(set(second.items) & set(first.items)) < len(first.items) / 3


def test_a_sequential_exam_begins_where_the_sitting_before_ended() -> None:
    ready = synthetic_exam(120, 0.3, seed=2)
    exam = SequentialExam(ready, ready.spec.cut_score)
    low = exam.sit(lambda _: 0, [], frozenset(), Exposure(), random.Random(1))
    assert not low.is_passed and low.after is not None and low.after.mean < -0.5 and low.after.sd > 0.5
    high = exam.sit(lambda _: 1, [], frozenset(), Exposure(), random.Random(2))
    again = exam.sit(lambda _: 1, [low], frozenset(low.items), Exposure(), random.Random(2))
    assert high.is_passed and len(again.items) > len(high.items), "what was bad before has to be outweighed"


def test_calibrated_items_answer_by_their_parameters() -> None:
    ready = synthetic_exam(100, 0.0, seed=3, pass_at=0.8)
    exam = SequentialExam(ready, ready.spec.cut_score)
    found = what_a_pass_is_worth(exam, HONEST, seed=1, calibrated=Calibrated(7, ready.parameters))
    assert found.calibration == 7 and found.items < 45
    assert (found.rows[0].ppv.share or 0) > 0.88 and (found.rows[0].strong_missed.share or 0) < 0.2

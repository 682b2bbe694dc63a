"""The settings of an exam reach the targets that were set for them, on a small seeded simulation.

The targets are for 20,000 people; here fewer sit, so a margin of two standard errors is left where a share is tested.
"""

from __future__ import annotations

import math
import random
from functools import cache

import pytest

from tests.unit.assessments.exams.blueprints import has_minima
from trainer_academy.psychometrics.mastery import Grid, NearCut, Population, Reason, StopRule, rank_at
from trainer_academy.psychometrics.response_model import ItemParameters
from trainer_academy.psychometrics.simulation import Design, Report, fixed, simulate, sit, synthetic_bank

PEOPLE = 1500
BANK = synthetic_bank(120, seed=1)
CUTS = (-0.5, 0.5)


@cache
def sequential(cut: float) -> Report:
    return simulate(BANK, cut, Design(), people=PEOPLE, seed=11)


def margin(share: float, n: int) -> float:
    """Two standard errors; the two sittings of a person are not independent, so people count and not sittings."""
    return 2 * math.sqrt(share * (1 - share) / n)


@pytest.mark.parametrize("cut", CUTS)
def test_random_order_meets_the_targets(cut: float) -> None:
    report = sequential(cut)
    whole, far = report.whole, report.bands[-1].outcome
    assert whole.mean_length and whole.accuracy and whole.consistency and whole.top_exposure and far.accuracy
    assert whole.mean_length <= 30
    assert whole.accuracy >= 0.92 - margin(0.92, PEOPLE)
    assert far.accuracy >= 0.998 - margin(0.998, far.n)
    assert whole.early_errors is not None and whole.early_errors <= 0.05
    assert whole.consistency >= 0.88 - margin(0.88, PEOPLE)
    assert whole.top_exposure <= 0.30


def test_it_is_about_as_accurate_as_sixty_items_for_everybody() -> None:
    for_all = simulate(BANK, 0.5, fixed(60), people=PEOPLE, seed=11).whole
    own = sequential(0.5).whole
    assert for_all.mean_length == 60 and for_all.at_maximum == 1
    assert own.accuracy and for_all.accuracy
    assert own.accuracy >= for_all.accuracy - 0.01 - margin(0.01, PEOPLE)


def test_selection_near_the_cut_is_shorter_and_shows_its_best_items_more() -> None:
    near = simulate(BANK, 0.5, Design(order=NearCut(rank_at(0.5, BANK), among=40)), people=700, seed=3).whole
    greedy = simulate(BANK, 0.5, Design(order=NearCut(rank_at(0.5, BANK), among=1)), people=200, seed=3).whole
    own = sequential(0.5).whole
    assert near.mean_length and own.mean_length and near.top_exposure and greedy.top_exposure
    assert near.mean_length < own.mean_length
    assert near.top_exposure <= 0.45
    assert greedy.top_exposure == 1.0


def test_a_stricter_end_rule_trades_wrong_passes_for_wrong_fails() -> None:
    strict = simulate(BANK, 0.5, Design(StopRule(pass_at=0.8)), people=PEOPLE, seed=11).whole
    even = sequential(0.5).whole
    assert strict.ppv and even.ppv and strict.false_fail and even.false_fail
    assert strict.ppv > even.ppv
    assert strict.false_fail > even.false_fail


def test_bands_are_parts_of_the_whole_and_the_near_one_is_hardest() -> None:
    report = sequential(-0.5)
    outcomes = [band.outcome for band in report.bands]
    assert sum(outcome.n for outcome in outcomes) == report.whole.n == PEOPLE
    assert report.whole.accuracy == pytest.approx(sum(o.n * (o.accuracy or 0) for o in outcomes) / PEOPLE)
    accuracies, lengths = [o.accuracy for o in outcomes], [o.mean_length for o in outcomes]
    assert accuracies == sorted(accuracies, key=float) and lengths == sorted(lengths, key=float, reverse=True)  # type: ignore[arg-type]


def test_the_same_seed_gives_the_same_report_and_another_does_not() -> None:
    one, same, other = (simulate(BANK, 0.0, Design(), people=60, seed=seed) for seed in (4, 4, 5))
    assert one == same != other


def test_wrong_parameters_cost_accuracy() -> None:
    rng = random.Random(0)
    wrong = {name: ItemParameters(item.slope, (item.steps[0] + rng.gauss(0.8, 0.2),)) for name, item in BANK.items()}
    biased = simulate(wrong, 0.0, fixed(30), people=600, seed=6, truth=BANK).whole
    right = simulate(BANK, 0.0, fixed(30), people=600, seed=6).whole
    assert biased.accuracy and right.accuracy and biased.accuracy < right.accuracy - 0.05
    assert biased.false_pass and right.false_pass and biased.false_pass > right.false_pass


def test_graded_items_need_fewer_answers_than_right_or_wrong() -> None:
    graded = {
        name: ItemParameters(item.slope, (item.steps[0] - 1, item.steps[0], item.steps[0] + 1)) for name, item in BANK.items()
    }
    short = simulate(graded, 0.0, Design(), people=400, seed=2).whole
    long = simulate(BANK, 0.0, Design(), people=400, seed=2).whole
    assert short.mean_length and long.mean_length and short.mean_length < long.mean_length
    assert short.accuracy and long.accuracy and short.accuracy > long.accuracy


def test_no_item_comes_twice_and_minima_are_met_before_an_early_stop() -> None:
    areas = {name: "rare" if place < 12 else "usual" for place, name in enumerate(BANK)}
    is_met, rng = has_minima(areas, {"rare": 3}), random.Random(9)
    design = Design(is_met=is_met)
    for _ in range(100):
        sitting = sit(rng.gauss(0, 2), BANK, BANK, design, Grid.around(0.0), rng)
        assert len(set(sitting.items)) == len(sitting.items) <= 60
        if sitting.verdict.reason in (Reason.SURE_ABOVE, Reason.SURE_BELOW):
            assert is_met(sitting.items) and len(sitting.items) >= 12


def test_a_small_bank_ends_the_sitting() -> None:
    bank = synthetic_bank(5, seed=1)
    sitting = sit(0.0, bank, bank, Design(), Grid.around(0.0), random.Random(1))
    assert sitting.verdict.reason is Reason.NO_ITEMS and set(sitting.items) == set(bank)


def test_progress_is_told_and_groups_without_people_have_no_shares() -> None:
    seen: list[tuple[int, int]] = []
    report = simulate(
        BANK,
        0.0,
        fixed(5),
        people=40,
        seed=1,
        population=Population(5.0, 0.1),
        progress=lambda done, of: seen.append((done, of)),
    )
    assert seen == [(40, 40)]
    assert report.whole.false_pass is None and report.bands[0].outcome.accuracy is None
    assert report.whole.accuracy and report.whole.accuracy > 0.9
    with pytest.raises(ValueError):
        simulate({}, 0.0, Design(), people=1, seed=1)
    with pytest.raises(ValueError):
        simulate(BANK, 0.0, Design(), people=1, seed=1, truth={})

"""The running estimate against published numbers and a fine grid, the stop rule at its limits, and the choice of items."""

from __future__ import annotations

import math
import random
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.references.reading import answers, numbers
from tests.unit.assessments.exams.blueprints import has_minima
from tests.unit.psychometrics.sum_scores import sum_score_chances
from trainer_academy.psychometrics.mastery import (
    Estimate,
    Grid,
    NearCut,
    Population,
    Posterior,
    RandomOrder,
    Reason,
    StopRule,
    estimate,
    judge,
    neediest_area,
    next_item,
    rank_at,
    staying,
)
from trainer_academy.psychometrics.response_model import (
    ItemParameters,
    expected_credit,
    information,
    level_of,
    probabilities,
)

# LSAT7, two-parameter logistic: the tests of mirt 1.45.1 (a, and d = -a b) with the EAP of each sum score.
LSAT7_ITEMS = [
    ItemParameters(a, (-d / a,))
    for a, d in zip((0.988, 1.081, 1.706, 0.7651, 0.7358), (1.8561, 0.808, 1.8043, 0.486, 1.8545), strict=True)
]
LSAT7_EAP = (-1.86979, -1.431861, -0.9488463, -0.4131963, 0.1517289, 0.7271877)
LSAT7_ERROR = (0.6927032, 0.6838697, 0.6942298, 0.7210951, 0.758772, 0.8009335)

items = st.builds(
    ItemParameters,
    st.floats(0.3, 2.5),
    st.lists(st.floats(-2.5, 2.5), min_size=1, max_size=4).map(tuple),
)


def fine(answers: list[tuple[ItemParameters, int]], cut: float, population: Population) -> tuple[float, float, float]:
    """EAP, its error and P(above) by brute force: 100,001 points, half of the one at the cut counted above."""
    theta = np.linspace(population.mean - 9 * population.sd, population.mean + 9 * population.sd, 100_001)
    logs = -(((theta - population.mean) / population.sd) ** 2) / 2
    for item, level in answers:
        exponents = np.cumsum([np.zeros_like(theta), *(item.slope * (theta - step) for step in item.steps)], axis=0)
        logs += exponents[level] - np.log(np.exp(exponents - exponents.max(axis=0)).sum(axis=0)) - exponents.max(axis=0)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    mean = float((weights * theta).sum())
    above = float(weights[theta > cut].sum() + weights[theta == cut].sum() / 2)
    return mean, math.sqrt(float((weights * (theta - mean) ** 2).sum())), above


@settings(max_examples=60, deadline=None)
@given(st.lists(items, min_size=0, max_size=60), st.floats(-2, 2), st.floats(-1, 1), st.floats(0.5, 2), st.integers(0, 2**32))
def test_estimates_are_within_a_thousandth_of_a_fine_grid(
    bank: list[ItemParameters], cut: float, mean: float, sd: float, seed: int
) -> None:
    rng = random.Random(seed)
    ability = rng.gauss(mean, sd)
    answers = [(item, rng.choices(range(item.top + 1), probabilities(item, ability))[0]) for item in bank]
    found = estimate(answers, cut, Population(mean, sd))
    wanted = fine(answers, cut, Population(mean, sd))
    assert (found.ability, found.error, found.above) == pytest.approx(wanted, abs=1e-3)


def test_eap_of_lsat7_sum_scores_as_published() -> None:
    """The EAP of a sum score is the mean over its patterns, each weighted with its probability."""
    grid = Grid.around(0.0)
    for score, (ability, error) in enumerate(zip(LSAT7_EAP, LSAT7_ERROR, strict=True)):
        posterior = Posterior(grid)
        patterns = [pattern for pattern in product((0, 1), repeat=5) if sum(pattern) == score]
        posterior.weights = [0.0] * len(grid.points)
        for pattern in patterns:
            one = Posterior(grid)
            for item, level in zip(LSAT7_ITEMS, pattern, strict=True):
                one.add(item, level)
            posterior.weights = [sum(pair) for pair in zip(posterior.weights, one.weights, strict=True)]
        found = posterior.estimate()
        assert found.ability == pytest.approx(ability, abs=0.002)
        assert found.error == pytest.approx(error, abs=0.002)


def test_sum_score_chances_agree_with_the_patterns() -> None:
    chances = sum_score_chances(LSAT7_ITEMS, 0.4)
    assert sum(chances) == pytest.approx(1)
    for score, chance in enumerate(chances):
        patterns = [pattern for pattern in product((0, 1), repeat=5) if sum(pattern) == score]
        by_hand = sum(math.prod(probabilities(item, 0.4)[x] for item, x in zip(LSAT7_ITEMS, p, strict=True)) for p in patterns)
        assert chance == pytest.approx(by_hand)


def test_eap_of_the_reference_bank() -> None:
    """catR integrates over [-4, 4] with 33 points, so its third digit is its own."""
    values = numbers("r")["adaptive"]
    bank = [ItemParameters(float(row["a"]), (float(row["b"]),)) for row in answers("four_parameter_bank")]
    given = [(bank[number - 1], level) for number, level in zip(values["items"], values["answers"], strict=True)]
    found = estimate(given, 0.0)
    assert found.ability == pytest.approx(values["estimates"]["EAP"]["theta"], abs=1e-3)
    assert found.error == pytest.approx(values["estimates"]["EAP"]["se"], abs=1e-3)


@given(items, st.floats(-3, 3))
def test_information_is_the_squared_slope_of_the_log_likelihood(item: ItemParameters, ability: float) -> None:
    """By its definition: the mean squared derivative of log P over levels, here by differences."""
    width = 1e-5
    low, here, high = (probabilities(item, ability + move) for move in (-width, 0.0, width))
    by_hand = sum(
        chance * ((math.log(up) - math.log(down)) / (2 * width)) ** 2 for chance, up, down in zip(here, high, low, strict=True)
    )
    assert information(item, ability) == pytest.approx(by_hand, rel=1e-4, abs=1e-8)


@given(items, st.floats(-4, 4))
def test_levels_share_all_chance_and_ability_pays(item: ItemParameters, ability: float) -> None:
    assert sum(probabilities(item, ability)) == pytest.approx(1)
    assert expected_credit(item, ability) < expected_credit(item, ability + 0.5)


def test_a_better_answer_never_lowers_the_probability_to_be_above() -> None:
    item = ItemParameters(1.2, (-0.5, 0.0, 1.0))
    chances = [estimate([(item, level)], 0.3).above for level in range(4)]
    assert all(low < high for low, high in pairwise(chances))


def test_a_thousand_answers_do_not_run_out_of_numbers() -> None:
    posterior = Posterior(Grid.around(0.0))
    for place in range(1000):
        posterior.add(ItemParameters(2.0, (3.0,)), place % 2)
    assert posterior.estimate().ability == pytest.approx(3.0, abs=0.1)
    assert posterior.above() == pytest.approx(1.0)
    with pytest.raises(ValueError, match="level 2"):
        posterior.add(ItemParameters(1.0, (0.0,)), 2)


def ids(count: int) -> list[str]:
    return [str(place) for place in range(count)]


def at(above: float, ability: float = 0.0, error: float = 0.4) -> Estimate:
    return Estimate(ability, error, above)


@pytest.mark.parametrize(
    ("above", "count", "reason", "is_passed"),
    [
        (0.99, 11, Reason.GOES_ON, None),
        (0.96, 12, Reason.SURE_ABOVE, True),
        (0.95, 12, Reason.GOES_ON, None),
        (0.05, 12, Reason.GOES_ON, None),
        (0.04, 12, Reason.SURE_BELOW, False),
        (0.5, 59, Reason.GOES_ON, None),
        (0.5, 60, Reason.MAXIMUM, True),
        (0.49, 60, Reason.MAXIMUM, False),
        (0.01, 60, Reason.SURE_BELOW, False),
    ],
)
def test_the_stop_rule_at_its_limits(above: float, count: int, reason: Reason, is_passed: bool | None) -> None:
    verdict = judge(at(above), ids(count), StopRule())
    assert (verdict.reason, verdict.is_passed, verdict.is_over) == (reason, is_passed, is_passed is not None)


def test_minima_of_the_blueprint_hold_an_early_stop_back_but_not_the_end() -> None:
    areas = {name: "safety" if int(name) >= 20 else "style" for name in ids(60)}
    is_met = has_minima(areas, {"safety": 2, "style": 5})
    assert judge(at(0.99), ids(20), StopRule(), is_met).reason is Reason.GOES_ON
    assert judge(at(0.99), ids(22), StopRule(), is_met).reason is Reason.SURE_ABOVE
    never = has_minima(areas, {"none of these": 1})
    assert judge(at(0.99), ids(60), StopRule(), never).reason is Reason.MAXIMUM
    assert judge(at(0.7), ids(30), StopRule(), has_more=False).is_passed is True


def test_the_end_rule_is_a_setting() -> None:
    strict = StopRule(pass_at=0.8)
    assert judge(at(0.79), ids(60), strict).is_passed is False
    assert judge(at(0.8), ids(60), strict).is_passed is True
    for wrong in ({"low": 0.9, "high": 0.1}, {"minimum": 5, "maximum": 4}, {"minimum": 0}, {"pass_at": 0.99}):
        with pytest.raises(ValueError):
            StopRule(**wrong)  # type: ignore[arg-type]


def test_a_decision_stays_as_the_hand_worked_example_says() -> None:
    """Error .5 and information 12 to come: the error at the end is .25, and the estimate still moves by sqrt(.1875) = .433."""
    found = Estimate(0.433013, 0.5, 0.8)
    stays, passes = staying(found, 0.0, 12.0)
    assert passes and stays == pytest.approx(0.841345, abs=1e-5), "one standard deviation away"
    assert staying(Estimate(-0.433013, 0.5, 0.2), 0.0, 12.0) == (pytest.approx(0.841345, abs=1e-5), False)
    stays, passes = staying(found, 0.0, 12.0, pass_at=0.9)
    assert passes and stays == pytest.approx(0.602, abs=1e-3), "a pass at .9 needs 1.28 errors of the end above the cut"
    assert staying(found, 0.0, 0.0) == (1.0, True), "nothing is to come"


def test_it_stops_when_more_items_would_hardly_change_it() -> None:
    rule = StopRule(steady=0.96)
    near, sure = at(0.7, 0.1, 0.4), at(0.93, 0.6, 0.3)
    assert judge(near, ids(20), rule, information_to_come=8.0).reason is Reason.GOES_ON
    found = judge(sure, ids(50), rule, information_to_come=0.5)
    assert (found.reason, found.is_passed) == (Reason.STEADY, True)
    below = judge(at(0.07, -0.6, 0.3), ids(50), rule, information_to_come=0.5)
    assert (below.reason, below.is_passed) == (Reason.STEADY, False)
    assert judge(sure, ids(11), rule, information_to_come=0.5).reason is Reason.GOES_ON, "not before the minimum"
    assert judge(sure, ids(50), StopRule(), information_to_come=0.5).reason is Reason.GOES_ON, "old attempts keep their rule"
    assert judge(sure, ids(50), rule, lambda _: False, information_to_come=0.5).reason is Reason.GOES_ON
    strict = StopRule(steady=0.96, pass_at=0.95)
    assert judge(sure, ids(50), strict, information_to_come=0.5).reason is Reason.GOES_ON, "not a pass yet, nor surely none"
    with pytest.raises(ValueError, match="steady"):
        StopRule(steady=0.5)


def test_random_order_shows_all_items_alike() -> None:
    rng, counts = random.Random(5), dict.fromkeys(ids(20), 0)
    for _ in range(4000):
        counts[next_item(ids(20), RandomOrder(), rng)] += 1
    assert max(counts.values()) < 1.35 * 4000 / 20
    assert min(counts.values()) > 0.65 * 4000 / 20


def test_selection_near_the_cut_takes_only_the_best_and_spreads_them() -> None:
    bank = {str(place): ItemParameters(1.0, (place / 10,)) for place in range(-30, 31)}
    order = NearCut(rank_at(1.0, bank), among=5)
    rng = random.Random(1)
    picked = {next_item(list(bank), order, rng) for _ in range(300)}
    assert picked == {"8", "9", "10", "11", "12"}
    assert next_item(["-30", "30"], order, rng, wanted={"-30"}) == "-30"
    assert next_item(["30"], order, rng, wanted={"-30"}) == "30"
    with pytest.raises(ValueError, match="no item"):
        next_item([], order, rng)


def test_the_neediest_area_comes_next() -> None:
    targets = {"style": 0.5, "safety": 0.3, "code": 0.2}
    counts = {"style": 0, "safety": 0, "code": 0}
    for _ in range(100):
        counts[neediest_area(targets, counts)] += 1
    assert counts == {"style": 50, "safety": 30, "code": 20}
    with pytest.raises(ValueError):
        neediest_area({}, {})


@pytest.mark.parametrize(
    ("credit", "levels", "level"), [(0, 2, 0), (0.49, 2, 0), (0.5, 2, 1), (1, 5, 4), (0.6, 5, 2), (0.34, 4, 1)]
)
def test_credits_become_levels(credit: float, levels: int, level: int) -> None:
    assert level_of(credit, levels) == level


def test_credits_outside_the_range_are_refused() -> None:
    with pytest.raises(ValueError):
        level_of(1.1, 3)
    with pytest.raises(ValueError):
        level_of(0.5, 1)
    with pytest.raises(ValueError):
        Population(0.0, 0.0)
    with pytest.raises(ValueError):
        Grid.around(math.nan)

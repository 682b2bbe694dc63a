"""The modified Angoff cut: worked by hand, on simulated panels, and refused where ratings are missing."""

from __future__ import annotations

import random
from statistics import fmean, stdev

import pytest

from trainer_academy.psychometrics.angoff import change_between, correlation, judge_round

# Three judges and four items, small enough to work out by hand.
BY_HAND = {
    "one": {"a": 0.6, "b": 0.5, "c": 0.8, "d": 0.7},
    "two": {"a": 0.7, "b": 0.5, "c": 0.9, "d": 0.7},
    "three": {"a": 0.5, "b": 0.2, "c": 0.7, "d": 0.6},
}


def panel(judges: int, items: int, seed: int, noise: float = 0.1, bias: float = 0.05) -> dict[str, dict[str, float]]:
    rng = random.Random(seed)
    truth = {f"i{place}": rng.uniform(0.4, 0.85) for place in range(items)}
    return {
        f"j{place}": {item: min(1.0, max(0.0, value + own + rng.gauss(0, noise))) for item, value in truth.items()}
        for place in range(judges)
        for own in (rng.gauss(0, bias),)
    }


def test_by_hand() -> None:
    found = judge_round(BY_HAND)
    # Judges' cuts .65, .70, .50; their mean .6167, their spread .10408, divided by the root of 3.
    assert [row.cut for row in found.judges] == pytest.approx([0.65, 0.70, 0.50])
    assert found.cut == pytest.approx(0.616667, abs=1e-6)
    assert found.error == pytest.approx(0.060093, abs=1e-6)
    # Student's t with two degrees of freedom: 4.3027.
    assert (found.low, found.high) == pytest.approx((0.616667 - 4.302653 * 0.060093, 0.616667 + 4.302653 * 0.060093), abs=1e-5)
    assert found.judges[2].from_others == pytest.approx(0.5 - 0.675)
    assert found.items[1].mean == pytest.approx(0.4) and found.items[1].spread == pytest.approx(0.173205, abs=1e-6)
    assert found.error_with_items >= found.error


def test_the_reliability_is_alpha_with_judges_as_items() -> None:
    ratings = panel(6, 20, seed=1)
    rows = [list(own.values()) for own in ratings.values()]
    totals = [sum(column) for column in zip(*rows, strict=True)]
    by_hand = 6 / 5 * (1 - sum(stdev(row) ** 2 for row in rows) / stdev(totals) ** 2)
    assert judge_round(ratings).reliability == pytest.approx(by_hand)


def test_the_error_says_how_far_cuts_of_other_panels_would_be() -> None:
    rounds = []
    for seed in range(200):
        rng, truth = random.Random(seed), [0.3 + 0.02 * place for place in range(20)]
        ratings = {
            f"j{place}": {str(i): value + own + rng.gauss(0, 0.05) for i, value in enumerate(truth)}
            for place in range(12)
            for own in (rng.gauss(0, 0.04),)
        }
        rounds.append(judge_round(ratings))
    assert fmean(each.error for each in rounds) == pytest.approx(stdev(each.cut for each in rounds), rel=0.15)
    assert 0.90 <= fmean(each.low <= 0.49 <= each.high for each in rounds) <= 0.99


def test_a_second_round_that_draws_together() -> None:
    first = panel(10, 30, seed=3, bias=0.08)
    mean = {item: fmean(own[item] for own in first.values()) for item in first["j0"]}
    second = {name: {item: (value + mean[item]) / 2 for item, value in own.items()} for name, own in first.items()}
    before, after = judge_round(first), judge_round(second)
    change = change_between(before, after)
    assert change.cut == pytest.approx(0) and change.spread < 0
    assert after.error == pytest.approx(before.error / 2)
    assert sum(change.judges.values()) == pytest.approx(0)
    with pytest.raises(ValueError, match="same judges"):
        change_between(before, judge_round({name: second[name] for name in ("j0", "j1")}))


def test_a_judge_who_rates_at_random_is_seen() -> None:
    ratings, rng = panel(8, 40, seed=5, noise=0.04), random.Random(1)
    ratings["j3"] = {item: rng.random() for item in ratings["j3"]}
    facility = {item: fmean(own[item] for name, own in ratings.items() if name != "j3") for item in ratings["j0"]}
    rows = {row.name: row for row in judge_round(ratings, facility).judges}
    worst = min(rows.values(), key=lambda row: row.with_panel or 0.0)
    assert worst.name == "j3" and (worst.with_panel or 0.0) < 0.4
    assert (rows["j0"].with_facility or 0.0) > 0.8 > (rows["j3"].with_facility or 0.0)


def test_judges_who_see_no_difference_have_no_correlation() -> None:
    found = judge_round({"one": {"a": 0.5, "b": 0.5, "c": 0.5}, "two": {"a": 0.5, "b": 0.5, "c": 0.5}})
    assert found.reliability is None and found.judges[0].with_panel is None and found.judges[0].with_facility is None
    assert found.error == 0 and found.cut == 0.5
    assert correlation([1, 2], [1, 2]) is None


@pytest.mark.parametrize(
    ("ratings", "message"),
    [
        ({"one": {"a": 0.5, "b": 0.5}}, "two judges"),
        ({"one": {"a": 0.5, "b": 0.5}, "two": {"a": 0.5}}, "two: b"),
        ({"one": {"a": 0.5, "b": 1.5}, "two": {"a": 0.5, "b": 0.5}}, "between 0 and 1"),
    ],
)
def test_ratings_that_cannot_be_used_are_refused(ratings: dict[str, dict[str, float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        judge_round(ratings)

"""Confidence: the Brier score by hand and against the reference, its parts, and the curve with its n."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_academy.psychometrics.confidence import Forecast, brier, curve, parts, profile

forecasts = st.lists(st.builds(Forecast, st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 0.9, 1.0]), st.booleans()), min_size=1)


def honest(n: int, seed: int, claimed: float = 0.0) -> list[Forecast]:
    """Answers that are right as often as was thought; `claimed` is what is said on top of that."""
    rng = random.Random(seed)
    chances = [rng.uniform(0.3, 0.9) for _ in range(n)]
    return [Forecast(min(1.0, chance + claimed), rng.random() < chance) for chance in chances]


def test_by_hand() -> None:
    found = brier([Forecast(1.0, True), Forecast(0.5, False), Forecast(0.8, False), Forecast(0.7, True)])
    assert found.value == pytest.approx((0 + 0.25 + 0.64 + 0.09) / 4)
    assert found.low == 0.0 and found.high < 1 and found.n == 4
    assert brier([Forecast(0.5, True)]).high == 1.0
    for wrong in ([], [Forecast(1.2, True)]):
        with pytest.raises(ValueError):
            brier(wrong)


@given(forecasts)
def test_the_parts_add_up(own: list[Forecast]) -> None:
    found = parts(own)
    assert found.reliability - found.resolution + found.uncertainty == pytest.approx(brier(own).value, abs=1e-12)


@given(forecasts, st.integers(1, 20))
def test_the_curve_holds_every_answer_once(own: list[Forecast], bins: int) -> None:
    points = curve(own, bins)
    assert sum(point.n for point in points) == len(own)
    assert sum(point.n * point.right for point in points) == pytest.approx(sum(each.is_right for each in own))
    assert all(point.low - 1e-6 <= point.confidence <= point.high + 1e-6 for point in points)
    assert all(point.interval.low <= point.right <= point.interval.high and point.interval.n == point.n for point in points)


def test_bins_begin_where_they_say() -> None:
    (point,) = curve([Forecast(0.3, True)])
    assert (point.low, point.high) == pytest.approx((0.3, 0.4))
    (last,) = curve([Forecast(1.0, True)])
    assert last.high == 1.0
    with pytest.raises(ValueError):
        curve([Forecast(0.3, True)], 0)


def test_who_claims_too_much_is_seen() -> None:
    true, loud = profile(honest(4000, 1)), profile(honest(4000, 1, claimed=0.15))
    assert true and loud
    assert true.bias == pytest.approx(0, abs=0.03) and loud.bias == pytest.approx(0.15, abs=0.03)
    assert true.calibration_error < 0.04 < loud.calibration_error
    assert true.brier.value < loud.brier.value and true.n == 4000
    assert profile(honest(29, 1)) is None
    assert profile(honest(29, 1), least=10) is not None


def test_nothing_is_refused() -> None:
    with pytest.raises(ValueError):
        parts([])

"""Intervals beside tables of the distributions."""

from __future__ import annotations

import pytest

from trainer_academy.psychometrics.intervals import Interval, t95, wilson_interval


@pytest.mark.parametrize(
    ("degrees", "point", "tolerance"),
    [
        (1, 12.706205, 0),
        (2, 4.302653, 0),
        (3, 3.182446, 0),
        (4, 2.776445, 0.008),
        (5, 2.570582, 0.003),
        (8, 2.306004, 0.0005),
        (10, 2.228139, 0.0002),
        (20, 2.085963, 0.00002),
        (30, 2.042272, 0.000004),
        (100, 1.983972, 0.000002),
    ],
)
def test_t_beside_its_table_closer_with_more_degrees(degrees: int, point: float, tolerance: float) -> None:
    """Points of Student's t at .975, as tables and scipy have them."""
    assert t95(degrees) == pytest.approx(point, abs=tolerance or 1e-9)


def test_no_items_say_nothing_and_all_right_is_not_certain() -> None:
    assert wilson_interval(0.5, 0) == Interval(0.0, 1.0, 0)
    found = wilson_interval(1.0, 10)
    assert (found.low, found.high, found.n) == (pytest.approx(0.722467, abs=1e-6), 1.0, 10)
    found = wilson_interval(0.0, 10)
    assert (found.low, found.high) == (0.0, pytest.approx(0.277533, abs=1e-6))
    one = wilson_interval(1.0, 1)
    assert (one.low, one.high, one.n) == (pytest.approx(0.206549, abs=1e-6), 1.0, 1)

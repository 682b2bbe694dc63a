"""Shares at a cut: exact sums, and no number shown that reads as a cut which it does not reach."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_academy.core.shares import as_fraction, cut_down, decimals_of, mean_of, reaches


def test_thirds_add_up_as_they_should_also_where_six_decimals_were_stored() -> None:
    for third in (1 / 3, 0.333333):
        assert as_fraction(third) == Fraction(1, 3)
        found = mean_of([1.0] * 26 + [third] * 3 + [0.0] * 7)
        assert found == 0.75 and reaches(found, 0.75)


def test_a_share_just_below_the_cut_does_not_reach_it_and_does_not_read_like_it() -> None:
    assert not reaches(0.7798, 0.78) and not reaches(0.7799999, 0.78)
    assert cut_down(0.7798) == "77.9" and cut_down(0.7798, 0) == "77" and cut_down(0.7799999, 4) == "77.9999"
    assert cut_down(0.78) == "78.0" and cut_down(0.29, 0) == "29" and cut_down(1.0) == "100.0"


def test_a_decimal_that_is_no_small_fraction_stays_what_it_is() -> None:
    assert as_fraction(0.718281) == Fraction("0.718281")
    assert mean_of([]) == 0.0


@pytest.mark.parametrize(("cut", "decimals"), [(0.78, 0), (0.775, 1), (0.7654, 2), (0.5, 0), (0.76543217, 4)])
def test_a_cut_says_how_many_decimals_it_needs(cut: float, decimals: int) -> None:
    assert decimals_of(cut) == decimals


@given(st.integers(0, 10**5), st.integers(1, 9999))
def test_what_is_shown_stands_on_the_side_of_the_cut_where_the_decision_is(parts: int, cut_parts: int) -> None:
    share, cut = parts / 10**5, cut_parts / 10**4
    decimals = decimals_of(cut)
    assert (Fraction(cut_down(share, decimals)) >= Fraction(cut_down(cut, decimals))) == reaches(share, cut)


@given(st.lists(st.fractions(0, 1, max_denominator=300), min_size=1, max_size=60))
def test_a_mean_is_exact_from_whole_floats_and_from_six_decimals(values: list[Fraction]) -> None:
    exact = float(sum(values, Fraction()) / len(values))
    assert mean_of([float(value) for value in values]) == exact
    assert mean_of([round(float(value), 6) for value in values]) == exact

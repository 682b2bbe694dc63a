"""Pay in whole cents: the layers add up, and typed amounts are read as people mean them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_academy.pool.pay import (
    ACADEMY_PERCENT,
    MAX_RATE,
    MAX_VENDOR_PERCENT,
    PayLayers,
    dollars,
    read_dollars,
    split_pay,
)


@pytest.mark.parametrize(
    ("rate", "vendor", "academy", "expected"),
    [
        (4_000, 0, 0, PayLayers(4_000, 0, 0, 4_000)),
        (4_000, 25, 0, PayLayers(4_000, 1_000, 0, 3_000)),
        (3_333, 10, 5, PayLayers(3_333, 333, 166, 2_834)),
        (1, 90, 0, PayLayers(1, 0, 0, 1)),
        (99, 50, 0, PayLayers(99, 49, 0, 50)),
    ],
)
def test_the_specialist_gets_the_rest(rate: int, vendor: int, academy: int, expected: PayLayers) -> None:
    assert split_pay(rate, vendor, academy) == expected


@given(st.integers(1, MAX_RATE), st.integers(0, MAX_VENDOR_PERCENT), st.integers(1, 2_000))
def test_layers_add_up_exactly(rate: int, vendor: int, hours: int) -> None:
    pay = split_pay(rate, vendor)
    for layers in (pay, pay.total(hours)):
        assert layers.client_rate == layers.vendor_share + layers.academy_share + layers.specialist_rate
    assert pay.specialist_rate > 0
    assert pay.total(hours).specialist_rate == pay.specialist_rate * hours


def test_the_academy_keeps_nothing_now() -> None:
    assert ACADEMY_PERCENT == 0
    assert split_pay(5_000, 10).academy_share == 0


@pytest.mark.parametrize(("rate", "vendor", "academy"), [(0, 0, 0), (100_001, 0, 0), (100, -1, 0), (100, 91, 0), (100, 60, 40)])
def test_rates_and_shares_have_limits(rate: int, vendor: int, academy: int) -> None:
    with pytest.raises(ValueError, match="must be between"):
        split_pay(rate, vendor, academy)


def test_share_is_a_part_of_the_whole() -> None:
    pay = split_pay(4_000, 25)
    assert pay.share(pay.vendor_share) == 0.25
    assert PayLayers(0, 0, 0, 0).share(0) == 0.0


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("40", 4_000),
        ("40.5", 4_050),
        ("40.50", 4_050),
        ("40,50", 4_050),
        (" $40.50 ", 4_050),
        ("0.01", 1),
        ("1000", 100_000),
        ("", None),
        ("0", None),
        ("1000.01", None),
        ("-5", None),
        ("1e3", None),
        ("NaN", None),
        ("inf", None),
        ("1.234", None),
        ("1.", None),
        (".5", None),
        ("٤٠", None),
        ("40.²", None),
        ("1,000.00", None),
        ("9" * 5_000, None),
        ("4 0", None),
    ],
)
def test_read_dollars(typed: str, cents: int | None) -> None:
    assert read_dollars(typed) == cents


@given(st.integers(1, MAX_RATE))
def test_amounts_survive_the_way_to_the_page_and_back(cents: int) -> None:
    assert read_dollars(dollars(cents)) == cents

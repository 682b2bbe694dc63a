"""The filter of the pool: strict limits, nothing an address says can break it, and it survives the way back."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_academy.assessments.items import base as items
from trainer_academy.pool.filters import GROUPS, LIMITS, MAX_PAGE, PoolFilter, read_filter
from trainer_academy.pool.vocabulary import COUNTRIES, DOMAINS, LANGUAGES, time_zones

KEYS = ("evaluator-1", "evaluator-2", "rubrics-1", "safety-1", "code-1", "facts-1")
FULL = PoolFilter(("evaluator-1", "rubrics-1"), 2, ("en", "sw"), ("IN", "KE"), ("law", "code"), 4_050, 20, 3)


def read(**args: list[str]) -> PoolFilter:
    return read_filter(args, KEYS)[0]


def ignored(**args: list[str]) -> list[str]:
    return read_filter(args, KEYS)[1]


def as_query(wanted: PoolFilter) -> dict[str, list[str]]:
    """What a browser sends back for the arguments of the filter."""
    args: dict[str, Any] = wanted.args(wanted.page)
    return {name: value if isinstance(value, list) else [str(value)] for name, value in args.items()}


def test_empty_address_is_the_empty_filter() -> None:
    assert read_filter({}, KEYS) == (PoolFilter(), [])
    assert read_filter({"language": [""], "max_rate": [""], "level": [""], "page": [""]}, KEYS) == (PoolFilter(), [])


def test_a_filter_survives_the_address() -> None:
    assert read_filter(as_query(FULL), KEYS) == (FULL, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("achievement", "unknown"),
        ("language", "xx"),
        ("language", "en'--"),
        ("country", "ke"),
        ("country", "ZZ"),
        ("domain", "x"),
        ("level", "5"),
        ("level", "-1"),
        ("level", "²"),
        ("min_hours", "81"),
        ("min_hours", "9" * 5_000),
        ("min_hours", "1e1"),
        ("max_rate", "0"),
        ("max_rate", "NaN"),
        ("max_rate", "1001"),
        ("page", str(MAX_PAGE + 1)),
        ("page", "-2"),
        ("page", "٣"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_named(name: str, value: str) -> None:
    assert read_filter({name: [value]}, KEYS) == (PoolFilter(), [name])


@pytest.mark.parametrize(
    ("name", "values"), [("achievement", KEYS), ("language", tuple(LANGUAGES)), ("country", tuple(COUNTRIES))]
)
def test_long_lists_are_cut(name: str, values: tuple[str, ...]) -> None:
    wanted, left_out = read_filter({name: list(values)}, KEYS)
    assert len(as_query(wanted)[name]) == LIMITS[name]
    assert left_out == [name]


def test_repeated_values_count_once() -> None:
    assert read(language=["en", "en", "sw"]).languages == ("en", "sw")
    assert ignored(language=["en", "en"]) == []


def test_page_zero_is_page_one() -> None:
    assert read(page=["0"]).page == 1


def test_removing_one_value_or_a_group_starts_at_page_one() -> None:
    assert FULL.without("language", "sw").languages == ("en",)
    assert FULL.without("language").languages == ()
    assert FULL.without("max_rate", "40.50").max_rate == 0
    assert FULL.without("level").page == 1


def test_every_active_filter_can_be_removed() -> None:
    rest = FULL
    for group, value in FULL.active():
        rest = rest.without(group, value)
    assert rest == PoolFilter()
    assert {group for group, _value in FULL.active()} == set(GROUPS)


@given(st.dictionaries(st.sampled_from([*GROUPS, "page", "other"]), st.lists(st.text(max_size=12), max_size=4)))
def test_no_address_breaks_the_filter(args: dict[str, list[str]]) -> None:
    wanted, left_out = read_filter(args, KEYS)
    assert set(left_out) <= set(args)
    assert read_filter(as_query(wanted), KEYS) == (wanted, [])


def test_vocabulary_covers_the_item_banks_and_the_standards() -> None:
    assert set(items.DOMAINS) <= set(DOMAINS)
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isupper() for code in COUNTRIES)
    assert {"en", "zh", "hi", "ar", "sw", "ur", "bn", "es", "fr", "pt", "ru", "vi", "id", "fil", "am", "ha", "yo"} <= set(
        LANGUAGES
    )
    assert list(LANGUAGES.values()) == sorted(LANGUAGES.values())


def test_time_zones_are_places_that_exist() -> None:
    assert {"UTC", "Africa/Nairobi", "Asia/Kolkata"} <= set(time_zones())
    assert "Etc/GMT+5" not in time_zones()
    assert ZoneInfo(time_zones()[-1])
    assert max(map(len, time_zones())) <= 64

"""Agreement of raters: published numbers, properties, degenerate cases, and what is settled."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.references.reading import answers, matrix, numbers
from trainer_academy.psychometrics.agreement import (
    Judgement,
    agreement,
    differ_too_much,
    judgements_of,
    kappa_interval,
    quadratic_kappa,
    settle,
    settle_three,
    severity,
    share_of_levels,
)
from trainer_academy.psychometrics.intervals import t95

IRRCAC = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
LEVELS = st.integers(0, 3)
PAIRS = st.lists(st.tuples(LEVELS, LEVELS), min_size=2, max_size=30)


def of_pairs(pairs: list[tuple[int, int]], levels: int = 4, scale: str = "s") -> list[Judgement]:
    return [Judgement(f"p{place}", scale, one, other, levels) for place, (one, other) in enumerate(pairs)]


def of_table(table: list[list[int]]) -> list[Judgement]:
    pairs = [(i, j) for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]
    return of_pairs(pairs, len(table))


def test_the_published_table() -> None:
    """irrCAC vignette (Gwet 2019), cont3x3abstractors: quadratic weights give .8921569."""
    assert quadratic_kappa(of_table(IRRCAC)) == pytest.approx(0.8921569, abs=1e-6)


def test_four_grades_against_scikit_learn() -> None:
    table = matrix("grades").tolist()
    assert quadratic_kappa(of_table(table)) == pytest.approx(numbers("python")["grades"]["quadratic"], abs=1e-9)


def test_three_pairs_of_raters_with_seven_levels() -> None:
    """Expected: scikit-learn's cohen_kappa_score on simulated ratings."""
    rows = answers("three_raters")
    for pair, wanted in numbers("python")["three_raters"].items():
        one, other = pair.split("-")
        judgements = of_pairs([(int(row[one]) - 1, int(row[other]) - 1) for row in rows], 7)
        assert quadratic_kappa(judgements) == pytest.approx(wanted["quadratic"], abs=1e-9)


@given(PAIRS)
def test_never_above_one_and_symmetric(pairs: list[tuple[int, int]]) -> None:
    there, back = quadratic_kappa(of_pairs(pairs)), quadratic_kappa(of_pairs([(b, a) for a, b in pairs]))
    assert there <= 1
    assert there == pytest.approx(back, abs=1e-9)


@given(PAIRS)
def test_a_reversed_scale_changes_nothing(pairs: list[tuple[int, int]]) -> None:
    reversed_ = of_pairs([(3 - a, 3 - b) for a, b in pairs])
    assert quadratic_kappa(of_pairs(pairs)) == pytest.approx(quadratic_kappa(reversed_), abs=1e-9)


@given(st.lists(LEVELS, min_size=1, max_size=30))
def test_the_same_levels_are_full_agreement(levels: list[int]) -> None:
    found = agreement(of_pairs([(level, level) for level in levels]))
    assert (found.kappa.value, found.exact, found.mean_difference, found.severity.value) == (1.0, 1.0, 0.0, 0.0)


@given(PAIRS)
def test_the_estimate_lies_in_its_interval(pairs: list[tuple[int, int]]) -> None:
    found = kappa_interval(of_pairs(pairs))
    assert -1 <= found.low <= max(found.value, -1) <= found.high <= 1
    shift = severity(of_pairs(pairs))
    assert shift.low <= shift.value <= shift.high


def test_degenerate_cases() -> None:
    assert quadratic_kappa(of_pairs([(2, 2)] * 5)) == 1.0  # nobody varies, all the same
    assert quadratic_kappa(of_pairs([(2, 2), (2, 0), (2, 1)])) == pytest.approx(0.0)  # one level for everything
    assert quadratic_kappa(of_pairs([(3, 0)] * 5)) == pytest.approx(0.0)  # both constant, and different
    single = kappa_interval(of_pairs([(1, 2)]))
    assert (single.low, single.high, single.n) == (-1.0, 1.0, 1)
    assert severity(of_pairs([(1, 2)])).low == -math.inf
    for empty in (quadratic_kappa, severity):
        with pytest.raises(ValueError, match="nothing to compare"):
            empty([])


def test_that_criteria_differ_in_height_is_no_agreement() -> None:
    """Levels that are high on one criterion and low on the other, but random within each, agree on nothing."""
    low, high = [(0, 1), (1, 0), (0, 0), (1, 1)], [(2, 3), (3, 2), (2, 2), (3, 3)]
    apart = of_pairs(low, scale="easy") + of_pairs(high, scale="hard")
    assert quadratic_kappa(apart) == pytest.approx(0.0)
    assert quadratic_kappa(of_pairs(low + high)) > 0.7  # what pooling without criteria would have said


def test_criteria_with_different_ranges_weigh_the_same() -> None:
    """One level of two is as far as two levels of three."""
    two = of_pairs([(0, 0), (1, 1), (0, 1), (1, 0)], 2, "two")
    three = of_pairs([(0, 0), (2, 2), (0, 2), (2, 0)], 3, "three")
    assert quadratic_kappa(two) == pytest.approx(quadratic_kappa(three))
    assert quadratic_kappa(two + three) == pytest.approx(quadratic_kappa(two))


def test_severity_is_in_levels_by_text() -> None:
    judgements = [Judgement("x", "a", 2, 1, 4), Judgement("x", "b", 1, 1, 4), Judgement("y", "a", 3, 1, 4)]
    found = severity(judgements)
    assert (found.value, found.n) == (1.25, 2)
    assert found.high - found.value == pytest.approx(12.706205 * 0.75, rel=1e-6)  # mean 0.5 and 2, standard error 0.75


@pytest.mark.parametrize(("degrees", "point"), [(1, 12.706), (3, 3.182), (4, 2.776), (7, 2.365), (30, 2.042), (1000, 1.962)])
def test_points_of_students_t(degrees: int, point: float) -> None:
    assert t95(degrees) == pytest.approx(point, abs=0.01)


@pytest.mark.parametrize(
    ("one", "other", "limit", "is_too_much"),
    [
        ({"a": 0, "b": 2}, {"a": 1, "b": 2}, 1, False),
        ({"a": 0, "b": 2}, {"a": 2, "b": 2}, 1, True),
        ({"a": 0}, {"a": 1}, 0, True),
    ],
)
def test_too_different(one: dict[str, float], other: dict[str, float], limit: int, is_too_much: bool) -> None:
    assert differ_too_much(one, other, limit) is is_too_much
    assert differ_too_much(other, one, limit) is is_too_much


def test_settled_levels() -> None:
    assert settle({"a": 1, "b": 2}, {"a": 2, "b": 2}) == {"a": 1.5, "b": 2.0}
    assert settle_three({"a": 0, "b": 0}, {"a": 3, "b": 2}, {"a": 2, "b": 1}) == {"a": 2.5, "b": 1.0}
    assert settle_three({"a": 3}, {"a": 0}, {"a": 0}) == {"a": 0.0}


@given(LEVELS, LEVELS, LEVELS)
def test_three_ratings_settle_the_same_in_any_order(one: int, other: int, third: int) -> None:
    found = {
        settle_three({"a": x}, {"a": y}, {"a": z})["a"]
        for x, y, z in ((one, other, third), (third, one, other), (other, one, third), (third, other, one))
    }
    assert len(found) == 1
    assert min(one, other, third) <= found.pop() <= max(one, other, third)


def test_judgements_join_two_ratings() -> None:
    found = judgements_of("p", {"a": 1, "b": 0}, {"a": 2, "b": 1}, {"a": 3, "b": 2})
    assert [(j.scale, j.one, j.other, j.levels) for j in found] == [("a/3", 1, 2, 3), ("b/2", 0, 1, 2)]
    assert share_of_levels({"a": 1, "b": 1}, {"a": 3, "b": 2}) == 0.75

"""Mantel-Haenszel against the reference, by hand, and on items with a planted difference."""

from __future__ import annotations

import math
import random

import pytest

from tests.references.reading import answers, numbers
from trainer_academy.psychometrics.dif import Size, mantel_haenszel, screen, size_of


def test_two_groups_as_in_difr() -> None:
    """Simulated answers; expected: mantelHaenszel of R's package difR."""
    wanted = numbers("r")["two_groups"]
    rows = answers("two_groups")
    names = list(rows[0])[:24]
    totals = [sum(int(row[name]) for name in names) for row in rows]
    focal = [row["group"] == "1" for row in rows]
    within_half = set()
    for place, name in enumerate(names):
        found = mantel_haenszel([row[name] == "1" for row in rows], focal, totals, least=50)
        assert found
        if found.chi2:
            assert found.chi2 == pytest.approx(wanted["MH"][place], abs=1e-5)
        else:  # less than half an answer from what was expected: difR squares a negative number there, here it is 0
            within_half.add(name)
            assert wanted["MH"][place] < 0.05
        assert found.odds == pytest.approx(wanted["alphaMH"][place], abs=1e-5)
        assert found.delta == pytest.approx(wanted["deltaMH"][place], abs=1e-5)
        assert (found.error / 2.35) ** 2 == pytest.approx(wanted["varLambda"][place], abs=1e-5)
    assert within_half == {"i4", "i11", "i19", "i24"}


def test_two_strata_by_hand() -> None:
    """Reference 10 right of 20 and 15 of 20, focal 5 of 20 and 10 of 20."""
    right, focal, score = [], [], []
    for stratum, (of_reference, of_focal) in enumerate([(10, 5), (15, 10)]):
        for is_focal, count in ((False, of_reference), (True, of_focal)):
            right += [True] * count + [False] * (20 - count)
            focal += [is_focal] * 20
            score += [stratum] * 20
    found = mantel_haenszel(right, focal, score, least=10)
    assert found
    # Odds: (10*15 + 15*10) / (10*5 + 5*10) = 3. Excess 25 - 20, variance 2 * 20*20*15*25 / (1600*39) (by symmetry).
    assert found.odds == pytest.approx(3.0)
    assert found.delta == pytest.approx(-2.35 * math.log(3))
    assert found.chi2 == pytest.approx((5 - 0.5) ** 2 / (2 * 20 * 20 * 15 * 25 / (1600 * 39)))
    # The root of 4.212 is 2.0523; beyond it lie 4.01 % of the normal distribution, both sides together.
    assert found.p == pytest.approx(0.0401, abs=0.0001)
    assert (found.reference_n, found.focal_n) == (40, 40)


def people(count: int, seed: int, planted: dict[str, float]) -> tuple[list[dict[str, bool]], list[bool]]:
    """Right/wrong answers to 20 items; the focal group is less able, and planted items are harder for it beyond that."""
    rng = random.Random(seed)
    focal = [person % 2 == 1 for person in range(count)]
    rows = []
    for is_focal in focal:
        ability = rng.gauss(-0.5 if is_focal else 0.0, 1)
        harder = {f"i{place}": (place - 10) / 8 for place in range(20)}
        rows.append(
            {
                name: rng.random() < 1 / (1 + math.exp(b + (planted.get(name, 0.0) if is_focal else 0.0) - ability))
                for name, b in harder.items()
            }
        )
    return rows, focal


def test_planted_items_are_found_and_a_less_able_group_alone_is_no_difference() -> None:
    rows, focal = people(3000, 1, {"i4": 1.1, "i12": -1.1})
    found = screen(rows, focal, purify=3)
    large = {name: item.delta for name, item in found.items.items() if item and item.size is Size.LARGE}
    assert set(large) == {"i4", "i12"} == set(found.not_matched_on)
    assert large["i4"] < -1.5 and large["i12"] > 1.5
    assert not any(item and item.size is Size.LARGE for item in screen(*people(3000, 2, {})).items.values())


def test_few_persons_are_not_judged() -> None:
    rows, focal = people(180, 3, {})
    assert set(screen(rows, focal).items.values()) == {None}
    assert all(screen(rows, focal, least=50).items.values())
    assert mantel_haenszel([True] * 300, [place % 2 == 0 for place in range(300)], [1] * 300) is None


def test_swapping_the_groups_turns_the_sign() -> None:
    rows, focal = people(800, 4, {"i3": 0.8})
    totals = [sum(row.values()) for row in rows]
    right = [row["i3"] for row in rows]
    one, other = mantel_haenszel(right, focal, totals), mantel_haenszel(right, [not each for each in focal], totals)
    assert one and other
    assert one.delta == pytest.approx(-other.delta)
    assert one.chi2 == pytest.approx(other.chi2) and one.error == pytest.approx(other.error)


@pytest.mark.parametrize(
    ("delta", "error", "p", "size"),
    [(0.9, 0.1, 0.001, "A"), (1.2, 0.4, 0.06, "A"), (1.2, 0.1, 0.001, "B"), (-2.0, 0.7, 0.01, "B"), (-2.0, 0.3, 0.001, "C")],
)
def test_the_classes(delta: float, error: float, p: float, size: str) -> None:
    assert size_of(delta, error, p).value == size


def test_different_papers_are_refused() -> None:
    with pytest.raises(ValueError, match="same items"):
        screen([{"a": True}, {"b": True}], [True, False])
    with pytest.raises(ValueError):
        mantel_haenszel([True], [True, False], [1, 2])

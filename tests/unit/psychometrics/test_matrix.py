"""How many levels an item bears, what is left out, and where the dots of a picture stand."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer_academy.measurement.calibrations.scatter import BOTTOM, LEFT, RIGHT, TOP, scatter
from trainer_academy.psychometrics.matrix import LEAST_ANSWERS, Column, as_levels, build_matrix, count_levels
from trainer_academy.psychometrics.response_model import level_of


def column(credits: list[float]) -> Column:
    return Column(array("l", range(len(credits))), array("d", credits))


@given(st.lists(st.floats(0, 1), min_size=1), st.integers(2, 5))
def test_levels_are_those_of_the_response_model(credits: list[float], levels: int) -> None:
    assert as_levels(np.array(credits), levels).tolist() == [level_of(credit, levels) for credit in credits]


@pytest.mark.parametrize(
    ("credits", "wanted"),
    [
        ([0.0, 0.25, 0.5, 0.75, 1.0] * 10, 5),
        ([0.0, 0.25, 0.5, 0.75, 1.0] * 10 + [0.0], 5),
        ([0.0, 1 / 3, 2 / 3, 1.0] * 10, 4),
        ([0.0, 0.5, 1.0] * 10, 3),
        ([0.0, 0.5, 1.0] * 9, 2),  # nine in each of three levels are too few
        ([0.0] * 40 + [1.0] * 3, 2),  # no number of levels has ten in each: two, held by the priors
        ([0.0, 1.0] * 12 + [0.25, 0.5, 0.75] * 6, 3),  # six in the middle ones are too few for five or four
    ],
)
def test_the_largest_number_of_levels_with_ten_in_each(credits: list[float], wanted: int) -> None:
    assert count_levels(np.array(credits)) == wanted


def test_items_that_say_nothing_are_left_out_with_the_reason() -> None:
    columns = {
        "c-good": column([0.0, 1.0] * 30),
        "a-nobody": Column(),
        "b-few": column([0.0, 1.0] * (LEAST_ANSWERS // 2 - 1)),
        "d-same": column([1.0] * 50),
        "e-half": column([0.5] * 50),
        "f-partial": column([0.0, 0.5, 1.0] * 20),
        "g-steps": column([0.0, 0.5, 1.0] * 20),
    }
    found = build_matrix(columns, 60, two_level={"g-steps"})
    assert found.names == ("c-good", "f-partial", "g-steps") and found.levels == (2, 3, 2)
    assert [(out.item_id, out.reason, out.answers) for out in found.left_out] == [
        ("a-nobody", "nobody", 0),
        ("b-few", "few", 28),
        ("d-same", "same", 50),
        ("e-half", "same", 50),
    ]


def test_missing_stays_missing_and_empty_persons_go() -> None:
    one = Column(array("l", range(0, 80, 2)), array("d", [0.0, 1.0] * 20))
    other = Column(array("l", range(0, 120, 3)), array("d", [0.0, 1.0] * 20))
    found = build_matrix({"one": one, "other": other}, 200)
    assert found.count == 80
    assert len(found.answers) == len({*range(0, 80, 2), *range(0, 120, 3)})
    assert found.answers[0].tolist() == [0, 0] and found.answers[1].tolist() == [1, -1]


def test_the_digest_changes_with_any_answer() -> None:
    first = build_matrix({"a": column([0.0, 1.0] * 20), "b": column([1.0, 0.0] * 20)}, 40)
    again = build_matrix({"b": column([1.0, 0.0] * 20), "a": column([0.0, 1.0] * 20)}, 40)
    other = build_matrix({"a": column([0.0, 1.0] * 20), "b": column([1.0, 0.0] * 19 + [0.0, 0.0])}, 40)
    assert first.digest() == again.digest() != other.digest()


def test_nothing_at_all() -> None:
    found = build_matrix({}, 0)
    assert found.names == () and found.count == 0


points = st.lists(
    st.tuples(st.text("abc", max_size=3), st.floats(-30, 30), st.floats(-30, 30), st.booleans()), min_size=1, max_size=30
)


@given(points)
def test_dots_stay_in_the_picture_and_flagged_ones_come_last(found: list[tuple[str, float, float, bool]]) -> None:
    picture = scatter(found)
    assert len(picture.dots) == len(found)
    assert all(LEFT <= dot.x <= RIGHT and TOP <= dot.y <= BOTTOM for dot in picture.dots)
    flags = [dot.is_flagged for dot in picture.dots]
    assert flags == sorted(flags)
    assert 2 <= len(picture.marks) <= 10
    assert (picture.marks[0].x, picture.marks[0].y) == (LEFT, BOTTOM)
    assert (picture.marks[-1].x, picture.marks[-1].y) == (RIGHT, TOP)


def test_an_item_that_did_not_move_lies_on_the_line() -> None:
    (dot,) = scatter([("a", 0.4, 0.4, False)]).dots
    along = (dot.x - LEFT) / (RIGHT - LEFT)
    assert (BOTTOM - dot.y) / (BOTTOM - TOP) == pytest.approx(along, abs=1e-3)

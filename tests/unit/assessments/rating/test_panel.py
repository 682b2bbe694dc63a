"""The numbers of a panel of raters, by criterion."""

from __future__ import annotations

import math
from statistics import fmean

import pytest

from trainer_academy.assessments.rating.panel import LEAST_TEXTS, Scale, report_of
from trainer_academy.psychometrics.intervals import jackknife, t95
from trainer_academy.psychometrics.panels import gwet, krippendorff_alpha

SCALE = Scale("writing", "rule", "The rule is named", 3)
ALIKE = [{1: level, 2: level} for level in (0, 1, 2, 2, 1, 0, 2, 1, 2, 2)]
APART = [{1: 2, 3: 1}, {2: 0, 3: 1}]


def test_alpha_and_ac1_with_their_ranges_and_each_rater() -> None:
    units = [*ALIKE, *APART]
    found = report_of(SCALE, units)
    assert (found.exam_key, found.criterion, found.texts) == ("writing", "The rule is named", 12)
    assert found.alpha is not None and found.ac1 is not None
    assert found.alpha.value == pytest.approx(krippendorff_alpha(units, "ordinal"))
    assert found.ac1.value == pytest.approx(gwet(units, 3))
    assert found.alpha.low < found.alpha.value < found.alpha.high and found.alpha.n == 12
    by_rater = {one.rater_id: one for one in found.raters}
    assert {rater: one.interval.n for rater, one in by_rater.items()} == {1: 11, 2: 11, 3: 2}
    assert by_rater[1].share >= 10 / 11 and by_rater[1].interval.low < by_rater[1].share


def test_few_texts_say_nothing_and_one_level_has_no_alpha() -> None:
    few = report_of(SCALE, ALIKE[: LEAST_TEXTS - 1])
    assert (few.texts, few.alpha, few.ac1, few.raters) == (9, None, None, ())
    same = report_of(SCALE, [{1: 2, 2: 2}] * 10)
    assert same.alpha is None and same.ac1 is not None and same.ac1.value == 1
    assert [one.share for one in same.raters] == [1, 1]


def test_the_jackknife_of_a_mean_is_its_t_interval() -> None:
    values = [1.0, 2.0, 2.5, 4.0, 7.0]
    found = jackknife(fmean, values)
    spread = math.sqrt(sum((value - 3.3) ** 2 for value in values) / 4)
    assert found.value == pytest.approx(3.3) and found.high - 3.3 == pytest.approx(t95(4) * spread / math.sqrt(5))
    with pytest.raises(ValueError, match="two units"):
        jackknife(fmean, [1.0])

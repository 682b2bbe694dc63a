"""Item analysis and decision quality against published numbers, on sums that are added up, and on missing answers."""

from __future__ import annotations

import math
import random

import numpy as np
import numpy.typing as npt
import pytest

from tests.references.reading import LSAT6, LSAT7, answer_key, answers, matrix, numbers, options_test, persons
from tests.unit.measurement.analysis.option_table import option_rows
from trainer_academy.psychometrics.classical import (
    OptionRow,
    alpha_if_deleted,
    fisher_interval,
    item_rows,
    reliability,
    sums_of,
    suspect_key,
)
from trainer_academy.psychometrics.classification import (
    TrueScores,
    at_least,
    decision_quality,
    effective_length,
    fit_true_scores,
)

Floats = npt.NDArray[np.float64]


def test_lsat6_as_published() -> None:
    """Rizopoulos, Journal of Statistical Software 17(5), 2006, p. 5, and ltm 1.2 (descript)."""
    credits = persons(LSAT6).astype(np.float64)
    rows, sums = item_rows(sums_of(credits)), sums_of(credits)
    assert [row.facility for row in rows] == pytest.approx([0.924, 0.709, 0.553, 0.763, 0.870])
    assert [row.item_rest for row in rows] == pytest.approx([0.1128, 0.1532, 0.1728, 0.1444, 0.1216], abs=1e-4)
    assert reliability(sums).alpha == pytest.approx(0.29499719, abs=1e-7)
    assert alpha_if_deleted(sums) == pytest.approx([0.27535621, 0.2375839, 0.21679946, 0.24593271, 0.26629441], abs=1e-7)


def test_alpha_of_lsat7_as_published() -> None:
    found = reliability(sums_of(persons(LSAT7).astype(np.float64)))
    assert found.alpha == pytest.approx(0.45340874, abs=1e-7)
    assert found.sem == pytest.approx(found.sd * math.sqrt(1 - found.alpha))
    assert found.sd == pytest.approx(persons(LSAT7).sum(axis=1).std(ddof=1))


def test_the_reference_item_analysis() -> None:
    """Simulated answers; expected: itemAnalysis of R's package CTT."""
    values = numbers("r")["letters_test"]
    credits, _ = letters()
    sums = sums_of(credits)
    rows, whole = item_rows(sums), reliability(sums)
    assert whole.alpha == pytest.approx(values["alpha"], abs=1e-6)
    assert whole.sd == pytest.approx(values["scaleSD"], abs=1e-6)
    assert [row.facility for row in rows] == pytest.approx(values["report"]["itemMean"], abs=1e-6)
    assert [row.item_rest for row in rows] == pytest.approx(values["report"]["pBis"], abs=1e-6)
    assert alpha_if_deleted(sums) == pytest.approx(values["report"]["alphaIfDeleted"], abs=1e-6)


def test_the_reference_distractor_tables() -> None:
    """The reference correlates a wrong option with the total less one point for those who chose it; here it is the score on
    the other items. For the key both are the same, and from the total one follows from the other."""
    values = numbers("r")["letters_test"]
    credits, rows = letters()
    total = credits.sum(axis=1)
    for place, (name, wanted) in enumerate(values["distractor"].items()):
        chosen = [row[name] for row in rows]
        found = option_rows(chosen, total, total - credits[:, place])
        assert [row.option for row in found] == wanted["key"]
        assert [row.n for row in found] == wanted["n"]
        assert [row.share for row in found] == pytest.approx(wanted["rspP"], abs=1e-6)
        assert [row.discrimination for row in found] == pytest.approx(wanted["discrim"], abs=1e-6)
        for row, mark, r in zip(found, wanted["correct"], wanted["pBis"], strict=True):
            picks = (np.array(chosen) == row.option).astype(np.float64)
            as_there = row if mark else option_rows(chosen, total, total - picks)[[f.option for f in found].index(row.option)]
            assert as_there.correlation == pytest.approx(r, abs=1e-6)


def letters() -> tuple[Floats, list[dict[str, str]]]:
    rows, key = answers("letters_test"), answer_key("letters_test")
    return np.array([[float(given == right) for given, right in zip(row.values(), key, strict=True)] for row in rows]), rows


def test_the_wrong_key_is_the_suspect_key_and_points_to_the_right_option() -> None:
    """The simulation gave item 32 the right option 3 and the key 5."""
    raw, credits, key = matrix("options_test"), options_test().astype(np.float64), answer_key("options_test")
    total = credits.sum(axis=1)
    flagged = {}
    for place, right in enumerate(key):
        rows = option_rows([str(value) for value in raw[:, place]], total, total - credits[:, place])
        rival = suspect_key(rows, str(right))
        if rival:
            flagged[place + 1] = rival
    assert flagged == {32: "3"}


def test_statistics_of_a_longer_test_as_in_ltm() -> None:
    values = numbers("r")["options_test"]
    sums = sums_of(options_test().astype(np.float64))
    assert [row.item_rest for row in item_rows(sums)] == pytest.approx(values["r_item_rest"], abs=1e-6)
    assert reliability(sums).alpha == pytest.approx(values["alpha"], abs=1e-6)
    assert alpha_if_deleted(sums) == pytest.approx(values["alpha_if_deleted"], abs=1e-6)


def test_a_key_is_not_suspect_with_few_answers_or_a_rare_rival() -> None:
    def row(option: str, n: int, r: float) -> OptionRow:
        return OptionRow(option, n, n / 100, r, (0, 0, 0, 0), 0)

    assert suspect_key([row("a", 20, 0.0), row("b", 80, 0.3)], "a") == "b"
    assert suspect_key([row("a", 9, 0.0), row("b", 40, 0.3)], "a") is None
    assert suspect_key([row("a", 97, 0.0), row("b", 3, 0.3)], "a") is None
    assert suspect_key([row("a", 20, 0.2), row("b", 80, 0.5)], "a") is None
    assert suspect_key([row("b", 80, 0.3), row("c", 20, -0.3)], "a") == "b"


def test_sums_of_batches_add_up_to_the_sums_of_all() -> None:
    credits = sparse(400, 30, 0.5, seed=1)
    whole, parts = sums_of(credits), sums_of(credits[:150]) + sums_of(credits[150:])
    assert item_rows(whole) == item_rows(parts) or [r.item_rest for r in item_rows(whole)] == pytest.approx(
        [r.item_rest for r in item_rows(parts)]
    )
    assert reliability(parts, 15).alpha == pytest.approx(reliability(whole, 15).alpha)


def test_random_papers_estimate_the_reliability_of_the_whole_bank() -> None:
    full, part = sparse(4000, 40, 1.0, seed=2), sparse(4000, 40, 0.5, seed=2)
    assert reliability(sums_of(part), 40).alpha == pytest.approx(reliability(sums_of(full)).alpha, abs=0.02)
    halved = reliability(sums_of(full), 20)
    spearman_brown = reliability(sums_of(full)).alpha
    assert halved.alpha == pytest.approx(spearman_brown / (2 - spearman_brown), abs=1e-9)


def sparse(people: int, items: int, share: float, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    chance = 1 / (1 + np.exp(rng.normal(size=items) - rng.normal(size=(people, 1))))
    credits = (rng.random((people, items)) < chance).astype(np.float64)
    credits[rng.random((people, items)) > share] = np.nan
    return credits


def test_numbers_that_are_not_defined_are_none() -> None:
    credits = np.array([[1.0, 1.0, np.nan], [1.0, 0.0, np.nan], [1.0, 1.0, np.nan], [1.0, 0.0, np.nan]])
    same, other, unseen = item_rows(sums_of(credits))
    assert same.item_rest is None and other.item_rest is None
    assert (
        unseen.n == 0
        and math.isnan(unseen.facility)
        and (unseen.facility_interval.low, unseen.facility_interval.high) == (0, 1)
    )
    with pytest.raises(ValueError, match="no two items"):
        reliability(sums_of(np.array([[1.0, np.nan], [np.nan, 0.0]])))
    with pytest.raises(ValueError, match="between 0 and 1"):
        sums_of(np.array([[2.0]]))
    with pytest.raises(ValueError, match="parallel"):
        option_rows(["a"], np.zeros(2), np.zeros(1))


def test_the_interval_of_a_correlation() -> None:
    low, high = fisher_interval(0.5, 103)
    assert (low, high) == pytest.approx((0.3391, 0.6325), abs=1e-3)
    assert fisher_interval(1.0, 10) == (1.0, 1.0)


@pytest.mark.parametrize("cut", [14, 16, 18, 20, 22])
def test_livingston_lewis_against_the_reference(cut: int) -> None:
    """Expected: LL.CA of R's package betafunctions.

    For the cuts 14 and 20 the reference's own chances to pass and to fail (the roots of its p_c parts) do not sum to 1, so its
    consistency there cannot be right to the third digit and only the accuracy is compared.
    """
    wanted = numbers("r")["livingston_lewis"][f"cut{cut}"]
    found = decision_quality([float(score) for score in options_test().sum(axis=1)], 32, cut, wanted["alpha"])
    assert found.effective_length == pytest.approx(wanted["par"]["etl"], abs=1e-4)
    fitted = (found.true_scores.alpha, found.true_scores.beta, found.true_scores.low, found.true_scores.high)
    assert fitted == pytest.approx([wanted["par"][name] for name in ("alpha", "beta", "l", "u")], abs=1e-5)
    assert found.accuracy == pytest.approx(wanted["accuracy"]["Accuracy"], abs=0.002)
    chances = math.sqrt(wanted["consistency"]["p_c_pos"]) + math.sqrt(wanted["consistency"]["p_c_neg"])
    assert (abs(chances - 1) < 1e-4) == (cut in (16, 18, 22))
    if abs(chances - 1) < 1e-4:
        assert found.consistency == pytest.approx(wanted["consistency"]["p"], abs=0.002)
        assert found.kappa == pytest.approx(wanted["consistency"]["Kappa"], abs=0.002)


def test_accuracy_and_consistency_of_a_known_population() -> None:
    """True shares from a beta distribution, 40 right/wrong items: what is estimated is what happens when they sit twice."""
    rng = random.Random(4)
    truths = [0.3 + 0.65 * rng.betavariate(4, 3) for _ in range(6000)]
    first, second = ([sum(rng.random() < truth for _ in range(40)) for truth in truths] for _ in range(2))
    mean = sum(first) / len(first)
    variance = sum((score - mean) ** 2 for score in first) / (len(first) - 1)
    reliable = (40 / 39) * (1 - mean * (40 - mean) / (40 * variance))
    found = decision_quality([float(score) for score in first], 40, 28, reliable)
    assert effective_length(mean, variance, reliable, 40) == pytest.approx(40)
    right = sum((score >= 28) == (truth >= 0.7) for score, truth in zip(first, truths, strict=True)) / 6000
    alike = sum((one >= 28) == (two >= 28) for one, two in zip(first, second, strict=True)) / 6000
    assert found.accuracy == pytest.approx(right, abs=0.02)
    assert found.consistency == pytest.approx(alike, abs=0.02)
    assert found.false_pass + found.false_fail == pytest.approx(1 - found.accuracy)


def test_four_parameters_are_found_again() -> None:
    rng = random.Random(1)
    truths = [0.25 + 0.7 * rng.betavariate(2.5, 2.0) for _ in range(40_000)]
    fitted = fit_true_scores([sum(rng.random() < truth for _ in range(60)) / 60 for truth in truths], 60)
    assert fitted.low == pytest.approx(0.25, abs=0.06) and fitted.high == pytest.approx(0.95, abs=0.06)
    assert isinstance(fitted, TrueScores)


def test_the_binomial_tail() -> None:
    by_hand = sum(math.comb(12, k) * 0.3**k * 0.7 ** (12 - k) for k in range(5, 13))
    assert at_least(12, 5, 0.3) == pytest.approx(by_hand)
    assert at_least(12, 0, 0.3) == 1 and at_least(12, 13, 0.3) == 0


@pytest.mark.parametrize(
    ("scores", "cut", "reliable"),
    [([1.0] * 20, 5, 0.8), ([1.0, 2.0], 5, 0.8), ([*range(11)], 5, 1.0), ([*range(11)], 0, 0.8), ([*range(12)], 5, 0.8)],
)
def test_scores_that_say_nothing_are_refused(scores: list[float], cut: float, reliable: float) -> None:
    with pytest.raises(ValueError):
        decision_quality(scores, 10, cut, reliable)

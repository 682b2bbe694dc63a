"""Agreement of panels and likely truth: published numbers, reference files, and properties."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.references.reading import answers, matrix, numbers
from trainer_academy.psychometrics.agreement import Judgement, quadratic_kappa
from trainer_academy.psychometrics.panels import (
    Unit,
    cohen_kappa,
    dawid_skene,
    fleiss_kappa,
    gwet,
    kendall_tau_b,
    krippendorff_alpha,
)

# Two raters, 100 records: the vignette of the R package irrCAC (K. Gwet 2019), with its coefficients.
TABLE = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
# Four raters, twelve units, some missing: K. Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011; the same data are
# in Gwet's vignette.
FOUR = ("1 2 3 3 2 1 4 1 2 . . .", "1 2 3 3 2 2 4 1 2 5 . 3", ". 3 3 3 2 3 4 2 2 5 1 .", "1 2 3 3 2 4 4 1 2 5 1 .")

ratings = st.lists(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3), min_size=2, max_size=4), min_size=2, max_size=20)


def units_of(rows: tuple[str, ...]) -> list[Unit]:
    columns = zip(*(row.split() for row in rows), strict=True)
    return [{rater: int(cell) - 1 for rater, cell in enumerate(column) if cell != "."} for column in columns]


def pairs_of(table: list[list[int]]) -> list[Unit]:
    return [{0: i, 1: j} for i, row in enumerate(table) for j, count in enumerate(row) for _ in range(count)]


def test_two_raters_as_published() -> None:
    units = pairs_of(TABLE)
    assert cohen_kappa(TABLE) == pytest.approx(0.7964094, abs=1e-7)
    assert cohen_kappa(TABLE, "quadratic") == pytest.approx(0.8921569, abs=1e-7)
    assert gwet(units, 3) == pytest.approx(0.8493305, abs=1e-7)
    assert gwet(units, 3, "quadratic") == pytest.approx(0.9402369, abs=1e-7)
    assert fleiss_kappa(units, 3) == pytest.approx(0.7962397, abs=1e-7)  # with two raters it is Scott's pi
    assert fleiss_kappa(units, 3, "quadratic") == pytest.approx(0.8921093, abs=1e-7)
    assert krippendorff_alpha(units) == pytest.approx(0.7972585, abs=1e-7)
    assert krippendorff_alpha(units, "interval") == pytest.approx(0.8926487, abs=1e-7)


def test_four_raters_with_missing_ratings_as_published() -> None:
    units = units_of(FOUR)
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=5e-4)
    assert krippendorff_alpha(units, "ordinal") == pytest.approx(0.815, abs=5e-4)
    assert krippendorff_alpha(units, "interval") == pytest.approx(0.849, abs=5e-4)
    assert gwet(units, 5) == pytest.approx(0.77544, abs=1e-5)
    assert gwet(units, 5, "quadratic") == pytest.approx(0.914, abs=5e-4)
    assert fleiss_kappa(units, 5) == pytest.approx(0.76117, abs=1e-5)
    assert fleiss_kappa(units, 5, "quadratic") == pytest.approx(0.86494, abs=1e-5)


def test_six_raters_against_three_packages() -> None:
    """Simulated; expected: irrCAC, krippendorff and statsmodels."""
    wanted = numbers("python")["distribution"]
    six: list[Unit] = [
        dict(enumerate(k for k, count in enumerate(row.values()) for _ in range(int(count)))) for row in answers("distribution")
    ]
    assert gwet(six, 5) == pytest.approx(wanted["AC1"], abs=1e-9)
    assert gwet(six, 5, "quadratic") == pytest.approx(wanted["AC2_quadratic"], abs=1e-9)
    assert fleiss_kappa(six, 5) == pytest.approx(wanted["fleiss"], abs=1e-9)
    assert fleiss_kappa(six, 5) == pytest.approx(wanted["fleiss_statsmodels"], abs=1e-12)
    assert fleiss_kappa(six, 5, "quadratic") == pytest.approx(wanted["fleiss_quadratic"], abs=1e-9)
    for scale in ("nominal", "ordinal", "interval"):
        assert krippendorff_alpha(six, scale) == pytest.approx(wanted[f"alpha_{scale}"], abs=1e-12)


def test_kappas_against_scikit_learn() -> None:
    computed = numbers("python")
    tables = {"": matrix("grades").tolist()}
    rows = answers("three_raters")
    for pair in computed["three_raters"]:
        one, other = pair.split("-")
        counts = Counter((int(row[one]) - 1, int(row[other]) - 1) for row in rows)
        tables[pair] = [[counts[i, j] for j in range(7)] for i in range(7)]
    for pair, table in tables.items():
        wanted = computed["three_raters"][pair] if pair else computed["grades"]
        assert cohen_kappa(table) == pytest.approx(wanted["unweighted"], abs=1e-12)
        assert cohen_kappa(table, "linear") == pytest.approx(wanted["linear"], abs=1e-12)
        assert cohen_kappa(table, "quadratic") == pytest.approx(wanted["quadratic"], abs=1e-12)


def test_fleiss_of_thirty_patients() -> None:
    units: list[Unit] = [{rater: int(cell) - 1 for rater, cell in row.items()} for row in answers("diagnoses")]
    assert fleiss_kappa(units, 5) == pytest.approx(numbers("python")["diagnoses"]["fleiss"], abs=1e-12)


def test_tau_b_of_a_published_example() -> None:
    """The example in the documentation of scipy.stats.kendalltau."""
    assert kendall_tau_b([12, 2, 1, 12, 2], [1, 4, 7, 1, 0]) == pytest.approx(-0.47140452079103173, abs=1e-12)


def test_tau_b_against_scipy() -> None:
    rows = answers("three_levels")
    wanted = numbers("python")["three_levels"]
    assert len(wanted) == 15
    for pair, tau in wanted.items():
        one, other = pair.split("|")
        found = kendall_tau_b([float(row[one]) for row in rows], [float(row[other]) for row in rows])
        assert found == pytest.approx(tau, abs=1e-12)


def test_likely_truth_as_in_crowd_kit() -> None:
    """Dawid and Skene's model on simulated labels; the package starts from the shares of votes too."""
    wanted = numbers("python")["labels"]
    units: dict[int, dict[str, list[int]]] = {}
    for row in answers("labels"):
        units.setdefault(int(row["item"]), {}).setdefault(row["rater"], []).append(int(row["label"]) - 1)
    found = dawid_skene(list(units.values()), 4, tolerance=1e-10)
    assert found.is_converged
    assert found.shares == pytest.approx(wanted["shares"], abs=1e-4)
    for own, theirs in zip(found.posterior, wanted["posterior"], strict=True):
        assert own == pytest.approx(theirs, abs=1e-3)
    for rater, table in wanted["confusion"].items():
        for own, row in zip(found.confusion[rater], table, strict=True):
            assert own == pytest.approx(row, abs=1e-3)


def test_careful_raters_outweigh_careless_ones() -> None:
    """Made up: two raters are right in 95 %, three in 45 % of 300 units; the model is right more often than the majority."""
    rng = random.Random(4)
    truth = [rng.randrange(2) for _ in range(300)]
    skill = {"a": 0.95, "b": 0.95, "c": 0.45, "d": 0.45, "e": 0.45}
    labels = [{rater: [own if rng.random() < right else 1 - own] for rater, right in skill.items()} for own in truth]
    found = dawid_skene(labels, 2)
    likely = [max(range(2), key=own.__getitem__) for own in found.posterior]
    majority = [Counter(label for given in unit.values() for label in given).most_common(1)[0][0] for unit in labels]
    right = sum(a == b for a, b in zip(likely, truth, strict=True))
    assert right > sum(a == b for a, b in zip(majority, truth, strict=True)) + 20
    assert right > 280
    assert all(sum(row) == pytest.approx(1) for table in found.confusion.values() for row in table)


@given(ratings)
def test_alpha_is_the_same_in_any_order_and_at_most_one(units: list[dict[str, int]]) -> None:
    if len({value for unit in units for value in unit.values()}) < 2:
        with pytest.raises(ValueError, match="the same"):
            krippendorff_alpha(units)
        return
    for scale in ("nominal", "ordinal", "interval"):
        found = krippendorff_alpha(units, scale)
        assert found <= 1 + 1e-12
        assert krippendorff_alpha(units[::-1], scale) == pytest.approx(found, abs=1e-9)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=30))
def test_weighted_kappa_is_that_of_the_ratings_module(pairs: list[tuple[int, int]]) -> None:
    counts = Counter(pairs)
    table = [[counts[i, j] for j in range(4)] for i in range(4)]
    if len({one for pair in pairs for one in pair}) < 2:
        return
    judgements = [Judgement(str(place), "s", one, other, 4) for place, (one, other) in enumerate(pairs)]
    assert cohen_kappa(table, "quadratic") == pytest.approx(quadratic_kappa(judgements), abs=1e-9)


def test_full_agreement_is_one_and_impossible_input_is_refused() -> None:
    units: list[Unit] = [{0: 0, 1: 0}, {0: 1, 1: 1}, {0: 2, 1: 2}]
    assert gwet(units, 3) == fleiss_kappa(units, 3) == krippendorff_alpha(units, "ordinal") == 1
    assert kendall_tau_b([1, 2, 3], [1, 2, 3]) == 1
    for broken in (
        lambda: gwet([{0: 3}], 3),
        lambda: gwet([{0: 1}], 3),
        lambda: krippendorff_alpha([{0: 1}]),
        lambda: kendall_tau_b([1, 1], [1, 2]),
        lambda: cohen_kappa([[0, 0], [0, 0]]),
        lambda: cohen_kappa([[5, 0], [0, 0]]),
        lambda: dawid_skene([{}], 2),
        lambda: dawid_skene([{0: [2]}], 2),
    ):
        with pytest.raises(ValueError):
            broken()

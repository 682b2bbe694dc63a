"""Calibration against published and computed estimates, on missing answers, and at its limits."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from tests.house import ROOT
from tests.references.reading import FIVE, LSAT6, LSAT7, answers, matrix, numbers, options_test, persons
from tests.unit.psychometrics.sum_scores import sum_score_chances
from trainer_academy.psychometrics import calibration, priors
from trainer_academy.psychometrics.calibration import Calibration, Priors, calibrate, with_errors
from trainer_academy.psychometrics.drift import compare
from trainer_academy.psychometrics.response_model import ItemParameters, information, probabilities


def slopes(calibration: Calibration) -> list[float]:
    return [item.parameters.slope for item in calibration.items]


def locations(calibration: Calibration) -> list[float]:
    return [item.parameters.location for item in calibration.items]


def draw(items: list[ItemParameters], people: int, seed: int, mean: float = 0.0, share: float = 1.0) -> npt.NDArray[np.int8]:
    """Answers of people with normal abilities; each sees each item with probability `share`."""
    rng = np.random.default_rng(seed)
    abilities, columns = rng.normal(mean, 1, people), []
    for item in items:
        chances = np.array([probabilities(item, float(ability)) for ability in abilities])
        columns.append((rng.random((people, 1)) > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1))
    answers = np.stack(columns, axis=1).astype(np.int8)
    answers[rng.random(answers.shape) > share] = -1
    return answers


def bank(count: int, seed: int) -> list[ItemParameters]:
    rng = np.random.default_rng(seed)
    return [ItemParameters(float(np.exp(rng.normal(0, 0.3))), (float(rng.normal()),)) for _ in range(count)]


def names(count: int) -> list[str]:
    return [f"item-{place}" for place in range(count)]


def test_lsat6_as_published() -> None:
    """Rizopoulos, Journal of Statistical Software 17(5), 2006, and ltm 1.2 with the same model."""
    result = calibrate(persons(LSAT6), FIVE, priors=None)
    assert result.is_converged
    assert result.log_likelihood == pytest.approx(-2466.6534, abs=0.01)
    assert slopes(result) == pytest.approx([0.8254, 0.7230, 0.8905, 0.6886, 0.6575], abs=0.005)
    assert locations(result) == pytest.approx([-3.3597, -1.3696, -0.2799, -1.8659, -3.1236], abs=0.02)


def test_lsat7_as_published() -> None:
    """The tests of mirt 1.45.1: a, and d = -a b."""
    result = calibrate(persons(LSAT7), FIVE, priors=None)
    assert result.log_likelihood == pytest.approx(-2658.8051, abs=0.01)
    assert slopes(result) == pytest.approx([0.988, 1.081, 1.706, 0.7651, 0.7358], abs=0.005)
    intercepts = [-item.parameters.slope * item.parameters.location for item in result.items]
    assert intercepts == pytest.approx([1.8561, 0.808, 1.8043, 0.486, 1.8545], abs=0.005)


def test_standard_errors_of_lsat6_are_near_those_of_ltm() -> None:
    """ltm inverts the second derivatives, here it is the sum of squared scores: for 1,000 persons a few percent apart."""
    answers = persons(LSAT6)
    result = with_errors(calibrate(answers, FIVE, priors=None), answers)
    assert [item.slope_error for item in result.items] == pytest.approx([0.2581, 0.1867, 0.2326, 0.1852, 0.2100], rel=0.05)
    errors = [item.step_errors[0] for item in result.items if item.step_errors]
    assert errors == pytest.approx([0.8669, 0.3073, 0.0997, 0.4341, 0.8700], rel=0.05)


@pytest.mark.parametrize(("name", "columns"), [("options_test", 32), ("two_groups", 24)])
def test_right_or_wrong_against_the_reference(name: str, columns: int) -> None:
    """Simulated answers; expected: R's package ltm, maximum likelihood with 61 points."""
    expected = numbers("r")["ltm"][name]
    given = options_test() if name == "options_test" else matrix(name, columns).astype(np.int8)
    result = calibrate(given, names(columns), priors=None)
    assert slopes(result) == pytest.approx(expected["a"], abs=0.005)
    for found, wanted in zip(locations(result), expected["b"], strict=True):
        assert found == pytest.approx(wanted, abs=0.02 if abs(wanted) > 3 else 0.005)
    assert result.log_likelihood == pytest.approx(expected["logLik"], abs=0.01)


def test_partial_credit_against_the_reference() -> None:
    """Simulated answers; expected: gpcm of R's package ltm."""
    expected = numbers("r")["ltm"]["partial_credit"]
    result = calibrate((matrix("partial_credit") - 1).astype(np.int8), names(4), priors=None)
    found = [[*item.parameters.steps, item.parameters.slope] for item in result.items]
    assert np.array(found) == pytest.approx(np.array(expected["coef"]), abs=0.005)
    assert result.log_likelihood == pytest.approx(expected["logLik"], abs=0.01)


def test_missing_answers_and_mixed_levels_are_recovered() -> None:
    items = [*bank(20, 1), ItemParameters(1.0, (-0.8, 0.1, 0.9)), ItemParameters(1.3, (-0.5, 0.7))]
    answers = draw(items, 3000, 2, share=0.5)
    result = with_errors(calibrate(answers, names(22)), answers)
    for item, wanted in zip(result.items, items, strict=True):
        assert item.parameters.top == wanted.top
        assert item.slope_error and item.step_errors
        assert abs(item.parameters.slope - wanted.slope) < 4 * item.slope_error
        for step, truth, error in zip(item.parameters.steps, wanted.steps, item.step_errors, strict=True):
            assert abs(step - truth) < 4 * error


def test_the_standard_errors_say_how_far_estimates_are_from_the_truth() -> None:
    """Over items the error divided by its standard error has a spread of about 1."""
    items = bank(60, 3)
    answers = draw(items, 1500, 4, share=0.4)
    result = with_errors(calibrate(answers, names(60), priors=None), answers)
    z = [
        (own.parameters.slope - truth.slope) / own.slope_error
        for own, truth in zip(result.items, items, strict=True)
        if own.slope_error
    ]
    assert 0.75 < float(np.std(z)) < 1.3


def test_priors_hold_items_with_few_answers() -> None:
    items = bank(12, 5)
    answers = draw(items, 400, 6)
    answers[12:, 0] = -1
    answers[:12, 0] = 1
    held, loose = calibrate(answers, names(12)), calibrate(answers, names(12), priors=Priors(log_slope_sd=50.0, step_sd=50.0))
    assert held.items[0].parameters.slope < 2 < loose.items[0].parameters.slope
    assert locations(held)[1:] == pytest.approx(locations(loose)[1:], abs=0.15)


def test_the_order_of_persons_and_items_changes_nothing() -> None:
    answers = persons(LSAT7)
    shuffled = answers[np.random.default_rng(0).permutation(len(answers))][:, ::-1]
    assert slopes(calibrate(shuffled, FIVE))[::-1] == pytest.approx(slopes(calibrate(answers, FIVE)), abs=1e-6)


def test_progress_is_told_and_the_likelihood_rises() -> None:
    seen: list[tuple[int, float]] = []
    answers = persons(LSAT7)
    rough = calibrate(answers, FIVE, priors=None, most_cycles=1)
    fine = calibrate(answers, FIVE, priors=None, progress=lambda cycle, change: seen.append((cycle, change)))
    assert not rough.is_converged and fine.is_converged
    assert fine.log_likelihood > rough.log_likelihood
    assert [cycle for cycle, _ in seen] == list(range(1, fine.cycles + 1))
    assert seen[-1][1] < seen[0][1]


@pytest.mark.parametrize(
    ("answers", "levels", "message"),
    [
        (np.zeros((3, 2), dtype=np.int8), None, "persons by items"),
        (np.full((3, 1), -1, dtype=np.int8), None, "nobody answered"),
        (np.full((3, 1), 2, dtype=np.int8), [2], "outside"),
        (np.full((3, 1), -2, dtype=np.int8), None, "outside"),
    ],
)
def test_impossible_answers_are_refused(answers: npt.NDArray[np.int8], levels: list[int] | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calibrate(answers, ["one"], levels)


def test_an_item_that_got_easier_is_flagged_and_no_other() -> None:
    """One group is abler and one item has leaked: the shift of all items is the group, not drift."""
    items = bank(25, 7)
    leaked = [replace(items[0], steps=(items[0].steps[0] - 1.2,)), *items[1:]]
    first, second = draw(items, 2500, 8), draw(leaked, 2500, 9, mean=0.6)
    old, new = (with_errors(calibrate(answers, names(25)), answers) for answers in (first, second))
    comparison = compare(old, new)
    assert [move.name for move in comparison.moves if move.is_flagged] == ["item-0"]
    assert comparison.moves[0].location == pytest.approx(-1.2, abs=0.3)
    assert comparison.shift == pytest.approx(-0.6, abs=0.12)


def test_a_calibration_has_not_moved_against_itself() -> None:
    answers = persons(LSAT7)
    own = with_errors(calibrate(answers, FIVE), answers)
    comparison = compare(own, replace(own, items=own.items[1:]))
    assert comparison.only_old == ("1",) and comparison.only_new == ()
    assert not any(move.is_flagged for move in comparison.moves)
    assert comparison.unit == pytest.approx(1) and comparison.shift == pytest.approx(0)
    with pytest.raises(ValueError, match="three common items"):
        compare(own, replace(own, items=own.items[:2]))


def test_probabilities_are_those_of_the_logistic_for_one_step() -> None:
    item = ItemParameters(1.4, (0.3,))
    assert probabilities(item, 1.0)[1] == pytest.approx(1 / (1 + math.exp(-1.4 * 0.7)))
    with pytest.raises(ValueError, match="positive"):
        ItemParameters(0.0, (0.0,))
    with pytest.raises(ValueError, match="finite"):
        ItemParameters(1.0, (math.inf,))


def test_numpy_stays_out_of_what_the_web_process_needs() -> None:
    """Only `psychometrics` and rooms of `measurement` import it, and the web process starts without."""
    folder = ROOT / "trainer_academy"
    users = set()
    for file in folder.rglob("*.py"):
        nodes = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Import)]
        if any(alias.name.startswith("numpy") for node in nodes for alias in node.names):
            users.add(file.parent.name)
    assert users == {"psychometrics", "analysis", "calibrations"}
    code = "import sys, trainer_academy.app; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=folder.parent, check=False).returncode == 0


def test_item_information_of_the_reference_bank() -> None:
    """catR's standard error of the maximum likelihood estimate is one over the root of the items' information there.

    Its table of information is for four parameters; ours is that with the lower and upper asymptote taken out.
    """
    values = numbers("r")["adaptive"]
    rows = [list(map(float, row.values())) for row in answers("four_parameter_bank")]
    bank = [ItemParameters(row[0], (row[1],)) for row in rows]
    estimate = values["estimates"]["ML"]
    found = sum(information(bank[number - 1], estimate["theta"]) for number in values["items"])
    assert 1 / math.sqrt(found) == pytest.approx(estimate["se"], abs=1e-6)
    for name, wanted in values["fisher_info_4PL"].items():
        ability = float(name.removeprefix("theta_"))
        for item, (_, _, low, high), expected in zip(bank, rows, wanted, strict=True):
            chance = low + (high - low) * probabilities(item, ability)[1]
            plain = information(item, ability)
            # The derivative of P shrinks by (high - low), and the variance is that of P.
            assert ((high - low) * plain / item.slope) ** 2 / (chance * (1 - chance)) == pytest.approx(expected, abs=1e-6)


def test_from_answers_to_sum_scores() -> None:
    """Four questions with four levels: our parameters give the sum scores that people got (Lord and Wingersky)."""
    given = (matrix("partial_credit") - 1).astype(np.int8)
    found = calibrate(given, names(4), priors=None)
    grid = np.linspace(-5, 5, 101)
    weights = np.exp(-grid * grid / 2)
    items = [item.parameters for item in found.items]
    expected = sum(
        weight * np.array(sum_score_chances(items, float(point)))
        for weight, point in zip(weights / weights.sum(), grid, strict=True)
    )
    observed = np.bincount(given.sum(axis=1), minlength=13) / len(given)
    assert expected.sum() == pytest.approx(1)  # type: ignore[union-attr]
    assert np.abs(np.cumsum(expected) - np.cumsum(observed)).max() < 0.04


def test_errors_are_taken_item_by_item_where_there_are_few_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaving out what the other items' errors add makes errors a little smaller, never larger."""
    items = bank(10, 21)
    answers = draw(items, 2000, 22)
    plain = calibrate(answers, names(10))
    joint = with_errors(plain, answers)
    monkeypatch.setattr("trainer_academy.psychometrics.calibration.WHOLE_PARAMETERS", 5)
    alone = with_errors(plain, answers)
    for one, other in zip(joint.items, alone.items, strict=True):
        assert one.slope_error and other.slope_error
        assert 0.8 * one.slope_error < other.slope_error <= one.slope_error * (1 + 1e-9)


def test_extreme_answers_keep_finite_parameters() -> None:
    """An item that one of 500 missed, one that follows nothing, and one that runs backwards."""
    rng = np.random.default_rng(3)
    answers = draw(bank(8, 31), 500, 32)
    ability = answers.sum(axis=1)
    answers[:, 0] = 1
    answers[0, 0] = 0
    answers[:, 1] = rng.integers(0, 2, 500)
    answers[:, 2] = ability < np.median(ability)
    found = with_errors(calibrate(answers, names(8)), answers)
    assert found.is_converged
    for item in found.items:
        assert 0 < item.parameters.slope < 8 and all(map(math.isfinite, item.parameters.steps))
    assert found.items[2].parameters.slope < 0.2  # the model has no negative slopes: it is flat, and item analysis flags it


@pytest.mark.parametrize("seed", [30, 31])
def test_an_item_that_only_good_people_miss_comes_to_rest(seed: int) -> None:
    """Nearly everybody is right, so the prior says more than the answers; the steps must not swing around its best place."""
    answers = draw(bank(130, seed), 600, seed, share=0.3)
    own, others = answers[:, -1], answers[:, :-1]
    shares = (others * (others >= 0)).sum(axis=1) / (others >= 0).sum(axis=1)
    best_first = sorted(np.nonzero(own >= 0)[0], key=lambda person: -shares[person])
    own[best_first] = 1
    start = seed % 10 * 6
    own[best_first[start : start + 1 + seed % 4]] = 0
    found = calibrate(answers, names(130))
    assert found.is_converged
    assert found.cycles < 20


def test_the_curvature_of_the_prior_is_never_taken_too_small() -> None:
    """Against second differences of the log prior: what the steps use minus the real curvature has no negative eigenvalue."""
    rng = np.random.default_rng(1)
    states = np.column_stack([np.exp(rng.normal(0, 0.6, 200)), rng.normal(0, 4, (200, 2))])
    table = calibration._table(np.tile(np.array([[0], [1], [2]], dtype=np.int8), (1, 200)), names(200), None, 3)
    used = priors.prior_terms(table, states, calibration.WEAK)[1] + priors.prior_bend(table, states, calibration.WEAK)
    h = 1e-4
    real = np.empty((200, 3, 3))
    for i in range(3):
        for j in range(3):
            corners = []
            for si, sj in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                moved = states.copy()
                moved[:, i] += si * h
                moved[:, j] += sj * h
                corners.append(si * sj * priors.log_priors(table, moved, calibration.WEAK))
            real[:, i, j] = -sum(corners) / (4 * h * h)
    assert np.linalg.eigvalsh(used - real).min() > -1e-4
    assert np.linalg.eigvalsh(used - priors.prior_bend(table, states, calibration.WEAK) - real).min() < -0.1

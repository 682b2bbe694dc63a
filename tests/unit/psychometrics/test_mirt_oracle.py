"""Our estimates beside those of the package mirt on the same made-up answers; both plain maximum likelihood."""

from __future__ import annotations

import mirt
import numpy as np
import numpy.typing as npt
import pytest

from tests.unit.psychometrics.test_calibration import draw, names
from trainer_academy.psychometrics.calibration import calibrate
from trainer_academy.psychometrics.response_model import ItemParameters

SEEDS = (11, 12, 13, 14)
SHARES = (1.0, 0.5)
POINTS = 61
# Two programs stop at slightly different places. mirt keeps difficulties within 6 logits, so the items here lie within 2.
APART = 0.004


def bank(count: int, seed: int) -> list[ItemParameters]:
    rng = np.random.default_rng(seed)
    return [ItemParameters(float(rng.uniform(0.7, 1.8)), (float(rng.uniform(-2, 2)),)) for _ in range(count)]


def fitted(answers: npt.NDArray[np.int8], model: str) -> tuple[dict[str, npt.NDArray[np.float64]], float]:
    """Parameters by name, and the log likelihood. mirt takes negative numbers as missing."""
    found = mirt.fit_mirt(
        answers.astype(np.int64), model, n_quadpts=POINTS, tol=1e-7, max_iter=5000, compute_standard_errors=False
    )
    assert found.converged
    return {name: np.asarray(value) for name, value in found.model.parameters.items()}, float(found.log_likelihood)


def assert_close(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> None:
    assert (np.abs(one - other) / np.maximum(1.0, np.abs(other)) < APART).all(), np.abs(one - other).max()


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("seed", SEEDS)
def test_two_parameters(seed: int, share: float) -> None:
    answers = draw(bank(20, seed), 1000, seed + 100, share=share)
    ours = calibrate(answers, names(20), priors=None, points=POINTS, tolerance=1e-5)
    theirs, log_likelihood = fitted(answers, "2PL")
    assert ours.log_likelihood == pytest.approx(log_likelihood, abs=0.01)
    assert_close(np.array([item.parameters.slope for item in ours.items]), theirs["discrimination"])
    assert_close(np.array([item.parameters.location for item in ours.items]), theirs["difficulty"])


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("seed", SEEDS)
def test_partial_credit(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    items = [
        ItemParameters(float(np.exp(rng.normal(0, 0.3))), tuple(sorted(map(float, rng.normal(0, 1, 3))))) for _ in range(10)
    ]
    answers = draw(items, 1000, seed + 200, share=share)
    ours = calibrate(answers, names(10), priors=None, points=POINTS, tolerance=1e-5)
    theirs, log_likelihood = fitted(answers, "GPCM")
    assert ours.log_likelihood == pytest.approx(log_likelihood, abs=0.01)
    assert_close(np.array([item.parameters.slope for item in ours.items]), theirs["discrimination"])
    assert_close(np.array([item.parameters.steps for item in ours.items]), theirs["steps"])

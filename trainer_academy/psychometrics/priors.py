"""What is believed of items before there are answers, as terms of the penalised likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainer_academy.psychometrics.estimates import Priors

Floats = npt.NDArray[np.float64]
# Levels of N persons by J items: 0 .. S, and MISSING where the person did not see the item.
Answers = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Table:
    """What does not change between iterations. `reached` (J, S): how many persons reached each step."""

    answers: Answers
    steps: npt.NDArray[np.int64]
    reached: Floats
    grid: Floats
    log_weights: Floats

    @property
    def most(self) -> int:
        return int(self.reached.shape[1])

    @property
    def has_step(self) -> npt.NDArray[np.bool_]:
        """(J, S): True where the item has the step."""
        return np.arange(self.most)[None, :] < self.steps[:, None]


def log_priors(table: Table, state: Floats, priors: Priors) -> Floats:
    """(J): the log prior of each item, without its constant."""
    slopes = state[:, 0]
    steps = np.where(table.has_step, state[:, 1:] / slopes[:, None], 0.0)
    from_slopes = ((np.log(slopes) - priors.log_slope_mean) / priors.log_slope_sd) ** 2
    result: Floats = -0.5 * (from_slopes + ((steps / priors.step_sd) ** 2).sum(axis=1))
    return result


def prior_terms(table: Table, state: Floats, priors: Priors) -> tuple[Floats, Floats]:
    """The gradient (J, 1 + S) of the log prior and the Gauss-Newton form (J, 1 + S, 1 + S) of its curvature."""
    slopes, has_step = state[:, 0], table.has_step
    steps = np.where(has_step, -state[:, 1:] / slopes[:, None], 0.0)
    # Rows: log a, then each b; columns: a, then each d.
    jacobian = np.zeros((len(state), table.most + 1, table.most + 1))
    jacobian[:, 0, 0] = 1 / slopes
    jacobian[:, 1:, 0] = -steps / slopes[:, None]
    places = np.arange(table.most)
    jacobian[:, places + 1, places + 1] = np.where(has_step, -1 / slopes[:, None], 0.0)
    precision = np.array([priors.log_slope_sd**-2.0] + [priors.step_sd**-2.0] * table.most)
    away = np.concatenate([np.log(slopes)[:, None] - priors.log_slope_mean, steps], axis=1)
    gradient = -np.einsum("jrc,r,jr->jc", jacobian, precision, away)
    return gradient, np.einsum("jrc,r,jrd->jcd", jacobian, precision, jacobian)


def prior_bend(table: Table, state: Floats, priors: Priors) -> Floats:
    """(J, 1 + S, 1 + S): a diagonal; with it, the Gauss-Newton form is nowhere below the whole curvature of the log prior.

    With b = -d / a the whole curvature of b * b / 2 exceeds that form by 2 d d / a^4 in a and by -d / a^3 between a and d; the
    second is at most d d / a^4 in a and 1 / a^2 in d. Without it a step overshoots where the prior says more than the answers
    (nearly everybody is right), and never comes to rest.
    """
    slopes = state[:, :1]
    steps = np.where(table.has_step, state[:, 1:] / slopes, 0.0)
    short = np.maximum(0.0, priors.log_slope_mean - np.log(slopes[:, 0])) * priors.log_slope_sd**-2.0
    in_slope = short + 3 * priors.step_sd**-2.0 * (steps**2).sum(axis=1)
    in_steps = np.where(table.has_step, priors.step_sd**-2.0, 0.0)
    found: Floats = np.concatenate([in_slope[:, None], in_steps], axis=1) / slopes**2
    return found[:, :, None] * np.eye(table.most + 1)

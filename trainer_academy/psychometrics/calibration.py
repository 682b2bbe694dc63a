"""Item parameters from answers: marginal maximum likelihood by EM on a fixed grid, with missing answers. Pure, numpy, offline.

The model is that of `response_model`: two-parameter logistic for right or wrong, generalised partial credit for more levels.
Inside, an item is (a, d_1 .. d_S) with d_j = -a b_j: in these the likelihood of the completed data is concave. Arrays:
N persons, J items, S the most steps of an item, Q grid points. Source: R. D. Bock, M. Aitkin, Psychometrika 46, 1981;
E. Muraki, Applied Psychological Measurement 16, 1992.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trainer_academy.psychometrics.estimates import CalibratedItem, Calibration, Priors
from trainer_academy.psychometrics.priors import Answers, Floats, Table, log_priors, prior_bend, prior_terms
from trainer_academy.psychometrics.response_model import ItemParameters

__all__ = ["MISSING", "Answers", "CalibratedItem", "Calibration", "Priors", "Progress", "calibrate", "with_errors"]

Progress = Callable[[int, float], None]

MISSING = -1
BLOCK = 512
SLOPES = (0.02, 8.0)
EASIEST = 24.0
SLOWEST = 0.98
NEWTON_STEPS = 2
LONGEST_STEP = 1.0
HALVINGS = 8
# Standard errors take all parameters together when there are this many persons for each, and item by item otherwise.
PERSONS_PER_PARAMETER = 10
WEAK = Priors()
# Also item by item above this many parameters: the joint information would take 70 MB and more.
WHOLE_PARAMETERS = 3000


@dataclass(frozen=True)
class _Expected:
    """The E step: `seen` (J, Q) expected persons at each point, `pull` (J) sums of level times mean ability."""

    seen: Floats
    pull: Floats
    log_likelihood: float


def calibrate(
    answers: Answers,
    names: Sequence[str],
    levels: Sequence[int] | None = None,
    *,
    priors: Priors | None = WEAK,
    points: int = 41,
    tolerance: float = 1e-4,
    most_cycles: int = 500,
    progress: Progress | None = None,
) -> Calibration:
    """Estimate all items at once. `answers` (N, J) holds levels, MISSING where a person did not see the item.

    `levels` is the number of levels of each item (by default the highest answer plus one). `priors` None gives plain maximum
    likelihood. A cycle is two EM steps and a leap along them, which is taken back when it makes things worse. It stops when the
    way left, judged by the last step and the pace at which steps shrink, is below `tolerance` (logits). `progress` gets
    (cycle, change). Memory: one byte an answer, and a block of persons. `points`: the grid on [-6, 6].
    Raises ValueError for wrong shapes, levels out of range and items that nobody answered.
    """
    table = _table(answers, names, levels, points)
    state, floor, pace, is_over = _start(table), -math.inf, 0.0, False
    fallback: Floats | None = None
    for cycle in range(1, most_cycles + 1):
        first, height = _step(table, state, priors)
        if height < floor and fallback is not None:
            state = fallback
            first, height = _step(table, state, priors)
        second, floor = _step(table, first, priors)
        change = float(np.abs(second - first).max())
        pace = min(SLOWEST, max(pace, change / max(float(np.abs(first - state).max()), 1e-12)))
        if progress is not None:
            progress(cycle, change)
        is_over = change * pace / (1 - pace) < tolerance
        state, fallback = (second, None) if is_over else (_leap(state, first, second), second)
        if is_over:
            break
    log_likelihood = sum(block.log_likelihood for block in _blocks(table, state))
    return Calibration(_items(table, state, names), len(answers), log_likelihood, cycle, is_over, priors)


def _step(table: Table, state: Floats, priors: Priors | None) -> tuple[Floats, float]:
    """One EM step, and the log posterior at the state that it started from."""
    expected = _expect(table, state)
    log_prior = 0.0 if priors is None else float(log_priors(table, state, priors).sum())
    return _maximise(table, expected, state, priors), expected.log_likelihood + log_prior


def _leap(state: Floats, first: Floats, second: Floats) -> Floats:
    """Where two EM steps point to. Source: R. Varadhan, C. Roland, Scandinavian Journal of Statistics 35, 2008 (SQUAREM)."""
    step, bend = first - state, second - 2 * first + state
    size, curve = float(np.linalg.norm(step)), float(np.linalg.norm(bend))
    if curve < 1e-12:
        return second
    length = max(1.0, size / curve)
    return _bounded(state + 2 * length * step + length**2 * bend)


def _bounded(state: Floats) -> Floats:
    return np.concatenate([np.clip(state[:, :1], *SLOPES), np.clip(state[:, 1:], -EASIEST, EASIEST)], axis=1)


def _table(answers: Answers, names: Sequence[str], levels: Sequence[int] | None, points: int) -> Table:
    if answers.ndim != 2 or answers.shape[1] != len(names) or not len(answers) or not len(names):
        raise ValueError("answers must be persons by items, with one name for each item")
    highest = answers.max(axis=0).astype(np.int64)
    steps = np.maximum(highest, 1) if levels is None else np.asarray(levels, dtype=np.int64) - 1
    if steps.shape != highest.shape or (steps < 1).any() or (highest > steps).any() or answers.min() < MISSING:
        raise ValueError("a level lies outside of its item's range")
    if (highest < 0).any():
        raise ValueError(f"nobody answered {names[int(np.argmin(highest))]}")
    reached = np.stack([(answers >= step).sum(axis=0) for step in range(1, int(steps.max()) + 1)], axis=1).astype(np.float64)
    grid = np.linspace(-6.0, 6.0, points)
    weights = np.exp(-grid * grid / 2)
    return Table(answers, steps, reached, grid, np.log(weights / weights.sum()))


def _start(table: Table) -> Floats:
    """(J, 1 + S): a = 1 and d from the log odds of one level against the one below it."""
    answered = (table.answers >= 0).sum(axis=0).astype(np.float64)
    at_least = np.concatenate([answered[:, None], table.reached], axis=1)
    exactly = at_least - np.concatenate([table.reached, np.zeros((len(answered), 1))], axis=1)
    odds = np.log((exactly[:, 1:] + 0.5) / (exactly[:, :-1] + 0.5))
    return np.concatenate([np.ones((len(answered), 1)), np.where(table.has_step, odds, 0.0)], axis=1)


def _reach(table: Table, state: Floats) -> tuple[Floats, Floats]:
    """(J, Q, S) probabilities of reaching each step at each point, and (J, Q) logarithms of the sums they are made from."""
    rises = state[:, :1, None] * table.grid[None, :, None] + state[:, None, 1:]
    rises = np.where(table.has_step[:, None, :], rises, -np.inf)
    exponents = np.concatenate([np.zeros((*rises.shape[:2], 1)), np.cumsum(rises, axis=2)], axis=2)
    top = exponents.max(axis=2, keepdims=True)
    weights = np.exp(exponents - top)
    total = weights.sum(axis=2, keepdims=True)
    reach = np.cumsum((weights / total)[:, :, ::-1], axis=2)[:, :, ::-1][:, :, 1:]
    return reach, (np.log(total) + top)[:, :, 0]


@dataclass(frozen=True)
class _Block:
    """Some persons: `seen` (n, J) 1 where answered, `levels` (n, J), `posterior` (n, Q), `mean` (n), log likelihood."""

    answers: Answers
    seen: Floats
    levels: Floats
    posterior: Floats
    mean: Floats
    log_likelihood: float


def _blocks(table: Table, state: Floats) -> Iterator[_Block]:
    """The posterior of each person, a block of persons at a time.

    The log likelihood at a point is linear in the point except for the normalising sums, so one product of (n, J) and (J, Q)
    serves any number of levels.
    """
    log_sums = np.ascontiguousarray(_reach(table, state)[1])
    for first in range(0, len(table.answers), BLOCK):
        answers = table.answers[first : first + BLOCK]
        seen = (answers >= 0).astype(np.float64)
        levels = np.maximum(answers, 0).astype(np.float64)
        linear = levels @ state[:, :2]
        logs = table.log_weights - seen @ log_sums
        logs += linear[:, :1] * table.grid
        logs += (linear[:, 1] if table.most == 1 else _offsets(table, answers, state))[:, None]
        top = logs.max(axis=1, keepdims=True)
        posterior = np.exp(logs - top)
        total = posterior.sum(axis=1, keepdims=True)
        posterior /= total
        yield _Block(answers, seen, levels, posterior, posterior @ table.grid, float((np.log(total) + top).sum()))


def _offsets(table: Table, answers: Answers, state: Floats) -> Floats:
    """(n): for each person the sum of d over all steps that were reached."""
    total = np.zeros(len(answers))
    for step in range(1, table.most + 1):
        total += (answers >= step).astype(np.float64) @ state[:, step]
    return total


def _expect(table: Table, state: Floats) -> _Expected:
    seen, pull, log_likelihood = np.zeros((len(state), len(table.grid))), np.zeros(len(state)), 0.0
    for block in _blocks(table, state):
        seen += block.seen.T @ block.posterior
        pull += block.levels.T @ block.mean
        log_likelihood += block.log_likelihood
    return _Expected(seen, pull, log_likelihood)


def _maximise(table: Table, expected: _Expected, state: Floats, priors: Priors | None) -> Floats:
    """A few Newton steps for all items at once, each cut to `LONGEST_STEP`, and halved for the items that it would make worse.

    The prior is not concave in (a, d): an item that runs against the others would circle around its best place for ever.
    """
    for _ in range(NEWTON_STEPS):
        reach, log_sums = _reach(table, state)
        before = _merit(table, expected, state, log_sums, priors)
        slope, curvature = _likelihood_slope(table, expected, reach), _curvature(table, expected.seen, reach)
        if priors is not None:
            prior_slope, prior_curvature = prior_terms(table, state, priors)
            slope, curvature = slope + prior_slope, curvature + prior_curvature + prior_bend(table, state, priors)
        solved = np.linalg.solve(curvature + 1e-9 * np.eye(curvature.shape[1]), slope[:, :, None])
        move: Floats = np.asarray(solved[:, :, 0], dtype=np.float64)
        move *= np.minimum(1.0, LONGEST_STEP / np.maximum(np.abs(move).max(axis=1, keepdims=True), 1e-12))
        state = _move(table, expected, state, move, before, priors)
    return state


def _move(table: Table, expected: _Expected, state: Floats, move: Floats, before: Floats, priors: Priors | None) -> Floats:
    """The state after the move; where an item's merit would fall, after a half, a quarter .. of it, or not at all."""
    result = _bounded(state + move)
    for _ in range(HALVINGS):
        is_worse = _merit(table, expected, result, _reach(table, result)[1], priors) < before - 1e-9 * np.abs(before)
        if not is_worse.any():
            return result
        move = np.where(is_worse[:, None], move / 2, move)
        result = _bounded(state + move)
    return np.where(is_worse[:, None], state, result)


def _merit(table: Table, expected: _Expected, state: Floats, log_sums: Floats, priors: Priors | None) -> Floats:
    """(J): what the M step maximises for each item, the expected log likelihood of the completed data and the log prior."""
    linear = expected.pull * state[:, 0] + (table.reached * state[:, 1:] * table.has_step).sum(axis=1)
    merit: Floats = linear - (expected.seen * log_sums).sum(axis=1)
    return merit if priors is None else merit + log_priors(table, state, priors)


def _likelihood_slope(table: Table, expected: _Expected, reach: Floats) -> Floats:
    """(J, 1 + S): observed minus expected sums of level times ability, and of steps reached."""
    mean_level = reach.sum(axis=2)
    for_slope = expected.pull - (expected.seen * mean_level) @ table.grid
    for_steps = table.reached - np.einsum("jq,jqs->js", expected.seen, reach)
    return np.concatenate([for_slope[:, None], np.where(table.has_step, for_steps, 0.0)], axis=1)


def _curvature(table: Table, seen: Floats, reach: Floats) -> Floats:
    """(J, 1 + S, 1 + S): the information of the completed data, with ones for steps that an item does not have.

    Reaching step i and step j have the covariance P(reach the later) - P(reach i) P(reach j).
    """
    most = table.most
    later = np.maximum.outer(np.arange(most), np.arange(most))
    covariance = reach[:, :, later] - reach[:, :, :, None] * reach[:, :, None, :]
    with_level = covariance.sum(axis=3)
    weighted = seen * table.grid
    result = np.empty((len(seen), most + 1, most + 1))
    result[:, 0, 0] = np.einsum("jq,jq->j", weighted * table.grid, with_level.sum(axis=2))
    result[:, 0, 1:] = result[:, 1:, 0] = np.einsum("jq,jqs->js", weighted, with_level)
    result[:, 1:, 1:] = np.einsum("jq,jqst->jst", seen, covariance)
    lacking = np.nonzero(~table.has_step)
    result[lacking[0], lacking[1] + 1, lacking[1] + 1] = 1.0
    return result


def _items(table: Table, state: Floats, names: Sequence[str]) -> tuple[CalibratedItem, ...]:
    answered = (table.answers >= 0).sum(axis=0)
    rows = []
    for place, name in enumerate(names):
        slope, count = float(state[place, 0]), int(table.steps[place])
        steps = tuple(float(-each / slope) for each in state[place, 1 : count + 1])
        rows.append(CalibratedItem(name, ItemParameters(slope, steps), int(answered[place])))
    return tuple(rows)


def with_errors(calibration: Calibration, answers: Answers) -> Calibration:
    """The calibration with standard errors of a and b, from the scores of all persons (and the priors).

    The information is the sum over persons of the outer product of their scores; each score is the mean of the completed
    data's score over the person's posterior (T. Louis 1982). All parameters together where there are `PERSONS_PER_PARAMETER`
    persons for each and at most `WHOLE_PARAMETERS`, else item by item, which leaves out what the other items' errors add.
    `answers` are those that were calibrated, in the same order of items. A parameter that the answers say nothing about has an
    infinite error.
    """
    levels = [item.parameters.top + 1 for item in calibration.items]
    table = _table(answers, [item.name for item in calibration.items], levels, 61)
    state = _state(table, calibration)
    prior = None if calibration.priors is None else prior_terms(table, state, calibration.priors)[1]
    is_whole = state.size <= WHOLE_PARAMETERS and len(answers) >= PERSONS_PER_PARAMETER * state.size
    covariances = _joint_covariances(table, state, prior) if is_whole else _own_covariances(table, state, prior)
    items = [_with_error(item, covariance) for item, covariance in zip(calibration.items, covariances, strict=True)]
    return replace(calibration, items=tuple(items))


def _state(table: Table, calibration: Calibration) -> Floats:
    state = np.zeros((len(calibration.items), table.most + 1))
    for row, item in zip(state, calibration.items, strict=True):
        row[0] = item.parameters.slope
        row[1 : item.parameters.top + 1] = [-item.parameters.slope * step for step in item.parameters.steps]
    return state


def _scores(table: Table, state: Floats) -> Iterator[Floats]:
    """(n, J * (1 + S)): the gradient of each person's log likelihood, a block of persons at a time."""
    reach, _ = _reach(table, state)
    mean_level = (reach.sum(axis=2) * table.grid).T
    for block in _blocks(table, state):
        scores = np.zeros((len(block.answers), *state.shape))
        scores[:, :, 0] = block.levels * block.mean[:, None] - block.seen * (block.posterior @ mean_level)
        for step in range(table.most):
            reached = (block.answers > step).astype(np.float64)
            scores[:, :, step + 1] = reached - block.seen * (block.posterior @ reach[:, :, step].T)
        scores[:, :, 1:] *= table.has_step
        yield scores.reshape(len(scores), -1)


def _joint_covariances(table: Table, state: Floats, prior: Floats | None) -> list[Floats]:
    """For each item the covariance of its own (a, d_1 ..) given that all others are estimated too."""
    size = state.shape[1]
    information = np.zeros((state.size, state.size))
    for scores in _scores(table, state):
        information += scores.T @ scores
    for place, own_prior in enumerate(() if prior is None else prior):
        own = slice(place * size, (place + 1) * size)
        information[own, own] += own_prior
    used = [[place * size + part for part in range(int(steps) + 1)] for place, steps in enumerate(table.steps)]
    kept = [number for own in used for number in own]
    whole = np.full(information.shape, np.inf)
    whole[np.ix_(kept, kept)] = _inverse(information[np.ix_(kept, kept)])
    return [whole[np.ix_(own, own)] for own in used]


def _own_covariances(table: Table, state: Floats, prior: Floats | None) -> list[Floats]:
    """The same as if the other items were known: one small matrix an item."""
    information = np.zeros((*state.shape, state.shape[1])) if prior is None else prior.copy()
    for scores in _scores(table, state):
        by_item = scores.reshape(len(scores), *state.shape).transpose(1, 2, 0)
        information += by_item @ by_item.transpose(0, 2, 1)
    return [_inverse(each[: int(steps) + 1, : int(steps) + 1]) for each, steps in zip(information, table.steps, strict=True)]


def _inverse(information: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.inv(information), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.full(information.shape, np.inf)


def _with_error(item: CalibratedItem, covariance: Floats) -> CalibratedItem:
    """From (a, d) to (a, b) by the delta method: b_j = -d_j / a."""
    if not np.isfinite(covariance).all() or (np.diag(covariance) < 0).any():
        return replace(item, slope_error=math.inf, step_errors=(math.inf,) * item.parameters.top)
    slope, steps = item.parameters.slope, np.array(item.parameters.steps)
    jacobian = np.concatenate([-steps[:, None] / slope, -np.eye(len(steps)) / slope], axis=1)
    variances = np.diag(jacobian @ covariance @ jacobian.T)
    return replace(
        item, slope_error=math.sqrt(covariance[0, 0]), step_errors=tuple(math.sqrt(max(0.0, each)) for each in variances)
    )

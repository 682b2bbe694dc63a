"""How good pass/fail decisions by a sum score are: accuracy and consistency from one sitting. Pure, plain Python.

Source: S. Livingston, C. Lewis, Journal of Educational Measurement 32, 1995. True scores follow a beta distribution with two
or four parameters whose moments are taken from the scores (F. Lord, Psychometrika 30, 1965; B. Hanson, ACT 91-5, 1991).
For papers of calibrated items there are two more ways, from the items' parameters alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

# Two classes, pass and fail, seen at one ability: (true class is pass, chance to pass, weight of the ability).
CELLS = 4000


@dataclass(frozen=True)
class TrueScores:
    """A beta distribution of true shares on [`low`, `high`]."""

    alpha: float
    beta: float
    low: float = 0.0
    high: float = 1.0

    def cells(self) -> list[tuple[float, float]]:
        """(share, probability) at the middles of equal cells."""
        middles = [(place + 0.5) / CELLS for place in range(CELLS)]
        logs = [(self.alpha - 1) * math.log(x) + (self.beta - 1) * math.log1p(-x) for x in middles]
        top = max(logs)
        weights = [math.exp(log - top) for log in logs]
        total = math.fsum(weights)
        return [(self.low + x * (self.high - self.low), weight / total) for x, weight in zip(middles, weights, strict=True)]


@dataclass(frozen=True)
class DecisionQuality:
    """`accuracy`: decided as the true score is; `consistency`: decided alike in two sittings; `kappa`: beyond chance.

    `false_pass` and `false_fail` are shares of all persons. `effective_length`: of a test of right/wrong items as reliable.
    """

    accuracy: float
    consistency: float
    kappa: float
    false_pass: float
    false_fail: float
    effective_length: float
    true_scores: TrueScores
    n: int


def effective_length(mean: float, variance: float, reliability: float, top: float) -> float:
    """How many right/wrong items of one difficulty would be as reliable (Livingston and Lewis 1995, equation 1)."""
    return (mean * (top - mean) - reliability * variance) / (variance * (1 - reliability))


def decision_quality(scores: Sequence[float], top: float, cut: float, reliability: float) -> DecisionQuality:
    """Quality of "pass at `cut` or more" on scores from 0 to `top`, with a reliability such as alpha.

    The four-parameter beta is used where it exists, else the two-parameter one. The cut on the scale of the effective length
    is rounded to the nearest whole score, for accuracy and consistency alike. Raises ValueError for fewer than ten scores,
    scores without spread or outside of [0, top], a cut outside of (0, top) and a reliability outside of (0, 1).
    """
    _refuse(scores, top, cut, reliability)
    n = len(scores)
    mean = math.fsum(scores) / n
    squares = math.fsum((score - mean) ** 2 for score in scores)
    length = effective_length(mean, squares / (n - 1), reliability, top)
    if length < 2:
        raise ValueError("the scores are too unreliable for an effective length")
    true_scores = fit_true_scores([score / top for score in scores], length)
    whole = round(length)
    lowest = round(cut * whole / top)
    return _quality(true_scores, whole, lowest, cut / top, length, n)


def _refuse(scores: Sequence[float], top: float, cut: float, reliability: float) -> None:
    if len(scores) < 10 or min(scores) < 0 or max(scores) > top or min(scores) == max(scores):
        raise ValueError("at least ten scores between 0 and the top, and not all equal, are needed")
    if not 0 < cut < top or not 0 < reliability < 1:
        raise ValueError("the cut must lie within the scale, and the reliability between 0 and 1")


def _quality(true_scores: TrueScores, length: int, lowest: int, cut: float, exact: float, n: int) -> DecisionQuality:
    """Sums over cells of true scores; `lowest` is the lowest passing score of `length`, `cut` the true share that passes."""
    accuracy = consistency = passing = false_pass = false_fail = 0.0
    for share, weight in true_scores.cells():
        chance = at_least(length, lowest, share)
        accuracy += weight * (chance if share >= cut else 1 - chance)
        consistency += weight * (chance * chance + (1 - chance) ** 2)
        passing += weight * chance
        false_pass += weight * chance * (share < cut)
        false_fail += weight * (1 - chance) * (share >= cut)
    by_chance = passing**2 + (1 - passing) ** 2
    kappa = (consistency - by_chance) / (1 - by_chance) if by_chance < 1 else 1.0
    return DecisionQuality(accuracy, consistency, kappa, false_pass, false_fail, exact, true_scores, n)


def at_least(n: int, lowest: int, share: float) -> float:
    """P(at least `lowest` of `n`), binomial, for 0 < share < 1."""
    if lowest <= 0:
        return 1.0
    log_odds = math.log(share) - math.log1p(-share)
    first = math.lgamma(n + 1) - math.lgamma(lowest + 1) - math.lgamma(n - lowest + 1) if lowest <= n else -math.inf
    term = math.exp(first + lowest * log_odds + n * math.log1p(-share)) if lowest <= n else 0.0
    total, odds = 0.0, math.exp(log_odds)
    for count in range(lowest, n + 1):
        total += term
        term *= (n - count) / (count + 1) * odds
    return min(1.0, total)


def fit_true_scores(shares: Sequence[float], length: float) -> TrueScores:
    """The beta distribution of true shares behind observed `shares` of a test with `length` right/wrong items."""
    moments = _true_moments([share * length for share in shares], length)
    return _four_parameters(moments) or _two_parameters(moments[0], moments[1] - moments[0] ** 2)


def _true_moments(scores: Sequence[float], length: float) -> list[float]:
    """The first four raw moments of true shares: E[x (x-1) .. (x-r+1)] / (n (n-1) .. (n-r+1))."""
    moments, products, below = [], [1.0] * len(scores), 1.0
    for order in range(4):
        products = [product * (score - order) for product, score in zip(products, scores, strict=True)]
        below *= length - order
        moments.append(math.fsum(products) / len(scores) / below)
    return moments


def _two_parameters(mean: float, variance: float) -> TrueScores:
    both = mean * (1 - mean) / variance - 1 if variance > 0 else -1.0
    if both <= 0 or not 0 < mean < 1:
        raise ValueError("no beta distribution has the moments of these scores")
    return TrueScores(mean * both, (1 - mean) * both)


def _four_parameters(moments: Sequence[float]) -> TrueScores | None:
    """The beta on [low, high] with the first four moments; None where there is none within [0, 1]."""
    mean, second, third, fourth = moments
    variance = second - mean**2
    if variance <= 0:
        return None
    skewness = (third - 3 * mean * second + 2 * mean**3) / variance**1.5
    kurtosis = (fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4) / variance**2
    below = 6 + 3 * skewness**2 - 2 * kurtosis
    r = 6 * (kurtosis - skewness**2 - 1) / below if below else -1.0
    if r <= 0:
        return None
    root = 1 - 24 * (r + 1) / ((r + 2) * (r + 3) * kurtosis - 3 * (r + 1) * (r - 6))
    if not 0 <= root < 1:
        return None
    small, large = r * (1 - math.sqrt(root)) / 2, r * (1 + math.sqrt(root)) / 2
    alpha, beta = (small, large) if skewness >= 0 else (large, small)
    width = math.sqrt(variance * (alpha + beta) ** 2 * (alpha + beta + 1) / (alpha * beta))
    low = mean - width * alpha / (alpha + beta)
    return TrueScores(alpha, beta, low, low + width) if low >= 0 and low + width <= 1 else None

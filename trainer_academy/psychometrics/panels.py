"""How far a panel of raters agrees, and what the truth was likely to be: kappa, AC1, AC2, alpha, tau-b, Dawid-Skene. Pure.

A table of ratings is a list of units (texts, items), each a mapping of rater to category; raters may be missing. Categories are
0 .. q - 1, ordered where a measure uses distances.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Scale = Literal["nominal", "ordinal", "interval"]
Weights = Literal["identity", "linear", "quadratic"]
Rater = Hashable
Unit = Mapping[Rater, int]
Matrix = list[list[float]]


def weight_table(categories: int, weights: Weights) -> Matrix:
    """(q, q): 1 on the diagonal, less the further two categories are apart. Raises ValueError for fewer than two."""
    if categories < 2:
        raise ValueError("at least two categories are needed")
    if weights == "identity":
        return [[float(one == other) for other in range(categories)] for one in range(categories)]
    power = 1 if weights == "linear" else 2
    return [[1 - (abs(one - other) / (categories - 1)) ** power for other in range(categories)] for one in range(categories)]


def cohen_kappa(table: Sequence[Sequence[float]], weights: Weights = "identity") -> float:
    """Two raters: `table` holds counts by category of the first (rows) and of the second.

    Source: J. Cohen, Educational and Psychological Measurement 20, 1960; weighted: Psychological Bulletin 70, 1968. Raises
    ValueError without counts, or where chance alone agrees everywhere.
    """
    q = len(table)
    w, n = weight_table(q, weights), math.fsum(map(math.fsum, table))
    if n <= 0:
        raise ValueError("there is nothing to compare")
    rows = [math.fsum(row) / n for row in table]
    columns = [math.fsum(row[place] for row in table) / n for place in range(q)]
    agreed = math.fsum(w[i][j] * table[i][j] / n for i in range(q) for j in range(q))
    by_chance = math.fsum(w[i][j] * rows[i] * columns[j] for i in range(q) for j in range(q))
    return _beyond_chance(agreed, by_chance)


def _beyond_chance(agreed: float, by_chance: float) -> float:
    if by_chance >= 1 - 1e-12:
        raise ValueError("everybody used one category only, so agreement beyond chance is not defined")
    return (agreed - by_chance) / (1 - by_chance)


def gwet(units: Sequence[Unit], categories: int, weights: Weights = "identity") -> float:
    """AC1 (identity weights) or AC2: agreement that does not fall when nearly everything is in one category.

    Source: K. Gwet, British Journal of Mathematical and Statistical Psychology 61, 2008; Handbook of Inter-Rater Reliability,
    2014, ch. 4 (AC2, any number of raters, missing ratings). Raises ValueError where no unit has two ratings.
    """
    counts = _counts(units, categories)
    w = weight_table(categories, weights)
    agreed = _agreed(counts, w)
    rated = [row for row in counts if sum(row)]
    shares = [math.fsum(row[k] / sum(row) for row in rated) / len(rated) for k in range(categories)]
    total = math.fsum(map(math.fsum, w))
    by_chance = total / (categories * (categories - 1)) * math.fsum(share * (1 - share) for share in shares)
    return _beyond_chance(agreed, by_chance)


def fleiss_kappa(units: Sequence[Unit], categories: int, weights: Weights = "identity") -> float:
    """Source: J. Fleiss, Psychological Bulletin 76, 1971; with missing ratings as in Gwet 2014."""
    counts = _counts(units, categories)
    w = weight_table(categories, weights)
    rated = [row for row in counts if sum(row)]
    shares = [math.fsum(row[k] / sum(row) for row in rated) / len(rated) for k in range(categories)]
    pairs = [(k, m) for k in range(categories) for m in range(categories)]
    return _beyond_chance(_agreed(counts, w), math.fsum(w[k][m] * shares[k] * shares[m] for k, m in pairs))


def _counts(units: Sequence[Unit], categories: int) -> list[list[int]]:
    """(n, q): how many raters put each unit into each category. Raises ValueError for a category that there is not."""
    rows = []
    for unit in units:
        if any(not 0 <= category < categories for category in unit.values()):
            raise ValueError(f"a category lies outside of 0 to {categories - 1}")
        rows.append([sum(category == k for category in unit.values()) for k in range(categories)])
    return rows


def _agreed(counts: Sequence[Sequence[int]], w: Matrix) -> float:
    """The mean over units of the weighted share of pairs of ratings that agree."""
    places, shares = range(len(w)), []
    for row in counts:
        n = sum(row)
        if n > 1:
            near = [math.fsum(w[k][m] * row[m] for m in places) for k in places]
            shares.append(math.fsum(row[k] * (near[k] - 1) for k in places) / (n * (n - 1)))
    if not shares:
        raise ValueError("no unit has two ratings")
    return math.fsum(shares) / len(shares)


def krippendorff_alpha(units: Sequence[Unit], scale: Scale = "nominal") -> float:
    """1 - observed / expected disagreement over all pairs of ratings within units.

    Categories are taken as numbers for `interval` and as ranks for `ordinal`. Source: K. Krippendorff, Computing
    Krippendorff's Alpha-Reliability, 2011. Raises ValueError where no unit has two ratings, or all ratings are the same.
    """
    kept = [list(unit.values()) for unit in units if len(unit) > 1]
    totals = Counter(category for values in kept for category in values)
    n, distance = sum(totals.values()), _distances(totals, scale)
    if not kept:
        raise ValueError("no unit has two ratings")
    observed = math.fsum(
        distance[one, other] / (len(values) - 1)
        for values in kept
        for i, one in enumerate(values)
        for j, other in enumerate(values)
        if i != j
    )
    expected = math.fsum(totals[one] * totals[other] * distance[one, other] for one in totals for other in totals)
    if expected == 0:
        raise ValueError("all ratings are the same, so alpha is not defined")
    return 1 - (n - 1) * observed / expected


def _distances(totals: Mapping[int, int], scale: Scale) -> dict[tuple[int, int], float]:
    """The squared distance of each pair of categories."""
    if scale == "nominal":
        return {(one, other): float(one != other) for one in totals for other in totals}
    if scale == "interval":
        return {(one, other): float(one - other) ** 2 for one in totals for other in totals}
    found = {}
    for one in totals:
        for other in totals:
            low, high = min(one, other), max(one, other)
            between = sum(count for category, count in totals.items() if low <= category <= high)
            found[one, other] = 0.0 if one == other else (between - (totals[one] + totals[other]) / 2) ** 2
    return found


def kendall_tau_b(one: Sequence[float], other: Sequence[float]) -> float:
    """Concordant minus discordant pairs, with ties taken out on both sides. Source: M. Kendall, Biometrika 33, 1945.

    Raises ValueError for lists of different lengths and where one of them is constant.
    """
    pairs = list(zip(one, other, strict=True))
    balance, free_one, free_other = 0, 0, 0
    for place, (x, y) in enumerate(pairs):
        for u, v in pairs[:place]:
            a, b = (x > u) - (x < u), (y > v) - (y < v)
            balance += a * b
            free_one += a != 0
            free_other += b != 0
    if not free_one or not free_other:
        raise ValueError("one of the two has only one value, so their order cannot be compared")
    return balance / math.sqrt(free_one * free_other)


@dataclass(frozen=True)
class LikelyTruth:
    """What Dawid and Skene's model finds.

    `posterior` (n, q): how likely each category is the true one of each unit; `shares` (q): how frequent categories are;
    `confusion`: rater to (q, q), true category by given one, rows sum to 1.
    """

    posterior: Matrix
    shares: list[float]
    confusion: Mapping[Rater, Matrix]
    log_likelihood: float
    cycles: int
    is_converged: bool


def dawid_skene(
    labels: Sequence[Mapping[Rater, Sequence[int]]], categories: int, tolerance: float = 1e-7, most_cycles: int = 500
) -> LikelyTruth:
    """The truth behind labels of raters who err in ways of their own, by EM from the shares of votes.

    `labels`: for each unit rater to the labels given, more than one where a rater looked again. It stops when no posterior
    moves by `tolerance`. Source: A. Dawid, A. Skene, Applied Statistics 28, 1979. Raises ValueError for a unit without labels.
    """
    votes = [Counter(label for given in unit.values() for label in given) for unit in labels]
    if not votes or not all(votes) or any(not 0 <= label < categories for each in votes for label in each):
        raise ValueError("each unit needs a label, and labels are 0 to the number of categories - 1")
    posterior = [[each[k] / sum(each.values()) for k in range(categories)] for each in votes]
    is_over, cycle = False, 0
    while not is_over and cycle < most_cycles:
        cycle += 1
        shares, confusion = _learn(labels, posterior, categories)
        newer, log_likelihood = _judge(labels, shares, confusion)
        change = max(abs(a - b) for old, new in zip(posterior, newer, strict=True) for a, b in zip(old, new, strict=True))
        posterior, is_over = newer, change < tolerance
    return LikelyTruth(posterior, shares, confusion, log_likelihood, cycle, is_over)


def _learn(
    labels: Sequence[Mapping[Rater, Sequence[int]]], posterior: Matrix, categories: int
) -> tuple[list[float], dict[Rater, Matrix]]:
    """The M step: shares of categories, and each rater's confusion."""
    counts: dict[Rater, Matrix] = {}
    for unit, own in zip(labels, posterior, strict=True):
        for rater, given in unit.items():
            table = counts.setdefault(rater, [[0.0] * categories for _ in range(categories)])
            for label in given:
                for truth in range(categories):
                    table[truth][label] += own[truth]
    shares = [math.fsum(own[k] for own in posterior) / len(posterior) for k in range(categories)]
    confusion = {
        rater: [[cell / total if (total := math.fsum(row)) else 0.0 for cell in row] for row in table]
        for rater, table in counts.items()
    }
    return shares, confusion


def _judge(
    labels: Sequence[Mapping[Rater, Sequence[int]]], shares: Sequence[float], confusion: Mapping[Rater, Matrix]
) -> tuple[Matrix, float]:
    """The E step: posteriors, and the log likelihood."""
    posterior, total = [], 0.0
    for unit in labels:
        logs = []
        for truth, share in enumerate(shares):
            chances = [confusion[rater][truth][label] for rater, given in unit.items() for label in given]
            logs.append(math.log(share) + math.fsum(map(math.log, chances)) if share and all(chances) else -math.inf)
        top = max(logs)
        weights = [math.exp(log - top) for log in logs]
        total += top + math.log(math.fsum(weights))
        posterior.append([weight / math.fsum(weights) for weight in weights])
    return posterior, total

"""Classical item analysis and reliability: sums that can be added up, and what follows from them. Pure, numpy, offline.

Credits are an array (N persons, J items) with values in [0, 1] and NaN where the person did not see the item: first attempts
only. With random papers from a bank every pair of items counts with the persons who saw both; when everybody saw every item
all numbers are the textbook ones. Sums of several batches of persons can be added, so new attempts cost only themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from trainer_academy.psychometrics.intervals import Interval, wilson_interval

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """Sums over persons: by pair of items (J, J) and, for an item with the rest of the paper, by item (J).

    `pairs` counts who saw both, `firsts[i, j]` sums item i over those, `products` sums i times j. The rest is the mean credit
    of the person's other items; `rest_n` counts persons with any.
    """

    pairs: Floats
    firsts: Floats
    products: Floats
    rest_n: Floats
    own: Floats
    own_squares: Floats
    rest: Floats
    rest_squares: Floats
    rest_products: Floats

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))

    @classmethod
    def empty(cls, items: int) -> Sums:
        return cls(*(np.zeros((items, items)) for _ in range(3)), *(np.zeros(items) for _ in range(6)))

    def grown(self, items: int) -> Sums:
        """The same sums with room for more items at the end."""
        more = items - len(self.own)
        return Sums(*(np.pad(part, [(0, more)] * part.ndim) for part in vars(self).values()))

    def of_items(self, places: npt.NDArray[np.intp]) -> Sums:
        """The sums of some items; their rests stay those of the whole papers."""
        return Sums(*(part[np.ix_(places, places)] if part.ndim == 2 else part[places] for part in vars(self).values()))


def sums_of(credits: Floats, counted: npt.NDArray[np.bool_] | None = None) -> Sums:
    """The sums of one batch of persons. Raises ValueError when `credits` is not (N, J) with values in [0, 1] or NaN.

    `counted` (N, J): which answers are part of the person's score; by default all that were seen. Others (pilots) have no part
    in anybody's rest, and are compared with it like the rest.
    """
    if credits.ndim != 2 or not np.isin(np.isnan(credits) | ((credits >= 0) & (credits <= 1)), True).all():
        raise ValueError("credits must be persons by items, between 0 and 1")
    seen = (~np.isnan(credits)).astype(np.float64)
    values = np.nan_to_num(credits)
    within = seen if counted is None else seen * counted
    others = within.sum(axis=1, keepdims=True) - within
    rest = ((values * within).sum(axis=1, keepdims=True) - values * within) / np.maximum(others, 1)
    has_rest = seen * (others > 0)
    own = values * has_rest
    rest = rest * has_rest
    return Sums(
        pairs=seen.T @ seen,
        firsts=values.T @ seen,
        products=values.T @ values,
        rest_n=has_rest.sum(axis=0),
        own=own.sum(axis=0),
        own_squares=(own * own).sum(axis=0),
        rest=rest.sum(axis=0),
        rest_squares=(rest * rest).sum(axis=0),
        rest_products=(own * rest).sum(axis=0),
    )


@dataclass(frozen=True)
class ItemRow:
    """One item: `n` answers, facility (mean credit) with its 95 % interval, corrected item-rest correlation with its own.

    The correlation is None where it is not defined: fewer than four answers, or no differences between persons.
    """

    n: int
    facility: float
    facility_interval: Interval
    item_rest: float | None
    item_rest_interval: tuple[float, float] | None


def item_rows(sums: Sums) -> list[ItemRow]:
    """The table of items, in their order. An item without answers has n = 0 and a facility of NaN."""
    counts = np.diag(sums.pairs)
    rows = []
    for place, count in enumerate(counts):
        n = int(count)
        facility = float(sums.firsts[place, place] / count) if n else math.nan
        r = _correlation(sums, place)
        interval = wilson_interval(facility if n else 0.0, n)
        rows.append(ItemRow(n, facility, interval, r, None if r is None else fisher_interval(r, int(sums.rest_n[place]))))
    return rows


def _correlation(sums: Sums, place: int) -> float | None:
    n = float(sums.rest_n[place])
    if n < 4:
        return None
    own, rest = float(sums.own[place]), float(sums.rest[place])
    own_spread = float(sums.own_squares[place]) - own * own / n
    rest_spread = float(sums.rest_squares[place]) - rest * rest / n
    if min(own_spread, rest_spread) < 1e-9:
        return None
    return (float(sums.rest_products[place]) - own * rest / n) / math.sqrt(own_spread * rest_spread)


def fisher_interval(r: float, n: int, z: float = 1.959963984540054) -> tuple[float, float]:
    """The 95 % interval of a correlation from `n` > 3 pairs (R. A. Fisher 1921); no width where r is 1 or -1."""
    if abs(r) >= 1:
        return (r, r)
    half = z / math.sqrt(n - 3)
    return math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


@dataclass(frozen=True)
class Reliability:
    """Of papers with `length` items: Cronbach's alpha, standard deviation and standard error of measurement in points."""

    length: int
    alpha: float
    sd: float
    sem: float


def reliability(sums: Sums, length: int | None = None) -> Reliability:
    """Alpha from mean variance v and mean covariance c of items: k c / (v + (k - 1) c), for `length` k (by default all items).

    With complete data this is Cronbach's alpha (L. J. Cronbach, Psychometrika 16, 1951). SEM = sd sqrt(1 - alpha). Raises
    ValueError with fewer than two items or where no two persons saw the same two items.
    """
    return _reliability(*_covariances(sums), length)


def alpha_if_deleted(sums: Sums, length: int | None = None) -> list[float]:
    """Alpha without the item in turn: of a paper one item shorter, or of papers of `length` items drawn from the others.

    Raises ValueError with fewer than three items.
    """
    covariance, weights = _covariances(sums)
    count = len(covariance)
    if count < 3:
        raise ValueError("alpha if deleted needs at least three items")
    weighted = covariance * weights
    # What the item takes away: its row and its column, and the diagonal element that is in both.
    own, own_weights = np.diag(weighted), np.diag(weights)
    apart = weighted.sum() - own.sum() - (weighted.sum(axis=0) + weighted.sum(axis=1) - 2 * own)
    apart_weights = weights.sum() - own_weights.sum() - (weights.sum(axis=0) + weights.sum(axis=1) - 2 * own_weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (own.sum() - own) / (own_weights.sum() - own_weights)
        common = apart / apart_weights
        k = length or count - 1
        total = k * (variance + (k - 1) * common)
        return [float(alpha) for alpha in np.where(total > 0, k * k * common / total, np.nan)]


def alpha_interval(alpha: float, n: int, length: int) -> tuple[float, float] | None:
    """The 95 % interval of alpha from `n` persons; None where it is not defined. Approximate where papers differ.

    ln(1 - alpha) has the variance 2 k / ((k - 1)(n - 2)): D. Bonett, Journal of Educational and Behavioral Statistics 27, 2002.
    """
    if n < 3 or length < 2 or not alpha < 1:
        return None
    half = 1.959963984540054 * math.sqrt(2 * length / ((length - 1) * (n - 2)))
    return 1 - (1 - alpha) * math.exp(half), 1 - (1 - alpha) * math.exp(-half)


def _covariances(sums: Sums) -> tuple[Floats, Floats]:
    """(J, J) covariances from the persons who saw both, and their weights (persons; 0 where fewer than two)."""
    weights = np.where(sums.pairs >= 2, sums.pairs, 0.0)
    persons = np.maximum(sums.pairs, 2)
    covariance = (sums.products - sums.firsts * sums.firsts.T / persons) / (persons - 1)
    return np.where(weights > 0, covariance, 0.0), weights


def _reliability(covariance: Floats, weights: Floats, length: int | None) -> Reliability:
    apart = weights - np.diag(np.diag(weights))
    if len(covariance) < 2 or not apart.sum():
        raise ValueError("no two items were answered by the same two persons")
    variance = float((np.diag(covariance) * np.diag(weights)).sum() / np.diag(weights).sum())
    common = float((covariance * apart).sum() / apart.sum())
    k = length or len(covariance)
    total = k * (variance + (k - 1) * common)
    alpha = k * k * common / total if total > 0 else math.nan
    return Reliability(k, alpha, math.sqrt(max(0.0, total)), math.sqrt(max(0.0, total * (1 - alpha))))


@dataclass(frozen=True)
class OptionRow:
    """One option: who chose it, its correlation with the score on all other items, its share in each quarter of persons.

    `quarters` go from the lowest to the highest scores; `discrimination` is the last minus the first.
    """

    option: str
    n: int
    share: float
    correlation: float | None
    quarters: tuple[float, ...]
    discrimination: float


def quarters_of(counts: Floats) -> npt.NDArray[np.intp]:
    """The quarter (0 the lowest) of each of B bins of scores, from the persons in each bin; limits as in `option_rows`."""
    scores = np.repeat(np.arange(len(counts)), counts.astype(np.int64))
    if not len(scores):
        return np.zeros(len(counts), dtype=np.intp)
    return np.searchsorted(np.quantile(scores, [0.25, 0.5, 0.75]), np.arange(len(counts)), side="left")


def option_rows_from_counts(
    options: Sequence[str], counts: Floats, rests: Floats, n: float, rest: float, rest_squares: float
) -> list[OptionRow]:
    """The distractor table from sums: persons by option and bin of the score `counts` (O, B), and by option the sum of rests.

    `n`, `rest` and `rest_squares` sum over all persons with a rest. The rows are those from single answers where each
    score has a bin of its own. Options that nobody chose are left out.
    """
    by_bin = counts.sum(axis=0)
    quarter, total = quarters_of(by_bin), float(by_bin.sum())
    sizes = [float(by_bin[quarter == place].sum()) for place in range(4)]
    spread = rest_squares - rest * rest / n if n else 0.0
    rows = []
    for option, own, own_rest in sorted(zip(options, counts, rests, strict=True), key=lambda row: row[0]):
        picks = float(own.sum())
        if not picks:
            continue
        shares = [float(own[quarter == place].sum()) / size if size else 0.0 for place, size in enumerate(sizes)]
        own_spread = picks - picks * picks / n if n else 0.0
        is_defined = min(spread, own_spread) > 1e-9
        r = (float(own_rest) - picks * rest / n) / math.sqrt(spread * own_spread) if is_defined else None
        rows.append(OptionRow(option, int(picks), picks / total, r, (*shares,), shares[3] - shares[0]))
    return rows


@dataclass(frozen=True)
class KeyRule:
    """When a key is suspect: at least `persons` answered, and another option is liked better by those who do well."""

    persons: int = 50
    weak: float = 0.15
    clearly: float = 0.10
    share: float = 0.05


DEFAULT_KEY_RULE = KeyRule()


def suspect_key(rows: Sequence[OptionRow], key: str, rule: KeyRule = DEFAULT_KEY_RULE) -> str | None:
    """The option that may be the right one instead of the key; None where nothing speaks against the key.

    Suspect when the key correlates below `weak` with the rest and another option, chosen by at least `share` of persons,
    correlates positively and by `clearly` more. A sign for a person to look, never a correction. With fewer than
    `rule.persons` answers it says nothing.
    """
    if sum(row.n for row in rows) < rule.persons:
        return None
    own = next((row.correlation or 0.0 for row in rows if row.option == key), 0.0)
    rivals = [row for row in rows if row.option != key and row.share >= rule.share and (row.correlation or 0.0) > 0]
    best = max(rivals, key=lambda row: row.correlation or 0.0, default=None)
    if best is None or own >= rule.weak or (best.correlation or 0.0) < own + rule.clearly:
        return None
    return best.option

"""Rules of a standard-setting study: which items are rated, who counts, what the panel recommends, what may be adopted. Pure.

Judges rate a bank or a sample of it, but a paper is drawn by its specification. So each judge's cut is the mean over skills
and kinds, weighted as the specification draws them: a judge's expectation for a paper and not for a bank.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from trainer_academy.assessments.bank.schema import ExamSpec, drawable
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.errors import Refusal
from trainer_academy.psychometrics.angoff import Ratings
from trainer_academy.psychometrics.intervals import t95

# A cut of fewer judges is not adopted; below the usual size (Hurtz and Hertel 1999: 10 to 15) it is, with a warning in public.
LEAST_JUDGES = 5
USUAL_JUDGES = 10
LEAST_ITEMS = 10
# Items that judges see are in use for years; so long a judge starts no exam from their bank.
BAR_DAYS = 730
STEP = 5  # per cent between two radio buttons
EQUAL = 0.0005  # two cuts that are printed alike

Stratum = tuple[str, str]  # skill, kind


@dataclass(frozen=True)
class PaperCut:
    """The recommendation: the cut of a paper, its standard error over judges, and the 95 % t interval. Shares.

    `covered` is the share of a paper's items whose skill and kind were rated; 1 when nothing is left out.
    """

    cut: float
    error: float
    low: float
    high: float
    covered: float


def paper_weights(spec: ExamSpec) -> dict[Stratum, int]:
    """How many items of each skill and kind a paper has."""
    weights: dict[Stratum, int] = {}
    for draw in spec.draw:
        weights[draw.skill, draw.kind] = weights.get((draw.skill, draw.kind), 0) + draw.count
    return weights


def choose_items(spec: ExamSpec, items: Iterable[SomeItem], size: int, seed: int) -> list[SomeItem] | Refusal:
    """A sample of `size` items, balanced over skills and kinds as a paper is; the same seed gives the same sample.

    Each skill and kind gets its share by largest remainders, at least one item, and never more than it has; what is left goes
    to those with most items unused. Refused when fewer items than that can be drawn, or more strata exist.
    """
    pool = drawable(spec, items)
    if size > len(pool):
        return Refusal("sample.too_large", drawable=len(pool), asked=size)
    rng, groups = random.Random(seed), _groups(pool)
    if size < len(groups):
        return Refusal("sample.too_small", groups=len(groups))
    counts = _allot(paper_weights(spec), {stratum: len(own) for stratum, own in groups.items()}, size)
    chosen = [item for stratum, own in sorted(groups.items()) for item in rng.sample(own, counts[stratum])]
    return sorted(chosen, key=lambda item: item.id)


def _groups(items: Iterable[SomeItem]) -> dict[Stratum, list[SomeItem]]:
    groups: dict[Stratum, list[SomeItem]] = {}
    for item in items:
        groups.setdefault((item.skill, item.kind), []).append(item)
    return groups


def _allot(weights: Mapping[Stratum, int], have: Mapping[Stratum, int], size: int) -> dict[Stratum, int]:
    """One each, then one at a time to the stratum that is furthest below its share; ties by name."""
    total = sum(weights[stratum] for stratum in have)
    counts = dict.fromkeys(have, 1)
    while sum(counts.values()) < size:
        free = [stratum for stratum in sorted(have) if counts[stratum] < have[stratum]]
        counts[max(free, key=lambda stratum: weights[stratum] * size / total - counts[stratum])] += 1
    return counts


def complete_judges(ratings: Ratings, item_ids: Sequence[str]) -> list[str]:
    """The judges who rated every item, in order of their names as given."""
    return [name for name, own in ratings.items() if all(item_id in own for item_id in item_ids)]


def paper_cut(ratings: Ratings, strata: Mapping[str, Stratum], weights: Mapping[Stratum, int]) -> PaperCut:
    """The cut of a paper from complete ratings; `strata`: each item's skill and kind. Raises ValueError below two judges."""
    if len(ratings) < 2:
        raise ValueError("at least two judges are needed")
    cuts = [_judge_cut(own, strata, weights) for own in ratings.values()]
    error = stdev(cuts) / math.sqrt(len(cuts))
    cut, half = fmean(cuts), t95(len(cuts) - 1) * error
    rated = set(strata.values())
    covered = sum(weight for stratum, weight in weights.items() if stratum in rated) / sum(weights.values())
    return PaperCut(cut, error, max(0.0, cut - half), min(1.0, cut + half), covered)


def paper_cut_without(ratings: Ratings, strata: Mapping[str, Stratum], weights: Mapping[Stratum, int], name: str) -> float:
    """The cut of a paper if one judge had not been there."""
    return fmean(_judge_cut(own, strata, weights) for other, own in ratings.items() if other != name)


def _judge_cut(own: Mapping[str, float], strata: Mapping[str, Stratum], weights: Mapping[Stratum, int]) -> float:
    groups: dict[Stratum, list[float]] = {}
    for item_id, value in own.items():
        groups.setdefault(strata[item_id], []).append(value)
    parts = [(weights.get(stratum, 0), fmean(values)) for stratum, values in groups.items()]
    total = sum(weight for weight, _ in parts)
    if not total:
        raise ValueError("no rated item can be on a paper of this exam")
    return math.fsum(weight * mean for weight, mean in parts) / total


def read_value(chosen: str, typed: str) -> float | None:
    """A rating from the page as a share: a typed number counts before a chosen one. None: neither, or not 0 to 100."""
    text = (typed.strip() or chosen.strip()).replace(",", ".").removesuffix("%").strip()
    try:
        number = float(text)
    except ValueError:
        return None
    return round(number / 100, 4) if 0 <= number <= 100 else None


def adoption_refusal(status: str, judges: int, score: float, recommended: float, why_other: str) -> Refusal | None:
    """Why a cut may not be adopted, or None."""
    if status != "closed":
        return Refusal("cut.open")
    if judges < LEAST_JUDGES:
        return Refusal("cut.few", least=LEAST_JUDGES)
    if not 0 < score < 1:
        return Refusal("cut.range")
    if abs(score - recommended) > EQUAL and len(why_other.strip()) < 20:
        return Refusal("cut.why")
    return None

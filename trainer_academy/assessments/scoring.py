"""Scoring rules: pure functions from answers and keys to numbers.

Every credit lies between 0 (no agreement with the key) and 1 (full agreement).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

Z95 = 1.959963984540054
# Credit for a preference on the same side as the key, by the distance in scale points.
SAME_SIDE = (1.0, 0.8, 0.5)
# Credit when one of the two is "about the same" and the other is one step away from it.
NEXT_TO_TIE = 0.4


@dataclass(frozen=True)
class PartScore:
    """One scored part of an item: a criterion, a dimension, the overall verdict."""

    name: str
    credit: float
    weight: float

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "credit": self.credit, "weight": self.weight}


@dataclass(frozen=True)
class ItemScore:
    """The credit of an item in [0, 1] and the parts it is made of (weighted mean)."""

    value: float
    parts: tuple[PartScore, ...]

    @classmethod
    def from_parts(cls, parts: Sequence[PartScore]) -> ItemScore:
        total = sum(part.weight for part in parts)
        value = sum(part.credit * part.weight for part in parts) / total if total else 0.0
        return cls(round(value, 6), tuple(parts))


@dataclass(frozen=True)
class Interval:
    """A 95 % interval for a share between 0 and 1, from `n` items."""

    low: float
    high: float
    n: int


def score_choice(selected: Collection[str], correct: Collection[str]) -> float:
    """Plus/minus scoring with a floor of 0: (right picks - wrong picks) / number of right options.

    With one right option and one pick this is right or wrong. Source: Betts et al., Educational and Psychological
    Measurement 2021 (plus/minus rule for "choose all that apply").
    """
    right = len(set(selected) & set(correct))
    wrong = len(set(selected) - set(correct))
    return max(0.0, (right - wrong) / len(correct))


def score_preference(given: int, key: int) -> float:
    """Credit for a preference on the scale -3 .. 3; direction first, strength second.

    Same side as the key: 1, 0.8 or 0.5 for a distance of 0, 1 or 2. Tie beside a slight preference (or the reverse): 0.4.
    Opposite sides, or a tie against a clear preference: 0. Plain distance credit would give the opposite side something.
    """
    distance = abs(given - key)
    if given == key:
        return 1.0
    if given * key > 0:
        return SAME_SIDE[distance]
    return NEXT_TO_TIE if distance == 1 else 0.0


def score_side(given: str, key: str) -> float:
    """Credit for a three-way judgement (first, same, second): 1 equal, 0.4 when one of the two is `same`, else 0."""
    if given == key:
        return 1.0
    return NEXT_TO_TIE if given and "same" in (given, key) else 0.0


def score_level(given: int, key: int, levels: int) -> float:
    """Credit for an ordered level: falls linearly with the distance and reaches 0 at half of the scale.

    `max(0, 1 - 2 * |given - key| / levels)`: with 2 levels right or wrong, with 3 a third for a neighbour, with 5 0.6 and 0.2.
    """
    return max(0.0, 1.0 - 2.0 * abs(given - key) / levels)


def score_votes(votes: Mapping[str, int], answer: str) -> float:
    """Consensus credit: votes for this answer over votes for the answer that most raters gave; 0 for one nobody gave.

    The aggregate scoring rule of script concordance tests, made for questions on which experts differ. Source: Charlin et
    al., Teaching and Learning in Medicine 12, 2000; panels of 10 to 15: Gagnon, Charlin et al., Medical Education 39, 2005.
    """
    top = max(votes.values(), default=0)
    return votes.get(answer, 0) / top if top else 0.0


def score_ranking(ranks: Mapping[str, int], key: Mapping[str, int]) -> float:
    """Credit for ranking responses (1 is best): concordant minus discordant pairs over the pairs that the key orders, floor 0.

    Pairs that the key ties do not count; a tie of the answer on a pair that the key orders is neither. Without ties this
    is max(0, Kendall's tau): a random order earns about nothing. Source: M. G. Kendall, Biometrika 30, 1938.
    """
    ordered = [(one, two) for one, two in combinations(sorted(key), 2) if key[one] != key[two]]
    total = 0
    for one, two in ordered:
        if one in ranks and two in ranks and ranks[one] != ranks[two]:
            total += 1 if (ranks[one] < ranks[two]) == (key[one] < key[two]) else -1
    return max(0.0, total / len(ordered)) if ordered else 1.0


@dataclass(frozen=True)
class Mark:
    """A marked piece of text: characters `start` to `end` (not included), the kind of error and its weight."""

    start: int
    end: int
    category: str
    severity: str


@dataclass(frozen=True)
class SpanScore:
    """Location, category and severity credits in [0, 1], and how many characters were marked without need."""

    location: float
    category: float
    severity: float
    false_alarm: int


def score_spans(given: Sequence[Mark], key: Sequence[Mark], tolerance: int = 0) -> SpanScore:
    """Character overlap of marked text with the key's spans.

    `location` is the F1 of marked against key characters; both empty is 1, one empty is 0 (SemEval-2021 task 5). Marked
    characters within `tolerance` of a key span do not lower the precision. `category` and `severity` are the shares of key
    spans that are overlapped by a mark with that category or severity; without key spans they equal the location.
    """
    wanted, marked = _characters(key), _characters(given)
    margin = {place for mark in key for place in range(mark.start - tolerance, mark.end + tolerance)}
    false_alarm = len(marked - margin)
    if not wanted or not marked:
        same = 1.0 if not wanted and not marked else 0.0
        return SpanScore(same, same, same, false_alarm)
    hit = len(wanted & marked)
    precision = hit / (hit + false_alarm) if hit else 0.0
    recall = hit / len(wanted)
    location = 2 * precision * recall / (precision + recall) if hit else 0.0
    return SpanScore(location, _share_with(given, key, "category"), _share_with(given, key, "severity"), false_alarm)


def _characters(marks: Sequence[Mark]) -> set[int]:
    return {place for mark in marks for place in range(mark.start, mark.end)}


def _share_with(given: Sequence[Mark], key: Sequence[Mark], what: str) -> float:
    """Share of key spans that some overlapping mark names the same."""

    def is_named(target: Mark) -> bool:
        touching = [mark for mark in given if mark.start < target.end and target.start < mark.end]
        return any(getattr(mark, what) == getattr(target, what) for mark in touching)

    return sum(map(is_named, key)) / len(key)


def wilson_interval(share: float, n: int, z: float = Z95) -> Interval:
    """Wilson score interval for a share of `n` items.

    For items with partial credit it is conservative: credits between 0 and 1 vary no more than right/wrong ones with the
    same mean. Source: E. B. Wilson, Journal of the American Statistical Association 22, 1927.
    """
    if n == 0:
        return Interval(0.0, 1.0, 0)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # min and max keep rounding from pushing the share itself out of its interval.
    return Interval(max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half)), n)


@dataclass(frozen=True)
class SkillScore:
    """The mean credit of one skill with its interval."""

    skill: str
    share: float
    interval: Interval


@dataclass(frozen=True)
class PaperScore:
    """The result of a paper: share of credit, interval, decision, and the same per skill.

    `decided` and `basis` come from a sequential decision; without them the share is held against the cut.
    """

    share: float
    interval: Interval
    cut_score: float
    skills: tuple[SkillScore, ...]
    decided: bool | None = None
    basis: Mapping[str, Any] | None = None

    @property
    def is_passed(self) -> bool:
        return self.share >= self.cut_score - 1e-9 if self.decided is None else self.decided


def score_paper(credits: Sequence[float], skills: Sequence[str], cut_score: float) -> PaperScore:
    """Mean credit over all items of the paper; an unanswered item counts 0. `credits` and `skills` run in parallel."""
    by_skill: dict[str, list[float]] = {}
    for credit, skill in zip(credits, skills, strict=True):
        by_skill.setdefault(skill, []).append(credit)
    rows = tuple(
        SkillScore(skill, share, wilson_interval(share, len(values)))
        for skill, values in by_skill.items()
        for share in (sum(values) / len(values),)
    )
    share = sum(credits) / len(credits) if credits else 0.0
    return PaperScore(share, wilson_interval(share, len(credits)), cut_score, rows)

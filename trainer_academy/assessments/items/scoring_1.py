"""Scoring 1, which made every score up to November 2026: frozen, so that those scores can be made again to the last digit.

Every credit lies between 0 (no agreement with the key) and 1 (full agreement). New rules stand in `scoring`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from trainer_academy.assessments.items.parts import Criterion, Key
from trainer_academy.assessments.items.scoring import ItemScore, Mark, PartScore

# Credit for a preference on the same side as the key, by the distance in scale points.
SAME_SIDE = (1.0, 0.8, 0.5)
# Credit when one of the two is "about the same" and the other is one step away from it.
NEXT_TO_TIE = 0.4
OVERALL_WEIGHT = 0.7
SPAN_WEIGHTS = {"location": 0.7, "category": 0.2, "severity": 0.1}
TOLERANCE = 12  # characters beside a key span that may be marked without loss: about two words


def score_pair(payload: Mapping[str, Any], key: Key, overall: int, sides: Mapping[Any, str]) -> ItemScore:
    """0.7 for the overall preference, 0.3 shared by the dimensions; parts that are not answered get 0."""
    credit = 0.0
    if "overall" in payload:
        credit = key.credit("overall", payload["overall"], score_preference(payload["overall"], overall))
    given = payload.get("dimensions", {})
    share = (1 - OVERALL_WEIGHT) / len(sides)
    parts = [PartScore("overall", credit, OVERALL_WEIGHT)]
    for name, side in sides.items():
        answer = given.get(name, "")
        parts.append(PartScore(name, key.credit(name, answer, score_side(answer, side)), share))
    return ItemScore.from_parts(parts)


def score_rubric(given: Mapping[str, int], criteria: Sequence[Criterion], key: Key, levels: Mapping[str, int]) -> ItemScore:
    """Mean over the criteria of the credit by distance; a criterion without a level gets 0."""
    parts = []
    for criterion in criteria:
        credit = 0.0
        if criterion.id in given:
            credit = score_level(given[criterion.id], levels[criterion.id], len(criterion.levels))
            credit = key.credit(criterion.id, given[criterion.id], credit)
        parts.append(PartScore(criterion.id, credit, 1.0))
    return ItemScore.from_parts(parts)


def score_order(ranks: Mapping[str, int], key: Mapping[str, int]) -> ItemScore:
    """Kendall's tau over the pairs that the key orders, floor 0."""
    return ItemScore.from_parts([PartScore("order", score_ranking(ranks, key), 1.0)])


def score_options(selected: Collection[str], key: Key, correct: Collection[str], is_single: bool) -> ItemScore:
    """Plus/minus credit; by the votes where there are any and one option is chosen."""
    credit = score_choice(selected, correct)
    if selected and is_single:
        credit = key.credit("choice", next(iter(selected)), credit)
    return ItemScore.from_parts([PartScore("choice", credit, 1.0)])


def score_marks(given: Sequence[Mark] | None, key: Sequence[Mark]) -> ItemScore:
    """0.7 for the place (character F1 with a tolerance of about two words), 0.2 for the category, 0.1 for the severity.

    Category and severity count as far as the place is right, so that marking everything earns little. None: no answer.
    """
    credits = dict.fromkeys(SPAN_WEIGHTS, 0.0)
    if given is not None:
        found = score_spans(given, key, TOLERANCE)
        credits["location"] = found.location
        credits["category"] = found.category * found.location
        credits["severity"] = found.severity * found.location
    return ItemScore.from_parts([PartScore(name, credits[name], weight) for name, weight in SPAN_WEIGHTS.items()])


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

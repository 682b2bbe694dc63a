"""How answers become credits: the rules of scoring 2, in force since December 2026. Pure functions from answers and keys.

A credit lies between 0 and 1. What guessing, or one and the same answer to everything, earns on average is taken off: the
chance numbers below belong to the scoring version and never to one item, so that no score tells anything about a key. Sums
are made of fractions and rounded once. Scores that were made by scoring 1 keep its number; `scoring_1` makes them again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from trainer_academy.core.shares import as_fraction

SCORING = 2  # the version that new attempts are scored with
FIRST_SCORING = 1

# A preference on the side of the key, by the distance in scale points; then a tie beside a slight preference, or the reverse.
SAME_SIDE = (Fraction(1), Fraction(1, 2), Fraction(1, 5))
NEXT_TO_TIE = Fraction(1, 5)
# Of a pair: the share of the overall preference; the rest is for the dimensions, which count as a whole.
OVERALL_SHARE = Fraction(7, 10)
# What "always the same side, clearly better" earns on average before this is taken off (0.21 to 0.25 in the banks of 2026).
PAIR_CHANCE = Fraction(1, 4)
# Of a mark: its place, its category, its severity. The most frequent category, and severity, is right about six times in ten.
PLACE_SHARE, KIND_SHARE, KIND_CHANCE = Fraction(3, 5), Fraction(1, 5), Fraction(3, 5)
BORDER_WORDS = 2  # a mark may begin and end so many words too early or too late


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
    """The credit of an item in [0, 1] and the credits of its parts, from which chance is not taken off."""

    value: float
    parts: tuple[PartScore, ...]

    @classmethod
    def from_parts(cls, parts: Sequence[PartScore]) -> ItemScore:
        """The weighted mean with six decimals: the value of written work, and of everything in scoring 1."""
        total = sum(part.weight for part in parts)
        value = sum(part.credit * part.weight for part in parts) / total if total else 0.0
        return cls(round(value, 6), tuple(parts))


@dataclass(frozen=True)
class Mark:
    """A marked piece of text: characters `start` to `end` (not included), the kind of error and its weight."""

    start: int
    end: int
    category: str
    severity: str


def above_chance(credit: Fraction, chance: Fraction) -> Fraction:
    """A credit with chance taken off, below 0 for less than chance."""
    return (credit - chance) / (1 - chance)


def score_votes(votes: Mapping[str, int], answer: str) -> float:
    """Consensus credit: votes for this answer over votes for the answer that most raters gave; 0 for one nobody gave.

    The aggregate scoring rule of script concordance tests, made for questions on which experts differ. Source: Charlin et
    al., Teaching and Learning in Medicine 12, 2000; panels of 10 to 15: Gagnon, Charlin et al., Medical Education 39, 2005.
    """
    top = max(votes.values(), default=0)
    return votes.get(answer, 0) / top if top else 0.0


def score_preference(given: int, key: int) -> Fraction:
    """Credit for a preference on the scale -3 .. 3, steep in strength; nothing for the wrong side.

    Same side as the key: 1, 1/2 or 1/5 for a distance of 0, 1 or 2. "About the same" beside a slight preference: 1/5.
    """
    distance = abs(given - key)
    if given == key or given * key > 0:
        return SAME_SIDE[distance]
    return NEXT_TO_TIE if distance == 1 else Fraction()


def score_pair(overall: float | Fraction, dimensions: Collection[float]) -> Fraction:
    """Credit of a pair from that of the preference and those of the dimensions, of which the lowest counts for all."""
    lowest = as_fraction(float(min(dimensions, default=0.0)))
    raw = OVERALL_SHARE * Fraction(overall) + (1 - OVERALL_SHARE) * lowest
    return max(Fraction(), above_chance(raw, PAIR_CHANCE))


def score_options(selected: Collection[str], correct: Collection[str], options: int) -> Fraction:
    """Share of right options that were chosen minus share of wrong ones that were, floor 0: all, none or any at random earn 0.

    With one right option: right or wrong. Plus/minus rule: Betts et al., Educational and Psychological Measurement 2021.
    """
    right = len(set(selected) & set(correct))
    wrong = len(set(selected) - set(correct))
    if len(correct) == 1:
        return Fraction(right == 1 and wrong == 0)
    return max(Fraction(), Fraction(right, len(correct)) - Fraction(wrong, options - len(correct)))


def score_level(given: int, key: int, levels: int) -> Fraction:
    """Credit for an ordered level by its distance from the key over the mean distance of two levels at random (linear kappa).

    Below 0 for less than chance: with 2 levels 1 and -1; with 3 levels 1, -1/8 and -5/4.
    """
    return 1 - abs(given - key) / Fraction(levels * levels - 1, 3 * levels)


def score_ranking(ranks: Mapping[str, int], key: Mapping[str, int]) -> Fraction:
    """Credit for ranking responses (1 is best): the third power of Kendall's tau over the pairs that the key orders, floor 0.

    Tau is 0 for a random order. The power makes it steep: one of six pairs wrong leaves 8/27. Pairs that the key ties do not
    count; a tie of the answer on a pair that the key orders is neither right nor wrong.
    """
    ordered = [(one, two) for one, two in combinations(sorted(key), 2) if key[one] != key[two]]
    total = 0
    for one, two in ordered:
        if one in ranks and two in ranks and ranks[one] != ranks[two]:
            total += 1 if (ranks[one] < ranks[two]) == (key[one] < key[two]) else -1
    return max(Fraction(), Fraction(total, len(ordered))) ** 3


@dataclass(frozen=True)
class SpanScore:
    """Credits of marked errors: the place alone, those parts of it whose category or severity is right, and all together."""

    location: Fraction
    category: Fraction
    severity: Fraction
    value: Fraction

    @classmethod
    def nothing(cls) -> SpanScore:
        """Of an item without an answer."""
        return cls(Fraction(), Fraction(), Fraction(), Fraction())


def score_spans(given: Sequence[Mark], key: Sequence[Mark], words: Sequence[tuple[int, int]]) -> SpanScore:
    """Each mark is matched with one error at most, so that together they earn most; then F1 over marks and errors.

    `words` are start and end of each word of the text. A match earns 3/5 of its place; a right category and a right severity
    add 1/5 each, and a wrong one takes off 3/10, so that always the same one is worth nothing. An unmatched mark costs as much
    as a missed error. Nothing to mark and nothing marked is 1.
    """
    if not given or not key:
        same = Fraction(not given and not key)
        return SpanScore(same, same, same, same)
    places = [[place_credit(words_of(one, words), words_of(other, words)) for other in key] for one in given]
    gains = [[_gain(place, given[i], key[j]) for j, place in enumerate(row)] for i, row in enumerate(places)]
    pairs = best_matching(gains)
    size = Fraction(2, len(given) + len(key))

    def total(what: str) -> Fraction:
        same = ((i, j) for i, j in pairs if not what or getattr(given[i], what) == getattr(key[j], what))
        return size * sum((places[i][j] for i, j in same), Fraction())

    value = size * sum((gains[i][j] for i, j in pairs), Fraction())
    return SpanScore(total(""), total("category"), total("severity"), value)


def _gain(place: Fraction, given: Mark, key: Mark) -> Fraction:
    wrong = -KIND_CHANCE / (1 - KIND_CHANCE)
    signs = (1 if given.category == key.category else wrong) + (1 if given.severity == key.severity else wrong)
    return place * (PLACE_SHARE + KIND_SHARE * signs)


def words_of(mark: Mark, words: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Numbers of the first and the last word that a mark touches."""
    inside = [number for number, (start, end) in enumerate(words) if start < mark.end and mark.start < end]
    return (inside[0], inside[-1]) if inside else (-1, -1)


def place_credit(given: tuple[int, int], key: tuple[int, int]) -> Fraction:
    """Shared words over shared words and those beyond the forgiven borders; marking too much and too little cost the same."""
    shared = min(given[1], key[1]) - max(given[0], key[0]) + 1
    if shared <= 0 or given[0] < 0:
        return Fraction()
    beyond = sum(max(0, abs(one - other) - BORDER_WORDS) for one, other in zip(given, key, strict=True))
    return Fraction(shared, shared + beyond)


def best_matching(gains: Sequence[Sequence[Fraction]]) -> list[tuple[int, int]]:
    """Pairs of row and column, each used once at most, with the highest sum of gains. For a handful of columns."""
    best: dict[int, tuple[Fraction, list[tuple[int, int]]]] = {0: (Fraction(), [])}
    for row, line in enumerate(gains):
        for used, (total, pairs) in list(best.items()):
            for column, gain in enumerate(line):
                taken = used | 1 << column
                if taken != used and gain > 0 and (taken not in best or total + gain > best[taken][0]):
                    best[taken] = (total + gain, [*pairs, (row, column)])
    return max(best.values(), key=lambda found: found[0])[1]

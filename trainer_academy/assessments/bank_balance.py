"""Is a bank free of giveaways? Shares that a player could exploit who does not read, and the scores of such players. Pure."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainer_academy.assessments.items import ChoiceItem, PairwiseItem, Payload, RubricItem
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.mark_items import RankingItem, SpansItem, StepsItem
from trainer_academy.core.markdown import count_words

_MARKS = re.compile(r"\*\*|^#+ |^\s*(?:[-*]|\d+[.)]) |\|", re.MULTILINE)
Pick = Callable[[PairwiseItem, random.Random], int]


@dataclass(frozen=True)
class Share:
    """`count` of `n` cases; the share is None without cases."""

    count: int
    n: int

    @property
    def value(self) -> float | None:
        return self.count / self.n if self.n else None


@dataclass(frozen=True)
class Balance:
    """Of decided pairs: First, the longer, the more polished is better; ties of all pairs; choice items with the longest
    option right; rubric criteria with a middle level right; items without a trap; clean texts among span items."""

    first: Share
    longer: Share
    polished: Share
    ties: Share
    longest_option: Share
    middle_level: Share
    honest: Share
    clean: Share

    def faults(self) -> list[str]:
        """Shares outside of what authors aim for, in words; small numbers say nothing."""
        limits = [
            ("First is better", "decided pairs", self.first, 0.45, 0.55),
            ("the longer response is better", "decided pairs", self.longer, 0.40, 0.60),
            ("the more polished response is better", "decided pairs", self.polished, 0.40, 0.60),
            ("the longest option is right", "choice items", self.longest_option, 0.0, 0.50),
        ]
        return [
            f"{words} in {share.count} of {share.n} {among}; {low:.0%} to {high:.0%} are asked for"
            for words, among, share, low, high in limits
            if share.n >= 10 and share.value is not None and not low <= share.value <= high
        ]


def polish(text: str) -> float:
    """Markdown marks a word: headings, bold, list entries, table bars."""
    return len(_MARKS.findall(text)) / max(1, count_words(text))


def balance_of(items: Iterable[SomeItem]) -> Balance:
    """The balance of active items."""
    active = [item for item in items if item.status == "active"]
    pairs = [item for item in active if isinstance(item, PairwiseItem)]
    decided = [item for item in pairs if item.key.overall]
    choices = [item for item in active if isinstance(item, ChoiceItem)]
    criteria = [
        (len(c.levels), i.key.levels[c.id])
        for i in active
        if isinstance(i, RubricItem)
        for c in i.criteria
        if len(c.levels) > 2
    ]
    spans = [item for item in active if isinstance(item, SpansItem)]
    return Balance(
        first=Share(sum(item.key.overall < 0 for item in decided), len(decided)),
        longer=_better(decided, lambda text: float(count_words(text))),
        polished=_better(decided, polish),
        ties=Share(len(pairs) - len(decided), len(pairs)),
        longest_option=Share(sum(longest_option(item) in item.key.correct for item in choices), len(choices)),
        middle_level=Share(sum(0 < level < size - 1 for size, level in criteria), len(criteria)),
        honest=Share(sum(not item.traps for item in active), len(active)),
        clean=Share(sum(not item.key.spans for item in spans), len(spans)),
    )


def _better(decided: Sequence[PairwiseItem], measure: Callable[[str], float]) -> Share:
    """How often the response that measures more is the better one; pairs that measure the same are left out."""
    apart = [(measure(item.second) - measure(item.first)) * item.key.overall for item in decided]
    return Share(sum(each > 0 for each in apart), sum(each != 0 for each in apart))


def longest_option(item: ChoiceItem) -> str:
    return max(item.options, key=lambda letter: (len(item.options[letter]), letter))


def _by(measure: Callable[[str], float]) -> Pick:
    def pick(item: PairwiseItem, rng: random.Random) -> int:
        first, second = measure(item.first), measure(item.second)
        return 2 if second > first else -2 if first > second else rng.choice((-2, 2))

    return pick


@dataclass(frozen=True)
class Player:
    """Somebody who does not read: how pairs, levels and options are chosen."""

    pair: Pick
    level: Callable[[int, random.Random], int]
    is_longest_option: bool = True


PLAYERS: Mapping[str, Player] = {
    "always the longer": Player(_by(lambda text: float(count_words(text))), lambda n, rng: n - 1),
    "always the shorter": Player(_by(lambda text: -float(count_words(text))), lambda n, rng: 0, False),
    "always A": Player(lambda item, rng: -2, lambda n, rng: n - 1),
    "always the middle of the scale": Player(lambda item, rng: 0, lambda n, rng: n // 2, False),
    "always the more polished": Player(_by(polish), lambda n, rng: n - 1),
    "a coin": Player(lambda item, rng: rng.choice((-2, 2)), lambda n, rng: rng.randrange(n), False),
}


def play(player: Player, items: Sequence[SomeItem], rng: random.Random) -> float | None:
    """The mean credit of a player over the items of a paper; None without items that a player can answer. Written work is left
    out: nobody writes it without reading."""
    credits = [item.score(_answer(player, item, rng)).value for item in items if not item.is_rated]
    return sum(credits) / len(credits) if credits else None


def _answer(player: Player, item: SomeItem, rng: random.Random) -> Payload:
    if isinstance(item, PairwiseItem):
        overall = player.pair(item, rng)
        side = "first" if overall < 0 else "second" if overall else "same"
        return {"overall": overall, "dimensions": dict.fromkeys(item.key.dimensions, side)}
    if isinstance(item, RubricItem):
        return {"levels": {c.id: player.level(len(c.levels), rng) for c in item.criteria}}
    if isinstance(item, ChoiceItem):
        return {"selected": [longest_option(item) if player.is_longest_option else rng.choice(sorted(item.options))]}
    return _blind_mark(item)


def _blind_mark(item: SomeItem) -> Payload:
    """Longest response first, the middle step, every number marked."""
    if isinstance(item, RankingItem):
        order = sorted(item.responses, key=lambda letter: -len(item.responses[letter]))
        return {"ranks": {letter: place for place, letter in enumerate(order, 1)}}
    if isinstance(item, StepsItem):
        return {"first_wrong": (len(item.steps) + 1) // 2}
    assert isinstance(item, SpansItem)
    numbers = [m.span() for m in re.finditer(r"\S*\d\S*", item.response)]
    return {"marks": [{"start": a, "end": b, "category": item.categories[0], "severity": "critical"} for a, b in numbers]}


def shingles(text: str) -> frozenset[str]:
    """Runs of three words, to find texts that are nearly the same."""
    words = text.split()
    return frozenset(" ".join(words[place : place + 3]) for place in range(len(words) - 2))


def near_copies(texts: Mapping[str, str], most: float = 0.5) -> list[tuple[str, str, float]]:
    """Pairs of names whose texts share at least `most` of their three-word runs (Jaccard similarity), the most alike first."""
    runs = {name: shingles(text) for name, text in texts.items()}
    holders: dict[str, list[str]] = {}
    for name, own in runs.items():
        for run in own:
            holders.setdefault(run, []).append(name)
    shared: Counter[tuple[str, str]] = Counter()
    for names in holders.values():
        if len(names) <= 50:  # a phrase that stands everywhere tells nothing
            shared.update((one, two) for place, one in enumerate(names) for two in names[place + 1 :])
    found = [(one, two, both / len(runs[one] | runs[two])) for (one, two), both in shared.items()]
    return sorted((row for row in found if row[2] >= most), key=lambda row: -row[2])

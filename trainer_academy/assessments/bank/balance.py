"""Is a bank free of giveaways? Shares that a player could exploit who does not read, and the scores of such players. Pure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.parts import polish
from trainer_academy.core.markdown import count_words

Pick = Callable[[str, str, random.Random], int]
GIVEAWAYS = ("first", "longer", "polished", "ties", "longest_option", "middle_level", "clean")


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


def balance_of(items: Iterable[SomeItem]) -> Balance:
    """The balance of active items."""
    active = [item for item in items if item.status == "active"]
    sums: dict[str, list[int]] = {}
    for item in active:
        for name, (count, n) in item.giveaways().items():
            found = sums.setdefault(name, [0, 0])
            found[0], found[1] = found[0] + count, found[1] + n
    shares = {name: Share(*sums.get(name, (0, 0))) for name in GIVEAWAYS}
    return Balance(**shares, honest=Share(sum(not item.traps for item in active), len(active)))


def _by(measure: Callable[[str], float]) -> Pick:
    def pick(first: str, second: str, rng: random.Random) -> int:
        one, other = measure(first), measure(second)
        return 2 if other > one else -2 if one > other else rng.choice((-2, 2))

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
    "always A": Player(lambda first, second, rng: -2, lambda n, rng: n - 1),
    "always the middle of the scale": Player(lambda first, second, rng: 0, lambda n, rng: n // 2, False),
    "always the more polished": Player(_by(polish), lambda n, rng: n - 1),
    "a coin": Player(lambda first, second, rng: rng.choice((-2, 2)), lambda n, rng: rng.randrange(n), False),
}


def play(player: Player, items: Sequence[SomeItem], rng: random.Random) -> float | None:
    """The mean credit of a player over the items of a paper; None without items that a player can answer. Written work is left
    out: nobody writes it without reading."""
    credits = [item.score(item.guess(player, rng)).value for item in items if not item.is_rated]
    return sum(credits) / len(credits) if credits else None


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

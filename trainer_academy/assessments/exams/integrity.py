"""Signs that a person should look at; none of them decides anything. Pure.

What the browser reports can be left out or made up, and each sign has harmless causes. So the signs are counted and shown,
to the person whose attempt it is and to an operator, and no rule of the exam reads them. Only time by the server's own clock
makes a person look before an attempt is decided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

SIGNALS = ("paste", "left")
MAX_SECONDS = 4 * 3600
# Reading faster than ten words a second is not reading: the fastest readers of running text stay below about 8.
WORDS_PER_SECOND = 10.0
MIN_SECONDS = 3.0
MIN_SHARED_WRONG = 4


@dataclass(frozen=True)
class Noted:
    """What the browser sent with an answer: seconds on the screen, and counts since the answer before."""

    seconds: int | None
    counts: dict[str, int]


def read_signals(signals: str, seconds: str) -> Noted:
    """Read "paste:2,left:1" and a number of seconds. Anything else is dropped: it must not keep an answer from being saved."""
    found = dict(re.findall(r"(paste|left):([1-9][0-9]{0,2})(?![0-9])", signals[:200]))
    counts = {name: int(found[name]) for name in SIGNALS if name in found}
    is_number = re.fullmatch(r"[0-9]{1,5}", seconds) is not None
    return Noted(min(int(seconds), MAX_SECONDS) if is_number else None, counts)


def rapid_threshold(words: int) -> float:
    """Seconds below which an item of this many words was answered without having been read."""
    return max(MIN_SECONDS, words / WORDS_PER_SECOND)


def is_faster_than_reading(words: Sequence[int], seconds: float, fastest: float = WORDS_PER_SECOND) -> bool:
    """True when texts of so many words cannot have been read in this time, at `fastest` words a second (0: never asked).

    `words` are those of the answered items, `seconds` run from the start of the attempt to the last first save of an answer, by
    the clock of the server.
    """
    return fastest > 0 and sum(words) > seconds * fastest


@dataclass(frozen=True)
class WrongAnswers:
    """The wrong answers of one attempt: item id to the answer as text; and the items that it shares with others."""

    attempt_id: int
    items: frozenset[str]
    wrong: Mapping[str, str]


@dataclass(frozen=True)
class SamePair:
    """Two attempts with the same wrong answers to `same` of the `both_wrong` items that both have wrong, of `shared` items."""

    one: int
    other: int
    same: int
    both_wrong: int
    shared: int


def same_wrong_pairs(attempts: Sequence[WrongAnswers]) -> list[SamePair]:
    """Pairs of attempts with at least four equal wrong answers, the most alike first.

    Wrong answers are told apart in full (each part of an item), so equal ones are rarer than chance would make them for
    right answers. A count is no proof: a popular wrong answer, or one teacher, makes people alike too.
    """
    pairs = []
    for one, other in combinations(attempts, 2):
        both = one.wrong.keys() & other.wrong.keys()
        same = sum(one.wrong[item] == other.wrong[item] for item in both)
        if same >= MIN_SHARED_WRONG:
            pairs.append(SamePair(one.attempt_id, other.attempt_id, same, len(both), len(one.items & other.items)))
    return sorted(pairs, key=lambda pair: (-pair.same / pair.both_wrong, -pair.same, pair.one))


def count_signs(events: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, int]:
    """Pastes, times the page was left, and moves to another device, over the events (kind, detail) of an attempt."""
    counts = {"paste": 0, "left": 0, "moved": 0}
    for kind, detail in events:
        if kind == "moved":
            counts["moved"] += 1
        if kind == "noticed":
            for name in SIGNALS:
                counts[name] += int(detail.get(name, 0))
    return counts

"""How hard an English text is to read. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_END = re.compile(r"[.!?:;]+(?=\s|$)|\n\s*\n")
_VOWELS = re.compile(r"[aeiouy]+")


@dataclass(frozen=True)
class Reading:
    """`grade` is the Flesch-Kincaid grade level: school years that a reader needs; B1 texts lie at about 5 to 8."""

    words: int
    sentences: int
    grade: float


def measure_reading(text: str) -> Reading | None:
    """0.39 words a sentence + 11.8 syllables a word - 15.59; None for a text without words.

    A colon or semicolon ends a sentence here, and so does an empty line (headings, list entries). Source: J. P. Kincaid and
    others, Research Branch Report 8-75, Naval Technical Training Command, 1975. Syllables are counted by vowel groups.
    """
    words = _WORD.findall(text)
    if not words:
        return None
    sentences = sum(bool(_WORD.search(part)) for part in _END.split(text))
    syllables = sum(map(count_syllables, words))
    grade = 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59
    return Reading(len(words), sentences, grade)


def count_syllables(word: str) -> int:
    """Groups of vowels, without a silent final e; at least one."""
    lower = word.lower()
    groups = len(_VOWELS.findall(lower))
    has_silent_e = lower.endswith("e") and not lower.endswith(("le", "ee"))
    has_silent_ed = lower.endswith("ed") and lower[-3:-2] not in "td"
    return max(1, groups - ((has_silent_e or has_silent_ed) and groups > 1))

"""What a bank holds, what its exams draw from it, and what they could not fill. Pure.

"Could not fill" is worked out for the worst person: one who has seen everything of the attempts allowed before the last one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainer_academy.assessments.bank.schema import Draw, ExamSpec, fits
from trainer_academy.assessments.exams.assembly import Exposure, ShortBank, assemble_paper, describe, find_shortages
from trainer_academy.assessments.items.kinds import SomeItem

PAPERS = 50


@dataclass(frozen=True)
class LineReport:
    """One line of a specification: what it asks for and how many active items fit it."""

    words: str
    asked: int
    have: int


@dataclass(frozen=True)
class ExamReport:
    """One exam over a bank.

    `simulated` counts on how many of 50 papers each item is; `exposure` has the papers that people got. `repeats` is how
    many items of the last allowed attempt the person has seen before, when each attempt draws unseen items first.
    """

    key: str
    lines: tuple[LineReport, ...]
    shortages: tuple[str, ...]
    simulated: Mapping[str, int]
    exposure: Exposure
    repeats: int
    attempts: int

    @property
    def most_used(self) -> tuple[str, float]:
        """The item on most of the simulated papers, and the share of papers it is on."""
        if not self.simulated:
            return "", 0.0
        item_id = max(sorted(self.simulated), key=lambda one: self.simulated[one])
        return item_id, self.simulated[item_id] / PAPERS


def count_items(items: Iterable[SomeItem]) -> dict[str, Counter[str]]:
    """Active items by skill, kind, difficulty, trap and basis of the key, each name to a count."""
    active = [item for item in items if item.status == "active"]
    return {
        "skill": Counter(item.skill for item in active),
        "kind": Counter(item.kind for item in active),
        "difficulty": Counter(str(item.difficulty) for item in active),
        "trap": Counter(trap for item in active for trap in item.traps or ("none",)),
        "basis": Counter(item.basis for item in active),
    }


def report_exam(key: str, spec: ExamSpec, items: Sequence[SomeItem], exposure: Exposure) -> ExamReport:
    """How an exam draws from its bank, from 50 papers with the seeds 1 to 50."""
    active = [item for item in items if item.status == "active"]
    lines = tuple(_line(draw, active) for draw in spec.draw)
    shortages = tuple(find_shortages(spec, active))
    simulated: Counter[str] = Counter()
    if not shortages:
        for seed in range(1, PAPERS + 1):
            simulated.update({entry.item_id for entry in assemble_paper(spec, active, seed)})
    return ExamReport(key, lines, shortages, simulated, exposure, count_repeats(spec, active), spec.attempts)


def _line(draw: Draw, active: Sequence[SomeItem]) -> LineReport:
    return LineReport(describe(draw), draw.count, sum(fits(draw, item) for item in active))


def count_repeats(spec: ExamSpec, active: Sequence[SomeItem]) -> int:
    """How many items of the last allowed attempt the person has seen in an earlier one."""
    seen: set[str] = set()
    paper: set[str] = set()
    for attempt in range(1, spec.attempts + 1):
        try:
            paper = {entry.item_id for entry in assemble_paper(spec, active, attempt, seen)}
        except ShortBank:
            return 0
        if attempt < spec.attempts:
            seen |= paper
    return len(paper & seen)

"""Which numbers of a decided paper are shown, and what to read and practise after it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.scoring import LEAST_ITEMS, PaperScore, Released, SkillScore
from trainer_academy.assessments.results.traps import TrapRow
from trainer_academy.courses.catalog import Course, Lesson


@dataclass(frozen=True)
class Shown:
    """What the result page shows: the score with its range or not, the skills, the traps.

    `few` are the skills with too few items: their number would tell what a single item earned.
    """

    has_score: bool
    skills: tuple[SkillScore, ...]
    few: tuple[str, ...]
    traps: tuple[TrapRow, ...]

    @classmethod
    def of(cls, released: Released, paper: PaperScore, traps: Sequence[TrapRow]) -> Shown:
        """By what is released: everything, sums over at least three scored items, or no number."""
        if not released.has_score:
            return cls(False, (), (), ())
        least = 1 if released is Released.ALL else LEAST_ITEMS
        return cls(
            True,
            tuple(row for row in paper.skills if row.interval.n >= least),
            tuple(row.skill for row in paper.skills if row.interval.n < least),
            tuple(row for row in traps if row.items >= least),
        )


@dataclass(frozen=True)
class Advice:
    """One skill to work on: lessons to read, and how many practice items there are with their full reasons."""

    skill: str
    lessons: tuple[Lesson, ...]
    practice: int


def advise(store: ItemStore, course: Course, spec: ExamSpec, released: Released, paper: PaperScore) -> list[Advice]:
    """The skills below the pass mark, the weakest first; every skill of the exam where no number is shown.

    It follows from sums alone, so it says no more than they do.
    """
    if released.has_score:
        rows = [row for row in paper.skills if row.share < paper.cut_score and row.interval.n >= LEAST_ITEMS]
        skills = [row.skill for row in sorted(rows, key=lambda row: (row.share, row.skill))]
    else:
        skills = sorted({draw.skill for draw in spec.draw})
    practice = store.practice.get(course.file.practice or "")
    items = [item for item in store.banks[practice.bank].items.values() if item.status == "active"] if practice else []
    found = []
    for skill in skills:
        own = [item for item in items if item.skill == skill]
        keys = {item.lesson for item in own}
        found.append(Advice(skill, tuple(lesson for lesson in course.lessons if lesson.key in keys), len(own)))
    return found

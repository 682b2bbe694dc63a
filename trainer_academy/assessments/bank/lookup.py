"""The exam that an address or a command names."""

from __future__ import annotations

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.errors import NotFound


def find_exam(store: ItemStore, exam_key: str) -> ExamSpec:
    """Raises NotFound."""
    spec = store.exams.get(exam_key)
    if spec is None:
        raise NotFound("exam.unknown")
    return spec


def find_counting_exam(store: ItemStore, exam_key: str) -> ExamSpec:
    """An exam whose results count. Raises NotFound, also for a mock exam."""
    spec = store.counting_exams.get(exam_key)
    if spec is None:
        raise NotFound("exam.unknown_summative")
    return spec

"""Taking a course and marking lessons as done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from trainer_academy.core.db import insert_new
from trainer_academy.courses.models import Enrollment, LessonDone


@dataclass(frozen=True)
class Progress:
    """Where a person stands in one course."""

    course_key: str
    done: frozenset[str]
    last_lesson: str
    active_at: datetime | None
    is_enrolled: bool


NOT_ENROLLED = Progress("", frozenset(), "", None, False)
_PROGRESS = (
    select(col(Enrollment.course_key), col(Enrollment.last_lesson), col(Enrollment.active_at), col(LessonDone.lesson_key))
    .outerjoin(LessonDone, col(LessonDone.enrollment_id) == col(Enrollment.id))
    .where(col(Enrollment.user_id) == bindparam("user_id"))
)
_PROGRESS_IN_COURSE = _PROGRESS.where(col(Enrollment.course_key) == bindparam("course_key"))


def progress_of(session: Session, user_id: int, course_key: str | None = None) -> dict[str, Progress]:
    """Progress by course key, one statement; only courses in which the person is enrolled."""
    statement = _PROGRESS if course_key is None else _PROGRESS_IN_COURSE
    found: dict[str, Progress] = {}
    done: dict[str, set[str]] = {}
    for key, last, active_at, lesson in session.execute(statement, {"user_id": user_id, "course_key": course_key}).all():
        done.setdefault(key, set()).update({lesson} if lesson else ())
        found[key] = Progress(key, frozenset(), last, active_at, True)
    return {key: Progress(key, frozenset(done[key]), item.last_lesson, item.active_at, True) for key, item in found.items()}


def enroll(session: Session, user_id: int, course_key: str, now: datetime) -> Enrollment:
    """Enroll once; asking again, also at once, gives the same enrollment."""
    statement = select(Enrollment).where(Enrollment.user_id == user_id, Enrollment.course_key == course_key)
    enrollment = session.exec(statement).first()
    if enrollment is not None:
        return enrollment
    values = {"user_id": user_id, "course_key": course_key, "enrolled_at": now, "last_lesson": "", "active_at": now}
    insert_new(session, Enrollment, values)
    return session.exec(statement).one()


def finish_lesson(session: Session, user_id: int, course_key: str, lesson_key: str, next_key: str, now: datetime) -> None:
    """Mark a lesson as done (enrolling if needed) and remember where to go on."""
    enrollment = enroll(session, user_id, course_key, now)
    insert_new(session, LessonDone, {"enrollment_id": enrollment.id, "lesson_key": lesson_key, "done_at": now})
    enrollment.last_lesson, enrollment.active_at = next_key, now
    session.flush()

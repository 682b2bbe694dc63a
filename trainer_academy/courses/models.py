"""Enrollment and progress."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class Enrollment(SQLModel, table=True):
    """A person takes a course."""

    __tablename__ = "enrollments"
    __table_args__ = (UniqueConstraint("user_id", "course_key", name="uq_enrollments_person_course"),)
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    course_key: str = Field(max_length=64)
    enrolled_at: datetime = Field(sa_type=UTCDateTime)
    last_lesson: str = Field(default="", max_length=64)
    active_at: datetime = Field(sa_type=UTCDateTime)


class LessonDone(SQLModel, table=True):
    """A person marked a lesson as done."""

    __tablename__ = "lessons_done"
    __table_args__ = (UniqueConstraint("enrollment_id", "lesson_key", name="uq_lessons_done_enrollment_lesson"),)
    id: int | None = Field(default=None, primary_key=True)
    enrollment_id: int = Field(foreign_key="enrollments.id", ondelete="CASCADE")
    lesson_key: str = Field(max_length=64)
    done_at: datetime = Field(sa_type=UTCDateTime)

"""Assignments of a vendor to its staff."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class Assignment(SQLModel, table=True):
    """A vendor asks a member of its staff to take a course with its exam."""

    __tablename__ = "assignments"
    __table_args__ = (UniqueConstraint("organization_id", "user_id", "course_key", name="uq_assignments_staff_course"),)
    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organizations.id", ondelete="CASCADE")
    user_id: int = Field(foreign_key="users.id", index=True, ondelete="CASCADE")
    course_key: str = Field(max_length=64)
    due_on: date | None = None
    assigned_by: int = Field(foreign_key="users.id")
    assigned_at: datetime = Field(sa_type=UTCDateTime)

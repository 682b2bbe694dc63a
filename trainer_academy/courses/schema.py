"""The shape of course files. Unknown keys are refused."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

KEY = r"^[a-z0-9][a-z0-9-]{1,62}$"


class Frozen(BaseModel):
    """Base of all file shapes: immutable, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class SourceNote(Frozen):
    """A work that a lesson rests on."""

    id: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    text: str = Field(min_length=10, max_length=400)


class LessonHead(Frozen):
    """The YAML head of a lesson."""

    title: str = Field(min_length=3, max_length=90)
    aim: str = Field(pattern=r"^After this you can ", max_length=300)
    skill: str
    minutes: int = Field(ge=1, le=60)
    sources: tuple[SourceNote, ...] = ()


class CourseFile(Frozen):
    """course.yaml."""

    title: str = Field(min_length=3, max_length=90)
    level: int = Field(ge=0, le=4)
    language: str = Field(default="en", pattern=r"^[a-z]{2}(-[A-Z][A-Za-z]+)?$")
    summary: str = Field(min_length=20, max_length=400)
    skills: dict[str, str] = Field(min_length=1)
    lessons: tuple[str, ...] = Field(min_length=1)
    guideline: str | None = None
    practice: str | None = None
    exam: str | None = None
    mock: str | None = None


class GuidelineHead(Frozen):
    """The YAML head of a guideline."""

    key: str = Field(pattern=KEY)
    title: str
    version: str
    effective: object

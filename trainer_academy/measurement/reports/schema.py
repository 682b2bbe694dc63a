"""The shape of scheme files and of the table of requirements. Unknown keys are refused."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from trainer_academy.courses.schema import Frozen

REQUIREMENTS = 23


class Source(Frozen):
    """A public source that a task of the job was taken from."""

    id: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    text: str = Field(min_length=10, max_length=300)


class JobTask(Frozen):
    """A task of the job, where it was found, and the skills of the exam that it needs."""

    task: str = Field(min_length=10, max_length=300)
    sources: tuple[str, ...] = Field(min_length=1)
    skills: tuple[str, ...] = Field(min_length=1)


class Analysis(Frozen):
    """How the tasks of the job were found, and when. `limits` says what was not done."""

    method: str = Field(min_length=40, max_length=800)
    limits: str = Field(min_length=40, max_length=800)
    made_on: date
    review_by: date


class Scheme(Frozen):
    """schemes/<exam>.yaml: what an exam is for, the job behind it, and the rules around it."""

    purpose: str = Field(min_length=40)
    intended: tuple[str, ...] = Field(min_length=1)
    not_intended: tuple[str, ...] = Field(min_length=1)
    analysis: Analysis
    sources: tuple[Source, ...] = Field(min_length=1)
    tasks: tuple[JobTask, ...] = Field(min_length=1)
    not_covered: tuple[str, ...] = ()
    prerequisites: str = Field(min_length=10)
    conduct: tuple[str, ...] = Field(min_length=1)
    recertification: str = Field(min_length=20)
    fees: str = Field(min_length=5)
    retention: str = Field(min_length=20)
    privacy: str = Field(min_length=20)
    development: str = Field(min_length=40)
    security: tuple[str, ...] = Field(min_length=1)
    not_secured: tuple[str, ...] = ()
    ai_use: str = Field(min_length=20)

    @model_validator(mode="after")
    def _sources_exist(self) -> Scheme:
        known = {source.id for source in self.sources}
        unknown = sorted({name for task in self.tasks for name in task.sources} - known)
        unused = sorted(known - {name for task in self.tasks for name in task.sources})
        if unknown or unused:
            raise ValueError(f"tasks name sources that are not listed ({unknown}), or sources stand there unused ({unused})")
        return self

    @property
    def skills(self) -> set[str]:
        """Every skill that a task needs."""
        return {skill for task in self.tasks for skill in task.skills}


class Place(Frozen):
    """Where a requirement is met: a page of the product (by endpoint) or a document of the project."""

    label: str = Field(min_length=3, max_length=120)
    endpoint: str | None = None
    exam: str | None = None
    document: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Place:
        if (self.endpoint is None) == (self.document is None):
            raise ValueError("a place has either an endpoint or a document")
        return self


class Requirement(Frozen):
    """What a certification body must be able to show, and how far this one can. `clauses` are the numbers of standards."""

    id: int = Field(ge=1, le=REQUIREMENTS)
    clauses: dict[str, str] = Field(min_length=1)
    requirement: str = Field(min_length=20, max_length=300)
    state: Literal["met", "in part", "not met"]
    where: tuple[Place, ...] = ()
    note: str = Field(min_length=20, max_length=900)

    @model_validator(mode="after")
    def _is_shown(self) -> Requirement:
        if self.state != "not met" and not self.where:
            raise ValueError("what is met, or met in part, is shown somewhere: name a place")
        return self


class RequirementFile(Frozen):
    """requirements.yaml: the standards by short name, and every requirement once."""

    standards: dict[str, str] = Field(min_length=1)
    requirements: tuple[Requirement, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> RequirementFile:
        if sorted(row.id for row in self.requirements) != list(range(1, REQUIREMENTS + 1)):
            raise ValueError(f"every requirement from 1 to {REQUIREMENTS} stands in the file once")
        unknown = {name for row in self.requirements for name in row.clauses} - set(self.standards)
        if unknown:
            raise ValueError(f"clauses of standards that are not named: {', '.join(sorted(unknown))}")
        return self

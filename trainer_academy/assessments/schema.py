"""The shape of exam, practice and bank files. Unknown keys are refused."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from trainer_academy.courses.schema import KEY, Frozen


class BankFile(Frozen):
    """bank.yaml: what the items of the folder are for."""

    title: str
    course: str = Field(pattern=KEY)
    purpose: Literal["practice", "exam"]


class Draw(Frozen):
    """So many items of a skill and kind."""

    skill: str
    kind: Literal["choice", "pairwise", "rubric", "ranking", "steps", "spans"]
    count: int = Field(ge=1, le=60)


class ExamSpec(Frozen):
    """An exam's specification: what a paper draws, how long it may take, when it is passed, how often it may be tried."""

    title: str = Field(min_length=3, max_length=90)
    version: str = Field(pattern=r"^[0-9A-Za-z.-]{1,16}$")
    course: str = Field(pattern=KEY)
    bank: str = Field(pattern=KEY)
    minutes: int = Field(ge=1, le=240)
    cut_score: float = Field(gt=0, lt=1)
    cut_basis: str = Field(min_length=20)
    attempts: int = Field(ge=1, le=20)
    window_days: int = Field(ge=1, le=730)
    cooldown_hours: int = Field(ge=0, le=8760)
    release: Literal["skills", "differing", "all"] = "skills"
    is_mock: bool = False  # the same screen with practice items; passing it certifies nothing
    draw: tuple[Draw, ...] = Field(min_length=1)

    @property
    def item_count(self) -> int:
        return sum(draw.count for draw in self.draw)


class PracticeSpec(Frozen):
    """Which bank a course practises from; one set for each skill, in this order."""

    title: str
    course: str = Field(pattern=KEY)
    bank: str = Field(pattern=KEY)
    skills: tuple[str, ...] = Field(min_length=1)

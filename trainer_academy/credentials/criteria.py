"""What can be earned, and when it is earned. Pure: file shapes and rules, no database."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pydantic import Field

from trainer_academy.courses.schema import KEY, Frozen


class Standing(StrEnum):
    """What a credential is worth at a moment. `withdrawn`: its holder had it erased."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class AlignmentNote(Frozen):
    """A public framework that names the same work."""

    name: str
    url: str = Field(pattern=r"^https://")
    framework: str
    code: str = ""


class PayNote(Frozen):
    """A fact about pay: figure, where it is from, when, how many."""

    role: str
    figure: str
    source: str
    n: int = Field(ge=1)
    range: str


class Achievement(Frozen):
    """achievements/<key>.yaml: what a pass certifies."""

    name: str = Field(min_length=3, max_length=90)
    version: str = Field(pattern=r"^[0-9A-Za-z.-]{1,16}$")
    level: int = Field(ge=0, le=4)
    language: str = "en"
    exam: str = Field(pattern=KEY)
    validity_months: int = Field(ge=1, le=120)
    description: str
    criteria: str
    skills: tuple[str, ...]
    tags: tuple[str, ...] = ()
    alignment: tuple[AlignmentNote, ...] = ()
    pay: tuple[PayNote, ...] = ()


@dataclass(frozen=True)
class Achievements:
    """All achievements by key."""

    by_key: Mapping[str, Achievement] = field(default_factory=lambda: MappingProxyType({}))

    def earned_by(self, exam_key: str) -> Iterable[tuple[str, Achievement]]:
        """The achievements that a pass of this exam earns."""
        return [(key, item) for key, item in self.by_key.items() if item.exam == exam_key]

    def name(self, key: str) -> str:
        return self.by_key[key].name if key in self.by_key else key


@dataclass(frozen=True)
class Measurement:
    """What the exam measured; it goes onto the certificate. Shares between 0 and 1.

    `agreement` is the share of items answered exactly as the key says; `rated_count` how many items people rated.
    `bank_version` is a hash over the versions of all items in the bank of `bank_size` items. `consistency` is the share of
    such decisions that would be alike in two sittings, found from `consistency_n` first attempts (Livingston and Lewis);
    `scoring` is the version of the rules that made credits of answers; certificates from before it was kept are of version 1.
    `sureness` is the probability that the ability lies above the cut, where the exam decided sequentially.
    """

    score: float
    low: float
    high: float
    cut_score: float
    item_count: int
    exam_title: str
    exam_version: str
    bank_size: int = 0
    bank_version: str = ""
    language: str = "en"
    agreement: float | None = None
    rated_count: int = 0
    consistency: float | None = None
    consistency_n: int = 0
    sureness: float | None = None
    scoring: int = 1

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Measurement:
        """From the stored JSON; names that are not known (any more) are left out."""
        return cls(**{item.name: stored[item.name] for item in fields(cls) if item.name in stored})


def valid_until(issued_at: datetime, months: int) -> datetime:
    """The same day of the month `months` later (the last day where the month is shorter)."""
    place = issued_at.month - 1 + months
    year, month = issued_at.year + place // 12, place % 12 + 1
    day = min(issued_at.day, calendar.monthrange(year, month)[1])
    return issued_at.replace(year=year, month=month, day=day)


def status_at(now: datetime, until: datetime, revoked_at: datetime | None, suspended_at: datetime | None = None) -> Standing:
    """The status of a credential. The one definition; `life.queries.is_valid_at` says the same in SQL.

    A revocation and a hold act from the moment in which they are written, whatever a slower clock of another machine says.
    """
    if revoked_at is not None:
        return Standing.REVOKED
    if now >= until:
        return Standing.EXPIRED
    return Standing.VALID if suspended_at is None else Standing.SUSPENDED

"""Putting a paper together from a bank by a specification and a seed. Pure: the same input gives the same paper."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from trainer_academy.assessments.items import Presentation
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.schema import Draw, ExamSpec

MAX_SEED = 2**31 - 1


class ShortBank(ValueError):
    """The bank cannot fill the specification. The message names what is short."""


@dataclass(frozen=True)
class PaperEntry:
    """One position of a paper, frozen when the attempt starts."""

    item_id: str
    version: str
    skill: str
    presentation: Presentation

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def find_shortages(spec: ExamSpec, items: Iterable[SomeItem]) -> list[str]:
    """What the bank lacks for one paper, in words; empty when the specification can be filled."""
    active = [item for item in items if item.status == "active"]
    short = []
    for draw in spec.draw:
        have = len(_matching(draw, active))
        if have < draw.count:
            short.append(f"{draw.count} {draw.kind} items for the skill {draw.skill} are asked for, {have} are there")
    return short


def assemble_paper(spec: ExamSpec, items: Iterable[SomeItem], seed: int, seen: Collection[str] = ()) -> tuple[PaperEntry, ...]:
    """Draw a paper: for each line of the specification unseen items first, then shuffle all and each item's order.

    Raises ShortBank when the specification cannot be met. `seen` are item ids that the person has had before.
    """
    pool = sorted((item for item in items if item.status == "active"), key=lambda item: item.id)
    if short := find_shortages(spec, pool):
        raise ShortBank("; ".join(short))
    rng = random.Random(seed)
    drawn: list[SomeItem] = []
    for draw in spec.draw:
        candidates = [item for item in _matching(draw, pool) if item not in drawn]
        rng.shuffle(candidates)
        candidates.sort(key=lambda item: item.id in seen)  # stable: unseen first, random within
        drawn += candidates[: draw.count]
    rng.shuffle(drawn)
    return tuple(PaperEntry(item.id, item.version, item.skill, item.present(rng)) for item in drawn)


def _matching(draw: Draw, items: Iterable[SomeItem]) -> list[SomeItem]:
    return [item for item in items if item.skill == draw.skill and item.kind == draw.kind]

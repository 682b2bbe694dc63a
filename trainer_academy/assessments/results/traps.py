"""Which traps a person fell into, from the answers to one paper. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trainer_academy.assessments.items.base import Payload
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.psychometrics.intervals import Interval, wilson_interval


@dataclass(frozen=True)
class TrapRow:
    """One trap: on how many answered items it was set, on how many the person fell for it, and the interval of that share.

    `is_side`: all of them are pairs, so that falling means having chosen the side that the trap makes look better.
    """

    trap: str
    items: int
    fell: int
    interval: Interval
    is_side: bool


def trap_profile(items: Sequence[SomeItem], payloads: Sequence[Payload], credits: Sequence[float | None]) -> list[TrapRow]:
    """A row for each trap on the counted and answered items of a paper, most fallen first. The three run in parallel.

    A pair counts as fallen for when the answer prefers the response that the key puts second; other kinds when they earn less
    than half. An item with two traps counts for both.
    """
    found: dict[str, list[tuple[bool, bool]]] = {}
    for item, payload, credit in zip(items, payloads, credits, strict=True):
        if credit is None or not item.is_complete(payload):
            continue
        for trap in item.traps:
            found.setdefault(trap, []).append((item.fell_for(payload, credit), item.has_sides))
    rows = [
        TrapRow(trap, len(seen), fell, wilson_interval(fell / len(seen), len(seen)), all(is_pair for _, is_pair in seen))
        for trap, seen in found.items()
        for fell in (sum(is_fallen for is_fallen, _ in seen),)
    ]
    return sorted(rows, key=lambda row: (-row.fell / row.items, -row.items, row.trap))

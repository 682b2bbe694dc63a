"""What one attempt presents, frozen at its start: the entries of a paper, and the plan of a sequential sitting. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from trainer_academy.assessments.items.base import Presentation
from trainer_academy.psychometrics.mastery import Grid, Population, StopRule
from trainer_academy.psychometrics.response_model import ItemParameters

# (ability in logits, expected share of credit over the calibrated bank), in order.
Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class PaperEntry:
    """One position of a paper, frozen when the attempt starts.

    `is_scored`: the position counts. It does not for a second showing (`is_repeat`: mirrored or as it was) and for an item that
    is tried out (`is_pilot`). `is_open`: the exam ended before this position was handed in, so it does not count either. In a
    sequential exam a scored position also carries the calibrated parameters and the key version that they are for.
    """

    item_id: str
    version: str
    skill: str
    presentation: Presentation
    is_scored: bool = True
    is_repeat: bool = False
    is_pilot: bool = False
    is_open: bool = False
    parameters: ItemParameters | None = None
    key_version: str = ""

    @property
    def is_counted(self) -> bool:
        """Whether the position takes part in the score of the attempt."""
        return self.is_scored and not self.is_open

    @property
    def pair(self) -> tuple[str, str]:
        """The item and its version."""
        return self.item_id, self.version

    def as_json(self) -> dict[str, Any]:
        """The stored form: what is set, with the parameters as `slope` and `steps`."""
        stored: dict[str, Any] = {
            "item_id": self.item_id,
            "version": self.version,
            "skill": self.skill,
            "presentation": self.presentation,
        }
        stored |= {name: True for name in ("is_repeat", "is_pilot", "is_open") if getattr(self, name)}
        if self.parameters is not None:
            stored |= {"slope": self.parameters.slope, "steps": list(self.parameters.steps), "key_version": self.key_version}
        return stored

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> PaperEntry:
        """From the stored form. A position counts unless it is a second showing or a pilot item."""
        is_repeat, is_pilot = bool(stored.get("is_repeat")), bool(stored.get("is_pilot"))
        return cls(
            stored["item_id"],
            stored["version"],
            stored.get("skill", ""),
            stored["presentation"],
            not (is_repeat or is_pilot),
            is_repeat,
            is_pilot,
            bool(stored.get("is_open")),
            ItemParameters(stored["slope"], tuple(stored["steps"])) if "slope" in stored else None,
            stored.get("key_version", ""),
        )


def read_paper(stored: Sequence[Mapping[str, Any]]) -> tuple[PaperEntry, ...]:
    """A paper from its stored form."""
    return tuple(map(PaperEntry.read, stored))


def write_paper(paper: Sequence[PaperEntry]) -> list[dict[str, Any]]:
    """The stored form of a paper."""
    return [entry.as_json() for entry in paper]


@dataclass(frozen=True)
class SequencePlan:
    """What is frozen when a sequential attempt starts: all entries that may come, in order, and how it is decided.

    `cut` is in logits. `minima` are the items of each skill that an early stop needs. `handed_in` counts entries that were
    answered for good.
    """

    entries: tuple[PaperEntry, ...]
    rule: StopRule
    cut: float
    population: Population
    minima: Mapping[str, int]
    curve: Curve
    handed_in: int = 0

    def as_json(self) -> dict[str, Any]:
        """The stored form."""
        return {
            "entries": write_paper(self.entries),
            "rule": vars(self.rule),
            "cut": self.cut,
            "minima": dict(self.minima),
            "population": [self.population.mean, self.population.sd],
            "curve": [list(point) for point in self.curve],
            "handed_in": self.handed_in,
        }

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> SequencePlan:
        """From the stored form."""
        return cls(
            read_paper(stored["entries"]),
            StopRule(**stored["rule"]),
            stored["cut"],
            Population(*stored["population"]),
            stored["minima"],
            tuple((point[0], point[1]) for point in stored["curve"]),
            stored["handed_in"],
        )

    def after(self, position: int) -> SequencePlan:
        """The plan when the entry at this position is handed in."""
        return replace(self, handed_in=position)

    @property
    def grid(self) -> Grid:
        """The abilities on which the posterior is worked out."""
        return _grid(self.cut, self.population)


@lru_cache(maxsize=32)
def _grid(cut: float, population: Population) -> Grid:
    """One grid for all attempts with the same cut, so that an item's probabilities on it are worked out once."""
    return Grid.around(cut, population)

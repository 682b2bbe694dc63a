"""Blueprints for tests of sequences: at least so many items of each area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trainer_academy.psychometrics.mastery import BlueprintMet


def has_minima(areas: Mapping[str, str], minima: Mapping[str, int]) -> BlueprintMet:
    """A blueprint that wants at least `minima` items of each area; `areas` is item id to area."""

    def is_met(answered: Sequence[str]) -> bool:
        counts: dict[str, int] = {}
        for name in answered:
            counts[areas[name]] = counts.get(areas[name], 0) + 1
        return all(counts.get(area, 0) >= least for area, least in minima.items())

    return is_met

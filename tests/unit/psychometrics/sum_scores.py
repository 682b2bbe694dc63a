"""Chances of sums of levels: a yardstick for the estimates."""

from __future__ import annotations

from collections.abc import Sequence

from trainer_academy.psychometrics.response_model import ItemParameters, probabilities


def sum_score_chances(items: Sequence[ItemParameters], ability: float) -> list[float]:
    """The probability of each sum of levels, 0 first. Source: Lord and Wingersky, Applied Psychological Measurement 8, 1984."""
    chances = [1.0]
    for item in items:
        own = probabilities(item, ability)
        longer = [0.0] * (len(chances) + item.top)
        for score, chance in enumerate(chances):
            for level, part in enumerate(own):
                longer[score + level] += chance * part
        chances = longer
    return chances

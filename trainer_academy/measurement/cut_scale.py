"""Where a cut lies on the scale of abilities. Pure, plain Python."""

from __future__ import annotations

from collections.abc import Sequence

from trainer_academy.assessments.response_model import ItemParameters, expected_credit

WIDEST = 12.0
HALVINGS = 60


def ability_at(items: Sequence[ItemParameters], share: float) -> float | None:
    """The ability at which the expected share of the highest score is `share`; None outside of 12 logits.

    Every item weighs the same. It is the test characteristic curve, read backwards by halving (F. Lord, Applications of Item
    Response Theory, 1980, ch. 4). Raises ValueError for a share outside (0, 1).
    """
    if not 0 < share < 1:
        raise ValueError("the cut is a share between 0 and 1")
    low, high = -WIDEST, WIDEST
    if not items or not _expected(items, low) < share < _expected(items, high):
        return None
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _expected(items, middle) < share else (low, middle)
    return (low + high) / 2


def _expected(items: Sequence[ItemParameters], ability: float) -> float:
    return sum(expected_credit(item, ability) for item in items) / len(items)

"""The register of the kinds of item: the one place with the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trainer_academy.assessments.items.base import Item
from trainer_academy.assessments.items.choice import ChoiceItem
from trainer_academy.assessments.items.pairwise import PairwiseItem
from trainer_academy.assessments.items.ranking import RankingItem
from trainer_academy.assessments.items.rubric import RubricItem
from trainer_academy.assessments.items.spans import SpansItem
from trainer_academy.assessments.items.steps import StepsItem
from trainer_academy.assessments.items.written import WrittenItem

SomeItem = Item
KINDS: Mapping[str, type[Item]] = {
    "choice": ChoiceItem,
    "pairwise": PairwiseItem,
    "rubric": RubricItem,
    "ranking": RankingItem,
    "steps": StepsItem,
    "spans": SpansItem,
    "written": WrittenItem,
}
SHARED_SECTIONS: Mapping[str, str] = {"Context": "context", "Why": "why", "Check": "check"}


def answer_label(payload: Mapping[str, Any]) -> str:
    """What a stored answer of any kind says, in a few letters; "" where nothing was answered."""
    return next((label for kind in KINDS.values() if (label := kind.answer_label(payload))), "")

"""The register of item kinds, and how a file's sections become their fields."""

from __future__ import annotations

import re

from trainer_academy.assessments.items import ChoiceItem, PairwiseItem, RubricItem
from trainer_academy.assessments.mark_items import RankingItem, SpansItem, StepsItem
from trainer_academy.assessments.written_items import WrittenItem

SomeItem = ChoiceItem | PairwiseItem | RubricItem | RankingItem | StepsItem | SpansItem | WrittenItem
KINDS: dict[str, type[SomeItem]] = {
    "choice": ChoiceItem,
    "pairwise": PairwiseItem,
    "rubric": RubricItem,
    "ranking": RankingItem,
    "steps": StepsItem,
    "spans": SpansItem,
    "written": WrittenItem,
}
SHARED_SECTIONS = {"Context", "Why", "Check"}
OWN_SECTIONS = {
    "choice": {"Question"},
    "pairwise": {"Prompt", "First", "Second"},
    "rubric": {"Prompt", "Response"},
    "ranking": {"Prompt"},
    "steps": {"Prompt"},
    "spans": {"Prompt", "Response"},
    "written": {"Task"},
}
# Sections that come in numbers: kind to (pattern with the field's key, field name).
NUMBERED = {
    "choice": ((re.compile(r"^Option ([a-f])$"), "options"), (re.compile(r"^Why not ([a-f])$"), "why_not")),
    "ranking": ((re.compile(r"^Response ([a-i])$"), "responses"),),
    "steps": ((re.compile(r"^Step (\d{1,2})$"), "steps"),),
    "written": (
        (re.compile(r"^Example ([a-i])$"), "example_texts"),
        (re.compile(r"^Example ([a-i]) why$"), "example_whys"),
    ),
}

"""How somebody answers who judges only a part of what is asked, and how a reader errs: for simulations of papers. Pure.

Such a player knows the key of what it judges. Where a field is a share, it is how often that judgement is as the key has it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Habits:
    """One rule for each part of a judgement.

    `strength`: 1 to 3 for always the same, 0 for as the key with `strength_hits`, else one step off. `marks`: "place" marks
    each error once (`border` words too much at one end), "every" each error with several kinds, "all" the whole text,
    "none" nothing. `category` "" or `severity` "": as the key with `kind_hits`. `levels`: "right" with `level_hits`, else one
    step off. `order`: "right" with `order_hits`, else two neighbours change places; "ends" the best and the worst right.
    """

    side: Literal["right", "first", "second", "tie", "random"] = "right"
    side_hits: float = 1.0
    strength: int = 2
    strength_hits: float = 1.0
    dimensions: Literal["right", "same", "follow"] = "same"
    dimension_hits: float = 1.0
    order: Literal["right", "ends", "random"] = "random"
    order_hits: float = 1.0
    choice_hits: float = 0.25
    step_hits: float = 0.0
    step: Literal["none", "middle"] = "none"
    marks: Literal["place", "every", "all", "none"] = "none"
    mark_hits: float = 1.0
    border: int = 0
    category: str = "first"
    severity: str = "major"
    kind_hits: float = 1.0
    levels: Literal["right", "halo", "top", "bottom", "middle", "random"] = "top"
    level_hits: float = 1.0


DIRECTION = Habits(choice_hits=0.6, order="ends", marks="place", levels="halo", step_hits=0.5)
PLAYERS = {
    "always the first, clearly": Habits(side="first"),
    "always the second, much": Habits(side="second", strength=3, dimensions="follow", levels="bottom", step="middle"),
    "always about the same": Habits(side="tie", levels="middle", marks="all"),
    "a coin": Habits(side="random", dimensions="follow", levels="random", step="middle"),
    "the whole text marked, critical": Habits(side="random", marks="all", severity="critical", levels="middle"),
    "direction only, slightly": replace(DIRECTION, strength=1),
    "direction only, clearly": DIRECTION,
    "direction only, much": replace(DIRECTION, strength=3),
    "direction only, dimensions follow": replace(DIRECTION, dimensions="follow"),
    "direction only, much, dimensions follow": replace(DIRECTION, strength=3, dimensions="follow"),
    "direction only, spans critical": replace(DIRECTION, severity="critical"),
    "direction only, spans minor": replace(DIRECTION, severity="minor", dimensions="follow"),
    "direction only, every kind on every mark": replace(DIRECTION, marks="every"),
    "direction only, whole text marked": replace(DIRECTION, marks="all"),
    "direction only, nothing marked": replace(DIRECTION, marks="none", levels="top"),
    "direction only, rankings at random": replace(DIRECTION, order="random", levels="middle"),
}
READER = Habits(
    strength=0, dimensions="right", order="right", marks="place", border=1, category="", severity="", levels="right"
)
READERS = {
    "a careful reader without the course": replace(
        READER,
        side_hits=0.9,
        strength_hits=0.45,
        dimension_hits=0.5,
        order_hits=0.4,
        choice_hits=0.6,
        step_hits=0.55,
        mark_hits=0.7,
        border=3,
        kind_hits=0.65,
        level_hits=0.75,
    ),
    "a strong reader": replace(
        READER,
        strength_hits=2 / 3,
        dimension_hits=0.75,
        order_hits=0.7,
        choice_hits=0.9,
        step_hits=0.9,
        mark_hits=0.9,
        kind_hits=0.85,
        level_hits=0.9,
    ),
}


def happens(share: float, rng: random.Random) -> bool:
    """True in this share of cases."""
    return rng.random() < share


def one_off(value: int, low: int, high: int, rng: random.Random) -> int:
    """One step up or down within the scale."""
    return rng.choice([near for near in (value - 1, value + 1) if low <= near <= high])

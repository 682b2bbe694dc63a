"""The numbers of an item and of an exam as they are stored and shown, and the flags that follow. Pure; no numpy.

A flag asks a person to look. None of them corrects, suspends or decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from trainer_academy.assessments.items.kinds import KINDS
from trainer_academy.courses.schema import Frozen

LEAST = 30  # first attempts below which no number of an item is shown
LEAST_FLAG = 50  # answers below which an item gets no flag
LEAST_DRIFT = 50  # answers needed in the newest part and in the older one
WITH_OPTIONS = frozenset(name for name, kind in KINDS.items() if kind.has_options)  # a rival shows a wrong key there
FLAGS = ("key", "weak", "easy", "hard", "rapid", "groups", "known")
# Facility: 0.96 or more and below 0.20 are unacceptable, correlations above 0.20 are wanted (see docs/measurement-items.md).
TOO_EASY, TOO_HARD, WANTED = 0.96, 0.20, 0.20
MUCH_RAPID = 0.10
SURE = 2.326  # one-sided 1 % point of the normal distribution


class OptionLine(Frozen):
    """One option: who chose it, its share, its correlation with the rest, its share in each quarter of persons."""

    option: str
    n: int
    share: float
    correlation: float | None
    quarters: tuple[float, ...]
    is_key: bool


class Times(Frozen):
    """Seconds on the item: quartiles of `n` answers, and the share below the threshold of a rapid guess (None: too few)."""

    n: int
    low: float
    median: float
    high: float
    threshold: float | None
    rapid: float | None
    rapid_low: float | None
    rapid_high: float | None


class GroupDifference(Frozen):
    """Mantel-Haenszel for one item: below 0 it is harder for `focal` than for equally able persons of `reference`.

    `low` and `high` are the 95 % interval of `delta`; `size` is A, B or C. `is_sure`: p times the items looked at is below .05.
    """

    kind: str
    reference: str
    focal: str
    reference_n: int
    focal_n: int
    delta: float
    low: float
    high: float
    p: float
    size: str
    is_sure: bool

    @property
    def is_flagged(self) -> bool:
        return self.size != "A" or self.is_sure


class Drift(Frozen):
    """The newest answers against the older ones, each relative to the person's other items.

    `easier` is the change of the credit above the rest, `faster` the change of the logarithm of time, taken so that above 0 is
    faster; `z` values are one-sided tests. `since` is the first day of the newest part.
    """

    since: str
    new_n: int
    old_n: int
    new_facility: float
    old_facility: float
    easier: float
    easier_z: float
    faster: float | None
    faster_z: float | None

    @property
    def is_flagged(self) -> bool:
        """Easier and faster, each beyond what chance does once in a hundred items."""
        return self.easier_z > SURE and self.faster_z is not None and self.faster_z > SURE


class ItemStatistics(Frozen):
    """One item of an exam, first attempts only. None: not defined, or not enough data."""

    item_id: str
    kind: str
    n: int
    pilots: int
    exposure: float
    facility: float
    facility_low: float
    facility_high: float
    item_rest: float | None
    rest_low: float | None
    rest_high: float | None
    alpha_without: float | None
    information: float | None
    options: tuple[OptionLine, ...]
    curve: tuple[float | None, ...]
    curve_n: tuple[int, ...]
    times: Times | None
    differences: tuple[GroupDifference, ...]
    drift: Drift | None
    rival: str | None
    first_week: str
    last_week: str
    flags: tuple[str, ...] = ()

    @property
    def is_shown(self) -> bool:
        return self.n >= LEAST


class Quality(Frozen):
    """Decisions of one exam version; the share that passed lies between `passed_low` and `passed_high`.

    None where there is not enough data; `reason` then says what is missing.
    """

    version: str
    n: int
    passed: int
    passed_low: float
    passed_high: float
    mean: float
    sd: float | None
    alpha: float | None
    alpha_low: float | None
    alpha_high: float | None
    sem: float | None
    accuracy: float | None
    consistency: float | None
    kappa: float | None
    reason: str = ""


class ExamFacts(Frozen):
    """What is shown of an exam as a whole: all first attempts, the newest version first, the cut that was used.

    `flagged` counts items with any flag, `flags` the items with each; `groups` counts answers by kind and group.
    """

    n: int
    items: int
    length: int
    cut: float
    calibration: int | None
    versions: tuple[Quality, ...]
    flagged: int
    flags: Mapping[str, int]
    groups: Mapping[str, Mapping[str, int]]


def flags_of(item: ItemStatistics) -> tuple[str, ...]:
    """The flags in the order of FLAGS; none below LEAST_FLAG answers."""
    if item.n < LEAST_FLAG:
        return ()
    r, times = item.item_rest, item.times
    found = {
        "key": item.rival is not None or (r is not None and r < 0 and item.kind not in WITH_OPTIONS),
        "weak": r is not None and (r < 0 or (item.rest_high is not None and item.rest_high < WANTED)),
        "easy": item.facility >= TOO_EASY,
        "hard": item.facility < TOO_HARD,
        "rapid": times is not None and times.rapid_low is not None and times.rapid_low > MUCH_RAPID,
        "groups": any(row.is_flagged for row in item.differences),
        "known": item.drift is not None and item.drift.is_flagged,
    }
    return tuple(name for name in FLAGS if found[name])

"""The shape of exam, practice and bank files. Unknown keys are refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from trainer_academy.assessments.items.kinds import KINDS, SomeItem
from trainer_academy.assessments.items.parts import TRAPS
from trainer_academy.courses.schema import KEY, Frozen

WORDS_A_MINUTE = 150  # of people who read to judge, many of them in a second language


class BankFile(Frozen):
    """bank.yaml: what the items of the folder are for.

    `prompt_is: task` says that the prompts of its items are tasks for the learner, not what a user asked a model.
    """

    title: str
    course: str = Field(pattern=KEY)
    purpose: Literal["practice", "exam"]
    prompt_is: Literal["from_user", "task"] = "from_user"


class Draw(Frozen):
    """So many items of a skill and kind; of a difficulty range (1 to 5) and with a trap, where they are named.

    `trap: none` asks for items without a trap.
    """

    skill: str
    kind: Literal[tuple(KINDS)]  # type: ignore[valid-type]
    count: int = Field(ge=1, le=60)
    difficulty: tuple[int, int] = (1, 5)
    trap: str = ""

    @model_validator(mode="after")
    def _range_is_in_order(self) -> Draw:
        low, high = self.difficulty
        if not 1 <= low <= high <= 5:
            raise ValueError("difficulty is a range like [2, 4] between 1 and 5")
        if self.trap not in ("", "none", *TRAPS):
            raise ValueError(f"trap: there is no trap {self.trap!r}; use none or one of {', '.join(TRAPS)}")
        return self


def fits(draw: Draw, item: SomeItem) -> bool:
    """True when the item may fill a slot of this line."""
    low, high = draw.difficulty
    has_trap = draw.trap == "" or (not item.traps if draw.trap == "none" else draw.trap in item.traps)
    return item.skill == draw.skill and item.kind == draw.kind and low <= item.difficulty <= high and has_trap


class Window(Frozen):
    """When an exam may be started: from `opens_at` to `closes_at` (with offset). An attempt that has started runs its time."""

    opens_at: datetime
    closes_at: datetime

    @model_validator(mode="after")
    def _is_a_window(self) -> Window:
        if self.opens_at.tzinfo is None or self.closes_at.tzinfo is None:
            raise ValueError("write times with their offset, like 2026-12-01T09:00:00+01:00")
        if self.closes_at <= self.opens_at:
            raise ValueError("closes_at must be later than opens_at")
        return self


class RatingSpec(Frozen):
    """How written work of an exam is rated."""

    min_agreement: float = Field(ge=0, le=1)  # lower end of the quadratic-weighted kappa with settled levels
    examples: int = Field(ge=2, le=60)  # how many examples are rated before the right is decided
    max_difference: int = Field(ge=0, le=6)  # levels on any criterion before a third rater reads
    lock_minutes: int = Field(default=30, ge=5, le=240)
    due_days: int = Field(default=7, ge=1, le=60)


class DecisionSpec(Frozen):
    """How attempts are decided once the bank is calibrated (`decision_model`), and the share of unscored pilot items.

    A sequential attempt stops when P(ability above the cut) leaves [`low`, `high`], with at least `minimum` and at most
    `maximum` scored items, or when more items would leave the decision as it is with more than `steady`; at the maximum it
    passes with at least `pass_at`. `order`: informative takes of each skill the share `best` of the items that tell most at the
    cut, by chance, and the others after them. `minima` are items of each skill that an early
    stop needs; empty: the share of the skill in the specification times `minimum`, rounded down.
    """

    model: Literal["auto", "classical"] = "auto"
    low: float = Field(default=0.05, gt=0, lt=0.5)
    high: float = Field(default=0.95, gt=0.5, lt=1)
    minimum: int = Field(default=12, ge=5, le=60)
    maximum: int = Field(default=72, ge=5, le=120)
    steady: float | None = Field(default=0.96, gt=0.5, lt=1)
    pass_at: float = Field(default=0.5, gt=0, lt=1)
    order: Literal["informative", "random", "near-cut"] = "informative"  # near-cut needs a bank above 300 usable items
    best: float = Field(default=0.6, gt=0, le=1)
    among: int = Field(default=40, ge=5, le=300)  # near-cut draws one of so many items that tell most at the cut
    minima: dict[str, int] = Field(default_factory=dict)
    pilot_share: float = Field(default=0.0, ge=0, le=0.1)  # of a sitting, unscored

    @model_validator(mode="after")
    def _rule_fits_together(self) -> DecisionSpec:
        if self.minimum > self.maximum or not self.low <= self.pass_at <= self.high:
            raise ValueError("decision: minimum must not be above maximum, and pass_at must lie between low and high")
        if sum(self.minima.values()) > self.maximum:
            raise ValueError("decision: the minima of the skills ask for more items than the maximum")
        return self


class ExamSpec(Frozen):
    """An exam's specification: what a paper draws, how long it may take, when it is passed, how often it may be tried."""

    title: str = Field(min_length=3, max_length=90)
    version: str = Field(pattern=r"^[0-9A-Za-z.-]{1,16}$")
    course: str = Field(pattern=KEY)
    bank: str = Field(pattern=KEY)
    minutes: int = Field(ge=1, le=240)
    reading_minutes: int = Field(default=60, ge=1, le=90)  # see `most_words`; level 1: 60, level 2: 90
    cut_score: float = Field(gt=0, lt=1)
    cut_basis: str = Field(min_length=20)
    margins: tuple[float, float, float] = (1.4, 1.6, 2.0)  # see `pass_margins`
    attempts: int = Field(ge=1, le=100)
    window_days: int = Field(ge=1, le=730)
    cooldown_hours: int = Field(ge=0, le=8760)
    release: Literal["skills", "all"] = "skills"  # all: the items with keys and reasons; for practice items only
    numbers_from: float | None = Field(default=None, ge=0, lt=1)  # see `least_shown`
    is_mock: bool = False  # the same screen with practice items; passing it certifies nothing
    window: Window | None = None
    max_exposure: float = Field(
        default=1.0, gt=0, le=1
    )  # an item on a larger share of papers is drawn only when nothing else is left
    mirrored: int = Field(default=0, ge=0, le=8)  # pairs shown a second time with A and B swapped; the second one is not scored
    repeated: int = Field(default=0, ge=0, le=8)  # items shown a second time as they were; the second one is not scored
    asks_confidence: bool = False
    decision: DecisionSpec = DecisionSpec()
    on_correction: Literal["keep", "revoke"] = "keep"  # a pass that a correction of our own key would take away
    rating: RatingSpec | None = None
    draw: tuple[Draw, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> ExamSpec:
        has_written = any(KINDS[draw.kind].is_rated for draw in self.draw) and not self.is_mock  # nobody rates a mock exam
        if has_written != (self.rating is not None):
            raise ValueError("`rating:` goes with written items of an exam that counts, and only with them")
        if self.release == "all" and not self.is_mock:
            raise ValueError("release: a certifying exam keeps its items; `all` is for mock exams")
        if self.numbers_from is not None and self.numbers_from >= self.cut_score:
            raise ValueError("numbers_from must be below cut_score: a person near the pass mark sees the score")
        if not all(0 <= margin <= 3 for margin in self.margins):
            raise ValueError("margins: standard errors between 0 and 3")
        if self.mirrored > sum(draw.count for draw in self.draw if KINDS[draw.kind].has_sides):
            raise ValueError("mirrored: the paper has fewer pairs than that")
        if self.mirrored + self.repeated > self.scored_count:
            raise ValueError("repeated: the paper has fewer items than are shown twice")
        if unknown := set(self.decision.minima) - {draw.skill for draw in self.draw}:
            raise ValueError(f"decision: minima: the specification draws no items for the skill {min(unknown)!r}")
        return self

    @property
    def pass_margins(self) -> tuple[float, float, float]:
        """By how many standard errors a score has to lie above the cut: at the first, the second and every later sitting.

        Mock exams certify nothing and ask for the cut itself. Nor do the writing exams: a few texts cannot say more.
        """
        return (0.0, 0.0, 0.0) if self.is_mock or self.rating is not None else self.margins

    @property
    def least_shown(self) -> float:
        """The lowest score that is given as a number; one below is released as "below" only. Half, or 80 % of a lower cut."""
        return min(0.5, 0.8 * self.cut_score) if self.numbers_from is None else self.numbers_from

    @property
    def scored_count(self) -> int:
        """How many items the score is made of."""
        return sum(draw.count for draw in self.draw)

    @property
    def most_words(self) -> int:
        """The greatest number of words that a paper may ask a person to read, second showings and pilot items included."""
        return self.reading_minutes * WORDS_A_MINUTE

    @property
    def pilot_count(self) -> int:
        """How many unscored pilot items a paper of fixed length shows at most."""
        share = self.decision.pilot_share
        return int(self.scored_count * share / (1 - share) + 0.5)

    @property
    def pilot_run(self) -> int:
        """After how many scored items of a sequential sitting one pilot item comes; 0 for never."""
        share = self.decision.pilot_share
        return max(1, round((1 - share) / share)) if share else 0

    @property
    def most_shown(self) -> int:
        """How many items a sequential sitting shows at most, with pilot items and second showings."""
        pilots = self.decision.maximum // self.pilot_run if self.pilot_run else 0
        return self.decision.maximum + pilots + self.mirrored + self.repeated

    @property
    def item_count(self) -> int:
        """How many items a paper of fixed length shows, without pilot items."""
        return self.scored_count + self.mirrored + self.repeated


def expected_words(spec: ExamSpec, items: Iterable[SomeItem]) -> int:
    """About how many words a paper of fixed length has to read: of each line the mean of what it can draw."""
    active, words = [item for item in items if item.status == "active"], 0.0
    for draw in spec.draw:
        own = [item.reading_words for item in active if fits(draw, item)]
        words += draw.count * sum(own) / len(own) if own else 0.0
    return round(words * spec.item_count / spec.scored_count)


def drawable(spec: ExamSpec, items: Iterable[SomeItem]) -> list[SomeItem]:
    """The active items that a paper of this exam may hold, by id."""
    found = (item for item in items if item.status == "active" and any(fits(draw, item) for draw in spec.draw))
    return sorted(found, key=lambda item: item.id)


class PracticeSpec(Frozen):
    """Which bank a course practises from; one set for each skill, in this order."""

    title: str
    course: str = Field(pattern=KEY)
    bank: str = Field(pattern=KEY)
    skills: tuple[str, ...] = Field(min_length=1)

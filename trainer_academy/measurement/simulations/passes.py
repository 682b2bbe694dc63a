"""What a pass is worth: made-up people sit an exam as often as it allows. Who of those who pass is truly above the cut? Pure.

Papers come from the exam's own bank by the rule that real papers come by (`assembly`, `sequence`), and real code decides
(`scoring`, `virtual_exam`). Made up are the people and how they answer. Some were coached: they know a part of the bank by
heart. Everybody who fails sits again until the attempts are used.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from statistics import NormalDist
from typing import Protocol

from trainer_academy.assessments.bank.pass_figures import Assumptions, PassFigures, PassRow, Rate
from trainer_academy.assessments.bank.schema import ExamSpec, drawable
from trainer_academy.assessments.exams.assembly import MAX_SEED, Exposure, assemble_paper
from trainer_academy.assessments.exams.decision_model import widened
from trainer_academy.assessments.exams.scoring import PaperScore, Sitting, pass_mark, pool, score_paper
from trainer_academy.assessments.exams.sequence import Prepared, plan_sequence
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.measurement.simulations.virtual_exam import answer_sequence
from trainer_academy.psychometrics.mastery import Population
from trainer_academy.psychometrics.response_model import ItemParameters, expected_credit
from trainer_academy.psychometrics.simulation import draw_level

PROGRESS_EVERY = 50
CROWD = 100  # people who meet the same made-up parameters and the same leak
LOWEST, HIGHEST, HALVINGS = -6.0, 6.0, 60
HIGHEST_SHARE = 0.995

Level = Callable[[str], int]
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Truth:
    """How items are answered: by their parameters, and by guessing with the chance `guessing` where that fails."""

    items: Mapping[str, ItemParameters]
    guessing: float

    def share(self, ability: float) -> float:
        """The mean credit that an ability earns on the whole bank."""
        mean = sum(expected_credit(item, ability) for item in self.items.values()) / len(self.items)
        return self.guessing + (1 - self.guessing) * mean

    def ability(self, share: float) -> float:
        """The ability that earns a share of credit on the whole bank. Raises ValueError where none does."""
        low, high = LOWEST, HIGHEST
        if not self.share(low) < share < self.share(high):
            raise ValueError(f"no ability earns {share} on this bank")
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.share(middle) < share else (low, middle)
        return (low + high) / 2

    def level(self, item_id: str, ability: float, rng: random.Random) -> int:
        """The level that one answer reaches, by chance."""
        item = self.items[item_id]
        level = draw_level(item, ability, rng)
        return item.top if self.guessing and rng.random() < self.guessing else level


@dataclass(frozen=True)
class Calibrated:
    """The parameters of an adopted calibration, by item, and its number."""

    number: int
    parameters: Mapping[str, ItemParameters]


def made_up_truth(item_ids: Sequence[str], guessing: float, slope_sd: float, rng: random.Random) -> Truth:
    """Right/wrong items: log slopes normal with `slope_sd`, difficulties standard normal."""
    made = {name: ItemParameters(math.exp(rng.gauss(0, slope_sd)), (rng.gauss(0, 1),)) for name in sorted(item_ids)}
    return Truth(made, guessing)


@dataclass(frozen=True)
class Sat:
    """One sitting: its items, whether it passed, and what the next one needs of it."""

    items: tuple[str, ...]
    is_passed: bool
    earned: Sitting | None = None
    after: Population | None = None


class Sits(Protocol):
    """An exam that can be sat."""

    spec: ExamSpec
    cut_score: float
    item_ids: list[str]

    def sit(self, level: Level, before: Sequence[Sat], seen: frozenset[str], exposure: Exposure, rng: random.Random) -> Sat:
        """One sitting after those `before`; `level` answers an item."""
        ...  # pragma: no cover


class FixedExam:
    """An exam of fixed length: the newest two sittings count together, and a pass asks for a margin above the cut."""

    def __init__(self, spec: ExamSpec, items: Sequence[SomeItem], cut_score: float) -> None:
        self.spec, self.cut_score = spec, cut_score
        self.items = drawable(spec, items)
        self.item_ids = [item.id for item in self.items]

    def sit(self, level: Level, before: Sequence[Sat], seen: frozenset[str], exposure: Exposure, rng: random.Random) -> Sat:
        """Credits are the levels of right/wrong items."""
        paper = [one for one in assemble_paper(self.spec, self.items, rng.randrange(MAX_SEED), seen, exposure) if one.is_scored]
        margins = self.spec.pass_margins
        mark = pass_mark(self.cut_score, len(paper) * (2 if before else 1), margins[min(len(before), len(margins) - 1)])
        own = score_paper([float(level(one.item_id)) for one in paper], [one.skill for one in paper], mark)
        return Sat(tuple(one.item_id for one in paper), self._together(own, before).is_passed, Sitting(own.share, len(paper)))

    @staticmethod
    def _together(own: PaperScore, before: Sequence[Sat]) -> PaperScore:
        earlier = before[-1].earned if before else None
        return own if earlier is None else pool(own, earlier)


class SequentialExam:
    """An exam that ends when it is sure: what a sitting says of the ability is where the next one begins."""

    def __init__(self, ready: Prepared, cut_score: float) -> None:
        self.ready, self.spec, self.cut_score = ready, ready.spec, cut_score
        self.items = {item.id: item for item in ready.scored}
        self.item_ids = list(self.items)

    def sit(self, level: Level, before: Sequence[Sat], seen: frozenset[str], exposure: Exposure, rng: random.Random) -> Sat:
        """Answered until the exam is over; nobody stops early."""
        prior = before[-1].after if before else None
        ready = self.ready if prior is None else replace(self.ready, population=prior)
        plan = plan_sequence(ready, rng.randrange(MAX_SEED), seen, exposure)
        answers, found = answer_sequence(plan, self.items, level, rng)
        after = widened(found.estimate.ability, found.estimate.error)
        return Sat(tuple(one.item_id for one in answers), found.is_passed, after=after)


@dataclass(frozen=True)
class _Lived:
    """One person: where they stand, and at which sitting they passed (None: at none)."""

    is_above: bool
    is_strong: bool
    is_coached: bool
    sat: int
    passed_at: int | None


@dataclass
class _Shown:
    """How often each item was shown so far, as the real exam counts it."""

    papers: int = 0
    items: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, sat: Sat) -> None:
        self.papers += 1
        self.items += len(sat.items)
        self.counts.update(set(sat.items))


def what_a_pass_is_worth(
    exam: Sits, given: Assumptions, seed: int, calibrated: Calibrated | None = None, progress: Progress | None = None
) -> PassFigures:
    """Send people through the exam; the same seed gives the same figures. `progress` gets (people so far, people).

    Items are answered by their calibrated parameters where there are any. Made-up parameters and the leaked part of the bank
    are drawn anew for each `CROWD` people, so that no figure hangs on one draw. Raises ValueError where no ability reaches the
    cut.
    """
    rng, shown, lives = random.Random(seed), _Shown(), []
    crowd = _crowd(exam, given, calibrated, rng)
    for done in range(1, given.people + 1):
        ability, known = rng.gauss(crowd.mean, 1), crowd.leaked if rng.random() < given.coached else frozenset()
        sat, passed_at = _live(exam, crowd.truth, given, ability, known, shown, rng)
        lives.append(_Lived(ability >= crowd.cut, ability >= crowd.strong, bool(known), sat, passed_at))
        if progress and (done % PROGRESS_EVERY == 0 or done == given.people):
            progress(done, given.people)
        if done % CROWD == 0:
            crowd = _crowd(exam, given, calibrated, rng)
    rows = tuple(_row(lives, attempts) for attempts in range(1, given.attempts + 1))
    return PassFigures(
        exam_version=exam.spec.version,
        cut_score=exam.cut_score,
        margins=exam.spec.pass_margins,
        bank=len(exam.item_ids),
        calibration=None if calibrated is None else calibrated.number,
        seed=seed,
        given=given,
        sittings=shown.papers,
        items=round(shown.items / shown.papers, 2),
        top_exposure=round(max(shown.counts.values()) / shown.papers, 4),
        rows=rows,
    )


@dataclass(frozen=True)
class _Crowd:
    """How items are answered, the part that leaked, and where people stand: abilities in logits."""

    truth: Truth
    leaked: frozenset[str]
    cut: float
    strong: float
    mean: float


def _crowd(exam: Sits, given: Assumptions, calibrated: Calibrated | None, rng: random.Random) -> _Crowd:
    if calibrated is None:
        truth = made_up_truth(exam.item_ids, given.guessing, given.slope_sd, rng)
    else:
        truth = Truth(calibrated.parameters, 0.0)
    leaked = frozenset(rng.sample(sorted(exam.item_ids), round(given.leaked * len(exam.item_ids))))
    cut, error = truth.ability(exam.cut_score), sqrt(exam.cut_score * (1 - exam.cut_score) / exam.spec.scored_count)
    strong = truth.ability(min(exam.cut_score + error, HIGHEST_SHARE))
    return _Crowd(truth, leaked, cut, strong, cut + NormalDist().inv_cdf(given.base))


def _live(
    exam: Sits, truth: Truth, given: Assumptions, ability: float, known: frozenset[str], shown: _Shown, rng: random.Random
) -> tuple[int, int | None]:
    """Sit until passed or the attempts are used: how many sittings, and which one passed."""
    before: list[Sat] = []
    seen: frozenset[str] = frozenset()
    for number in range(1, given.attempts + 1):
        now = ability + given.learning * (number - 1)

        def level(item_id: str, now: float = now) -> int:
            if item_id in known and rng.random() < given.known:
                return truth.items[item_id].top
            return truth.level(item_id, now, rng)

        sat = exam.sit(level, before, seen, Exposure(shown.papers, shown.counts), rng)
        shown.add(sat)
        if sat.is_passed:
            return number, number
        before.append(sat)
        seen |= frozenset(sat.items)
    return given.attempts, None


def _row(lives: Sequence[_Lived], attempts: int) -> PassRow:
    def rate(of: Sequence[_Lived], counts: Callable[[_Lived], bool]) -> Rate:
        return Rate(sum(counts(one) for one in of), len(of))

    def has_passed(one: _Lived) -> bool:
        return one.passed_at is not None and one.passed_at <= attempts

    passed = [one for one in lives if has_passed(one)]
    return PassRow(
        attempts=attempts,
        sittings=round(sum(min(one.sat, attempts) for one in lives) / len(lives), 3),
        passed=rate(lives, has_passed),
        ppv=rate(passed, lambda one: one.is_above),
        false_pass=rate([one for one in lives if not one.is_above], has_passed),
        missed=rate([one for one in lives if one.is_above], lambda one: not has_passed(one)),
        strong_missed=rate([one for one in lives if one.is_strong], lambda one: not has_passed(one)),
        coached_ppv=rate([one for one in passed if one.is_coached], lambda one: one.is_above),
    )

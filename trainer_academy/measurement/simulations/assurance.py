"""What a pass is worth where some people have help: without supervision, with a short re-test, under supervision. Pure.

Papers, marks and scoring are those of the exam (`passes.FixedExam`). Made up are the people, how they answer, and who of them
has help: in a sitting without supervision a helped person answers every item rightly with one and the same chance, whatever
they know themselves. Under supervision everybody answers alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from statistics import NormalDist

from trainer_academy.assessments.bank.pass_figures import Rate
from trainer_academy.assessments.exams.assembly import MAX_SEED, Exposure, assemble_paper
from trainer_academy.core.shares import mean_of, reaches
from trainer_academy.measurement.simulations.passes import (
    CROWD,
    PROGRESS_EVERY,
    FixedExam,
    Level,
    Progress,
    Sat,
    Truth,
    made_up_truth,
)

UNKNOWN = Exposure(0, {})  # how often items were shown plays no part here


@dataclass(frozen=True)
class Help:
    """What is taken for true.

    `helped`: the share of people with help, who answer an item rightly with the chance `accuracy` while nobody supervises.
    `base`: the share of people truly above the cut; abilities are normal with a standard deviation of 1 logit. `guessing` and
    `slope_sd`: as in `pass_figures.Assumptions`. The re-test has `retest_items` scored items and asks for `retest_margin`
    standard errors of a share above the cut (below it, where negative).
    """

    people: int = 2_000
    helped: float = 0.2
    accuracy: float = 0.9
    base: float = 0.5
    attempts: int = 3
    guessing: float = 0.2
    slope_sd: float = 0.3
    retest_items: int = 20
    retest_margin: float = 0.0


@dataclass(frozen=True)
class AssuranceFigures:
    """Counts of made-up people.

    `unsupervised`, `confirmed`, `supervised`: of those who hold a pass of this kind, those truly above the cut.
    `helped_holders`: of the unsupervised passes, those of people with help. The last three: of the holders of an unsupervised
    pass who are above the cut, who had no help, who had help and are below the cut, those whom the re-test confirms.
    """

    unsupervised: Rate
    confirmed: Rate
    supervised: Rate
    helped_holders: Rate
    above_confirmed: Rate
    alone_confirmed: Rate
    helped_below_confirmed: Rate


@dataclass(frozen=True)
class _Lived:
    is_above: bool
    is_helped: bool
    has_passed: bool
    is_confirmed: bool
    has_passed_supervised: bool


def retest_mark(cut: float, items: int, margin: float) -> float:
    """The share to reach at a re-test of so many items: `margin` standard errors of a share from the cut, a whole item.

    The error is sqrt(cut (1 - cut) / items), as in `scoring.pass_mark`. Raises ValueError without items.
    """
    if items < 1:
        raise ValueError("a mark needs items")
    right = ceil(round(items * (cut + margin * sqrt(cut * (1 - cut) / items)), 6))
    return min(items, max(0, right)) / items


def worth_by_assurance(exam: FixedExam, given: Help, seed: int, progress: Progress | None = None) -> AssuranceFigures:
    """Everybody sits without supervision, who passes is re-tested; and everybody sits under supervision instead.

    The same seed gives the same figures. `progress` gets (people so far, people). Raises ValueError where no ability reaches
    the cut, or where a paper has fewer items than the re-test.
    """
    if not 1 <= given.retest_items <= exam.spec.scored_count:
        raise ValueError(f"a re-test has 1 to {exam.spec.scored_count} items")
    rng, lives = random.Random(seed), []
    for done in range(given.people):
        if done % CROWD == 0:
            truth = made_up_truth(exam.item_ids, given.guessing, given.slope_sd, rng)
            cut = truth.ability(exam.cut_score)
        ability = rng.gauss(cut + NormalDist().inv_cdf(given.base), 1)
        is_helped = rng.random() < given.helped

        def alone(item_id: str, truth: Truth = truth, ability: float = ability) -> int:
            return truth.level(item_id, ability, rng)

        def with_help(item_id: str) -> int:
            return int(rng.random() < given.accuracy)

        has_passed, seen = _sit(exam, with_help if is_helped else alone, given.attempts, rng)
        confirmed = has_passed and _retest(exam, alone, given, seen, rng)
        supervised, _ = _sit(exam, alone, given.attempts, rng)
        lives.append(_Lived(ability >= cut, is_helped, has_passed, confirmed, supervised))
        if progress and ((done + 1) % PROGRESS_EVERY == 0 or done + 1 == given.people):
            progress(done + 1, given.people)
    return _figures(lives)


def _sit(exam: FixedExam, level: Level, attempts: int, rng: random.Random) -> tuple[bool, frozenset[str]]:
    """Sit until passed or the attempts are used: whether passed, and the items seen."""
    before: list[Sat] = []
    seen: frozenset[str] = frozenset()
    for _ in range(attempts):
        sat = exam.sit(level, before, seen, UNKNOWN, rng)
        seen |= frozenset(sat.items)
        if sat.is_passed:
            return True, seen
        before.append(sat)
    return False, seen


def _retest(exam: FixedExam, level: Level, given: Help, seen: frozenset[str], rng: random.Random) -> bool:
    """Some of the scored items of one more paper, which shows unseen items first."""
    paper = [one for one in assemble_paper(exam.spec, exam.items, rng.randrange(MAX_SEED), seen, UNKNOWN) if one.is_scored]
    credits = [float(level(one.item_id)) for one in rng.sample(paper, given.retest_items)]
    return reaches(mean_of(credits), retest_mark(exam.cut_score, given.retest_items, given.retest_margin))


def _figures(lives: Sequence[_Lived]) -> AssuranceFigures:
    def rate(of: Sequence[_Lived], counts: Callable[[_Lived], bool]) -> Rate:
        return Rate(sum(counts(one) for one in of), len(of))

    def is_above(one: _Lived) -> bool:
        return one.is_above

    def is_confirmed(one: _Lived) -> bool:
        return one.is_confirmed

    holders = [one for one in lives if one.has_passed]
    return AssuranceFigures(
        unsupervised=rate(holders, is_above),
        confirmed=rate([one for one in holders if one.is_confirmed], is_above),
        supervised=rate([one for one in lives if one.has_passed_supervised], is_above),
        helped_holders=rate(holders, lambda one: one.is_helped),
        above_confirmed=rate([one for one in holders if one.is_above], is_confirmed),
        alone_confirmed=rate([one for one in holders if not one.is_helped], is_confirmed),
        helped_below_confirmed=rate([one for one in holders if one.is_helped and not one.is_above], is_confirmed),
    )

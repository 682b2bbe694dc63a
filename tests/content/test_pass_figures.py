"""The simulated figures that come with the content: of the exams as they are, at the target, and made by the program."""

from __future__ import annotations

import pytest

from tests.speed import shared_library
from trainer_academy.assessments.bank.pass_figures import Assumptions
from trainer_academy.measurement.simulations.passes import FixedExam, what_a_pass_is_worth

STORE = shared_library().store
EXAMS = {key: spec for key, spec in STORE.counting_exams.items() if spec.rating is None}
LEAST_PPV, MOST_STRONG_MISSED = 0.95, 0.10
NAMES = ("passed", "ppv", "false_pass", "missed", "strong_missed")


def test_every_exam_that_certifies_by_keys_has_figures() -> None:
    assert set(STORE.pass_figures) == set(EXAMS)


@pytest.mark.parametrize("exam", EXAMS)
def test_the_figures_are_of_the_exam_as_it_is_and_under_the_stated_assumptions(exam: str) -> None:
    spec = EXAMS[exam]
    found = STORE.figures_for(exam, spec.cut_score)
    assert found is not None, f"the exam has changed: flask measure simulate {exam} --people 10000 --write content/simulations"
    assert found.given == Assumptions(people=10_000, attempts=spec.attempts)
    assert (found.given.base, found.given.coached, found.given.leaked) == (0.5, 0.2, 0.2)
    assert found.top_exposure <= spec.max_exposure


@pytest.mark.parametrize("exam", EXAMS)
def test_of_those_who_hold_a_certificate_95_of_100_are_above_the_level(exam: str) -> None:
    row = STORE.pass_figures[exam].after(EXAMS[exam].attempts)
    assert row.ppv.n > 1_000 and (row.ppv.share or 0) >= LEAST_PPV
    assert row.strong_missed.n > 1_000 and (row.strong_missed.share or 1) <= MOST_STRONG_MISSED


@pytest.mark.parametrize("exam", EXAMS)
def test_a_short_run_gives_the_same_within_its_error(exam: str) -> None:
    """Two runs with other seeds: the intervals, made for 99.9 %, overlap."""
    spec, shipped = EXAMS[exam], STORE.pass_figures[exam]
    fixed = FixedExam(spec, STORE.items_for(spec), spec.cut_score)
    found = what_a_pass_is_worth(fixed, shipped.given.model_copy(update={"people": 300}), seed=shipped.seed + 1)
    assert found.items == shipped.items and found.bank == shipped.bank
    for ours, theirs in zip(found.rows, shipped.rows, strict=True):
        for name in NAMES:
            one, other = getattr(ours, name), getattr(theirs, name)
            assert abs(one.share - other.share) <= 3.3 * (other.share * (1 - other.share) / one.n) ** 0.5 + 0.02, name

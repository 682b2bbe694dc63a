"""Raters who do not read, or read one thing only, against the real examples: the test for the right to rate keeps them out."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.speed import shared_library
from trainer_academy.assessments.rating.right import ExampleOf, examples_of
from trainer_academy.assessments.rating.tasks import criterion_sizes
from trainer_academy.psychometrics.agreement import Judgement, judgements_of, kappa_interval

STORE = shared_library().store
TRIES, MOST, HONEST = 200, 0.05, 0.9
Levels = dict[str, int]
Rater = Callable[[ExampleOf, random.Random], Levels]


def settled(one: ExampleOf) -> Levels:
    return dict(one.item.examples[one.letter].levels)


def tops(one: ExampleOf) -> Levels:
    return {name: size - 1 for name, size in criterion_sizes(one.item).items()}


def by_length(one: ExampleOf, _: random.Random) -> Levels:
    """The longer, the better, on every criterion."""
    words = sorted(len(example.text.split()) for example in one.item.examples.values())
    place = words.index(len(one.item.examples[one.letter].text.split())) / max(1, len(words) - 1)
    return {name: round(place * top) for name, top in tops(one).items()}


def one_impression(one: ExampleOf, _: random.Random) -> Levels:
    """The overall level is exactly right, and stands on every criterion (halo)."""
    top = tops(one)
    whole = sum(level / top[name] for name, level in settled(one).items()) / len(top)
    return {name: round(whole * highest) for name, highest in top.items()}


def every_second(one: ExampleOf, rng: random.Random) -> Levels:
    """The right level half of the time, else any other."""
    return {
        name: level if rng.random() < 0.5 else rng.choice([other for other in range(tops(one)[name] + 1) if other != level])
        for name, level in settled(one).items()
    }


def middle(one: ExampleOf, _: random.Random) -> Levels:
    return {name: top // 2 for name, top in tops(one).items()}


def honest(one: ExampleOf, rng: random.Random) -> Levels:
    """The right level in nine of ten cases, else one beside it."""
    return {
        name: level if rng.random() < HONEST else min(tops(one)[name], max(0, level + rng.choice((-1, 1))))
        for name, level in settled(one).items()
    }


def share_with_right(exam: str, rater: Rater) -> float:
    """Of `TRIES` tests on the examples that the exam asks for, how many give the right."""
    spec, rating = STORE.rated_exams[exam]
    examples, rng = examples_of(spec, STORE.items_for(spec)), random.Random(5)
    got = 0
    for _ in range(TRIES):
        judgements: list[Judgement] = []
        for place, one in enumerate(rng.sample(examples, min(rating.examples, len(examples)))):
            levels = {name: float(level) for name, level in settled(one).items()}
            judgements += judgements_of(str(place), rater(one, rng), levels, criterion_sizes(one.item))
        got += kappa_interval(judgements).low >= rating.min_agreement
    return got / TRIES


@pytest.mark.parametrize("rater", [by_length, one_impression, every_second, middle])
@pytest.mark.parametrize("exam", STORE.rated_exams)
def test_who_does_not_judge_each_criterion_does_not_get_the_right(exam: str, rater: Rater) -> None:
    share = share_with_right(exam, rater)
    assert share <= MOST, f"{rater.__name__} gets the right in {share:.1%} of {TRIES} tests of {exam}"


@pytest.mark.parametrize("exam", STORE.rated_exams)
def test_who_reads_gets_it(exam: str) -> None:
    assert share_with_right(exam, honest) >= 0.95

"""Likeness of answers: exact on small cases, quiet where nobody copies, loud where somebody does; and rapid guesses."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import combinations, product
from statistics import fmean, stdev

import pytest

from trainer_academy.psychometrics.answer_similarity import (
    Likeness,
    Person,
    TimeRule,
    at_least,
    likeness,
    omega,
    option_chances,
    rapid_threshold,
)
from trainer_academy.psychometrics.response_model import ItemParameters

COIN = {"a": 0.5, "b": 0.5}


def test_pairs_by_hand() -> None:
    one = Person("one", {"1": "a", "2": "a", "3": "b"}, {"1": COIN, "2": {"a": 0.8, "b": 0.2}, "3": COIN})
    two = Person("two", {"1": "a", "2": "a", "3": "a"}, {"1": COIN, "2": {"a": 0.6, "b": 0.4}, "3": COIN})
    found = likeness(one, two)
    # Chances of a match .5, .8 * .6 + .2 * .4 = .56, .5. All three .14; two of them .14 + .11 + .14.
    assert (found.items, found.matches, found.expected) == (3, 2, pytest.approx(1.56))
    assert found.p == pytest.approx(0.53)
    assert likeness(two, one).p == found.p
    # Omega of two copying from one: chances .5, .6, .5 of the answers a, a, b.
    copied = omega(two, one)
    assert (copied.matches, copied.expected) == (2, pytest.approx(1.6))
    assert copied.omega == pytest.approx(0.4 / math.sqrt(0.25 + 0.24 + 0.25))


def test_the_exact_tail_agrees_with_all_outcomes() -> None:
    chances = [0.1, 0.35, 0.8, 0.5, 0.66]
    for least in range(7):
        by_hand = sum(
            math.prod(chance if hit else 1 - chance for chance, hit in zip(chances, outcome, strict=True))
            for outcome in product((0, 1), repeat=5)
            if sum(outcome) >= least
        )
        assert at_least(chances, least) == pytest.approx(by_hand)


def test_options_share_the_chance_of_being_wrong() -> None:
    chances = option_chances(ItemParameters(1.0, (0.0,)), 0.0, "c", {"a": 30, "b": 10})
    assert chances == pytest.approx({"c": 0.5, "a": 0.375, "b": 0.125})
    with pytest.raises(ValueError):
        option_chances(ItemParameters(1.0, (0.0, 1.0)), 0.0, "c", {"a": 1})
    with pytest.raises(ValueError):
        option_chances(ItemParameters(1.0, (0.0,)), 0.0, "c", {"a": 0})


def group(size: int, seed: int) -> list[Person]:
    rng = random.Random(seed)
    items = {f"i{place}": ItemParameters(math.exp(rng.gauss(0, 0.3)), (rng.gauss(0, 1),)) for place in range(60)}
    people = []
    for number in range(size):
        ability = rng.gauss(0, 1)
        chances = {name: option_chances(item, ability, "a", {"b": 5, "c": 3, "d": 2}) for name, item in items.items()}
        chosen = {name: rng.choices(list(own), list(own.values()))[0] for name, own in chances.items()}
        people.append(Person(f"p{number}", chosen, chances))
    return people


def flagged(people: Sequence[Person], level: float = 0.001) -> list[Likeness]:
    """The pairs below the level for the whole group (Bonferroni), as the item analysis flags them."""
    pairs = [likeness(one, other) for one, other in combinations(people, 2)]
    return [pair for pair in pairs if pair.p < level / len(pairs)]


def test_a_group_without_copying_is_quiet() -> None:
    people = group(60, 1)
    pairs = [likeness(one, other) for one, other in combinations(people, 2)]
    assert len(pairs) == 60 * 59 // 2
    assert fmean(pair.z for pair in pairs) == pytest.approx(0, abs=0.1)
    assert stdev(pair.z for pair in pairs) == pytest.approx(1, abs=0.1)
    assert not flagged(people)


def test_a_person_who_copied_half_is_found() -> None:
    people = group(40, 2)
    low = min(people, key=lambda person: sum(option == "a" for option in person.chosen.values()))
    source = people[0] if low is not people[0] else people[1]
    stolen = {name: source.chosen[name] if place % 4 else option for place, (name, option) in enumerate(low.chosen.items())}
    people[people.index(low)] = Person(low.name, stolen, low.chances)
    found = flagged(people)
    assert [{pair.one, pair.other} for pair in found] == [{low.name, source.name}]
    assert omega(Person(low.name, stolen, low.chances), source).p < 1e-6


def test_without_common_items_nothing_is_said() -> None:
    one = Person("one", {"1": "a"}, {"1": COIN})
    nothing = likeness(one, Person("three", {}, {}))
    assert (nothing.items, nothing.p, nothing.z) == (0, 1.0, 0.0)


def test_thresholds_of_rapid_answers() -> None:
    assert rapid_threshold([20.0] * 30 + [3000.0]) == pytest.approx(2.0)
    assert rapid_threshold([400.0] * 30) == 10.0
    assert rapid_threshold([20.0] * 19) is None
    assert rapid_threshold([20.0] * 19, TimeRule(least=5, share=0.2)) == pytest.approx(4.0)

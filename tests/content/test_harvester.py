"""What many accounts that answer by a fixed rule could learn from the numbers that exams release: nothing that helps.

The attack: 50 accounts sit each exam three times. They answer by a rule that needs no reading, so each released score is one
equation for what the rule earns on the items of that paper. A ridge regression solves them, and a fresh paper is answered by
the rule where it seems to earn, and otherwise by its opposite.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest

from tests.speed import shared_library
from trainer_academy.assessments.exams.assembly import assemble_paper
from trainer_academy.assessments.exams.scoring import LEAST_ITEMS, Released, what_to_release
from trainer_academy.assessments.items.kinds import SomeItem

STORE = shared_library().store
EXAMS = sorted(key for key, spec in STORE.counting_exams.items() if spec.rating is None)
ACCOUNTS, SITTINGS, FRESH = 50, 3, 200


@dataclass(frozen=True)
class Rule:
    """A player who prefers one place: the response of the file's first section or the other, the lowest or highest level."""

    is_first: bool
    is_longest_option: bool = False

    def pair(self, _first: str, _second: str, _rng: random.Random) -> int:
        return 2 if self.is_first else -2

    def level(self, top: int, _rng: random.Random) -> int:
        return 0 if self.is_first else top


def earned(item: SomeItem, is_first: bool) -> float:
    """What the rule earns on an item: the same in every account, whatever the order on the page."""
    return item.score(item.guess(Rule(is_first), random.Random(item.id))).value


@cache
def earnings(key: str) -> tuple[dict[str, float], dict[str, float]]:
    items = [item for item in STORE.banks[STORE.exams[key].bank].items.values() if item.status == "active"]
    return {item.id: earned(item, True) for item in items}, {item.id: earned(item, False) for item in items}


def papers(key: str, count: int, first_seed: int) -> list[list[SomeItem]]:
    spec, items = STORE.exams[key], list(STORE.banks[STORE.exams[key].bank].items.values())
    found = []
    for seed in range(first_seed, first_seed + count):
        paper = assemble_paper(spec, items, seed)
        found.append([STORE.items[entry.item_id] for entry in paper if entry.is_scored])
    return found


def collect(key: str, limit: float) -> tuple[np.ndarray, np.ndarray, list[Released]]:
    """Equations (rows: sums over the paper or one of its skills) with what was released, in whole points."""
    values, spec = earnings(key)[0], STORE.exams[key]
    order = {item_id: place for place, item_id in enumerate(values)}
    rows, released_numbers, states = [], [], []
    for paper in papers(key, ACCOUNTS * SITTINGS, 1):
        share = sum(values[item.id] for item in paper) / len(paper)
        state = what_to_release(spec.is_mock, len(paper), len(paper), share, limit)
        states.append(state)
        if state is not Released.SUMS:
            continue
        skills = sorted({item.skill for item in paper})
        for group in [paper, *([item for item in paper if item.skill == skill] for skill in skills)]:
            if len(group) >= LEAST_ITEMS:
                row = np.zeros(len(order))
                row[[order[item.id] for item in group]] = 1 / len(group)
                rows.append(row)
                released_numbers.append(int(100 * sum(values[item.id] for item in group) / len(group) + 1e-6) / 100)
    return np.array(rows).reshape(-1, len(order)), np.array(released_numbers), states


def gain(key: str, limit: float) -> float:
    """How much more a fresh paper earns with what was collected than the better of the two rules without it."""
    one, other = earnings(key)
    rows, numbers, _ = collect(key, limit)
    mean = float(np.mean(list(one.values())))
    weights = (
        np.linalg.solve(rows.T @ rows + 1e-3 * np.eye(len(one)), rows.T @ (numbers - mean)) if len(rows) else np.zeros(len(one))
    )
    estimate = dict(zip(one, weights + mean, strict=True))
    base = float(np.mean(list(other.values())))
    informed, plain, opposite = [], [], []
    for paper in papers(key, FRESH, 10_000):
        informed.append(np.mean([one[i.id] if not len(rows) or estimate[i.id] >= base else other[i.id] for i in paper]))
        plain.append(np.mean([one[i.id] for i in paper]))
        opposite.append(np.mean([other[i.id] for i in paper]))
    return float(np.mean(informed) - max(np.mean(plain), np.mean(opposite)))


@pytest.mark.parametrize("key", EXAMS)
def test_a_rule_without_reading_stays_where_no_number_is_given(key: str) -> None:
    states = collect(key, STORE.exams[key].least_shown)[2]
    assert states.count(Released.BELOW) >= 0.95 * len(states)


@pytest.mark.parametrize("key", EXAMS)
def test_what_150_sittings_collected_is_worth_nothing_on_a_fresh_paper(key: str) -> None:
    assert gain(key, STORE.exams[key].least_shown) <= 0.02


def test_the_attack_works_where_every_score_is_given() -> None:
    """So that the two tests above can fail."""
    assert gain("evaluating-responses", 0.0) > 0.02

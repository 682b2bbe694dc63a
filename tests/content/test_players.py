"""Constant players, players who judge a part only, and readers, on 200 papers of every exam, beside the cut."""

from __future__ import annotations

import random
import re
import statistics
from functools import cache

import pytest

from tests.speed import shared_library
from trainer_academy.assessments.exams.assembly import assemble_paper
from trainer_academy.assessments.items.habits import PLAYERS, READERS

STORE = shared_library().store
EXAMS = {key: spec for key, spec in STORE.exams.items() if not spec.is_mock and spec.rating is None}
PAPERS, ANSWERS = 200, 12
ROUNDING = 1.5  # of 100: what figures in words may differ by when a few items change


@cache
def papers_of(exam: str) -> list[list[str]]:
    spec = EXAMS[exam]
    drawn = (assemble_paper(spec, STORE.banks[spec.bank].items.values(), seed) for seed in range(1, PAPERS + 1))
    return [[entry.item_id for entry in paper if not entry.is_repeat] for paper in drawn]


@cache
def credits_of(bank: str, player: str) -> dict[str, list[float]]:
    """Credits of a few answers of a player to each item of a bank."""
    rng, habits = random.Random(player), (PLAYERS | READERS)[player]
    items = [item for item in STORE.banks[bank].items.values() if item.status == "active" and not item.is_rated]
    return {item.id: [item.score(item.answer_like(habits, rng)).value for _ in range(ANSWERS)] for item in items}


@cache
def played(exam: str, player: str) -> tuple[float, float]:
    """Mean score over the papers, and the standard error of one paper's score."""
    rng, credits = random.Random(player), credits_of(EXAMS[exam].bank, player)
    scores = [sum(rng.choice(credits[item_id]) for item_id in paper) / len(paper) for paper in papers_of(exam)]
    return statistics.mean(scores), statistics.stdev(scores)


def test_there_are_at_least_twelve_players() -> None:
    assert len(PLAYERS) >= 12 and len({str(habits) for habits in PLAYERS.values()}) == len(PLAYERS)


@pytest.mark.parametrize("player", PLAYERS)
@pytest.mark.parametrize("exam", EXAMS)
def test_players_stay_a_standard_error_below_the_cut(exam: str, player: str) -> None:
    mean, error = played(exam, player)
    assert mean + error <= EXAMS[exam].cut_score


@pytest.mark.parametrize("exam", EXAMS)
def test_a_strong_reader_passes_clearly_and_a_careful_one_without_the_course_does_not(exam: str) -> None:
    mean, error = played(exam, "a strong reader")
    assert 0.75 <= mean <= 0.92 and mean - 2 * error >= EXAMS[exam].cut_score
    mean, error = played(exam, "a careful reader without the course")
    assert 0.4 <= mean <= 0.6 and mean + error <= EXAMS[exam].cut_score


@pytest.mark.parametrize("exam", EXAMS)
def test_the_figures_beside_a_pass_mark_are_those_of_the_players(exam: str) -> None:
    """`cut_basis` says mean (standard error) of the strong reader, the careful one and the best player, in this order."""
    said = [(float(mean), float(error)) for mean, error in re.findall(r"([\d.]+) \(([\d.]+)\)", EXAMS[exam].cut_basis)]
    best = max(PLAYERS, key=lambda player: sum(played(exam, player)))
    known = [played(exam, name) for name in ("a strong reader", "a careful reader without the course", best)]
    assert len(said) == len(known)
    for (mean, error), (said_mean, said_error) in zip(known, said, strict=True):
        assert abs(100 * mean - said_mean) <= ROUNDING and abs(100 * error - said_error) <= ROUNDING


@pytest.mark.parametrize("exam", EXAMS)
def test_a_mock_exam_has_the_cut_of_its_exam(exam: str) -> None:
    assert STORE.exams[f"{exam}-mock"].cut_score == EXAMS[exam].cut_score


def test_errors_found_with_other_borders_earn_full_credit() -> None:
    """The case that earned .56 before: both errors found, two words less or more at an end."""
    item = STORE.items["fg-x-009"]
    for pieces in (("locked", "for one more hour"), ("If it was locked and", "more hour"), ("it was locked", "one more hour.")):
        starts = [item.stem().index(piece) - item.stem().index("You can use") for piece in pieces]
        marks = [
            {"start": start, "end": start + len(piece), "category": "facts", "severity": "critical"}
            for start, piece in zip(starts, pieces, strict=True)
        ]
        assert item.score({"marks": marks}).value == 1.0

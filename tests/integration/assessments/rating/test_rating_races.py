"""Raters at the same moment: every place is one person's, and an attempt is decided exactly once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlmodel import select

from tests.functional.conftest import TestClock
from tests.stage import Make, at_once, count, tabs, write
from tests.visitor import Visitor
from tests.written_content import BEST, EXAM, MIDDLE, make_content, make_rater, rate_next, rating_form, submit_work, take
from trainer_academy.assessments.exams.models import Attempt, Decision
from trainer_academy.assessments.rating.models import Qualification, Rating
from trainer_academy.credentials.life.models import Credential
from trainer_academy.library import Library, load_library
from trainer_academy.workflows import rating_work


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return load_library(make_content(tmp_path_factory.mktemp("written")))


@pytest.fixture
def raters(app: Flask, clock: TestClock, people: Make) -> list[Visitor]:
    found = []
    for number in range(1, 5):
        login = f"rater{number}@example.org"
        found.append(people(login))
        make_rater(app, clock, found[-1], login)
    return found


@pytest.fixture
def attempt_id(app: Flask, clock: TestClock, people: Make) -> int:
    return submit_work(app, clock, people("writer@example.org"))


def together(*calls: Callable[[], Any]) -> list[Any]:
    """Run at the same moment; the results in order."""
    gate, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int) -> None:
        gate.wait()
        results[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def rows(app: Flask, model: Any) -> list[Any]:
    return write(app, lambda session: list(session.exec(select(model)).all()))  # type: ignore[no-any-return]


def test_raters_who_take_at_once_get_different_places(app: Flask, raters: list[Visitor], attempt_id: int) -> None:
    """Four raters, two texts with two places each: everybody gets one, nobody the same."""
    statuses = at_once(raters, f"/rating/{EXAM}/next")
    assert statuses == [302] * 4
    places = {(row.task_id, row.slot) for row in rows(app, Rating)}
    assert len(places) == len(rows(app, Rating)) == 4
    assert len({row.rater_id for row in rows(app, Rating)}) == 4


def test_one_rater_in_several_tabs_takes_one_text(app: Flask, raters: list[Visitor], attempt_id: int) -> None:
    assert set(at_once(tabs(raters[0], 4), f"/rating/{EXAM}/next")) == {302}
    assert count(app, Rating) == 1


def test_the_last_two_ratings_at_once_decide_once(
    app: Flask, raters: list[Visitor], attempt_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits, rated but not committed, for the other to get as far: only the attempt's lock lets one see both."""
    for _ in range(2):
        rate_next(raters[0], BEST)
    one, other = take(raters[1]), take(raters[2])
    task = {row.id: row.task_id for row in rows(app, Rating)}
    assert task[int(one.rpartition("/")[2])] != task[int(other.rpartition("/")[2])]
    gate, submit_rating = threading.Barrier(2), rating_work.submit_rating

    def submit_and_wait(*arguments: Any) -> bool:
        found = submit_rating(*arguments)
        with contextlib.suppress(threading.BrokenBarrierError):
            gate.wait(timeout=2.5)
        return found

    monkeypatch.setattr(rating_work, "submit_rating", submit_and_wait)
    replies = together(
        lambda: raters[1].post(one, rating_form(BEST), follow=False).status_code,
        lambda: raters[2].post(other, rating_form(BEST), follow=False).status_code,
    )
    assert replies == [302, 302]
    [attempt] = rows(app, Attempt)
    assert (attempt.status, attempt.is_passed) == ("decided", True)
    assert count(app, Decision) == 1
    assert count(app, Credential) == 1


def test_a_rating_sent_twice_at_once_is_one(app: Flask, raters: list[Visitor], attempt_id: int) -> None:
    for _ in range(2):
        rate_next(raters[0], BEST)
    rate_next(raters[1], BEST)
    address = take(raters[1])
    statuses = at_once(tabs(raters[1], 4), address, rating_form(BEST))
    assert set(statuses) == {302}
    assert count(app, Decision) == 1
    assert count(app, Rating) == 4


@pytest.mark.parametrize("_round", range(3))
def test_a_late_rating_and_a_take_over_at_once(
    app: Flask, clock: TestClock, raters: list[Visitor], attempt_id: int, _round: int
) -> None:
    """The last place of the last text: the late rating counts and nothing is left, or the place is another rater's."""
    rate_next(raters[2], BEST)
    rate_next(raters[2], BEST)
    rate_next(raters[3], BEST)
    address = take(raters[0])
    rating_id = int(address.rpartition("/")[2])
    late_rater = write(app, lambda session: session.get(Rating, rating_id).rater_id)
    assert take(raters[1]) == ""
    clock.forward(minutes=31)
    status, taken = together(
        lambda: raters[0].post(address, rating_form(BEST), follow=False).status_code, lambda: take(raters[1])
    )
    row = write(app, lambda session: session.get(Rating, rating_id))
    if status == 302:
        assert (row.rater_id, row.levels, taken) == (late_rater, BEST, "")
        assert count(app, Decision) == 1
    else:
        assert (status, taken, row.levels) == (409, address, None)
        assert row.rater_id != late_rater
        assert count(app, Decision) == 0


def test_tabs_share_one_example_and_one_decision(app: Flask, clock: TestClock, people: Make) -> None:
    novice = people("novice@example.org")
    make_rater(app, clock, novice, "novice@example.org", is_qualified=False)
    for _ in range(6):
        assert set(at_once(tabs(novice, 3), f"/rating/{EXAM}/examples")) == {302}
        [running] = [row for row in rows(app, Rating) if row.submitted_at is None]
        assert set(at_once(tabs(novice, 3), f"/rating/work/{running.id}", rating_form(MIDDLE))) == {302}
    assert count(app, Rating) == 6
    assert count(app, Qualification) == 1

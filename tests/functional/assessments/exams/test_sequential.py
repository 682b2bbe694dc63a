"""Sequential exams through HTTP: how they start, go on, end, are decided, worked out again and corrected."""

from __future__ import annotations

import math
import re
from statistics import NormalDist

import numpy as np
import pytest
from flask import Flask

from tests.functional.assessments.exams.exam_answers import right_form
from tests.functional.assessments.exams.sequences import EXAM, adopt_calibration, attempt_of, hand_in, sit_to_the_end
from tests.functional.conftest import TestClock
from tests.page import rows, texts, words
from tests.stage import at_once, count, tabs
from tests.visitor import Visitor
from trainer_academy import __version__
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams import log as attempt_log
from trainer_academy.assessments.exams.attempts import items_today
from trainer_academy.assessments.exams.deciding import decisions_of, stored_credits
from trainer_academy.assessments.exams.decision_model import known_answers
from trainer_academy.assessments.exams.models import Attempt, AttemptEvent, Decision, Exposure, Response
from trainer_academy.assessments.exams.windows import count_exposure
from trainer_academy.core.db import Database
from trainer_academy.credentials.life.models import Credential
from trainer_academy.web.context import get
from trainer_academy.workflows.certification import Services, close_expired_attempts

PAPER = 15  # a seed whose items leave a person undecided who gets every second one right


def decision_of(app: Flask, attempt_id: int) -> Decision:
    with app.app_context(), get(Database).reader() as session:
        rows = decisions_of(session, attempt_id)
        session.expunge_all()
        return rows[-1]


@pytest.mark.parametrize(("items", "answers"), [(59, 150), (None, 99)])
def test_the_exam_stays_classical_until_enough_is_known(app: Flask, learner: Visitor, items: int | None, answers: int) -> None:
    adopt_calibration(app, items, answers)
    assert attempt_of(app, learner.start_exam()).model == "classical"


def test_sixty_items_with_a_hundred_answers_each_make_it_sequential(app: Flask, learner: Visitor) -> None:
    number = adopt_calibration(app, 60, 100)
    attempt = attempt_of(app, learner.start_exam())
    assert (attempt.model, attempt.calibration_id, len(attempt.paper)) == ("sequential", number, 1)
    assert attempt.plan is not None
    scored = [entry for entry in attempt.plan.entries if entry.is_scored]
    assert len(scored) == 60
    again = sum(entry.is_repeat for entry in attempt.plan.entries)
    pilots = sum(entry.is_pilot for entry in attempt.plan.entries)
    assert (again, len(scored) + again + pilots) == (5, len(attempt.plan.entries))
    assert 0.08 <= pilots / len(attempt.plan.entries) <= 0.12


def test_the_start_page_says_how_long_and_why_it_may_end_early(app: Flask, learner: Visitor) -> None:
    assert "This exam may end early" not in learner.get(f"/exams/{EXAM}").text
    adopt_calibration(app)
    page = learner.get(f"/exams/{EXAM}").text
    assert "12 to 60" in page
    assert "This exam may end early. After 12 items" in page
    assert "98 % sure that you are above the pass mark, or 95 % sure that you are below it" in words(page)
    assert "more items would very likely (96 %) not change the decision" in words(page) and "words to read" in page
    assert "With the items that are not scored at most 71 are shown." in page
    assert "Nobody sees an estimate while the exam runs." in page
    assert "You may go back and change answers" not in page


def test_good_answers_end_early_with_a_pass_and_a_certificate(app: Flask, learner: Visitor) -> None:
    adopt_calibration(app)
    attempt = sit_to_the_end(learner, app, learner.start_exam())
    assert attempt.is_passed and attempt.close_reason == "sure"
    assert attempt.plan is not None
    assert 12 <= len(attempt.paper) < 60
    found = decision_of(app, attempt.id or 0)
    assert (found.model, found.reason, found.calibration_id) == ("sequential", "sure", attempt.calibration_id)
    assert found.basis is not None
    assert found.basis["reason"] == "sure above" and found.basis["above"] > 0.95
    assert found.basis["software"] == f"trainer_academy {__version__}"
    assert count(app, Credential) == 1
    page = learner.get(f"/attempts/{attempt.id}").text
    assert "You passed" in page and "The exam ended early" in page


def test_weak_answers_end_early_without_a_pass(app: Flask, learner: Visitor) -> None:
    adopt_calibration(app)
    attempt = sit_to_the_end(learner, app, learner.start_exam(), share=0.0)
    assert attempt.is_passed is False
    assert len(attempt.paper) < 60
    assert count(app, Credential) == 0
    page = learner.get(f"/attempts/{attempt.id}").text
    if attempt.score is not None and attempt.score < 0.5:  # near guessing, no number is given
        assert "Your score is below 50 of 100" in page
        assert not re.search(r"\d\.\d %", page)
        away = learner.get(f"/attempts/{attempt.id}/working", follow_redirects=False)
        assert away.status_code == 302
    else:
        assert "The exam ended early" in page


def test_what_is_handed_in_stays(app: Flask, learner: Visitor) -> None:
    adopt_calibration(app)
    attempt_id = learner.start_exam()
    hand_in(learner, app, attempt_id)
    back = learner.get(f"/attempts/{attempt_id}/items/1", follow_redirects=False)
    assert back.status_code == 302 and back.headers["Location"].endswith("/items/2")
    refused = learner.post(f"/attempts/{attempt_id}/items/1", {"sequence": "9", "choice": "a"})
    assert refused.status_code == 409
    assert count(app, Response) == 1
    assert learner.get(f"/attempts/{attempt_id}/items/3").status_code == 404


def test_an_incomplete_answer_is_asked_about_once(app: Flask, learner: Visitor) -> None:
    adopt_calibration(app)
    attempt_id = learner.start_exam()
    asked = learner.answer(attempt_id, 1, {})
    assert "A part of this item is not answered" in asked.text
    assert len(attempt_of(app, attempt_id).paper) == 1
    learner.answer(attempt_id, 1, {"go": "skip"})
    assert len(attempt_of(app, attempt_id).paper) == 2


def test_nothing_on_an_item_page_tells_how_it_stands(app: Flask, learner: Visitor) -> None:
    adopt_calibration(app)
    attempt_id = learner.start_exam()
    for is_right in (True, True, False):
        page = hand_in(learner, app, attempt_id, is_right).text
        entry = attempt_of(app, attempt_id).paper[-1]
        assert str(entry.parameters.slope) not in page
        with app.app_context():
            own = get(ItemStore).items[entry.item_id].stem_text
        found = set(re.findall(r"\b(ability|probab|likely|estimate)", page.lower()))
        assert not {word for word in found if word not in own}
    assert "Item 4 of at most" in page


def test_ending_before_the_minimum_is_no_pass_and_is_said_before(app: Flask, learner: Visitor) -> None:
    adopt_calibration(app)
    attempt_id = learner.start_exam()
    for _ in range(5):
        hand_in(learner, app, attempt_id)
    assert "Before 12 scored items it cannot be passed" in learner.get(f"/attempts/{attempt_id}/review").text
    page = learner.post(f"/attempts/{attempt_id}/submit").text
    assert "That is too few for a pass" in page
    found = decision_of(app, attempt_id)
    assert (found.is_passed, found.item_count, found.basis["reason"]) == (False, 6, "too few")  # type: ignore[index]
    assert attempt_of(app, attempt_id).paper[-1].is_counted, "the item that was only opened counts too"


def asked(attempt: Attempt) -> int:
    """How many scored items are handed in."""
    assert attempt.plan is not None
    return sum(entry.is_scored for entry in attempt.paper[: attempt.plan.handed_in])


def test_who_stops_when_ahead_does_not_pass(app: Flask, learner: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the minimum of items, above the mark rather than below it, but not sure: ending by hand is no pass."""
    adopt_calibration(app)
    monkeypatch.setattr("trainer_academy.assessments.exams.views.secrets.randbelow", lambda _: PAPER)
    attempt_id, number = learner.start_exam(), 0
    while (attempt := attempt_of(app, attempt_id)).status == "in_progress" and asked(attempt) < 13:
        hand_in(learner, app, attempt_id, number % 2 == 0)
        number += 1
    assert attempt.status == "in_progress", "neither sure nor steady"
    assert "when you end it now, it is not passed" in learner.get(f"/attempts/{attempt_id}/review").text
    learner.post(f"/attempts/{attempt_id}/submit")
    found = decision_of(app, attempt_id)
    assert found.basis is not None and found.basis["reason"] == "ended" and found.basis["above"] >= 0.5
    assert found.is_passed is False


def test_when_time_is_over_a_full_answer_to_the_open_item_counts(app: Flask, learner: Visitor, clock: TestClock) -> None:
    adopt_calibration(app)
    attempt_id = learner.start_exam()
    hand_in(learner, app, attempt_id)
    saved = learner.answer(attempt_id, 2, right_form(app, attempt_id, 2), headers={"Accept": "application/json"})
    assert saved.get_json()["saved_at"]
    assert len(attempt_of(app, attempt_id).paper) == 2, "a save alone hands nothing in"
    clock.forward(minutes=76)
    with app.app_context():
        assert close_expired_attempts(get(Database), get(Services), clock()) == 1
    found = decision_of(app, attempt_id)
    assert (found.reason, found.item_count) == ("time", 2)


def test_two_hand_ins_at_once_show_one_item_more(app: Flask, learner: Visitor) -> None:
    adopt_calibration(app)
    attempt_id = learner.start_exam()
    form = right_form(app, attempt_id, 1) | {"sequence": "1"}
    codes = at_once(tabs(learner, 5), f"/attempts/{attempt_id}/items/1", form)
    assert set(codes) <= {302, 409}
    attempt = attempt_of(app, attempt_id)
    assert len(attempt.paper) == 2 and attempt.plan is not None and attempt.plan.handed_in == 1
    assert count(app, AttemptEvent, AttemptEvent.kind == "shown") == 1


def test_the_log_is_whole_and_only_shown_items_count_as_exposed(app: Flask, learner: Visitor) -> None:
    adopt_calibration(app)
    attempt_id = learner.start_exam()
    with app.app_context(), get(Database).writing() as session:
        assert count_exposure(session) == 0, "the paper is not whole yet"
        session.rollback()
    attempt = sit_to_the_end(learner, app, attempt_id)
    with app.app_context(), get(Database).writing() as session:
        assert count_exposure(session) == 1
        session.commit()
        assert [fault for _, found in attempt_log.check_logs(session) for fault in found] == []
    shown = {entry.item_id for entry in attempt.paper}
    assert count(app, Exposure, Exposure.item_id != "") == len(shown)


def stored_answers(app: Flask, attempt_id: int) -> list[tuple[float, int, int, float, tuple[float, ...]]]:
    """Credit, level, highest level, slope and steps of each answer that the decision rests on."""
    with app.app_context(), get(Database).reader() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        items = items_today(session, get(ItemStore), attempt)
        credits, found = stored_credits(session, attempt, items), []
        for entry, credit, item in zip(attempt.paper, credits, items, strict=True):
            for one in known_answers([entry], [credit], [item.key_version]):
                assert credit is not None
                found.append((credit, one.level, one.parameters.top, one.parameters.slope, one.parameters.steps))
        return found


def read_working(page: str) -> dict[str, object]:
    """The numbers of the page "How this was worked out". Nothing of a single item is among them."""
    tables = rows(page)
    assert not [row for row in tables if len(row) > 2]
    curve = [row for row in tables if len(row) == 2 and re.fullmatch(r"-?[\d.]+", row[0])]
    words = "\n".join(texts(page, ".//p"))

    def number(pattern: str) -> float:
        found = re.search(pattern, words, re.MULTILINE)
        assert found, pattern
        return float(found[1])

    return {
        "curve": [(float(level), float(share)) for level, share in curve],
        "mean": number(r"with mean (-?\d+\.\d+)"),
        "sd": number(r"standard deviation (-?\d+\.\d+)"),
        "ability": number(r"the error: (-?\d+\.\d+)"),
        "error": number(r"error (\d+\.\d+)\.$"),
        "share_of_cut": number(r"The pass mark is a share of credit: (\d+\.\d+)"),
        "cut": number(r"between its points\): (-?\d+\.\d+)"),
        "above": number(r"above it: (\d+\.\d+)"),
        "score": number(r"off the same curve: (\d+\.\d+)"),
        "low": number(r"plus 1.96 errors: (\d+\.\d+)"),
        "high": number(r"plus 1.96 errors: \d+\.\d+ to (\d+\.\d+)"),
    }


@pytest.mark.parametrize("share", [0.55, 0.75, 1.0])
def test_every_number_can_be_worked_out_again_from_the_page(app: Flask, learner: Visitor, share: float) -> None:
    """By another way than the product's: a fine grid in numpy, and numpy's own interpolation."""
    adopt_calibration(app)
    attempt = sit_to_the_end(learner, app, learner.start_exam(), share)
    page = " ".join(learner.get(f"/attempts/{attempt.id}/working").text.split())
    shown = read_working(page)
    levels, shares = np.array(shown["curve"]).T
    theta = np.linspace(-8, 8, 160_001)
    logs = -(((theta - shown["mean"]) / shown["sd"]) ** 2) / 2
    answers = stored_answers(app, attempt.id)
    assert len(answers) >= 12
    for credit, level, top, slope, steps in answers:
        assert level == math.floor(credit * top + 0.5)
        exponents = np.cumsum([np.zeros_like(theta), *(slope * (theta - step) for step in steps)], axis=0)
        logs += exponents[level] - np.log(np.exp(exponents).sum(axis=0))
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    ability = float((weights * theta).sum())
    error = math.sqrt(float((weights * (theta - ability) ** 2).sum()))
    cut = float(np.interp(shown["share_of_cut"], shares, levels))
    assert shown["ability"] == pytest.approx(ability, abs=1e-3)
    assert shown["error"] == pytest.approx(error, abs=1e-3)
    assert shown["cut"] == pytest.approx(cut, abs=2e-4)
    assert shown["above"] == pytest.approx(float(weights[theta > cut].sum()), abs=2e-3)
    assert shown["score"] == pytest.approx(float(np.interp(ability, levels, shares)), abs=1e-3)
    assert shown["low"] == pytest.approx(float(np.interp(ability - 1.96 * error, levels, shares)), abs=1e-3)
    assert shown["high"] == pytest.approx(float(np.interp(ability + 1.96 * error, levels, shares)), abs=1e-3)
    above = shown["above"]
    assert isinstance(above, float)
    is_sure, is_steady = above > 0.98 or above < 0.05, "would very likely not change" in page
    assert attempt.is_passed == (above > 0.98 if is_sure else above >= 0.96)
    assert is_sure or is_steady or len(answers) == 60
    if is_steady:
        to_come, stays = (
            float(re.search(pattern, page)[1]) for pattern in (r"told (\d+\.\d+) more", r"probability of (0\.\d+)\.")
        )
        at_end = 1 / (1 / error**2 + to_come)
        distance = abs(ability - cut - NormalDist().inv_cdf(0.96) * math.sqrt(at_end))
        assert stays == pytest.approx(NormalDist().cdf(distance / math.sqrt(error**2 - at_end)), abs=2e-3) and stays > 0.96


def test_a_classical_exam_has_its_working_on_the_result_page(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    learner.post(f"/attempts/{attempt_id}/submit")
    away = learner.get(f"/attempts/{attempt_id}/working", follow_redirects=False)
    assert away.status_code == 302


def test_nobody_else_reads_the_working(app: Flask, learner: Visitor, visitor: Visitor) -> None:
    adopt_calibration(app)
    attempt = sit_to_the_end(learner, app, learner.start_exam())
    visitor.sign_up("other@example.org")
    assert visitor.get(f"/attempts/{attempt.id}/working").status_code == 404

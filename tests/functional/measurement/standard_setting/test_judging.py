"""Standard setting through its pages: an operator and made-up judges, from the plan to the public line on the exam page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import Session, func, select

from tests.functional.conftest import TestClock
from tests.panel_stage import DEFINITION, EXAM
from tests.stage import count, give_role, id_of, write
from tests.visitor import Visitor
from trainer_academy.assessments.exams.models import Cut
from trainer_academy.measurement.standard_setting.models import Study, StudyJudge, StudyRating
from trainer_academy.notices.models import Notice

Make = Callable[[str], Visitor]
SIGNED = {"qualification": "Made up for a test: ten years of made-up work.", "interests": "none", "keeps_secret": "y"}


@pytest.fixture
def operator(app: Flask, clock: TestClock, people: Make) -> Visitor:
    found = people("operator@example.org")
    give_role(app, clock, "operator@example.org", "academy", "operator")
    return found


def plan(operator: Visitor, size: int = 15) -> str:
    """Plan a study; its address."""
    operator.get("/operate/studies/new")
    form = {"exam": EXAM, "definition": DEFINITION, "scope": "sample", "size": str(size), "seed": "3"}
    reply = operator.post("/operate/studies/new", form, follow=False)
    assert reply.status_code == 302, reply.text[:2000]
    return reply.headers["Location"]


def appoint(operator: Visitor, study: str, people: Make, number: int) -> list[Visitor]:
    judges = []
    for place in range(1, number + 1):
        judges.append(people(f"judge{place}@example.org"))
        reply = operator.post(f"{study}/judges", {"login": f"judge{place}@example.org"})
        assert f"is judge {place} and gets a message" in reply.text
    return judges


def sign(judge: Visitor, page: str) -> None:
    assert "You have signed" in judge.post(f"{page}/sign", SIGNED | {"signature": "Test Person"}).text


def rate_all(judge: Visitor, page: str, value: int, items: int = 15) -> None:
    for place in range(1, items + 1):
        reply = judge.post(f"{page}/items/{place}", {"value": str(value), "exact": "", "go": "next"}, follow=False)
        assert reply.status_code == 302, reply.text[:500]
    assert "You are done with this round" in judge.post(f"{page}/finish").text


def test_the_whole_way(app: Flask, operator: Visitor, people: Make, learner: Visitor) -> None:
    assert "Provisional: no judges have rated the items yet." in learner.get(f"/exams/{EXAM}").text
    study = plan(operator)
    page = study.replace("/operate/studies", "/judging")
    judges = appoint(operator, study, people, 5)
    body = write(app, lambda s: s.exec(select(Notice.body).where(Notice.kind == "judge_appointed")).first())
    assert page in body
    for judge in judges:
        sign(judge, page)
    assert "The first round is open" in operator.post(f"{study}/start").text
    for place, judge in enumerate(judges):
        rate_all(judge, page, 60 + 5 * place)
    assert "discussion" in operator.get(study).text
    shown = judges[0].get(page).text
    assert "The first round is closed" in shown and "judge2@example.org" not in shown and "Judge 2" not in shown
    assert "Your note is added" in judges[1].post(f"{page}/notes", {"text": "Item 3 asks for more than it seems."}).text
    assert "Judge 2" in judges[0].get(page).text, "notes carry the number and not the name"
    operator.post(f"{study}/second")
    second = judges[0].get(f"{page}/items/1").text
    assert "You in the first round: 60." in second and "mean 70" in second and "from 60 to 80" in second
    assert "15 items keep your rating" in judges[0].post(f"{page}/keep").text
    judges[0].post(f"{page}/finish")
    for place, judge in enumerate(judges[1:], 1):
        rate_all(judge, page, 62 + 4 * place)
    shown = operator.get(study).text
    # Judges at 60, 66, 70, 74, 78: mean 69.6, spread 6.99, error 3.1.
    assert "69.6" in shown and "3.1" in shown and "Adopt a pass mark" in shown
    adopt = {"score": "69.6", "why_other": "", "reason": "As the panel recommends.", "signature": "Test Person"}
    assert "in force" in operator.post(f"{study}/adopt", adopt).text and count(app, Cut) == 1
    start = learner.get(f"/exams/{EXAM}").text
    assert "Set by 5 judges on" in start and "standard error 3.1 of 100" in start
    assert "The exam certifies a level: 69.6 of 100." in " ".join(start.split())
    assert "That is a small panel" in start and "Provisional" not in start
    for path in ("/achievements/response-evaluator-1", f"/exams/{EXAM}/report", f"/exams/{EXAM}/handbook"):
        public = Visitor(app).get(path).text
        assert "Set by 5 judges" in public and "small panel" in public, path
    rows = list(csv.DictReader(io.StringIO(operator.get(f"{study}/ratings.csv").text)))
    assert len(rows) == 2 * 5 * 15 and {row["counts"] for row in rows} == {"1"}
    assert {row["judge"] for row in rows} == {"1", "2", "3", "4", "5"} and "example.org" not in str(rows)


def test_items_and_keys_are_for_signed_judges_only(app: Flask, operator: Visitor, people: Make, learner: Visitor) -> None:
    study = plan(operator)
    page = study.replace("/operate/studies", "/judging")
    judges = appoint(operator, study, people, 2)
    operator.post(f"{study}/start")
    unsigned = judges[0].get(f"{page}/items/1", follow_redirects=True).text
    assert "Key and reason" not in unsigned and "Before you see an item" in unsigned
    for stranger in (learner, operator):
        for path in (page, f"{page}/items/1"):
            assert stranger.get(path).status_code == 404
        assert stranger.post(f"{page}/items/1", {"value": "50"}).status_code == 404
    assert "/sign-in" in Visitor(app).get(page).headers["Location"]
    sign(judges[0], page)
    assert "Key and reason" in judges[0].get(f"{page}/items/1").text
    # And from now on the judge cannot start the exam, which the page says.
    assert "You have judged the items of this exam" in judges[0].get(f"/exams/{EXAM}").text
    assert judges[0].post(f"/exams/{EXAM}/start").status_code == 409
    operator.post(
        f"{study}/judges/{write(app, lambda s: id_of(s, 'judge1@example.org'))}/withdraw", {"reason": "A conflict of interest."}
    )
    assert judges[0].get(f"{page}/items/1").status_code == 404


def test_bad_input_is_answered_and_keeps_what_was_there(app: Flask, operator: Visitor, people: Make) -> None:
    study = plan(operator)
    page = study.replace("/operate/studies", "/judging")
    assert "There is no account with this login" in operator.post(f"{study}/judges", {"login": "nobody@example.org"}).text
    judges = appoint(operator, study, people, 2)
    wrong = judges[0].post(f"{page}/sign", SIGNED | {"signature": "Another Name"})
    assert wrong.status_code == 400 and "Sign with the name of your account" in wrong.text
    assert SIGNED["qualification"] in wrong.text, "what was typed stays"
    without = {name: value for name, value in SIGNED.items() if name != "keeps_secret"}
    assert "Without this you see no item" in judges[0].post(f"{page}/sign", without | {"signature": "Test Person"}).text
    assert write(app, lambda s: s.exec(select(StudyJudge.signed_at)).first()) is None
    sign(judges[0], page)
    operator.post(f"{study}/start")
    for bad in ({}, {"exact": "120"}, {"value": "x"}):
        reply = judges[0].post(f"{page}/items/1", bad)
        assert reply.status_code == 400 and "Nothing was saved for this item" in reply.text
    assert count(app, StudyRating) == 0
    judges[0].post(f"{page}/items/1", {"value": "70", "exact": "72.5", "go": "list"})
    assert write(app, lambda s: s.exec(select(StudyRating.value)).one()) == 0.725
    assert judges[0].get(f"{page}/items/99").status_code == 404
    assert operator.post(f"{study}/close", {"reason": "short"}).status_code == 400
    refused = operator.post(f"{study}/close", {"reason": "Nobody answers any more."})
    assert "Fewer than two judges" in refused.text
    assert "14 items have no rating yet" in judges[0].post(f"{page}/finish").text


def test_the_plan_is_checked(app: Flask, operator: Visitor) -> None:
    form = {"exam": EXAM, "definition": "too short", "scope": "sample", "size": "15", "seed": "3"}
    assert operator.post("/operate/studies/new", form).status_code == 400
    few = operator.post("/operate/studies/new", form | {"definition": DEFINITION, "size": "12"})
    assert few.status_code == 400 and "at least one item of each of the 15" in few.text
    mock = operator.post("/operate/studies/new", form | {"definition": DEFINITION, "exam": "evaluating-responses-mock"})
    assert mock.status_code == 400, "a mock exam certifies nothing, so it has no panel"
    assert count(app, Study) == 0
    plan(operator)
    twice = operator.post("/operate/studies/new", form | {"definition": DEFINITION})
    assert twice.status_code == 400 and "not finished" in twice.text


def test_a_judge_steps_down(app: Flask, operator: Visitor, people: Make) -> None:
    study = plan(operator)
    page = study.replace("/operate/studies", "/judging")
    [judge] = appoint(operator, study, people, 1)
    assert judge.get("/judging").text.count(page) == 1
    assert "not a judge of this study any more" in judge.post(f"{page}/leave", {"reason": "No time this month."}).text
    assert judge.get(page).status_code == 404
    left = write(app, lambda s: s.exec(select(StudyJudge)).one())
    assert left.left_reason == "No time this month."
    assert "No time this month." in operator.get(study).text


def test_every_kind_of_item_shows_its_key_without_an_answer_of_the_judge(
    app: Flask, operator: Visitor, people: Make, session: Session
) -> None:
    study = plan(operator, 20)
    page = study.replace("/operate/studies", "/judging")
    judges = appoint(operator, study, people, 2)
    sign(judges[0], page)
    operator.post(f"{study}/start")
    items = write(app, lambda s: s.exec(select(Study)).one()).items
    assert {entry["kind"] for entry in items} == {"choice", "pairwise", "ranking", "steps", "spans", "rubric"}
    for place, entry in enumerate(items, 1):
        shown = judges[0].get(f"{page}/items/{place}").text
        main = re.sub(r"<[^>]+>", " ", shown[shown.index("<main") :])
        assert "You chose" not in main and "You answered nothing" not in main, entry
        assert 'class="why"' in shown, entry
    assert write(app, lambda s: s.scalar(select(func.count()).select_from(StudyRating))) == 0

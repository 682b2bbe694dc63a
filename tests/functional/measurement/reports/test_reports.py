"""Technical report, handbook and table of requirements: public pages, commands, nothing about small groups, true claims."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import Session, select

from tests.functional.assessments.exams.exam_answers import fill_paper
from tests.functional.conftest import TestClock
from tests.house import ROOT
from tests.stage import count, give_role, write
from tests.visitor import Visitor
from trainer_academy import demo
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.assembly import count_pilots
from trainer_academy.assessments.exams.models import ExamQuality
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.library import Library
from trainer_academy.measurement.analysis.models import ExamAnalysis, ItemAnalysis
from trainer_academy.measurement.analysis.statistics import GroupDifference, ItemStatistics
from trainer_academy.measurement.reports.facts import gather, rate, read_reviews, shown
from trainer_academy.measurement.reports.models import StoredReport
from trainer_academy.measurement.reports.views import address_of
from trainer_academy.web.access import rule_of
from trainer_academy.web.context import get
from trainer_academy.workflows.certification import Services

EXAM = "evaluating-responses"
REPORT, HANDBOOK = f"/exams/{EXAM}/report", f"/exams/{EXAM}/handbook"


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html[html.index("<main") : html.index("</main>")]).split())


def spec_version(app: Flask) -> str:
    with app.app_context():
        return get(ItemStore).exams[EXAM].version


def get_items(app: Flask) -> list[SomeItem]:
    with app.app_context():
        return list(get(ItemStore).banks["evaluating-exam"].items.values())


def sit(app: Flask, people: int, passing: int) -> None:
    """Made-up people; the first `passing` answer as the key says, the others answer nothing right."""
    with app.app_context(), get(Database).writing() as session:
        make = demo.Builder(session, get(Library), get(Services), utc_now())
        for place in range(people):
            user_id = make.person(f"sitter{place}@example.org", f"Sitter {place}")
            make.sit_exam(user_id, 1.0 if place < passing else 0.0, place)
        session.commit()


@pytest.mark.parametrize("exam", [EXAM, "writing-rationales"])
def test_every_exam_that_counts_has_a_report_and_a_handbook(app: Flask, exam: str) -> None:
    for path in (f"/exams/{exam}/report", f"/exams/{exam}/handbook"):
        page = Visitor(app).get(path)
        assert page.status_code == 200
        text = words(page.text)
        assert "Provisional: no judges have rated the items yet." in text
        assert "%%" not in text and "%(" not in text and not re.search(r"\bNone\b(?!\.)", text)


def test_exams_that_do_not_count_have_none(app: Flask) -> None:
    for path in ("/exams/evaluating-responses-mock/report", "/exams/no-such/report", "/exams/no-such/handbook"):
        assert Visitor(app).get(path).status_code == 404
    assert Visitor(app).get(f"{REPORT}?made=77").status_code == 404


def test_without_data_the_report_says_so(app: Flask) -> None:
    text = words(Visitor(app).get(REPORT).text)
    assert "Not enough data: n = 0 of 30 first attempts" in text
    assert "No study has been done yet, so there is no panel." in text
    assert "No paper has been given in this version yet." in text
    assert "no survey of practitioners" in text.lower()
    # 42 items at .70: Lord's binomial error is sqrt(.70 * .30 / 41) = .0716.
    assert "at most about 7.2 of 100 with 42 items" in text


def test_small_groups_are_not_shown(app: Flask) -> None:
    sit(app, 9, passing=9)
    text = words(Visitor(app).get(REPORT).text)
    assert "People who have started this exam in any version: fewer than 10." in text
    assert re.search(r"attempt 1 fewer than 10 not enough data", text)
    assert "Fewer than 10 papers have been given" in text


def test_groups_of_ten_are_shown_with_n_and_interval(app: Flask) -> None:
    sit(app, 12, passing=9)
    text = words(Visitor(app).get(REPORT).text)
    # 9 of 12: Wilson's 95 % interval is 46.8 to 91.1.
    assert "attempt 1 12 75.0 46.8–91.1" in text
    assert "Of the newest 12 papers, 12 hold exactly what is asked for." in text
    assert "en 12 not enough data" in text, "groups are compared from 30 people on"


def compared(focal_n: int, size: str, item: str) -> ItemStatistics:
    """Made-up numbers of one item with one comparison of two groups."""
    row = GroupDifference(
        kind="language",
        reference="en",
        focal="sw",
        reference_n=400,
        focal_n=focal_n,
        delta=-1.8,
        low=-2.4,
        high=-1.2,
        p=0.001,
        size=size,
        is_sure=True,
    )
    return ItemStatistics(
        item_id=item,
        kind="choice",
        n=500,
        pilots=0,
        exposure=0.5,
        facility=0.7,
        facility_low=0.66,
        facility_high=0.74,
        item_rest=0.3,
        rest_low=0.2,
        rest_high=0.4,
        alpha_without=None,
        information=None,
        options=(),
        curve=(),
        curve_n=(),
        times=None,
        differences=(row,),
        drift=None,
        rival=None,
        first_week="2026-11-19",
        last_week="2026-11-26",
    )


def test_items_that_differ_between_groups_are_counted_in_public(app: Flask) -> None:
    assert "needs 100 people in each of two groups: not enough data yet" in words(Visitor(app).get(REPORT).text)
    found = [compared(130, "C", "ev-x-001"), compared(121, "B", "ev-x-002"), compared(125, "A", "ev-x-003")]
    with app.app_context(), get(Database).writing() as session:
        values = {"revision": 1, "sittings": 530, "last_attempt_id": 1, "key_digest": "k", "setting_digest": "s"}
        session.add(ExamAnalysis(exam_key=EXAM, **values, facts={}, computed_at=utc_now()))
        session.flush()
        for one in found:
            numbers = one.model_dump(mode="json")
            session.add(ItemAnalysis(exam_key=EXAM, item_id=one.item_id, n=500, facility=0.7, numbers=numbers))
        session.commit()
    assert "sw / en 130 / 400 3 1 1" in words(Visitor(app).get(REPORT).text)


def test_reliability_is_shown_from_thirty_on(app: Flask, clock: TestClock) -> None:
    def add(session: Session, n: int) -> None:
        values = {"mean": 0.8, "sd": 0.1, "alpha": 0.81, "sem": 0.044, "accuracy": 0.91, "consistency": 0.87, "kappa": 0.6}
        session.add(
            ExamQuality(
                exam_key=EXAM, exam_version=spec_version(app), n=n, passed=20, cut_score=0.78, computed_at=clock(), **values
            )
        )

    write(app, lambda session: add(session, 29))
    assert "n = 29 of 30" in words(Visitor(app).get(REPORT).text)
    write(app, lambda session: add(session, 30))
    text = words(Visitor(app).get(REPORT).text)
    assert "From n = 30 first attempts" in text and "decided as the true score is 0.91" in text and "Alpha 0.81" in text


def test_the_command_keeps_each_report_and_the_page_shows_the_newest(app: Flask, tmp_path: Path) -> None:
    run = app.test_cli_runner()
    page, text = tmp_path / "r.html", tmp_path / "r.md"
    assert run.invoke(args=["measure", "report", EXAM, "--out", str(page)]).exit_code == 0
    sit(app, 12, passing=9)
    second = run.invoke(args=["measure", "report", EXAM, "--out", str(text)])
    assert second.exit_code == 0, second.output
    assert count(app, StoredReport) == 2
    shown_page = Visitor(app).get(REPORT).text
    assert "Kept since" in shown_page and "75.0" in words(shown_page) and "Earlier reports" in shown_page
    first = write(app, lambda s: s.exec(select(StoredReport.id)).first())
    assert "No attempt of this version is decided yet." in words(Visitor(app).get(f"{REPORT}?made={first}").text)
    assert "<h1>Technical report" in page.read_text() and "No attempt of this version" in page.read_text()
    assert text.read_text().startswith("# Technical report") and "| attempt 1 | 12 | 75.0 |" in text.read_text()
    for args in (["measure", "report", "no-such"], ["measure", "report", EXAM, "--out", "x.docx"]):
        assert run.invoke(args=args).exit_code == 1
    assert count(app, StoredReport) == 2
    markdown = Visitor(app).get(f"{REPORT}?format=md")
    assert markdown.content_type.startswith("text/markdown") and markdown.text == text.read_text()


def test_operators_make_a_report_on_the_page(
    app: Flask, clock: TestClock, learner: Visitor, people: Callable[[str], Visitor]
) -> None:
    assert learner.post(REPORT).status_code == 403
    operator = people("operator@example.org")
    give_role(app, clock, "operator@example.org", "academy", "operator")
    assert "A new report is kept" in operator.post(REPORT).text
    assert count(app, StoredReport) == 1


def test_the_handbook_says_what_the_program_does(app: Flask) -> None:
    text = words(Visitor(app).get(HANDBOOK).text)
    with app.app_context():
        spec = get(ItemStore).exams[EXAM]
    assert f"{spec.item_count + count_pilots(spec, get_items(app))} items in at most {spec.minutes} minutes" in text
    assert f"{spec.scored_count} of them are scored" in text
    assert f"{spec.attempts} attempts are possible within {spec.window_days} days" in text
    assert "The certified level is 70.0 of 100." in text and "for 80 at the first sitting" in text
    assert "within 14 days" in text and "valid for 24 months" in text
    assert "Against the rating of a text" not in text
    written = words(Visitor(app).get("/exams/writing-rationales/handbook").text)
    assert "appeal once, within 30 days" in written and "This exam gives no certificate." in written
    out = app.test_cli_runner().invoke(args=["measure", "handbook", EXAM])
    assert out.exit_code == 0 and out.output.startswith("# Candidate handbook") and "/verify" in out.output


def test_the_pages_are_linked_from_exam_course_and_achievement(app: Flask, learner: Visitor) -> None:
    for visitor, path in [
        (learner, f"/exams/{EXAM}"),
        (Visitor(app), "/courses/evaluating-responses"),
        (Visitor(app), "/achievements/response-evaluator-1"),
    ]:
        page = visitor.get(path).text
        assert f'href="{REPORT}"' in page and f'href="{HANDBOOK}"' in page, path


def test_23_requirements_and_every_place_exists(app: Flask, library: Library) -> None:
    assert library.requirements is not None
    rows = library.requirements.requirements
    assert len(rows) == 23
    with app.test_request_context():
        for row in rows:
            for place in row.where:
                if place.document is not None:
                    assert (ROOT / place.document).is_file(), place.document
                    continue
                assert rule_of(app, place.endpoint or "") is not None, place.endpoint
                address = address_of(place)
                assert address is not None
                assert Visitor(app).get(address).status_code in (200, 302), address
    page = Visitor(app).get("/requirements")
    assert page.status_code == 200 and page.text.count('<li id="r') == 23
    text = words(page.text)
    assert "No panel has rated the items" in text and "identity is not checked" in text and "not accredited" in text


def test_a_panel_is_claimed_only_where_there_is_one(library: Library) -> None:
    """Nobody has rated the items: as long as that is so, rows 9 and 10 may not be met."""
    assert library.requirements is not None
    states = {row.id: row.state for row in library.requirements.requirements}
    assert states[9] == states[10] == "not met"


def test_reviews_are_counted_as_they_stand(app: Flask, library: Library, tmp_path: Path) -> None:
    items = list(library.store.banks["evaluating-exam"].items.values())[:3]
    head = "item,version,reviewer,answer,score,outcome\n"
    rows = [
        f"{items[0].id},{items[0].version},somebody,x,1.0,agreed",
        f"{items[1].id},old,somebody,x,0.5,the key was changed",
        "another-bank,v,nobody,x,1.0,agreed",
    ]
    (tmp_path / "one.csv").write_text(head + "\n".join(rows) + "\n")
    found = read_reviews(tmp_path, items)
    assert (found.rows, found.items, found.current, found.as_they_were, found.reviewers) == (2, 2, 1, 1, ("somebody",))
    assert read_reviews(tmp_path / "nothing", items).rows == 0


def test_what_is_published_about_how_many() -> None:
    assert [shown(n) for n in (0, 1, 9, 10, 250)] == [0, None, None, 10, 250]
    assert rate("x", 9, 9).share is None and rate("x", 9, 9).n is None
    assert rate("x", 29, 20, 30).share is None and rate("x", 29, 20, 30).n == 29
    ten = rate("x", 10, 5)
    assert ten.share == 0.5 and ten.low is not None and ten.high is not None and ten.low < 0.5 < ten.high


def test_a_stored_report_of_an_older_version_can_be_read(app: Flask, library: Library) -> None:
    with app.app_context(), get(Database).reader() as session:
        facts = gather(session, library.store, EXAM, ROOT / "content", utc_now())
    stored = facts.model_dump(mode="json") | {"a_name_that_is_gone": 1}
    assert type(facts).model_validate(stored) == facts


def test_answers_to_an_exam_are_a_facility_from_thirty_first_attempts(app: Flask, learner: Visitor) -> None:
    from trainer_academy.measurement.standard_setting.results import facilities

    attempt_id = learner.start_exam()
    fill_paper(app, attempt_id, 20)
    learner.post(f"/attempts/{attempt_id}/submit")
    with app.app_context(), get(Database).reader() as session:
        ids = list(get(ItemStore).items)
        assert facilities(session, EXAM, ids) == {}
        found = facilities(session, EXAM, ids, least=1)
    assert len(found) == 20 and set(found.values()) == {1.0}

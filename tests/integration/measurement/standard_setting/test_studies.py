"""Standard setting on both engines: two rounds with made-up judges, the signed cut, and the bar for judges."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, func, select

from tests.panel_stage import DEFINITION, EXAM, NOW, Panel
from trainer_academy.accounts import people
from trainer_academy.accounts.models import AuditEvent
from trainer_academy.assessments.exams.attempts import start_attempt
from trainer_academy.assessments.exams.basis import cut_by_id, cut_in_force
from trainer_academy.assessments.exams.models import Attempt, Cut, ExamBar
from trainer_academy.assessments.exams.starting import facts_of
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.library import Library
from trainer_academy.measurement.standard_setting import steps as studying
from trainer_academy.measurement.standard_setting.adopting import Adoption, adopt, cuts_of
from trainer_academy.measurement.standard_setting.models import Study, StudyRating
from trainer_academy.measurement.standard_setting.results import panel_rows, study_result
from trainer_academy.notices.models import Notice


@pytest.fixture
def panel(session: Session, library: Library) -> Panel:
    return Panel(session, library.store)


def wish(score: float, why: str = "", name: str = "Olga Operator") -> Adoption:
    return Adoption(score, "The study was run as planned.", why, name)


def adopt_it(panel: Panel, wanted: Adoption, hours: int = 0) -> Cut | Refusal:
    last = study_result(panel.session, panel.study, panel.spec).last
    now = NOW + timedelta(days=10, hours=hours)
    return adopt(panel.session, panel.study, last, wanted, panel.operator.id or 0, panel.operator.name, now)


def recommended(panel: Panel) -> float:
    last = study_result(panel.session, panel.study, panel.spec).last
    assert last is not None
    return round(last.paper.cut, 4)


def test_two_rounds_to_the_end(panel: Panel) -> None:
    panel.run(6)
    result = study_result(panel.session, panel.study, panel.spec)
    assert [one.number for one in result.rounds] == [1, 2]
    first, second = result.rounds
    assert first.judges == second.judges == 6
    assert first.missing == second.missing == ()
    # The second round was made milder by .02, cut off at the ends only.
    assert second.plain.cut == pytest.approx(first.plain.cut - 0.02, abs=0.003)
    assert result.change is not None
    assert set(result.change.judges) == {"1", "2", "3", "4", "5", "6"}
    # Judge 6 is .05 milder than judge 1 by construction.
    rows = {row.name: row for row in second.plain.judges}
    assert rows["6"].from_others > rows["1"].from_others
    assert second.without["6"] < second.paper.cut < second.without["1"]
    assert len(second.widest) == 10 and second.widest[0][2] == max(item.spread for item in second.plain.items)
    assert 0 < second.paper.error < 0.05 and second.plain.reliability is not None and second.plain.reliability > 0.5


def test_items_are_frozen_with_their_keys_when_the_study_starts(panel: Panel, library: Library) -> None:
    panel.appoint(2)
    assert panel.study.items == []
    panel.start()
    assert len(panel.study.items) == 30
    for entry in panel.study.items:
        item = library.store.items[entry["id"]]
        assert (entry["version"], entry["key_version"]) == (item.version, item.key_version)
    assert {(e["skill"], e["kind"]) for e in panel.study.items} == {(d.skill, d.kind) for d in panel.spec.draw}


def test_every_rating_is_kept_and_the_newest_of_a_round_counts(panel: Panel) -> None:
    panel.appoint(2)
    panel.start()
    judge, item = panel.judges[0], panel.study.items[0]["id"]
    for value in (0.5, 0.6, 0.6, 0.55):  # the same value again adds nothing
        assert studying.rate(panel.session, panel.study, judge, item, value, panel.now) is None
    stored = panel.session.exec(select(StudyRating.value).order_by(StudyRating.id)).all()  # type: ignore[arg-type]
    assert list(stored) == [0.5, 0.6, 0.55]
    newest = studying.newest_ratings(panel.session, panel.study.id or 0, 1)
    assert newest == {judge.id: {item: 0.55}}


def test_the_second_round_leaves_the_first_one_alone(panel: Panel) -> None:
    panel.run(3)
    first = studying.newest_ratings(panel.session, panel.study.id or 0, 1)
    second = studying.newest_ratings(panel.session, panel.study.id or 0, 2)
    assert first != second
    assert panel.session.scalar(select(func.count()).select_from(StudyRating)) == 2 * 3 * 30


def test_nobody_rates_before_signing_or_without_an_open_round(panel: Panel) -> None:
    panel.appoint(2, is_signed=False)
    panel.start()
    item = panel.study.items[0]["id"]
    refused = studying.rate(panel.session, panel.study, panel.judges[0], item, 0.5, panel.now)
    assert isinstance(refused, Refusal) and refused.code == "judge.sign_first"
    assert panel.sign(panel.judges[0]) is None
    with pytest.raises(NotFound):
        studying.rate(panel.session, panel.study, panel.judges[0], "no-such-item", 0.5, panel.now)
    panel.study.status = "discussion"
    refused = studying.rate(panel.session, panel.study, panel.judges[0], item, 0.5, panel.now)
    assert isinstance(refused, Refusal) and refused.code == "round.none_open_to_rate"
    assert panel.session.scalar(select(func.count()).select_from(StudyRating)) == 0


def test_a_judge_with_open_items_is_named_and_left_out(panel: Panel) -> None:
    panel.appoint(4)
    panel.start()
    for judge in panel.judges[:3]:
        panel.rate_all(judge)
    panel.rate_all(panel.judges[3], leave_out=1)
    refused = studying.finish(panel.session, panel.study, panel.judges[3], panel.now)
    assert refused == Refusal("round.items_left", left=1)
    assert panel.study.status == "round_1", "it does not close while one judge is not done"
    assert studying.close_round(panel.session, panel.study, panel.operator.id, "Three weeks are over.", panel.now) is None
    assert panel.study.notes_on_rounds["1"] == {"reason": "Three weeks are over.", "missing": [4]}
    result = study_result(panel.session, panel.study, panel.spec)
    assert [row.name for row in result.rounds[0].plain.judges] == ["1", "2", "3"]
    assert studying.open_second(panel.session, panel.study, panel.operator.id or 0, "link", panel.now) is None
    item = panel.study.items[0]["id"]
    late = studying.rate(panel.session, panel.study, panel.judges[3], item, 0.5, panel.now)
    assert isinstance(late, Refusal)
    for judge in panel.judges[:3]:
        panel.rate_all(judge)
    assert panel.study.status == "closed", "the one who was left out is not waited for"


def test_a_round_without_two_complete_judges_stays_open(panel: Panel) -> None:
    panel.appoint(2)
    panel.start()
    panel.rate_all(panel.judges[0])
    refused = studying.close_round(panel.session, panel.study, panel.operator.id, "It is late now.", panel.now)
    assert isinstance(refused, Refusal)
    assert panel.study.status == "round_1"


def test_a_judge_who_leaves_counts_no_more_and_the_ratings_stay(panel: Panel) -> None:
    panel.appoint(4)
    panel.start()
    for judge in panel.judges:
        panel.rate_all(judge, is_done=judge.number != 4)
    before = panel.session.scalar(select(func.count()).select_from(StudyRating))
    assert studying.leave(panel.session, panel.study, panel.judges[3], panel.operator.id or 0, "A conflict.", panel.now) is None
    assert panel.study.status == "discussion", "the others were done, so the round closes"
    assert panel.session.scalar(select(func.count()).select_from(StudyRating)) == before
    result = study_result(panel.session, panel.study, panel.spec)
    assert [row.name for row in result.rounds[0].plain.judges] == ["1", "2", "3"]
    with pytest.raises(NotFound):
        studying.get_judge(panel.session, panel.study.id or 0, panel.judges[3].user_id)


def test_what_a_judge_sees_between_the_rounds(panel: Panel) -> None:
    panel.appoint(3)
    panel.start()
    for judge in panel.judges:
        panel.rate_all(judge)
    rows = panel_rows(panel.session, panel.study, panel.judges[0])
    own = studying.newest_ratings(panel.session, panel.study.id or 0, 1)
    assert len(rows) == 30
    for row in rows:
        values = [own[judge.id or 0][row.item_id] for judge in panel.judges]
        assert row.own == own[panel.judges[0].id or 0][row.item_id]
        assert row.mean == pytest.approx(sum(values) / 3) and (row.low, row.high) == (min(values), max(values))
        assert row.facility is None, "nobody has sat the exam"


def test_keeping_the_first_ratings_writes_them_down(panel: Panel) -> None:
    panel.appoint(2)
    panel.start()
    for judge in panel.judges:
        panel.rate_all(judge)
    studying.open_second(panel.session, panel.study, panel.operator.id or 0, "link", panel.now)
    judge, item = panel.judges[0], panel.study.items[0]["id"]
    studying.rate(panel.session, panel.study, judge, item, 0.11, panel.now)
    assert studying.keep_rest(panel.session, panel.study, judge, panel.now) == 29
    first = studying.newest_ratings(panel.session, panel.study.id or 0, 1, judge.id)[judge.id or 0]
    second = studying.newest_ratings(panel.session, panel.study.id or 0, 2, judge.id)[judge.id or 0]
    assert second == first | {item: 0.11}


def test_adoption_changes_the_cut_of_new_attempts_only(panel: Panel) -> None:
    panel.run(6)
    session, spec = panel.session, panel.spec
    one, other = panel.person("one@example.org", "One"), panel.person("other@example.org", "Other")
    before = start_attempt(session, one.id or 0, EXAM, spec, panel.items, 1, panel.now)
    assert isinstance(before, Attempt) and before.cut_score == spec.cut_score and before.cut_id is None
    assert cut_in_force(session, EXAM, spec).is_provisional
    cut = adopt_it(panel, wish(recommended(panel)))
    assert isinstance(cut, Cut)
    assert (cut.judges, cut.items, cut.signature, cut.study_id) == (6, 30, "Olga Operator", panel.study.id)
    after = start_attempt(session, other.id or 0, EXAM, spec, panel.items, 1, panel.now)
    assert isinstance(after, Attempt) and after.cut_score == cut.score and after.cut_id == cut.id
    session.refresh(before)
    assert before.cut_score == spec.cut_score, "a running attempt keeps its cut"
    now = cut_in_force(session, EXAM, spec)
    assert not now.is_provisional and (now.score, now.judges, now.adopted_at) == (cut.score, 6, cut.adopted_at)
    assert cut_by_id(session, before.cut_id, before.cut_score or 0).is_provisional
    kinds = session.exec(select(AuditEvent.kind).where(AuditEvent.subject_type == "cut")).all()
    assert list(kinds) == ["cut_adopted"]


def test_adopting_needs_a_reason_for_another_value_a_signature_and_enough_judges(panel: Panel) -> None:
    panel.run(6)
    best = recommended(panel)
    for wanted, code in [
        (wish(best + 0.05), "cut.why"),
        (wish(best, name="Somebody Else"), "cut.signature"),
        (wish(1.0, "This is long enough as a reason."), "cut.range"),
    ]:
        refused = adopt_it(panel, wanted)
        assert isinstance(refused, Refusal) and code == refused.code
    assert cuts_of(panel.session, EXAM) == []
    assert isinstance(adopt_it(panel, wish(best, name=" olga  OPERATOR ")), Cut)
    other = adopt_it(panel, wish(0.75, "The board asked for a round number."), hours=1)
    assert isinstance(other, Cut) and "round number" in other.reason and other.recommended == best
    assert cuts_of(panel.session, EXAM)[0].id == other.id and len(cuts_of(panel.session, EXAM)) == 2, (
        "all cuts stay, the newest first"
    )
    assert cut_in_force(panel.session, EXAM, panel.spec).score == 0.75


def test_four_judges_are_too_few(panel: Panel) -> None:
    panel.run(4)
    refused = adopt_it(panel, wish(recommended(panel)))
    assert refused == Refusal("cut.few", least=5)
    assert panel.session.scalar(select(func.count()).select_from(Cut)) == 0


def test_nothing_is_adopted_from_the_first_round(panel: Panel) -> None:
    panel.appoint(6)
    panel.start()
    for judge in panel.judges:
        panel.rate_all(judge)
    assert panel.study.status == "discussion"
    refused = adopt_it(panel, wish(0.7))
    assert refused == Refusal("cut.open")


def test_who_has_signed_as_a_judge_starts_no_exam_of_the_bank(panel: Panel) -> None:
    panel.appoint(1, is_signed=False)
    session, judge = panel.session, panel.judges[0]
    assert facts_of(session, judge.user_id, EXAM, panel.spec, panel.now).barred_until is None, (
        "no item was seen before the signature"
    )
    assert panel.sign(judge) is None
    refused = start_attempt(session, judge.user_id, EXAM, panel.spec, panel.items, 1, panel.now)
    assert refused == Refusal("start.judge")
    # The other exam of the same bank too; after two years the bar is over.
    written = panel.store.exams["writing-rationales"]
    assert start_attempt(session, judge.user_id, "writing-rationales", written, panel.items, 1, panel.now) == Refusal(
        "start.judge"
    )
    bar = session.exec(select(ExamBar)).one()
    assert isinstance(start_attempt(session, judge.user_id, EXAM, panel.spec, panel.items, 1, bar.ends_at), Attempt)


def test_nobody_signs_while_an_exam_runs(panel: Panel) -> None:
    panel.appoint(1, is_signed=False)
    judge = panel.judges[0]
    assert isinstance(start_attempt(panel.session, judge.user_id, EXAM, panel.spec, panel.items, 1, panel.now), Attempt)
    refused = panel.sign(judge)
    assert refused == Refusal("judge.exam_open")
    assert judge.signed_at is None and panel.session.exec(select(ExamBar)).first() is None


def test_conflicts_are_found_and_recorded_not_forbidden(panel: Panel) -> None:
    session = panel.session
    vendor = people.create_organization(session, "vendor", "Made-up Vendor", panel.now)
    lead, staff = panel.person("lead@example.org", "Lead"), panel.person("staff@example.org", "Staff")
    people.add_membership(session, lead.id or 0, vendor.id or 0, "manager", None, panel.now)
    people.add_membership(session, staff.id or 0, vendor.id or 0, "staff", None, panel.now)
    assert studying.find_conflicts(session, lead.id or 0, [EXAM]) == []
    attempt = start_attempt(session, staff.id or 0, EXAM, panel.spec, panel.items, 1, panel.now)
    assert isinstance(attempt, Attempt)
    assert studying.find_conflicts(session, lead.id or 0, [EXAM]) == ["vendor"]
    assert studying.find_conflicts(session, staff.id or 0, [EXAM]) == ["sat"]
    judge = studying.appoint(session, panel.study, [EXAM], lead, panel.operator.id or 0, "link", panel.now)
    assert not isinstance(judge, Refusal) and judge.found == ["vendor"]
    assert session.exec(select(Notice.kind).where(Notice.user_id == lead.id)).all() == ["judge_appointed"]
    again = studying.appoint(session, panel.study, [EXAM], lead, panel.operator.id or 0, "link", panel.now)
    assert isinstance(again, Refusal)


def test_one_study_of_an_exam_at_a_time(panel: Panel) -> None:
    def plan() -> Study | Refusal:
        return studying.plan_study(
            panel.session, EXAM, panel.spec, panel.items, DEFINITION, None, 0, panel.operator.id or 0, panel.now
        )

    assert isinstance(plan(), Refusal)
    assert studying.abandon(panel.session, panel.study, panel.operator.id or 0, "Planned by mistake.", panel.now) is None
    assert isinstance(plan(), Study)


def test_the_discussion_takes_notes_between_the_rounds_only(panel: Panel) -> None:
    panel.appoint(2)
    panel.start()
    assert isinstance(studying.add_note(panel.session, panel.study, None, panel.operator.id or 0, "Early", panel.now), Refusal)
    for judge in panel.judges:
        panel.rate_all(judge)
    judge = panel.judges[1]
    assert studying.add_note(panel.session, panel.study, judge, judge.user_id, "Item 3 is harder.", panel.now) is None
    assert [(note.judge_id, note.text) for note in studying.notes_of(panel.session, panel.study.id or 0)] == [
        (judge.id, "Item 3 is harder.")
    ]

"""Item analysis on both engines: in batches as at once, after corrected keys, with attempts that come late or go."""

from __future__ import annotations

import random
import threading
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, func, select

from tests.analysed import update_analysis
from tests.sittings import CUT, EXAM, LETTERS, THEN, Written, item_ids, make_store, source_of, write_people, write_sittings
from trainer_academy.accounts.models import User
from trainer_academy.accounts.people import add_membership, create_organization
from trainer_academy.assessments.bank.models import Correction
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import current_items
from trainer_academy.assessments.corrections.models import Rescoring
from trainer_academy.assessments.corrections.steps import approve, propose_key, propose_suspension
from trainer_academy.assessments.exams.basis import newest_quality
from trainer_academy.assessments.exams.deciding import decide, score_answers
from trainer_academy.assessments.exams.models import (
    Attempt,
    CalibrationAdoption,
    Cut,
    ExamQuality,
    StoredCalibration,
    StoredItem,
)
from trainer_academy.core.db import Database
from trainer_academy.core.errors import NotFound
from trainer_academy.jobs import Aside, analyse_exams
from trainer_academy.measurement.analysis.comparing import alike_pairs, compared_groups, stale_groups
from trainer_academy.measurement.analysis.models import AnswerLikeness, ComparedGroup, ExamAnalysis, ItemAnalysis
from trainer_academy.measurement.analysis.steps import prepare_analysis, store_analysis
from trainer_academy.pool.profiles import ProfileValues, countries_of, save_profile
from trainer_academy.workflows.item_analysis import analyse_exam

ITEMS, LENGTH = 24, 16
LATER = THEN + timedelta(days=1)
KEY_B = {"basis": "judgement", "correct": ["b"]}


def a_store() -> ItemStore:
    return make_store({name: source_of(name, LETTERS[place % 4]) for place, name in enumerate(item_ids(ITEMS))}, LENGTH)


def draw(store: ItemStore, count: int, seed: int, **more: Any) -> list[Written]:
    """People with an ability; each misses items by chance."""
    rng, found = random.Random(seed), []
    for number in range(count):
        ability = rng.random()
        answers: dict[str, tuple[str, int | None]] = {}
        for name in rng.sample(item_ids(ITEMS), LENGTH):
            key = store.items[name].key.correct[0]  # type: ignore[union-attr]
            wrong = [letter for letter in LETTERS if letter != key]
            answers[name] = (key if rng.random() < 0.2 + 0.7 * ability else rng.choice(wrong), rng.randint(5, 90))
        found.append(Written(answers, started_at=THEN + timedelta(hours=3 * number), **more))
    return found


def numbers_of(session: Session) -> dict[str, Any]:
    """Everything that is stored of the exam, without times and revisions."""
    items = session.execute(select(col(ItemAnalysis.item_id), col(ItemAnalysis.numbers)).where(ItemAnalysis.exam_key == EXAM))
    facts = session.scalar(select(ExamAnalysis.facts).where(ExamAnalysis.exam_key == EXAM))
    return {"facts": facts, "items": {row[0]: row[1] for row in items}}


def near(value: Any) -> Any:
    if isinstance(value, float):
        return pytest.approx(value, abs=1e-9)
    if isinstance(value, list):
        return [near(each) for each in value]
    return {name: near(each) for name, each in value.items()} if isinstance(value, dict) else value


def begin_anew(session: Session) -> None:
    """Forget the sums, as if nothing had been counted."""
    session.execute(update(ExamAnalysis).values(key_digest=""))


def rescore_all(session: Session, store: ItemStore) -> None:
    """What a run after a correction does, without mails and certificates."""
    run = session.exec(select(Rescoring)).one()
    for attempt in session.exec(select(Attempt).where(Attempt.exam_key == EXAM, Attempt.status == "decided")).all():
        items = current_items(session, store, [entry.pair for entry in attempt.paper])
        decide(session, attempt, items, score_answers(session, attempt, items, LATER), "rescored", LATER, run.id)
    run.status = "done"
    session.flush()


def authors(session: Session) -> tuple[int, int]:
    one, two = write_people(session, [8001, 8002])
    return one, two


def test_three_batches_give_what_counting_at_once_gives(session: Session) -> None:
    store = a_store()
    people = draw(store, 140, 1)
    added = []
    for start, end in ((0, 40), (40, 41), (41, 140)):
        write_sittings(session, store, people[start:end], start)
        done = update_analysis(session, store, EXAM, LATER)
        assert done is not None
        added.append((done.added, done.is_from_scratch))
    assert added == [(40, True), (1, False), (99, False)]
    in_batches = numbers_of(session)
    begin_anew(session)
    again = update_analysis(session, store, EXAM, LATER)
    assert again is not None and (again.added, again.is_from_scratch) == (140, True)
    assert numbers_of(session) == near(in_batches)
    assert in_batches["facts"]["n"] == 140 and len(in_batches["items"]) == ITEMS
    assert update_analysis(session, store, EXAM, LATER) is None, "nothing is new"


def test_after_a_corrected_key_the_numbers_follow(session: Session) -> None:
    store = a_store()
    write_sittings(session, store, draw(store, 120, 2))
    update_analysis(session, store, EXAM, LATER)
    before = numbers_of(session)["items"]["item-001"]
    one, two = authors(session)
    made = propose_key(
        session, store, store.items["item-001"], {"basis": "judgement", "correct": ["b"]}, "It is b.", one, LATER
    )
    assert isinstance(made, Correction) and approve(session, store, made, two, "Yes.", LATER) is None
    rescore_all(session, store)
    done = update_analysis(session, store, EXAM, LATER)
    assert done is not None and done.is_from_scratch
    after = numbers_of(session)["items"]["item-001"]
    share_of = {line["option"]: line["share"] for line in before["options"]}
    assert before["facility"] == pytest.approx(share_of["a"]) and after["facility"] == pytest.approx(share_of["b"])
    assert [line["option"] for line in after["options"] if line["is_key"]] == ["b"]
    assert after["item_rest"] < before["item_rest"]
    assert after["rival"] == "a" and "key" in after["flags"], "the new key is the wrong one"
    # The sums went on from there: one more sitting is added, not everything counted again.
    write_sittings(session, store, draw(store, 1, 3), 500)
    more = update_analysis(session, store, EXAM, LATER)
    assert more is not None and (more.added, more.is_from_scratch) == (1, False)


def test_while_a_run_is_under_way_the_sums_are_made_anew_each_time(session: Session) -> None:
    store = a_store()
    write_sittings(session, store, draw(store, 35, 4))
    update_analysis(session, store, EXAM, LATER)
    one, two = authors(session)
    made = propose_key(
        session, store, store.items["item-001"], {"basis": "judgement", "correct": ["b"]}, "It is b.", one, LATER
    )
    assert isinstance(made, Correction) and approve(session, store, made, two, "Yes.", LATER) is None
    first = update_analysis(session, store, EXAM, LATER)
    session.execute(update(Rescoring).values(last_attempt_id=10))
    second = update_analysis(session, store, EXAM, LATER)
    assert first is not None and second is not None and first.is_from_scratch and second.is_from_scratch
    assert update_analysis(session, store, EXAM, LATER) is None


def test_a_suspended_item_leaves_the_analysis(session: Session) -> None:
    store = a_store()
    write_sittings(session, store, draw(store, 60, 5))
    update_analysis(session, store, EXAM, LATER)
    one, two = authors(session)
    made = propose_suspension(session, store.items["item-004"], "Two answers are right.", one, LATER)
    assert isinstance(made, Correction) and approve(session, store, made, two, "Yes.", LATER) is None
    update_analysis(session, store, EXAM, LATER)
    assert set(numbers_of(session)["items"]) == set(item_ids(ITEMS)) - {"item-004"}


def test_attempts_decided_late_are_added_and_voided_ones_leave(session: Session) -> None:
    store = a_store()
    people = draw(store, 50, 6)
    ids = write_sittings(session, store, people[:10])
    late = write_sittings(session, store, [Written(people[10].answers, status="awaiting")], 10)
    write_sittings(session, store, people[11:], 11)
    first = update_analysis(session, store, EXAM, LATER)
    session.execute(update(Attempt).where(col(Attempt.id) == late[0]).values(status="decided"))
    second = update_analysis(session, store, EXAM, LATER)
    assert first is not None and second is not None
    assert (first.added, second.added, second.is_from_scratch, second.facts.n) == (49, 1, False, 50)
    session.execute(update(Attempt).where(col(Attempt.id) == ids[3]).values(status="void"))
    third = update_analysis(session, store, EXAM, LATER)
    assert third is not None and third.is_from_scratch and third.facts.n == 49


def test_only_first_attempts_count(session: Session) -> None:
    store = a_store()
    [person] = write_people(session, [700])
    two = draw(store, 2, 7)
    write_sittings(session, store, [Written(two[0].answers, person=person), Written(two[1].answers, person=person, number=2)])
    done = update_analysis(session, store, EXAM, LATER)
    assert done is not None and done.facts.n == 1 and {item.item_id for item in done.items} == set(two[0].answers)


def test_quality_is_a_row_that_decisions_can_quote(session: Session) -> None:
    store = a_store()
    write_sittings(session, store, draw(store, 29, 8))
    update_analysis(session, store, EXAM, LATER)
    assert newest_quality(session, EXAM, "1") is None, "29 first attempts are too few"
    write_sittings(session, store, draw(store, 71, 9), 29)
    update_analysis(session, store, EXAM, LATER)
    row = newest_quality(session, EXAM, "1")
    assert row is not None and (row.n, row.cut_score) == (100, CUT)
    scores = [score or 0.0 for score in session.scalars(select(Attempt.score))]
    assert row.mean == pytest.approx(sum(scores) / 100) and row.passed == sum(score >= CUT for score in scores)
    assert row.alpha is not None and row.sem is not None and row.consistency is not None and row.accuracy is not None
    assert 0.5 < row.alpha < 0.95 and 0.5 < row.consistency <= row.accuracy < 1
    begin_anew(session)
    update_analysis(session, store, EXAM, LATER)
    assert session.scalar(select(func.count()).select_from(ExamQuality)) == 1, "the same numbers are no new row"


def test_another_cut_or_calibration_works_the_numbers_out_again_without_counting(session: Session) -> None:
    store = a_store()
    write_sittings(session, store, draw(store, 60, 10))
    update_analysis(session, store, EXAM, LATER)
    [operator] = write_people(session, [701])
    session.add(
        Cut(
            exam_key=EXAM,
            score=0.5,
            recommended=0.52,
            error=0.02,
            judges=10,
            items=20,
            reason="test",
            signature="A",
            adopted_by=operator,
            adopted_at=LATER,
        )
    )
    made = StoredCalibration(
        exam_key=EXAM,
        number=1,
        persons=500,
        answers=8000,
        cycles=10,
        is_converged=True,
        priors={},
        data_digest="d",
        software="test",
        made_at=LATER,
    )
    session.add(made)
    session.flush()
    assert made.id is not None
    for name in item_ids(ITEMS):
        session.add(
            StoredItem(calibration_id=made.id, item_id=name, key_version="k", levels=2, slope=1.0, steps=[0.0], answers=9)
        )
    session.add(CalibrationAdoption(exam_key=EXAM, calibration_id=made.id, adopted_by=operator, reason="t", adopted_at=LATER))
    session.flush()
    done = update_analysis(session, store, EXAM, LATER)
    assert done is not None and (done.added, done.is_from_scratch) == (0, False)
    facts, items = numbers_of(session).values()
    assert (facts["cut"], facts["calibration"]) == (0.5, 1)
    assert {round(item["information"], 6) for item in items.values()} == {0.25}
    row = newest_quality(session, EXAM, "1")
    assert row is not None and row.cut_score == 0.5


def test_groups_are_read_from_accounts_and_from_what_the_edge_passes_in(session: Session) -> None:
    store = a_store()
    people = write_people(session, range(2000, 2240))
    session.execute(update(User).where(col(User.id).in_(people[:120])).values(locale="sw"))
    for place, user_id in enumerate(people):
        values = ProfileValues(f"A{user_id}", "KE" if place % 2 else "IN", "Africa/Nairobi", 1000, 20, "", ("en",), ("law",))
        save_profile(session, user_id, values, LATER)
    written = [Written(one.answers, person=user_id) for one, user_id in zip(draw(store, 240, 11), people, strict=True)]
    every = dict.fromkeys(item_ids(ITEMS), ("a", 20))
    hard = [Written(every | dict(one.answers), person=one.person) for one in written]
    write_sittings(session, store, hard)
    asked: list[int] = []

    def countries(one: Session, user_ids: Collection[int]) -> Mapping[int, str]:
        asked.extend(user_ids)
        return countries_of(one, user_ids)

    done = update_analysis(session, store, EXAM, LATER, {"country": countries})
    assert done is not None and sorted(asked) == sorted(people)
    kinds = {(row.kind, frozenset((row.reference, row.focal))) for item in done.items for row in item.differences}
    assert kinds == {("language", frozenset(("en", "sw"))), ("country", frozenset(("KE", "IN")))}
    assert all(row.reference_n + row.focal_n == 240 for item in done.items for row in item.differences)


def test_an_unknown_exam_is_refused_and_an_exam_without_attempts_is_empty(session: Session) -> None:
    store = a_store()
    with pytest.raises(NotFound, match=r"^analysis\.unknown_exam"):
        update_analysis(session, store, "nothing", LATER)
    done = update_analysis(session, store, EXAM, LATER)
    assert done is not None and (done.facts.n, done.items, done.facts.versions) == (0, [], ())


def test_of_two_runs_at_once_one_is_kept(database: Database) -> None:
    store = a_store()
    with database.writing() as session:
        write_sittings(session, store, draw(store, 40, 12))
        session.commit()
    for _ in range(2):  # the first row, and a later revision
        with database.reader() as session:
            one = prepare_analysis(session, store, EXAM)
        with database.reader() as session:
            other = prepare_analysis(session, store, EXAM)
        assert one is not None and other is not None
        with database.writing() as session:
            assert store_analysis(session, one, LATER)
            session.commit()
        with database.writing() as session:
            assert not store_analysis(session, other, LATER)
            assert session.scalar(select(func.count()).select_from(ItemAnalysis)) == ITEMS
            write_sittings(session, store, draw(store, 1, 13), 600 + one.revision)
            session.commit()


def copied(store: ItemStore) -> list[Written]:
    """Thirty people who begin within minutes; the ninth has the paper of the third and almost all of its answers."""
    people = draw(store, 30, 14)
    paper = people[2].answers
    people[8] = Written({name: answer if place else ("", None) for place, (name, answer) in enumerate(paper.items())})
    return [Written(one.answers, started_at=THEN + timedelta(minutes=place)) for place, one in enumerate(people)]


def members_of(session: Session, attempt_ids: Sequence[int]) -> int:
    organization = create_organization(session, "vendor", "A made-up vendor", THEN)
    assert organization.id is not None
    for user_id in session.scalars(select(Attempt.user_id).where(col(Attempt.id).in_(attempt_ids))).all():
        add_membership(session, user_id, organization.id, "staff", None, THEN)
    return organization.id


def test_a_copied_paper_is_found_in_its_groups(database: Database) -> None:
    store = a_store()
    with database.writing() as session:
        write_sittings(session, store, draw(store, 150, 15), 1000)
        ids = write_sittings(session, store, copied(store))
        organization = members_of(session, [ids[2], ids[8], ids[20]])
        session.commit()
    done = analyse_exam(database, store, EXAM, LATER)
    assert done is not None and (done.sittings, done.groups) == (180, 2)
    with database.reader() as session:
        rows = [row for row in alike_pairs(session, EXAM) if row.pair.is_flagged]
        assert {(row.pair.one_id, row.pair.other_id) for row in rows} == {(ids[2], ids[8])}
        assert {row.group.kind for row in rows} == {"start", "organization"}
        assert rows[0].pair.matches == LENGTH - 1 and rows[0].pair.p < 1e-5
        assert rows[0].one_name.startswith("Sitter") and rows[0].other_name != rows[0].one_name
        groups = {group.kind: group for group in compared_groups(session, EXAM)}
        assert (groups["start"].sittings, groups["organization"].organization_id) == (31, organization)
        assert stale_groups(session, EXAM)[0] == []
    assert analyse_exam(database, store, EXAM, LATER) is None, "nothing has changed"
    with database.writing() as session:
        session.execute(update(Attempt).where(col(Attempt.id) == ids[8]).values(status="void"))
        session.commit()
    again = analyse_exam(database, store, EXAM, LATER)
    assert again is not None and again.groups == 2
    with database.reader() as session:
        assert not any(row.pair.is_flagged for row in alike_pairs(session, EXAM))
        assert session.scalar(select(func.count()).select_from(ComparedGroup)) == 2


def test_pairs_go_with_the_attempts_of_a_deleted_account(database: Database) -> None:
    store = a_store()
    with database.writing() as session:
        ids = write_sittings(session, store, copied(store))
        session.commit()
    analyse_exam(database, store, EXAM, LATER)
    with database.writing() as session:
        person = session.scalar(select(Attempt.user_id).where(Attempt.id == ids[2]))
        session.delete(session.get_one(User, person))
        session.commit()
        left = session.exec(select(AnswerLikeness)).all()
        assert all(ids[2] not in (pair.one_id, pair.other_id) for pair in left)


def test_the_worker_analyses_each_exam_that_counts(database: Database) -> None:
    store = a_store()
    with database.writing() as session:
        write_sittings(session, store, draw(store, 40, 16))
        session.commit()
    analyse_exams(database, store, LATER, lambda: True)
    with database.reader() as session:
        assert session.get(ExamAnalysis, EXAM) is None, "a worker that stops begins no exam"
    analyse_exams(database, store, LATER, lambda: False)
    with database.reader() as session:
        row = session.get_one(ExamAnalysis, EXAM)
        assert (row.sittings, row.revision) == (40, 1)


def test_a_long_duty_runs_aside_once_at_a_time(caplog: pytest.LogCaptureFixture) -> None:
    begun, go = threading.Semaphore(0), threading.Event()
    calls: list[object] = []

    def slow(now: object) -> None:
        calls.append(now)
        begun.release()
        assert go.wait(10)
        raise ValueError("duty is broken")

    duty = Aside("a long duty", slow)
    duty(THEN)
    assert begun.acquire(timeout=10)
    duty(LATER)
    assert calls == [THEN], "the first one still runs"
    go.set()
    assert duty.thread is not None
    duty.thread.join(10)
    assert "a long duty failed" in caplog.text
    duty(LATER)
    assert begun.acquire(timeout=10) and calls == [THEN, LATER]

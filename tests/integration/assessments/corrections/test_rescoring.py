"""The run over stored answers: interrupted with kill -9, resumed, by two processes at once, and by the worker."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from sqlmodel import col, select

from tests.rescoring_stage import Stage, check_everything, count, peak_memory
from tests.stored_papers import ITEMS, answers_of, expected_share, items_of
from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.models import Correction, ItemVersion
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.assessments.corrections.models import Rescoring
from trainer_academy.assessments.corrections.preview import preview
from trainer_academy.assessments.corrections.steps import corrections_with, end_suspension, propose_key, propose_suspension
from trainer_academy.assessments.corrections.votes import key_from_answer
from trainer_academy.assessments.exams.models import Attempt, Decision
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import BadInput
from trainer_academy.notices.models import Notice
from trainer_academy.notices.outbox import add_message
from trainer_academy.workflows.correcting import rescore, rescore_waiting

PAPERS = 2_000
MEGABYTES = 220  # the command with everything that it imports; it does not grow with the number of papers


@pytest.fixture
def stage(database: Database, tmp_path: Path) -> Stage:
    return Stage(database, tmp_path / "instance")


@pytest.mark.slow
def test_kill_9_in_the_middle_loses_nothing_and_does_nothing_twice(stage: Stage) -> None:
    stage.fill(PAPERS)
    process = stage.command()
    deadline = time.monotonic() + 60
    while stage.run().done < PAPERS // 4:
        assert process.poll() is None and time.monotonic() < deadline, "the run did not get under way"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    half = stage.run()
    assert half.status == "running"
    assert PAPERS // 4 <= half.done < PAPERS
    with stage.database.reader() as session:
        assert count(session, Decision, Decision.reason == "rescored") == half.changed
        assert count(session, Notice, Notice.kind == "exam_rescored") == half.changed
    again = stage.command()
    assert peak_memory(again) <= MEGABYTES
    said, _ = again.communicate()
    assert again.returncode == 0, said
    assert f"of {PAPERS:,}" in said
    assert f"Done: {PAPERS} papers" in said
    check_everything(stage)


def test_the_dry_run_says_what_the_run_does_and_writes_nothing(stage: Stage) -> None:
    store = stage.services.store
    stage.fill(330)
    with stage.database.writing() as session:
        correction = session.get(Correction, stage.correction_id)
        assert correction is not None
        correction.status = "proposed"
        session.commit()
        expected = preview(session, store, correction)
        assert not session.dirty
        assert not session.new
        correction.status = "applied"
        session.commit()
    assert rescore(stage.database, stage.services, stage.correction_id, utc_now())
    run = stage.run()
    assert expected.attempts == run.total == 330
    assert (expected.changed, expected.to_pass, expected.to_fail, expected.kept) == (
        run.changed,
        run.to_pass,
        run.to_fail,
        run.kept,
    )
    with stage.database.reader() as session:
        rows = session.exec(select(Decision).where(Decision.reason == "rescored").order_by(col(Decision.attempt_id))).all()
    assert [(one.attempt_id, round(one.after, 9)) for one in expected.first] == [
        (d.attempt_id, round(d.score, 9)) for d in rows[:50]
    ]


def test_two_runs_at_once_share_the_work(stage: Stage) -> None:
    stage.fill(400)
    gate = threading.Barrier(2)
    problems: list[BaseException] = []

    def work() -> None:
        gate.wait()
        try:
            rescore(stage.database, stage.services, stage.correction_id, utc_now())
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    check_everything(stage)


def test_the_worker_goes_on_in_small_portions(stage: Stage) -> None:
    stage.fill(450)
    rescore_waiting(stage.database, stage.services, utc_now(), 2, lambda: False)
    assert stage.run().done == 200
    rescore_waiting(stage.database, stage.services, utc_now(), 2, lambda: True)
    assert stage.run().done == 200, "a worker that stops begins no batch"
    for _ in range(3):
        rescore_waiting(stage.database, stage.services, utc_now(), 3, lambda: False)
    check_everything(stage)


def test_an_attempt_that_is_submitted_meanwhile_is_not_decided_twice(stage: Stage) -> None:
    stage.fill(300)
    with stage.database.writing() as session:
        last = session.get(Attempt, stage.first + 299)
        assert last is not None
        last.status = "awaiting"
        session.commit()
    assert stage.run_once() is False
    assert rescore(stage.database, stage.services, stage.correction_id, utc_now())
    with stage.database.reader() as session:
        assert count(session, Decision, Decision.attempt_id == stage.first + 299) == 1
    assert stage.run().done == 300


def test_attempts_from_before_decisions_were_kept_keep_their_first_score(stage: Stage) -> None:
    stage.fill(40)
    with stage.database.writing() as session:
        for decision in session.exec(select(Decision)).all():
            session.delete(decision)
        session.commit()
    assert rescore(stage.database, stage.services, stage.correction_id, utc_now())
    check_first = select(Decision).where(Decision.reason == "submitted").order_by(col(Decision.attempt_id))
    with stage.database.reader() as session:
        first = session.exec(check_first).all()
    item = items_of(stage.services.store)[0]
    assert first
    for decision in first:
        written = answers_of(item, decision.attempt_id - stage.first)
        assert decision.score == pytest.approx(expected_share(written, item.key.correct[0]))
        assert decision.item_count == ITEMS


def test_the_end_of_a_suspension_is_a_run_of_its_own(stage: Stage) -> None:
    stage.fill(120)
    assert rescore(stage.database, stage.services, stage.correction_id, utc_now())
    item = items_of(stage.services.store)[0]
    with stage.database.writing() as session:
        made = propose_suspension(session, item, "Nobody knows what is right.", 1, utc_now())
        assert isinstance(made, Correction)
        assert item.id in corrections_with(session, made).suspended
        made.status, made.decided_by = "applied", 2
        session.flush()
        assert item.id not in corrections_with(session, made).suspended
        assert made.id is not None
        assert rescore(stage.database, stage.services, stage.correction_id, utc_now()), "nothing is left of the first"
        assert end_suspension(session, made, 1, "It is mended.", utc_now()) is None
        assert end_suspension(session, made, 1, "It is mended.", utc_now()) is not None
        session.commit()
        made_id = made.id
    assert rescore(stage.database, stage.services, made_id, utc_now())
    with stage.database.reader() as session:
        runs = session.exec(select(Rescoring).where(Rescoring.correction_id == made_id)).all()
    assert [(run.is_ending, run.status, run.changed) for run in runs] == [(True, "done", 0)]


def test_others_can_write_while_a_run_goes_on(stage: Stage) -> None:
    """On SQLite there is one writer: the run leaves room between its batches."""
    stage.fill(400)
    waits: list[float] = []
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            begin = time.monotonic()
            with stage.database.writing() as session:
                add_message(session, 1, "test", "A message", "Text", utc_now())
                session.commit()
            waits.append(time.monotonic() - begin)
            time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert rescore(stage.database, stage.services, stage.correction_id, utc_now())
    finally:
        done.set()
        writer.join()
    assert len(waits) >= 8, "at least as often as there are batches"
    assert max(waits) < 8, "the lock is asked for at most ten seconds"
    check_everything(stage)


def test_a_new_key_must_fit_every_version_that_papers_may_have(stage: Stage) -> None:
    store = stage.services.store
    item = items_of(store)[0]
    with stage.database.writing() as session:
        session.add(User(login="a@x.org", name="A", password_hash="!", created_at=utc_now(), password_changed_at=utc_now()))
        store_versions(session, store, utc_now())
        last = list(item.options)[-1]
        source, _, tail = store.sources[item.id].partition(f"## Option {last}\n")
        assert tail, "the source has a section for each option"
        rest = tail[tail.index("\n## ") + 1 :].replace(f"## Why not {last}\n", "## Context\n")
        session.add(
            ItemVersion(item_id=item.id, version="older", bank=item.bank, source=source + rest, first_seen_at=utc_now())
        )
        session.flush()
        with pytest.raises(BadInput, match=r"^key\.misfit"):
            propose_key(session, store, item, key_from_answer(item, {"selected": [last]}), "It is right.", 1, utc_now())
        other = next(letter for letter in item.options if letter not in (last, *item.key.correct))
        made = propose_key(session, store, item, key_from_answer(item, {"selected": [other]}), "It is right.", 1, utc_now())
        assert isinstance(made, Correction)


def test_the_commands_list_corrections_and_refuse_what_is_not_in_force(stage: Stage) -> None:
    stage.fill(8)
    with stage.database.writing() as session:
        for run in session.exec(select(Rescoring)).all():
            session.delete(run)
        session.commit()
    refused = stage.command()
    said, _ = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert "is not in force" in said
    listed = stage.command("corrections")
    said, _ = listed.communicate(timeout=60)
    assert listed.returncode == 0
    assert f"{stage.correction_id}: {items_of(stage.services.store)[0].id} key applied" in said

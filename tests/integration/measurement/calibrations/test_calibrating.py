"""From first attempts to a stored calibration, on both engines: the job, its progress and its end; adoption, drift, files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlmodel import Session, select

from tests.measured import EXAM, Group, add_attempts, some_items
from tests.speed import shared_library
from trainer_academy import __version__
from trainer_academy.accounts.models import AuditEvent, User
from trainer_academy.assessments.bank.schema import fits
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.assessments.exams.basis import adopted_calibration
from trainer_academy.assessments.exams.decision_model import usable_items
from trainer_academy.assessments.exams.models import Attempt, StoredCalibration, StoredItem
from trainer_academy.core.db import Database
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.jobs import Measuring
from trainer_academy.measurement.calibrations import jobs as measuring_jobs
from trainer_academy.measurement.calibrations import stored as calibrations
from trainer_academy.measurement.calibrations.exchange import calibration_as_csv, calibration_as_json
from trainer_academy.measurement.calibrations.first_answers import keys_of_today, sheet_rows
from trainer_academy.measurement.calibrations.models import MeasurementJob
from trainer_academy.measurement.calibrations.response_files import read_responses, responses_as_csv
from trainer_academy.measurement.calibrations.steps import calibrate_responses, collect, matrix_of
from trainer_academy.measurement.calibrations.tables import FaultyFile
from trainer_academy.measurement.calibrations.transfer import as_file, import_calibration
from trainer_academy.workflows import measurement_jobs

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def store() -> ItemStore:
    return shared_library().store


def fill(database: Database, store: ItemStore, *groups: Group, **options: Any) -> dict[str, Any]:
    with database.writing() as session:
        store_versions(session, store, NOW)
        for group in groups:
            truth = add_attempts(session, store, group, **options)
        session.commit()
    return truth


def ask(database: Database) -> int:
    with database.writing() as session:
        job = measuring_jobs.ask_for(session, "calibration", EXAM, None, NOW)
        session.commit()
        return job.id or 0


def job_of(database: Database, job_id: int) -> MeasurementJob:
    with database.reader() as session:
        return session.get_one(MeasurementJob, job_id)


def calibrate_now(database: Database, store: ItemStore) -> StoredCalibration:
    job_id = ask(database)
    assert measurement_jobs.run(database, store, job_id, lambda: NOW)
    job = job_of(database, job_id)
    assert job.status == "done", job.error
    with database.reader() as session:
        return session.get_one(StoredCalibration, job.result_id)


def first_user(database: Database) -> int:
    with database.reader() as session:
        return session.scalar(select(User.id).order_by(User.id)) or 0  # type: ignore[arg-type]


def test_a_calibration_is_stored_with_what_it_rests_on(database: Database, store: ItemStore) -> None:
    truth = fill(database, store, Group(600, items=12, share=0.8))
    row = calibrate_now(database, store)
    assert (row.number, row.persons, row.origin, row.is_converged) == (1, 600, "answers", True)
    assert (row.population_mean, row.population_sd) == (0.0, 1.0)
    assert (
        len(row.data_digest) == 64 and f"trainer-academy {__version__}, numpy" in row.software and row.priors["step_sd"] == 3.0
    )
    with database.reader() as session:
        items = calibrations.items_of(session, row.id or 0)
        left_out = calibrations.left_out_of(session, row.id or 0)
        last = session.scalar(select(Attempt.id).order_by(Attempt.id.desc()))  # type: ignore[union-attr]
    assert row.last_attempt_id == last and row.answers == sum(item.answers for item in items)
    assert {item.item_id for item in items} == set(truth)
    drawn = [i for i in store.banks["evaluating-exam"].items.values() if any(fits(d, i) for d in store.exams[EXAM].draw)]
    assert {out.item_id for out in left_out if out.reason == "nobody"} == {i.id for i in drawn if i.status == "active"} - set(
        truth
    )
    for item in items:
        assert item.key_version == store.items[item.item_id].key_version
        assert item.levels == truth[item.item_id].top + 1
        assert item.slope_error and item.step_errors
        for step, wanted, error in zip(item.steps, truth[item.item_id].steps, item.step_errors, strict=True):
            assert error is not None and abs(step - wanted) < 4 * error


def test_positions_that_were_not_reached_say_nothing(database: Database, store: ItemStore) -> None:
    fill(database, store, Group(80, items=10, unreached=3))
    with database.reader() as session:
        matrix = matrix_of(collect(session, store, EXAM))
    seen = (matrix.answers >= 0).sum(axis=1)
    assert (seen == 7).all()


def test_the_digest_is_that_of_the_data(database: Database, store: ItemStore) -> None:
    fill(database, store, Group(60, items=5))
    first, second = calibrate_now(database, store), calibrate_now(database, store)
    assert (first.number, second.number) == (1, 2) and first.data_digest == second.data_digest
    fill(database, store, Group(40, seed=2, items=5))
    assert calibrate_now(database, store).data_digest != first.data_digest


def test_too_few_answers_fail_with_the_reason_and_can_be_started_again(database: Database, store: ItemStore) -> None:
    fill(database, store, Group(10, items=5))
    job_id = ask(database)
    assert measurement_jobs.run(database, store, job_id, lambda: NOW)
    job = job_of(database, job_id)
    assert job.status == "failed" and job.error.startswith("calibration.too_few ") and '"persons": 10' in job.error
    with database.reader() as session:
        assert session.exec(select(StoredCalibration)).first() is None
    fill(database, store, Group(60, seed=2, items=5))
    again = ask(database)
    assert again != job_id and measurement_jobs.run(database, store, again, lambda: NOW)
    assert job_of(database, again).status == "done"


def test_a_crash_says_why_and_stores_nothing(database: Database, store: ItemStore, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(database, store, Group(60, items=5))

    def broken(*_: object) -> None:
        raise MemoryError("no room for the matrix")

    monkeypatch.setattr(measurement_jobs, "estimate", broken)
    job_id = ask(database)
    with pytest.raises(MemoryError):
        measurement_jobs.run(database, store, job_id, lambda: NOW)
    assert job_of(database, job_id).error == "MemoryError: no room for the matrix"


def test_progress_is_written_while_the_work_goes_on(
    database: Database, store: ItemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(database, store, Group(60, items=5))
    begun, goes_on = threading.Event(), threading.Event()
    real = measurement_jobs.estimate

    def slow(matrix: Any, told: Any) -> Any:
        told(7, "cycles")
        begun.set()
        assert goes_on.wait(20)
        return real(matrix, told)

    monkeypatch.setattr(measurement_jobs, "estimate", slow)
    monkeypatch.setattr(measurement_jobs, "SECONDS", 0.05)
    job_id = ask(database)
    worker = threading.Thread(target=measurement_jobs.run, args=(database, store, job_id, lambda: NOW))
    worker.start()
    assert begun.wait(20)
    wait = threading.Event()
    for _ in range(100):
        job = job_of(database, job_id)
        if (job.note, job.done) == ("cycles", 7):
            break
        wait.wait(0.05)
    assert (job.status, job.note, job.done) == ("running", "cycles", 7)
    with database.reader() as session:
        assert measuring_jobs.next_waiting(session, NOW) is None
    goes_on.set()
    worker.join(20)
    assert job_of(database, job_id).status == "done"


def test_one_job_runs_at_a_time_and_a_dead_one_is_taken_again(database: Database) -> None:
    with database.writing() as session:
        first = measuring_jobs.ask_for(session, "calibration", EXAM, None, NOW)
        assert measuring_jobs.ask_for(session, "calibration", EXAM, None, NOW).id == first.id
        other = measuring_jobs.ask_for(session, "calibration", "writing-rationales", None, NOW)
        session.commit()
        first_id, other_id = first.id or 0, other.id or 0
    with database.writing() as session:
        own = measuring_jobs.claim(session, first_id, NOW)
        assert own is not None
        assert measuring_jobs.claim(session, first_id, NOW) is None
        assert measuring_jobs.claim(session, other_id, NOW) is None
        session.commit()
    late = NOW + measuring_jobs.STALE + timedelta(seconds=1)
    with database.writing() as session:
        assert measuring_jobs.next_waiting(session, NOW) is None
        assert measuring_jobs.next_waiting(session, late) == first_id
        again = measuring_jobs.claim(session, first_id, late)
        assert again is not None
        assert not measuring_jobs.tell(session, own, 1, 2, "", late)
        assert not measuring_jobs.finish(session, own, 1, late)
        assert measuring_jobs.tell(session, again, 1, 2, "", late)
        assert measuring_jobs.finish(session, again, 1, late)
        assert measuring_jobs.next_waiting(session, late) == other_id
        session.commit()


def test_a_worker_that_stops_puts_the_job_back_and_the_next_one_finishes_it(database: Database, store: ItemStore) -> None:
    fill(database, store, Group(60, items=5))
    job_id = ask(database)
    assert measurement_jobs.run(database, store, job_id, lambda: NOW, is_stopping=lambda: True)
    assert job_of(database, job_id).status == "queued"
    duty = Measuring(database, store, lambda: NOW, threading.Event())
    duty(NOW)
    assert duty.thread is not None
    duty.thread.join(30)
    assert job_of(database, job_id).status == "done"
    duty.thread = None
    duty(NOW)
    assert duty.thread is None  # nothing waits


def test_adopting_and_taking_back(database: Database, store: ItemStore) -> None:
    fill(database, store, Group(60, items=5))
    row, user_id = calibrate_now(database, store), first_user(database)
    with database.writing() as session:
        with pytest.raises(NotFound):
            calibrations.adopt(session, EXAM, 9, "there is no such number", user_id, NOW)
        assert isinstance(calibrations.adopt(session, EXAM, None, "nothing is in force", user_id, NOW), Refusal)
        made = calibrations.adopt(session, EXAM, 1, "the first one, made for a test", user_id, NOW)
        assert not isinstance(made, Refusal) and made.calibration_id == row.id
        assert isinstance(calibrations.adopt(session, EXAM, 1, "the same one again", user_id, NOW), Refusal)
        session.commit()
    with database.reader() as session:
        known = adopted_calibration(session, EXAM)
        items = some_items(store, 5)
        assert known is not None and known.number == 1
        assert not usable_items(store.exams[EXAM], items, known)  # 60 answers each, 100 are needed
        enough = replace(known, items={name: replace(item, answers=100) for name, item in known.items.items()})
        assert len(usable_items(store.exams[EXAM], items, enough)) == 5
    with database.writing() as session:
        assert not isinstance(calibrations.adopt(session, EXAM, None, "it was only a test", user_id, NOW), Refusal)
        session.commit()
        assert adopted_calibration(session, EXAM) is None
        kinds = session.exec(select(AuditEvent.kind).where(AuditEvent.subject_id == EXAM)).all()
        assert list(kinds) == ["calibration_adopted", "calibration_taken_back"]
        assert [number for _, number, _ in calibrations.adoptions_of(session, EXAM)] == [None, 1]


def test_an_item_that_became_easier_is_counted_against_the_calibration_in_force(database: Database, store: ItemStore) -> None:
    truth = fill(database, store, Group(700, items=10))
    calibrate_now(database, store)
    with database.writing() as session:
        calibrations.adopt(session, EXAM, 1, "the first one, made for a test", first_user(database), NOW)
        for attempt in session.exec(select(Attempt)).all():
            attempt.number = 2  # only the new people are first attempts now
        session.commit()
    leaked = next(name for name in sorted(truth) if truth[name].top == 2)
    moved = truth | {leaked: replace(truth[leaked], steps=tuple(step - 1.6 for step in truth[leaked].steps))}
    fill(database, store, Group(700, seed=5, items=10), truth=moved)
    second = calibrate_now(database, store)
    with database.reader() as session:
        count, base = calibrations.drift_counts(session, EXAM)[second.id or 0]
        assert (base, count.common) == (1, 10) and 1 <= count.flagged <= 2
        found = calibrations.compare_stored(session, calibrations.get_calibration(session, EXAM, 1), second)
        assert not isinstance(found, Refusal)
        assert leaked in [move.name for move in found.moves if move.is_flagged]


def test_the_exported_responses_calibrate_to_the_same_items(database: Database, store: ItemStore) -> None:
    """What leaves as a file, wide or long, gives what the database gave; nobody's name or number is in it."""
    fill(database, store, Group(300, items=8, share=0.7, unreached=1))
    row = calibrate_now(database, store)
    with database.reader() as session:
        keys = keys_of_today(session, store, EXAM)
        texts = {
            layout: "".join(responses_as_csv(sheet_rows(session, store, EXAM, keys, "secret"), layout, sorted(keys)))
            for layout in ("wide", "long")
        }
        stored = {item.item_id: item for item in calibrations.items_of(session, row.id or 0)}
    for text in texts.values():
        assert "made-up-" not in text.lower() and "Made Up" not in text
        file = calibrate_responses(read_responses("\ufeff" + text if text is texts["wide"] else text))
        assert file.persons == row.persons
        found = {item.item_id: item for item in file.items}
        assert set(found) == set(stored)
        binary = [name for name in stored if store.items[name].kind in ("choice", "steps")]
        assert binary
        for name, item in stored.items():
            assert found[name].slope == pytest.approx(item.slope, abs=1e-6)
            assert found[name].steps == pytest.approx(item.steps, abs=1e-6)
    assert texts["long"].splitlines()[0] == "person,item,score,seconds"


@pytest.fixture
def filled(database: Database, store: ItemStore) -> Iterator[tuple[Session, StoredCalibration]]:
    fill(database, store, Group(120, items=6))
    row = calibrate_now(database, store)
    with database.writing() as session:
        yield session, row


def test_an_exported_calibration_comes_back_exactly(filled: tuple[Session, StoredCalibration], store: ItemStore) -> None:
    session, row = filled
    keys = keys_of_today(session, store, EXAM)
    wanted = [item.model_dump(exclude={"calibration_id"}) for item in calibrations.items_of(session, row.id or 0)]
    for write in (calibration_as_json, calibration_as_csv):
        text = write(as_file(session, row))
        back = import_calibration(session, EXAM, text, keys, None, NOW)
        assert back.origin == "import" and back.persons == row.persons
        assert [i.model_dump(exclude={"calibration_id"}) for i in calibrations.items_of(session, back.id or 0)] == wanted
        assert isinstance(adopted_calibration(session, EXAM), type(None))
    again = as_file(session, back)
    assert calibration_as_csv(again) == calibration_as_csv(as_file(session, row))
    assert session.exec(select(AuditEvent).where(AuditEvent.kind == "calibration_imported")).all()


def test_nothing_of_a_faulty_file_is_stored(filled: tuple[Session, StoredCalibration], store: ItemStore) -> None:
    session, row = filled
    keys = keys_of_today(session, store, EXAM)
    lines = calibration_as_csv(as_file(session, row)).splitlines(keepends=True)
    lines[1] = lines[1].replace(lines[1].split(",")[1], "not-in-the-bank")
    lines[2] = lines[2].replace(lines[2].split(",")[5], "steep")
    before = len(session.exec(select(StoredItem)).all())
    with pytest.raises(FaultyFile) as caught:
        import_calibration(session, EXAM, "".join(lines), keys, None, NOW)
    assert [(fault.line, fault.column, fault.found) for fault in caught.value.faults] == [
        (2, "item_id", "not-in-the-bank"),
        (3, "slope", "steep"),
    ]
    assert len(session.exec(select(StoredItem)).all()) == before
    assert len(calibrations.list_calibrations(session, EXAM)) == 1


def test_a_file_without_key_versions_takes_those_of_today(filled: tuple[Session, StoredCalibration], store: ItemStore) -> None:
    session, _ = filled
    keys = keys_of_today(session, store, EXAM)
    name = sorted(keys)[0]
    text = f"schema_version,item_id,answers,slope,step_1\n1,{name},40,0.9,-0.25\n"
    back = import_calibration(session, EXAM, text, keys, None, NOW)
    (item,) = calibrations.items_of(session, back.id or 0)
    assert (item.key_version, item.slope, item.steps, item.slope_error) == (keys[name], 0.9, [-0.25], None)
    assert np.isnan(calibrations.as_calibration(back, [item]).log_likelihood)

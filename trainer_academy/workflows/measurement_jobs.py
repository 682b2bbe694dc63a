"""Jobs of the slice `measurement`: claim one, run it, tell each second how far it is, store what it made. Imports numpy."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.clock import Clock
from trainer_academy.core.db import Database, id_of
from trainer_academy.core.errors import AcademyError
from trainer_academy.measurement.calibrations.jobs import Claim, claim, fail, finish, next_waiting, put_back, tell
from trainer_academy.measurement.calibrations.models import MeasurementJob
from trainer_academy.measurement.calibrations.steps import collect, estimate, matrix_of, store_calibration
from trainer_academy.measurement.calibrations.stored import count_sittings

log = logging.getLogger(__name__)
SECONDS = 0.5
Show = Callable[[int, int, str], object]  # done, all (0: not known), of what


class Interrupted(Exception):
    """The worker stops, or another one has taken the job over."""


class Progress:
    """What a running job says of itself. A thread writes it twice a second, each time in a transaction of its own."""

    def __init__(self, database: Database, own: Claim, clock: Clock, is_stopping: Callable[[], bool], show: Show) -> None:
        self.database, self.own, self.clock, self.is_stopping, self.show = database, own, clock, is_stopping, show
        self.state: tuple[int, int, str] = (0, 0, "")
        self.is_lost = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write_often, daemon=True, name="measuring")

    def told(self, done: int, what: str, total: int = 0) -> None:
        """Called by the work itself. Raises Interrupted when it should end."""
        self.state = (done, total, what)
        self.show(done, total, what)
        if self.is_lost or self.is_stopping():
            raise Interrupted

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _write_often(self) -> None:
        while not self._over.wait(SECONDS):
            with suppress(OperationalError):  # the database is busy: the next half second tries again
                self._write()

    def _write(self) -> None:
        with self.database.writing() as session:
            done, total, what = self.state
            self.is_lost = not tell(session, self.own, done, total, what, self.clock())
            session.commit()


def run_next(database: Database, store: ItemStore, clock: Clock, is_stopping: Callable[[], bool]) -> bool:
    """Run the job that waits longest; False when there is none, or one runs already."""
    with database.reader() as session:
        job_id = next_waiting(session, clock())
    return job_id is not None and run(database, store, job_id, clock, is_stopping)


def run(
    database: Database,
    store: ItemStore,
    job_id: int,
    clock: Clock,
    is_stopping: Callable[[], bool] = lambda: False,
    show: Show = lambda done, total, what: None,
) -> bool:
    """Claim a job and run it to its end; False when it could not be claimed. Its row says how it ended."""
    with database.writing() as session:
        own = claim(session, job_id, clock())
        session.commit()
    if own is None:
        return False
    try:
        with Progress(database, own, clock, is_stopping, show) as progress:
            _calibrate(database, store, own, clock, progress)
    except Interrupted:
        _end(database, lambda session: put_back(session, own))
    except AcademyError as error:
        reason = str(error)
        _end(database, lambda session: fail(session, own, reason, clock()))
    except Exception as error:
        log.exception("job %s failed", job_id)
        reason = f"{type(error).__name__}: {error}"
        _end(database, lambda session: fail(session, own, reason, clock()))
        raise
    return True


def _end(database: Database, change: Callable[[Session], bool]) -> None:
    with database.writing() as session:
        change(session)
        session.commit()


def _calibrate(database: Database, store: ItemStore, own: Claim, clock: Clock, progress: Progress) -> None:
    with database.reader() as session:
        job = session.get_one(MeasurementJob, own.job_id)
        exam_key, made_by = job.exam_key, job.requested_by
        total = count_sittings(session, exam_key)
        collected = collect(session, store, exam_key, lambda done, what: progress.told(done, what, total))
    matrix = matrix_of(collected)
    found = estimate(matrix, progress.told)
    progress.told(len(found.items), "storing", len(found.items))
    with database.writing() as session:
        row = store_calibration(session, exam_key, collected, matrix, found, made_by, clock())
        if finish(session, own, id_of(row), clock()):
            session.commit()

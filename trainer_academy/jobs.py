"""The worker: a beat four times a minute, and what is done at each. The database is the only queue. An edge, like the app."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from trainer_academy.app import make_services
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.log import seal_closed
from trainer_academy.assessments.exams.windows import COUNT_BATCH, count_exposure
from trainer_academy.config import Config
from trainer_academy.core import schedule
from trainer_academy.core.clock import Clock, utc_now
from trainer_academy.core.db import Database
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.life.expiry import expiring_credentials
from trainer_academy.credentials.life.logs import keep_logs
from trainer_academy.credentials.life.watching import has_expired, tell_expired
from trainer_academy.credentials.signing.signer import Signer
from trainer_academy.library import Library
from trainer_academy.measurement.calibrations.jobs import next_waiting
from trainer_academy.notices.delivery import PostOffice, deliver_due
from trainer_academy.notices.mail import make_mail_sender
from trainer_academy.notices.webhooks import WebhookSender
from trainer_academy.pool.offers import expire_overdue
from trainer_academy.pool.profiles import countries_of
from trainer_academy.workflows.certification import Services, close_expired_attempts
from trainer_academy.workflows.correcting import rescore_waiting
from trainer_academy.workflows.reminding import remind_of_expiry

log = logging.getLogger(__name__)
BEAT_SECONDS = 15.0
RESCORING_BATCHES = 10  # of a hundred papers a beat, so that mail and overdue exams never wait long
STOP_SECONDS = 7.0
HOUR = timedelta(hours=1)
Act = Callable[[datetime], object]


@dataclass(frozen=True)
class Recurring:
    """A duty with an interval. Of all workers one carries it out; when it fails it is tried again, each time a little later."""

    database: Database
    name: str
    act: Act
    every: timedelta = HOUR
    lease: timedelta = HOUR

    def __call__(self, now: datetime) -> None:
        with self.database.reader() as session:
            if not schedule.is_due(session, self.name, now):
                return
        with self.database.writing() as session:
            is_ours = schedule.claim(session, self.name, now, self.lease)
            session.commit()
        if is_ours:
            self._carry_out(now)

    def _carry_out(self, now: datetime) -> None:
        try:
            self.act(now)
        except Exception as error:
            words = f"{type(error).__name__}: {error}"
            self._write(lambda session: schedule.fail(session, self.name, now, self.every, words))
            raise
        self._write(lambda session: schedule.finish(session, self.name, now, self.every))

    def _write(self, change: Callable[[Session], None]) -> None:
        with self.database.writing() as session:
            change(session)
            session.commit()


@dataclass
class Measuring:
    """Starts the job that waits longest in a thread of its own, so that mail and overdue exams never wait for it."""

    database: Database
    store: ItemStore
    clock: Clock
    stopping: threading.Event
    thread: threading.Thread | None = None

    def __call__(self, now: datetime) -> None:
        if self.thread is not None and self.thread.is_alive():
            return
        with self.database.reader() as session:
            if next_waiting(session, now) is None:
                return
        self.thread = threading.Thread(target=self.run, daemon=True, name="measurement job")
        self.thread.start()

    def run(self) -> None:
        from trainer_academy.workflows.measurement_jobs import run_next  # numpy: only when there is a job

        while not self.stopping.is_set() and run_next(self.database, self.store, self.clock, self.stopping.is_set):
            pass


@dataclass
class Aside:
    """Something that may take long: it runs in a thread of its own, so that mail and overdue exams never wait for it."""

    name: str
    act: Act
    thread: threading.Thread | None = None

    def __call__(self, now: datetime) -> None:
        if self.thread is None or not self.thread.is_alive():
            self.thread = threading.Thread(target=self._run, args=(now,), daemon=True, name=self.name)
            self.thread.start()

    def _run(self, now: datetime) -> None:
        try:
            self.act(now)
        except Exception:
            log.exception("%s failed; it is tried again", self.name)


def make_acts(config: Config, database: Database, library: Library, stopping: threading.Event) -> list[Act]:
    """What each beat does, in this order. Overdue exams come first: people wait for their result.

    What is done at every beat claims its work row by row, so that several workers share it.
    """
    services = make_services(config, library)
    office = PostOffice(
        make_mail_sender(config.mail_url, config.mail_from, config.instance / "mail"), WebhookSender(config.private_webhooks)
    )

    def hourly(name: str, act: Act) -> Recurring:
        return Recurring(database, name, act)

    return [
        lambda now: close_expired_attempts(database, services, now),
        hourly("expiry notices", lambda now: notice_expiring_credentials(database, library.achievements, config.base_url, now)),
        hourly("offers", lambda now: expire_offers(database, now)),
        lambda now: count_papers(database),
        hourly("attempt logs", lambda now: seal_logs(database, now)),
        hourly("issuance log", lambda now: keep_issuance_log(database, services.issuer.signer, now)),
        lambda now: tell_expired_watches(database, services, now),
        lambda now: deliver_due(database, office, now, stopping=stopping),
        lambda now: rescore_waiting(database, services, now, RESCORING_BATCHES, stopping.is_set),
        Measuring(database, library.store, utc_now, stopping),
        Aside(
            "item analysis",
            hourly("item analysis", lambda now: analyse_exams(database, library.store, now, stopping.is_set)),
        ),
    ]


def notice_expiring_credentials(database: Database, achievements: Achievements, base_url: str, now: datetime) -> int:
    """Tell each holder once that a certificate ends within 60 days, one transaction each; returns how many were told."""
    with database.reader() as session:
        expiring = expiring_credentials(session, now)
    told = 0
    for credential_id in expiring:
        with database.writing() as session:
            told += remind_of_expiry(session, achievements, base_url, credential_id, now)
            session.commit()
    return told


def tell_expired_watches(database: Database, services: Services, now: datetime) -> None:
    """Tell clients which of the certificates that they watch have ended; a batch a beat."""
    with database.reader() as session:
        if not has_expired(session, now):
            return
    with database.writing() as session:
        tell_expired(session, services.issuer, now)
        session.commit()


def analyse_exams(database: Database, store: ItemStore, now: datetime, is_stopping: Callable[[], bool]) -> None:
    """Bring the item analysis of each exam that counts up to date."""
    from trainer_academy.workflows.item_analysis import analyse_exam  # numpy: only when it is due

    for exam_key in store.counting_exams:
        if not is_stopping():
            analyse_exam(database, store, exam_key, now, {"country": countries_of})


def count_papers(database: Database) -> None:
    """Count on how many papers each item was, a batch a transaction, until all papers are counted."""
    while True:
        with database.writing() as session:
            counted = count_exposure(session)
            session.commit()
        if counted < COUNT_BATCH:
            return


def seal_logs(database: Database, now: datetime) -> None:
    """Seal the logs of the attempts that were closed since the last seal."""
    with database.writing() as session:
        seal_closed(session, now)
        session.commit()


def keep_issuance_log(database: Database, signer: Signer, now: datetime) -> None:
    """Sign the heads of the public logs of certificates and keys."""
    with database.writing() as session:
        keep_logs(session, signer, now)
        session.commit()


def expire_offers(database: Database, now: datetime) -> None:
    """Close the offers whose time to answer has passed."""
    with database.writing() as session:
        expire_overdue(session, now)
        session.commit()


def beat(acts: Sequence[Act], now: datetime) -> None:
    """Each act once. One that raises does not keep the others from running; its error is raised at the end."""
    with ExitStack() as stack:
        for act in reversed(acts):
            stack.callback(act, now)


def keep_beating(acts: Sequence[Act], stopping: threading.Event, clock: Clock = utc_now, pause: float = BEAT_SECONDS) -> None:
    """A beat every 15 seconds until `stopping` is set. What a beat raises is logged, and the next one comes all the same."""
    while not stopping.is_set():
        begin = time.monotonic()
        try:
            beat(acts, clock())
        except Exception:
            log.exception("a duty failed; the other duties of this beat were done")
        stopping.wait(max(0.0, begin + pause - time.monotonic()))


def run_worker(config: Config, library: Library) -> None:
    """Run the worker in the foreground until SIGTERM or SIGINT; the beat that runs then may finish within seven seconds.

    What is cut off is not lost: transactions roll back, and what was claimed is taken again when its lease ends.
    """
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    database = Database(config.database_url)
    acts = make_acts(config, database, library, stopping)
    beating = threading.Thread(target=keep_beating, args=(acts, stopping), daemon=True, name="beat")
    beating.start()
    log.info("the worker runs")
    while beating.is_alive() and not stopping.wait(1.0):
        pass
    beating.join(STOP_SECONDS)
    database.dispose()
    log.info("the worker has stopped")

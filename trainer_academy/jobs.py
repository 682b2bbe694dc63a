"""The worker: a queue that beats four times a minute, and what is done at each beat. An edge, like the app."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from huey.exceptions import ConfigurationError
from huey.serializer import SignedSerializer

from trainer_academy.app import make_services
from trainer_academy.assessments.access import COUNT_BATCH, count_exposure
from trainer_academy.assessments.attempt_log import seal_closed
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.config import Config
from trainer_academy.core.clock import Clock, utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import ConfigError
from trainer_academy.credentials.criteria import Achievements
from trainer_academy.credentials.expiry import expiring_credentials
from trainer_academy.credentials.logs import keep_logs
from trainer_academy.credentials.signer import Signer
from trainer_academy.measurement.measuring_jobs import next_waiting
from trainer_academy.notices.delivery import PostOffice, deliver_due
from trainer_academy.notices.mail import make_mail_sender
from trainer_academy.notices.webhooks import WebhookSender
from trainer_academy.pool.offers import expire_overdue
from trainer_academy.pool.profiles import countries_of
from trainer_academy.workflows.certification import Services, close_expired_attempts
from trainer_academy.workflows.correcting import rescore_waiting
from trainer_academy.workflows.library import load_library
from trainer_academy.workflows.reminding import remind_of_expiry
from trainer_academy.workflows.watching import has_expired, tell_expired

log = logging.getLogger(__name__)
QUEUE = "academy"
BEAT_SECONDS = (0, 15, 30, 45)
STALE_SECONDS = 30  # a beat that waited longer is dropped: the next one does the same work
HEALTH_SECONDS = 10.0
RESCORING_BATCHES = 10  # of a hundred papers a beat, so that mail and overdue exams never wait long
STOP_SECONDS = 7.0
Duty = Callable[[datetime], object]


def make_huey(config: Config) -> Huey:
    """The queue of TA_QUEUE_URL: SQLite in the instance folder when empty, else `postgresql://` or `redis://`.

    Messages are pickled by huey, so they are signed: whoever can write to the queue alone cannot run code here.
    """
    options = {"results": False, "serializer": SignedSerializer(secret=config.secret_key)}
    if not config.queue_url:
        return SqliteHuey(QUEUE, filename=str(config.instance / "jobs.db"), **options)
    scheme, _, rest = config.queue_url.partition("://")
    if scheme in ("postgresql", "postgresql+psycopg", "postgres"):
        return PostgresHuey(QUEUE, dsn=f"postgresql://{rest}", table_prefix="academy_queue", **options)
    if scheme in ("redis", "rediss"):
        return make_redis_huey(config.queue_url, options)
    raise ConfigError(
        f"TA_QUEUE_URL starts with {urlsplit(config.queue_url).scheme!r}; use postgresql:// or redis://, or leave it empty."
    )


def make_redis_huey(url: str, options: dict[str, object]) -> Huey:
    try:
        return RedisHuey(QUEUE, url=url, **options)
    except ConfigurationError as error:
        raise ConfigError("TA_QUEUE_URL names Redis, and the package `redis` is not installed: `pip install redis`.") from error


@dataclass
class Hourly:
    """A duty that is due once an hour; the first time at the first beat."""

    duty: Duty
    last: datetime | None = None

    def __call__(self, now: datetime) -> None:
        if self.last is None or now - self.last >= timedelta(hours=1):
            self.last = now
            self.duty(now)


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
    """A duty that takes long: it runs in a thread of its own, so that mail and overdue exams never wait for it."""

    name: str
    duty: Duty
    thread: threading.Thread | None = None

    def __call__(self, now: datetime) -> None:
        if self.thread is None or not self.thread.is_alive():
            self.thread = threading.Thread(target=self._run, args=(now,), daemon=True, name=self.name)
            self.thread.start()

    def _run(self, now: datetime) -> None:
        try:
            self.duty(now)
        except Exception:
            log.exception("%s failed; the next hour tries again", self.name)


def make_duties(config: Config, database: Database, stopping: threading.Event) -> list[Duty]:
    """What each beat does, in this order. Overdue exams come first: people wait for their result."""
    library = load_library(config.content)
    services = make_services(config, library)
    office = PostOffice(
        make_mail_sender(config.mail_url, config.mail_from, config.instance / "mail"), WebhookSender(config.private_webhooks)
    )
    return [
        lambda now: close_expired_attempts(database, services, now),
        Hourly(lambda now: notice_expiring_credentials(database, library.achievements, config.base_url, now)),
        Hourly(lambda now: expire_offers(database, now)),
        lambda now: count_papers(database),
        Hourly(lambda now: seal_logs(database, now)),
        Hourly(lambda now: keep_issuance_log(database, services.issuer.signer, now)),
        lambda now: tell_expired_watches(database, services, now),
        lambda now: deliver_due(database, office, now, stopping=stopping),
        lambda now: rescore_waiting(database, services, now, RESCORING_BATCHES, stopping.is_set),
        Measuring(database, library.store, utc_now, stopping),
        Hourly(Aside("item analysis", lambda now: analyse_exams(database, library.store, now, stopping.is_set))),
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


def beat(duties: Sequence[Duty], now: datetime) -> None:
    """Each duty once. One that raises does not keep the others from running; its error is raised at the end."""
    with ExitStack() as stack:
        for duty in reversed(duties):
            stack.callback(duty, now)


def set_beats(huey: Huey, duties: Sequence[Duty], clock: Clock = utc_now) -> None:
    """Register the beat, and the tick that plans the beats of each minute. huey logs what a beat raises and goes on."""

    @huey.task(name="beat", expires=STALE_SECONDS)  # type: ignore[untyped-decorator]
    def run_beat() -> None:
        beat(duties, clock())

    @huey.periodic_task(crontab(minute="*"), name="tick")  # type: ignore[untyped-decorator]
    def tick() -> None:
        for seconds in BEAT_SECONDS:
            run_beat.schedule(delay=seconds)


def run_worker(config: Config) -> None:
    """Run the worker in the foreground until SIGTERM or SIGINT; the beat that runs then may finish within seven seconds.

    What is cut off is not lost: transactions roll back, and a claimed notice is taken again after ten minutes.
    """
    stopping = threading.Event()
    database = Database(config.database_url)
    huey = make_huey(config)
    set_beats(huey, make_duties(config, database, stopping))
    consumer = huey.create_consumer(workers=1, worker_type="thread", max_delay=1.0, shutdown_timeout=STOP_SECONDS)
    start_consumer(consumer, stopping)
    log.info("the worker runs")
    while not stopping.wait(HEALTH_SECONDS):
        consumer.check_worker_health()
    consumer.stop(graceful=True)
    database.dispose()
    log.info("the worker has stopped")


def start_consumer(consumer: Consumer, stopping: threading.Event) -> None:
    """Start it with our own signal handlers: huey's would let only one of the two signals end it in peace."""
    signals = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # none may arrive between huey's handlers and ours
    consumer.start()
    for name in signals:
        signal.signal(name, lambda *_: stopping.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)

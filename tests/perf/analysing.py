"""`make bench`: item analysis of 10,000 made-up first attempts of 60 items, drawn from a bank of 240, and of 100 more.

Prints seconds of the whole build and of the increment, with the time that the write lock is held, the size of the stored
sums and the peak memory. `--papers N` for another number, `--database postgresql`, `--compare` also compares all groups.
"""

from __future__ import annotations

import argparse
import math
import random
import resource
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from sqlmodel import Session, func, select

from tests.perf.rescore import open_database
from tests.schema import migrate
from tests.sittings import EXAM, THEN, Written, item_ids, plain_store, write_sittings
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.db import Database
from trainer_academy.measurement.analysis.models import ExamSums
from trainer_academy.measurement.analysis.steps import prepare_analysis, store_analysis
from trainer_academy.measurement.answers import first_sittings
from trainer_academy.pool.profiles import countries_of
from trainer_academy.workflows.item_analysis import analyse_exam

BANK, LENGTH, BATCH = 240, 60, 500
READERS = {"country": countries_of}


def write(database: Database, store: ItemStore, first: int, count: int, rng: random.Random) -> None:
    """People with normal abilities; items from easy to hard; one sitting a minute."""
    ids = item_ids(BANK)
    for start in range(first, first + count, BATCH):
        written = []
        for number in range(start, min(start + BATCH, first + count)):
            ability = rng.gauss(0, 1)
            answers: dict[str, tuple[str, int | None]] = {}
            for name in rng.sample(ids, LENGTH):
                chance = 1 / (1 + math.exp((int(name[-3:]) - BANK / 2) / 60 - ability))
                answers[name] = ("a" if rng.random() < chance else rng.choice("bcd"), int(rng.lognormvariate(3.5, 0.6)))
            written.append(Written(answers, started_at=THEN + timedelta(minutes=number)))
        with database.writing() as session:
            write_sittings(session, store, written, start)
            session.commit()


def count(database: Database, store: ItemStore, what: str) -> None:
    """Bring the analysis up to date and print how long it took."""
    begin, busy = time.perf_counter(), time.process_time()
    with database.reader() as session:
        prepared = prepare_analysis(session, store, EXAM, READERS)
    assert prepared is not None
    locked = time.perf_counter()
    with database.writing() as session:
        assert store_analysis(session, prepared, THEN)
        session.commit()
    end = time.perf_counter()
    cpu = time.process_time() - busy
    print(
        f"{what}: {prepared.added:,} sittings in {end - begin:.2f} s ({cpu:.2f} s of processor time), "
        f"of which {end - locked:.2f} s hold the write lock"
    )


def size_of(session: Session) -> int:
    return session.scalar(select(func.length(ExamSums.content))) or 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=10_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--compare", action="store_true")
    wanted = parser.parse_args()
    store, rng = plain_store(BANK, LENGTH), random.Random(1)
    with tempfile.TemporaryDirectory() as folder, open_database(wanted.database, Path(folder)) as database:
        migrate(database)
        begin = time.perf_counter()
        write(database, store, 0, wanted.papers, rng)
        print(f"{wanted.papers:,} sittings of {LENGTH} items written in {time.perf_counter() - begin:.0f} s")
        count(database, store, "all from scratch")
        write(database, store, wanted.papers, 100, rng)
        count(database, store, "the next hundred")
        with database.reader() as session:
            print(f"the stored sums take {size_of(session) / 1024:.0f} KB")
            begin = time.perf_counter()
            read = len(first_sittings(session, store, EXAM))
            print(f"{read:,} sittings read with all answers as objects in {time.perf_counter() - begin:.2f} s")
        if wanted.compare:
            begin = time.perf_counter()
            done = analyse_exam(database, store, EXAM, THEN, READERS)
            print(f"{done.groups if done else 0} groups of sittings compared in {time.perf_counter() - begin:.1f} s")
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB, with the sittings as objects")


if __name__ == "__main__":
    main()

"""Certificates a second on one core, with the durable write, beside bare canonicalise-and-sign: `python -m tests.perf.issuing`.

Bare: the same document expanded, canonicalised (RDFC-1.0) and signed once, nothing stored. The product: two proofs, a JWT, the
row, the public log and the audit row, one durable transaction each (SQLite, synchronous=FULL). Then four threads at once: no
index is shared, and the log is one chain.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from tests.issuer_bench import KEY, MEASUREMENT, NOW, Bench, make_issuer
from tests.schema import migrate
from trainer_academy.accounts.models import User
from trainer_academy.core.db import Database
from trainer_academy.credentials.documents.credential import without_proof
from trainer_academy.credentials.life import log_check
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.signing.linked_data import add_proof
from trainer_academy.credentials.signing.own_proofs import parse

THREADS = 4


def per_second(count: int, work: Callable[[], object]) -> tuple[float, float]:
    """How often `work` runs in a second of the clock, and in a second of processor time."""
    began, used = time.perf_counter(), time.process_time()
    for _ in range(count):
        work()
    return count / (time.perf_counter() - began), count / (time.process_time() - used)


def show(rate: tuple[float, float]) -> str:
    return f"{rate[0]:.0f} a second, {rate[1]:.0f} a second of processor time"


def issue_one(database: Database, issuer: Issuer, holder_id: int) -> Credential:
    with database.writing() as session:
        holder = session.get(User, holder_id)
        assert holder is not None
        made = issue(session, issuer, holder, KEY, MEASUREMENT, None, NOW)
        session.commit()
        return made


def issue_patiently(database: Database, issuer: Issuer, holder_id: int) -> Credential:
    """Again when SQLite's waiting time ran out: writers without a pause hardly let others in."""
    while True:
        try:
            return issue_one(database, issuer, holder_id)
        except OperationalError:
            time.sleep(0.1)


def issue_at_once(database: Database, issuer: Issuer, holder_id: int, count: int) -> tuple[float, int, list[str]]:
    """Certificates a second with four threads, how many places in the lists are shared, and faults of the log."""
    began = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda _: issue_patiently(database, issuer, holder_id), range(count)))
    rate = count / (time.perf_counter() - began)
    with database.reader() as session:
        places = session.execute(select(col(Credential.status_list_id), col(Credential.status_index))).all()
        return rate, len(places) - len(set(places)), list(log_check.check_chain(session))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="certificates of the run with four threads")
    parser.add_argument("--database", default="", help="an empty PostgreSQL database instead of SQLite")
    parser.add_argument("--alone", type=int, default=300, help="certificates of the run with one")
    options = parser.parse_args()
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    with tempfile.TemporaryDirectory() as folder:
        database = Database(options.database or f"sqlite:///{folder}/bench.db")
        migrate(database)
        issuer = make_issuer(Path(folder))
        with database.writing() as session:
            holder_id = Bench(session, issuer).holder_id
            session.commit()
        first = issue_one(database, issuer, holder_id)
        bare = without_proof(parse(first.document))
        key = issuer.keys.private_key(issuer.keys.active)
        bare_rate = per_second(100, lambda: add_proof(bare, key, f"{issuer.keys.did}#x", NOW))
        print(f"bare canonicalise and sign, one proof: {show(bare_rate)}")
        rate = per_second(options.alone, lambda: issue_one(database, issuer, holder_id))
        print(f"issued, durable, one core: {show(rate)}; the aim is 150")
        print(f"ratio to bare: {rate[0] / bare_rate[0]:.2f} by the clock, {rate[1] / bare_rate[1]:.2f} by processor time")
        os.sched_setaffinity(0, cores)
        many, shared, faults = issue_at_once(database, issuer, holder_id, options.count)
        print(f"{options.count} with {THREADS} threads: {many:.0f} a second")
        print(f"shared indexes: {shared}; faults of the log: {len(faults)}")
        database.dispose()


if __name__ == "__main__":
    main()

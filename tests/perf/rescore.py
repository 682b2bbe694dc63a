"""`make bench`: a corrected key over 10,000 stored attempts, killed in the middle and resumed. It checks every decision.

Prints the seconds and the peak memory of the command. `--papers N` for another number, `--database postgresql`.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres
from tests.rescoring_stage import Stage, check_everything, peak_memory
from tests.schema import migrate
from trainer_academy.core.db import Database


@contextmanager
def open_database(kind: str, folder: Path) -> Iterator[Database]:
    if kind == "sqlite":
        database = Database(f"sqlite:///{folder / 'academy.db'}")
        yield database
        database.dispose()
        return
    binaries = postgres.find_binaries()
    if binaries is None:
        sys.exit("no PostgreSQL server binaries are installed")
    postgres.SETTINGS.update({"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"})  # durable, unlike in tests
    postgres.choose_folder()
    try:
        database = Database(postgres.shared_cluster(binaries).create_database("rescore"))
        yield database
        database.dispose()
    finally:
        postgres.stop_shared_cluster()


def run(stage: Stage, papers: int) -> None:
    begin = time.monotonic()
    stage.fill(papers)
    print(f"{papers:,} attempts of eight items written in {time.monotonic() - begin:.0f} s")
    begin, process = time.monotonic(), stage.command()
    while stage.run().done < papers // 2 and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    half = stage.run()
    print(f"killed at {half.done:,} of {half.total:,} after {time.monotonic() - begin:.0f} s")
    again = time.monotonic()
    process = stage.command()
    peak = peak_memory(process)
    print(process.communicate()[0], end="")
    print(f"resumed and finished in {time.monotonic() - again:.0f} s; peak memory {peak} MB")
    check_everything(stage)
    print("every decision, score, certificate and message is there once")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=10_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_database(wanted.database, Path(folder)) as database:
        migrate(database)
        run(Stage(database, Path(folder)), wanted.papers)


if __name__ == "__main__":
    main()

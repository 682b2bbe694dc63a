"""Commands: calibrate an exam or a foreign matrix, and carry responses and calibrations in and out."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import NoReturn

import click

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.config import Config
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database, id_of
from trainer_academy.core.errors import BadInput, NotFound
from trainer_academy.measurement.calibrations.exchange import calibration_as_csv, calibration_as_json
from trainer_academy.measurement.calibrations.first_answers import keys_of_today, sheet_rows
from trainer_academy.measurement.calibrations.jobs import ask_for, get_job
from trainer_academy.measurement.calibrations.models import JobStatus
from trainer_academy.measurement.calibrations.response_files import LAYOUTS, Layout, read_responses, responses_as_csv
from trainer_academy.measurement.calibrations.stored import bank_items, get_calibration, items_of, list_calibrations
from trainer_academy.measurement.calibrations.tables import FaultyFile, decode
from trainer_academy.measurement.calibrations.transfer import as_file, import_calibration
from trainer_academy.measurement.cli import measure
from trainer_academy.web.context import get
from trainer_academy.web.words import say, say_stored

FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)
SECONDS = 1.0


def check_exam(exam_key: str) -> str:
    """Raises ClickException with the exams that there are."""
    exams = get(ItemStore).exams
    if exam_key not in exams:
        raise click.ClickException(f"There is no exam {exam_key!r}. There are: {', '.join(exams)}.")
    return exam_key


@measure.command("calibrate")
@click.argument("exam")
def calibrate_exam(exam: str) -> None:
    """Calibrate the items of EXAM from its first attempts, here and now. The result decides nothing until it is adopted."""
    from trainer_academy.workflows.measurement_jobs import run  # numpy

    database, store = get(Database), get(ItemStore)
    with database.writing() as session:
        job_id = id_of(ask_for(session, "calibration", check_exam(exam), None, utc_now()))
        session.commit()
    is_ours = run(database, store, job_id, utc_now, show=make_progress())
    with database.reader() as session:
        job = get_job(session, exam, job_id)
        if not is_ours:
            raise click.ClickException(f"Another job runs just now. Job {job_id} waits; the worker takes it next.")
        if job.status != JobStatus.DONE:
            raise click.ClickException(say_stored(job.error) or "The job was taken over by the worker.")
        row = next(row for row in list_calibrations(session, exam) if row.id == job.result_id)
        count = len(items_of(session, id_of(row)))
    state = "converged" if row.is_converged else "did NOT converge"
    click.echo(f"Calibration {row.number}: {count} items, {row.persons} persons, {row.answers} answers; {state}.")


def make_progress() -> Callable[[int, int, str], None]:
    """A line that renews itself on a terminal; elsewhere a line a second."""
    is_terminal, last, words = sys.stdout.isatty(), -SECONDS, ""

    def show(done: int, total: int, what: str) -> None:
        nonlocal last, words
        if what == words and monotonic() - last < SECONDS:
            return
        last, words = monotonic(), what
        text = f"{what}: {done:,}" + (f" of {total:,} ({done * 100 // total} %)" if total else "")
        click.echo(f"\r\033[K{text}" if is_terminal else text, nl=not is_terminal, err=True)

    return show


@measure.command("export-responses")
@click.argument("exam")
@click.option("--layout", type=click.Choice(LAYOUTS), default="wide", show_default=True)
@click.option("--out", type=FILE, required=True)
def export_responses(exam: str, layout: Layout, out: Path) -> None:
    """Write the answers of first attempts at EXAM as CSV: persons under a code, scores under the key of today."""
    database, store = get(Database), get(ItemStore)
    with database.reader() as session:
        keys = keys_of_today(session, store, check_exam(exam))
        rows = sheet_rows(session, store, exam, keys, get(Config).secret_key)
        lines = write_file(out, responses_as_csv(rows, layout, sorted(keys)))
    click.echo(f"{out}: {lines - 1} lines of answers.")


@measure.command("export-calibration")
@click.argument("exam")
@click.argument("number", type=int, required=False)
@click.option("--format", "kind", type=click.Choice(("csv", "json")), default="json", show_default=True)
@click.option("--out", type=FILE, help="Where to write it; default: the terminal.")
def export_calibration(exam: str, number: int | None, kind: str, out: Path | None) -> None:
    """Write a calibration of EXAM, the newest or NUMBER, as CSV or JSON."""
    with get(Database).reader() as session:
        rows = list_calibrations(session, check_exam(exam))
        if not rows:
            raise click.ClickException(f"{exam} has no calibration yet. Make one: flask measure calibrate {exam}")
        try:
            file = as_file(session, rows[0] if number is None else get_calibration(session, exam, number))
        except NotFound as error:
            numbers = ", ".join(str(row.number) for row in rows)
            raise click.ClickException(f"{say(error)} There are: {numbers}.") from error
    text = calibration_as_csv(file) if kind == "csv" else calibration_as_json(file)
    if out is None:
        click.echo(text, nl=False)
        return
    write_file(out, [text])
    click.echo(f"{out}: {len(file.items)} items.")


@measure.command("import-calibration")
@click.argument("exam")
@click.argument("file", type=EXISTING)
def import_file(exam: str, file: Path) -> None:
    """Store a calibration of EXAM from FILE (CSV or JSON). The result decides nothing until it is adopted."""
    database = get(Database)
    with database.writing() as session:
        keys = {item.id: item.key_version for item in bank_items(session, get(ItemStore), check_exam(exam)).values()}
        try:
            row = import_calibration(session, exam, decode(file.read_bytes()), keys, None, utc_now())
        except FaultyFile as error:
            refuse(file, error)
        count = len(items_of(session, id_of(row)))
        session.commit()
    click.echo(f"Calibration {row.number} of {exam}: {count} items from {file}. Adopt it on its page when it should decide.")


@measure.command("calibrate-file")
@click.argument("responses", type=EXISTING)
@click.option("--out", type=FILE, required=True, help="calibration.json or .csv; the ending says which.")
def calibrate_file(responses: Path, out: Path) -> None:
    """Calibrate a foreign matrix of RESPONSES (CSV, wide or long). Nothing is stored in the database."""
    from trainer_academy.measurement.calibrations.steps import calibrate_responses  # numpy

    show = make_progress()
    try:
        read = read_responses(decode(responses.read_bytes()))
        file = calibrate_responses(read, lambda done, what: show(done, 0, what))
    except FaultyFile as error:
        refuse(responses, error)
    except BadInput as error:
        raise click.ClickException(say(error)) from error
    write_file(out, [calibration_as_csv(file) if out.suffix == ".csv" else calibration_as_json(file)])
    click.echo(f"{out}: {len(file.items)} items from {file.persons} persons and {read.count} answers.")
    for left in (file.about or {}).get("left_out", []):
        click.echo(f"  left out: {left['item_id']} ({left['answers']} answers: {REASONS[left['reason']]})")


REASONS = {"nobody": "nobody answered it", "few": "too few", "same": "everybody got the same level"}


def refuse(file: Path, error: FaultyFile) -> NoReturn:
    """Every fault, then the end of the command with exit code 1."""
    for fault in error.faults:
        click.echo(f"{file}: {fault}", err=True)
    raise click.ClickException(f"{len(error.faults)} faults. Nothing was imported.")


def write_file(out: Path, parts: Iterable[str]) -> int:
    """Write a file whole or not at all; returns how many parts there were."""
    handle, name = tempfile.mkstemp(dir=out.resolve().parent, prefix=f".{out.name}.")
    try:
        count = 0
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            for part in parts:
                file.write(part)
                count += 1
        os.replace(name, out)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    return count

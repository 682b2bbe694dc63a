"""`flask --app wsgi measure analyse EXAM`: item analysis now, with progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import click

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import NotFound
from trainer_academy.measurement.cli import measure
from trainer_academy.pool.profiles import countries_of
from trainer_academy.web.context import get
from trainer_academy.web.words import say


@measure.command("analyse")
@click.argument("exam_key")
def analyse(exam_key: str) -> None:
    """Bring the item analysis of EXAM up to date; the worker does the same each hour."""
    from trainer_academy.workflows.item_analysis import analyse_exam

    begin = time.monotonic()
    try:
        done = analyse_exam(get(Database), get(ItemStore), exam_key, utc_now(), {"country": countries_of}, make_progress())
    except NotFound as error:
        raise click.ClickException(say(error)) from error
    seconds = time.monotonic() - begin
    if done is None:
        click.echo(f"Nothing is new since the last analysis ({seconds:.1f} s).")
    elif not done.is_kept:
        click.echo("Another run was faster; its numbers stand.")
    else:
        how = "counted anew" if done.is_from_scratch else "added"
        click.echo(
            f"Done in {seconds:.1f} s: {done.added:,} first attempts {how}, {done.sittings:,} in all; "
            f"{done.groups:,} groups of sittings compared."
        )


def make_progress() -> Callable[[int, int], None]:
    """A line that renews itself on a terminal; elsewhere a line for each chunk."""
    is_terminal = sys.stdout.isatty()

    def show(done: int, total: int) -> None:
        start, is_last = ("\r" if is_terminal else ""), done >= total
        click.echo(
            f"{start}{done:,} of {total:,} sittings read ({done * 100 // max(1, total)} %)", nl=is_last or not is_terminal
        )

    return show

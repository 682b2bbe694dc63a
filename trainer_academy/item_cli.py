"""Commands for corrected items: `flask --app wsgi items corrections` and `items rescore`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from trainer_academy import bank_cli
from trainer_academy.assessments.correcting import newest_corrections, runs_of
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import NotFound
from trainer_academy.web.context import get
from trainer_academy.workflows.certification import Services
from trainer_academy.workflows.correcting import rescore

LINE_EVERY = 1_000
group = bank_cli.items


@group.command("corrections")
def corrections() -> None:
    """List the newest corrections, and how far their runs over stored answers are."""
    with get(Database).reader() as session:
        for found in newest_corrections(session):
            click.echo(f"{found.id}: {found.item_id} {found.kind} {found.status}, {found.proposed_at:%Y-%m-%d}")
            for run in runs_of(session, found.id or 0):
                click.echo(
                    f"   run {run.id} {run.status}: {run.done} of {run.total} looked at, {run.changed} changed, "
                    f"{run.to_pass} to pass, {run.to_fail} to fail, {run.kept} passes kept"
                )


@group.command("rescore")
@click.argument("correction_id", type=int)
def rescore_stored(correction_id: int) -> None:
    """Score stored answers again after a correction. It can be stopped at any moment; start it again and it goes on."""
    try:
        rescore(get(Database), get(Services), correction_id, utc_now(), make_progress())
    except NotFound as error:
        raise click.ClickException(str(error)) from error
    with get(Database).reader() as session:
        runs = runs_of(session, correction_id)
    if not runs:
        raise click.ClickException("This correction is not in force, so there is nothing to score again.")
    last = runs[-1]
    click.echo(
        f"Done: {last.done} papers and practice answers looked at, {last.changed} results changed, {last.to_pass} to pass, "
        f"{last.to_fail} to fail, {last.kept} passes kept."
    )


def make_progress() -> Callable[[int, int], None]:
    """A line that renews itself on a terminal; elsewhere a line for each thousand."""
    is_terminal = sys.stdout.isatty()
    shown = -1

    def show(done: int, total: int) -> None:
        nonlocal shown
        if is_terminal:
            click.echo(f"\r{done:,} of {total:,} ({done * 100 // max(1, total)} %)", nl=done >= total)
        elif done // LINE_EVERY > shown:
            shown = done // LINE_EVERY
            click.echo(f"{done:,} of {total:,}")

    return show

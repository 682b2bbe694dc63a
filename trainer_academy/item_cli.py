"""Commands for corrected items: `flask --app wsgi items corrections` and `items rescore`."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from trainer_academy import bank_cli
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.corrections.new_scoring import preview_scoring
from trainer_academy.assessments.corrections.steps import newest_corrections, runs_of
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database, id_of
from trainer_academy.core.errors import NotFound
from trainer_academy.core.shares import cut_down
from trainer_academy.web.context import get
from trainer_academy.web.words import say
from trainer_academy.workflows.certification import Services
from trainer_academy.workflows.correcting import rescore
from trainer_academy.workflows.new_scoring import rescore_to_today

LINE_EVERY = 1_000
group = bank_cli.items


@group.command("corrections")
def corrections() -> None:
    """List the newest corrections, and how far their runs over stored answers are."""
    with get(Database).reader() as session:
        for found in newest_corrections(session):
            click.echo(f"{found.id}: {found.item_id} {found.kind} {found.status}, {found.proposed_at:%Y-%m-%d}")
            for run in runs_of(session, id_of(found)):
                click.echo(
                    f"   run {run.id} {run.status}: {run.done} of {run.total} looked at, {run.changed} changed, "
                    f"{run.to_pass} to pass, {run.to_fail} to fail, {run.kept} passes kept"
                )


@group.command("rescore")
@click.argument("correction_id", type=int, required=False)
@click.option("--scoring", type=click.IntRange(SCORING, SCORING), help="Score decided exams by this version of the rules.")
@click.option("--dry-run", is_flag=True, help="With --scoring: say what would change, and change nothing.")
def rescore_stored(correction_id: int | None, scoring: int | None, dry_run: bool) -> None:
    """Score stored answers again after a correction, or by new scoring rules. It can be stopped; start it again, it goes on."""
    if (correction_id is None) == (scoring is None) or (dry_run and scoring is None):
        raise click.UsageError("Name a correction, or say --scoring; --dry-run goes with --scoring.")
    if correction_id is not None:
        rescore_corrected(correction_id)
    elif dry_run:
        say_what_would_change()
    else:
        run = rescore_to_today(get(Database), get(Services), utc_now(), make_progress())
        click.echo(f"Done: {run.done} papers scored again, {run.to_pass} to pass, {run.kept} passes kept below the new cut.")


def say_what_would_change() -> None:
    """The dry run of new scoring rules: sums, and the first fifty by number."""
    with get(Database).reader() as session:
        found = preview_scoring(session, get(ItemStore))
    click.echo(
        f"{found.attempts} papers would be scored again (mean change {found.mean_change * 100:+.1f} of 100): "
        f"{found.to_pass} to pass, {found.kept} passes kept below the new cut. Nothing was changed."
    )
    for one in found.first:
        click.echo(f"   attempt {one.attempt_id}: {cut_down(one.before)} -> {cut_down(one.after)} {one.effect}")


def rescore_corrected(correction_id: int) -> None:
    """The runs of one correction."""
    try:
        rescore(get(Database), get(Services), correction_id, utc_now(), make_progress())
    except NotFound as error:
        raise click.ClickException(say(error)) from error
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

"""`flask measure simulate`: made-up people with known ability through the real engine."""

from __future__ import annotations

import json
from typing import Any

import click

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.sequence import Prepared
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import Refusal
from trainer_academy.measurement.cli import measure
from trainer_academy.measurement.simulations.steps import prepared_exam, report_as_json, run_simulation, store_simulation
from trainer_academy.measurement.simulations.virtual_exam import fixed_length, synthetic_exam
from trainer_academy.psychometrics.intervals import wilson_interval
from trainer_academy.psychometrics.simulation import Outcome, Report
from trainer_academy.web.context import get
from trainer_academy.web.words import say


@measure.command("simulate")
@click.argument("exam", required=False)
@click.option("--people", default=2_000, show_default=True, type=click.IntRange(1), help="Made-up people; each sits twice.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same figures.")
@click.option("--synthetic", type=click.IntRange(80, 400), help="No exam: a made-up bank with so many items.")
@click.option("--cut", default=0.0, show_default=True, help="With --synthetic: the cut in logits.")
@click.option("--fixed", type=click.IntRange(5, 120), help="Everybody gets so many items, to compare with.")
@click.option("--as-json", is_flag=True, help="Print the report as JSON.")
@click.option("--keep/--no-keep", default=True, help="Store the report of an exam, so that its pages show it.")
def simulate(
    exam: str | None, people: int, seed: int, synthetic: int | None, cut: float, fixed: int | None, as_json: bool, keep: bool
) -> None:
    """Send made-up people with known ability through EXAM, or through a made-up bank, and print what happens to them.

    Ability is normal; an item is answered as its parameters say. Real people are less regular: expect a few points less.
    """
    if (exam is None) == (synthetic is None):
        raise click.ClickException("Name an exam, or a made-up bank with --synthetic 120; not both.")
    if synthetic is not None:
        ready = synthetic_exam(synthetic, cut, seed)
        report = run_simulation(_of_length(ready, fixed), people, seed, show_progress())
    else:
        ready, report = _simulate_exam(exam or "", people, seed, fixed, keep)
    if as_json:
        click.echo(json.dumps(report_as_json(report), indent=1))
    else:
        echo_report(ready, report)


def _of_length(ready: Prepared, fixed: int | None) -> Prepared:
    return ready if fixed is None else fixed_length(ready, fixed)


def _simulate_exam(exam: str, people: int, seed: int, fixed: int | None, keep: bool) -> tuple[Prepared, Report]:
    store = get(ItemStore)
    if exam not in store.exams:
        raise click.ClickException(f"There is no exam {exam!r}. There are: {', '.join(store.exams)}.")
    with get(Database).reader() as session:
        found = prepared_exam(session, store, exam)
    if isinstance(found, Refusal):
        raise click.ClickException(say(found))
    ready, terms = found
    report = run_simulation(_of_length(ready, fixed), people, seed, show_progress())
    if keep and fixed is None:
        with get(Database).writing() as session:
            store_simulation(session, exam, ready, terms, report, people, seed, utc_now())
            session.commit()
    return ready, report


def show_progress() -> Any:
    """A line that renews itself on the error stream, so that the figures can be sent elsewhere."""

    def show(done: int, total: int) -> None:
        click.echo(f"\r{done:,} of {total:,} people", nl=done >= total, err=True)

    return show


def echo_report(ready: Prepared, report: Report) -> None:
    rule = ready.spec.decision
    click.echo(
        f"{len(ready.scored)} items, cut {ready.cut:+.2f} logits, {rule.minimum} to {rule.maximum} items, stop outside of "
        f"[{rule.low}, {rule.high}], order {rule.order}, pass at the end with {rule.pass_at}"
    )
    click.echo(
        f"{'distance from the cut':24}{'people':>8}{'items':>7}{'median':>7}{'at max':>8}{'right':>8}{'95 % range':>15}"
        f"{'false pass':>12}{'false fail':>12}{'early wrong':>12}{'alike twice':>12}{'top item':>9}"
    )
    rows = [("everybody", report.whole)]
    for band in report.bands:
        end = f"{band.farthest:.1f}" if band.farthest < 1e9 else "more"
        rows.append((f"{band.nearest:.1f} to {end}", band.outcome))
    for name, outcome in rows:
        click.echo(_row(name, outcome))
    click.echo("Pass at the greatest length with at least:")
    for pass_at, outcome in report.end_rules:
        click.echo(
            f"  P >= {pass_at:.2f}: right {_percent(outcome.accuracy)}, false passes {_percent(outcome.false_pass)}, "
            f"false fails {_percent(outcome.false_fail)}, of those who pass {_percent(outcome.ppv)} are above the cut"
        )


def _row(name: str, found: Outcome) -> str:
    if not found.n:
        return f"{name:24}{0:>8}   nobody"
    interval = wilson_interval(found.accuracy or 0.0, found.n)
    length = f"{found.mean_length or 0:>7.1f}{found.median_length or 0:>7.0f}"
    between = f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"
    shares = "".join(f"{_percent(share):>12}" for share in (found.false_pass, found.false_fail, found.early_errors))
    return (
        f"{name:24}{found.n:>8,}{length}{_percent(found.at_maximum):>8}{_percent(found.accuracy):>8}{between:>15}{shares}"
        f"{_percent(found.consistency):>12}{_percent(found.top_exposure):>9}"
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"

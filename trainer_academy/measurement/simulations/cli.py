"""`flask measure simulate`: made-up people with known ability through the real engine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from trainer_academy.assessments.bank.pass_figures import Assumptions, PassFigures, Rate
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.sequence import Prepared
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import Refusal
from trainer_academy.measurement.cli import measure
from trainer_academy.measurement.simulations.assurance import AssuranceFigures, Help, retest_mark
from trainer_academy.measurement.simulations.passes import FixedExam
from trainer_academy.measurement.simulations.steps import (
    fixed_exam,
    prepared_exam,
    report_as_json,
    run_simulation,
    simulate_assurance,
    simulate_passes,
    store_passes,
    store_simulation,
)
from trainer_academy.measurement.simulations.virtual_exam import fixed_length, synthetic_exam
from trainer_academy.psychometrics.intervals import wilson_interval
from trainer_academy.psychometrics.simulation import Outcome, Report
from trainer_academy.web.context import get
from trainer_academy.web.words import say

SHARE = click.FloatRange(0, 1)
RATES = ("passed", "ppv", "false_pass", "missed", "strong_missed", "coached_ppv")

ASSURANCE = {
    "unsupervised": "PPV, unsupervised",
    "confirmed": "PPV, confirmed by re-test",
    "supervised": "PPV, supervised",
    "helped_holders": "holders with help",
    "above_confirmed": "confirmed: above",
    "alone_confirmed": "confirmed: no help",
    "helped_below_confirmed": "confirmed: helped, below",
}


@measure.command("simulate")
@click.argument("exams", metavar="[EXAM]...", nargs=-1)
@click.option("--people", default=2_000, show_default=True, type=click.IntRange(1), help="Made-up people.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same figures.")
@click.option("--attempts", type=click.IntRange(1, 20), help="Who fails sits again, so often; default: as the exam allows.")
@click.option(
    "--base", default=0.5, show_default=True, type=click.FloatRange(0.01, 0.99), help="Share of people above the cut."
)
@click.option("--coached", default=0.2, show_default=True, type=SHARE, help="Share of people who know a part of the bank.")
@click.option("--leaked", default=0.2, show_default=True, type=SHARE, help="The part of the bank that they know.")
@click.option("--known", default=0.95, show_default=True, type=SHARE, help="Chance that they answer such an item rightly.")
@click.option(
    "--guessing", default=0.2, show_default=True, type=click.FloatRange(0, 0.9), help="Chance of a lucky right answer."
)
@click.option(
    "--learning", default=0.0, show_default=True, type=click.FloatRange(-2, 2), help="Logits gained between sittings."
)
@click.option("--synthetic", type=click.IntRange(80, 400), help="No exam: a made-up bank with so many items, lengths only.")
@click.option("--cut", default=0.0, show_default=True, help="With --synthetic: the cut in logits.")
@click.option("--fixed", type=click.IntRange(5, 120), help="Lengths only: everybody gets so many items, to compare with.")
@click.option("--as-json", is_flag=True, help="Print the report as JSON.")
@click.option("--keep/--no-keep", default=True, help="Store the report of an exam, so that its pages show it.")
@click.option(
    "--write", type=click.Path(file_okay=False, path_type=Path), help="For authors: write EXAM.yaml into this folder."
)
def simulate(exams: tuple[str, ...], synthetic: int | None, cut: float, as_json: bool, **options: Any) -> None:
    """Send made-up people with known ability through each EXAM (default: all that certify), and print what a pass is worth.

    Who fails sits again. Of an exam that ends when it is sure, lengths and errors of single sittings come first.
    Made-up people answer as the parameters say. Real people are less regular: expect a few points less.
    """
    if exams and synthetic is not None:
        raise click.ClickException("Name exams, or a made-up bank with --synthetic 120; not both.")
    people, seed, fixed = options["people"], options["seed"], options["fixed"]
    if synthetic is not None:
        ready = synthetic_exam(synthetic, cut, seed)
        echo_lengths(ready, run_simulation(_of_length(ready, fixed), people, seed, show_progress()), as_json)
        return
    for exam in _named(exams):
        _lengths(exam, people, seed, fixed, options["keep"], as_json)
        if fixed is None:
            _passes(exam, as_json, **options)


@measure.command("assurance")
@click.argument("exam")
@click.option("--people", default=2_000, show_default=True, type=click.IntRange(1, 100_000), help="Made-up people a row.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same figures.")
@click.option("--helped", "shares", multiple=True, default=(0.0, 0.1, 0.2, 0.4), type=SHARE, help="Share with help; repeat it.")
@click.option("--accuracy", default=0.9, show_default=True, type=SHARE, help="Chance that help gives the right answer.")
@click.option(
    "--base", default=0.5, show_default=True, type=click.FloatRange(0.01, 0.99), help="Share of people above the cut."
)
@click.option("--retest-items", default=20, show_default=True, type=click.IntRange(1), help="Scored items of the re-test.")
@click.option(
    "--retest-margin",
    default=0.0,
    show_default=True,
    type=click.FloatRange(-3, 3),
    help="Mark of the re-test, in standard errors above the cut.",
)
def assurance(exam: str, shares: tuple[float, ...], seed: int, **options: Any) -> None:
    """Print what a pass of EXAM is worth where some people have help: without supervision, re-tested, under supervision."""
    _named([exam])
    with get(Database).reader() as session:
        found = fixed_exam(session, get(ItemStore), exam)
    if isinstance(found, Refusal):
        raise click.ClickException(say(found))
    given = Help(attempts=found.spec.attempts, **options)
    if given.retest_items > found.spec.scored_count:
        raise click.ClickException(f"A paper of {exam} has {found.spec.scored_count} scored items; ask for no more.")
    echo_assurance(exam, found, given, seed, simulate_assurance(found, given, shares, seed, show_progress()))


def echo_assurance(key: str, exam: FixedExam, given: Help, seed: int, rows: Sequence[tuple[float, AssuranceFigures]]) -> None:
    """One row for each share of people with help: shares in percent with 95 % intervals and n."""
    right = round(given.retest_items * retest_mark(exam.cut_score, given.retest_items, given.retest_margin))
    click.echo(
        f"{key} {exam.spec.version}: {len(exam.item_ids)} items, {exam.spec.scored_count} a sitting, up to "
        f"{given.attempts} sittings, cut {100 * exam.cut_score:g}, {given.people:,} people a row, {100 * given.base:g} % above "
        f"the cut, help is right in {100 * given.accuracy:g} %; re-test: {right} of {given.retest_items} right; seed {seed}"
    )
    click.echo(f"{'helped':>7}" + "".join(f"{name:>30}" for name in ASSURANCE.values()))
    for share, row in rows:
        click.echo(f"{100 * share:>5g} %" + "".join(f"{_rate(getattr(row, name)):>30}" for name in ASSURANCE))


def _named(exams: Sequence[str]) -> Sequence[str]:
    store = get(ItemStore)
    known = [key for key, spec in store.counting_exams.items() if spec.rating is None]
    for exam in exams:
        if exam not in store.counting_exams:
            raise click.ClickException(f"There is no exam {exam!r} that counts. There are: {', '.join(known)}.")
    return exams or known


def _lengths(exam: str, people: int, seed: int, fixed: int | None, keep: bool, as_json: bool) -> None:
    """Single sittings of a sequential exam; of another one only why it has none, where these were asked for."""
    with get(Database).reader() as session:
        found = prepared_exam(session, get(ItemStore), exam)
    if isinstance(found, Refusal):
        if fixed is not None:
            raise click.ClickException(say(found))
        return
    ready, terms = found
    report = run_simulation(_of_length(ready, fixed), people, seed, show_progress())
    if keep and fixed is None:
        with get(Database).writing() as session:
            store_simulation(session, exam, ready, terms, report, people, seed, utc_now())
            session.commit()
    echo_lengths(ready, report, as_json)


def _of_length(ready: Prepared, fixed: int | None) -> Prepared:
    return ready if fixed is None else fixed_length(ready, fixed)


def _passes(exam: str, as_json: bool, *, seed: int, attempts: int | None, keep: bool, write: Path | None, **given: Any) -> None:
    """What a pass after several attempts is worth."""
    values = {name: given[name] for name in Assumptions.model_fields if name in given}
    assumed = Assumptions(attempts=attempts or get(ItemStore).exams[exam].attempts, **values)
    with get(Database).reader() as session:
        found = simulate_passes(session, get(ItemStore), exam, assumed, seed, show_progress())
    if isinstance(found, Refusal):
        raise click.ClickException(say(found))
    figures, terms = found
    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        (write / f"{exam}.yaml").write_text(as_yaml(figures), encoding="utf-8")
    elif keep:
        with get(Database).writing() as session:
            store_passes(session, exam, figures, terms, utc_now())
            session.commit()
    if as_json:
        click.echo(json.dumps({"exam": exam, **figures.model_dump(mode="json")}, indent=1))
    else:
        echo_passes(exam, figures)


def as_yaml(found: PassFigures) -> str:
    """The file that comes with the content."""
    head = "# Written by `flask measure simulate EXAM --write`; [k, n] is k of n made-up people. Never change it by hand.\n"
    return head + yaml.safe_dump(found.model_dump(mode="json"), sort_keys=False, default_flow_style=None, width=120)


def echo_passes(exam: str, found: PassFigures) -> None:
    """The table of an exam: shares in percent with n and 95 % intervals."""
    given = found.given
    answered = "made-up parameters" if found.calibration is None else f"calibration {found.calibration}"
    click.echo(
        f"\n{exam} {found.exam_version}: {found.bank} items, {found.items:.1f} a sitting, cut {100 * found.cut_score:g}, "
        f"{answered}, {given.people:,} people, {100 * given.base:g} % above the cut, {100 * given.coached:g} % know "
        f"{100 * given.leaked:g} % of the bank (right {100 * given.known:g} %), guessing {given.guessing:g}, "
        f"learning {given.learning:+g}; most shown item on {100 * found.top_exposure:.1f} % of {found.sittings:,} papers"
    )
    names = ("passed", "PPV", "false pass", "missed", "missed, 1 SE above", "PPV of the coached")
    click.echo(f"{'attempts':>8}{'sittings':>9}" + "".join(f"{name:>28}" for name in names))
    for row in found.rows:
        click.echo(f"{row.attempts:>8}{row.sittings:>9.2f}" + "".join(f"{_rate(getattr(row, name)):>28}" for name in RATES))


def _rate(rate: Rate) -> str:
    if rate.share is None:
        return "nobody"
    low, high = rate.interval.low, rate.interval.high
    return f"{100 * rate.share:.1f} ({100 * low:.1f} to {100 * high:.1f}) n={rate.n}"


def show_progress() -> Any:
    """A line that renews itself on the error stream, so that the figures can be sent elsewhere."""

    def show(done: int, total: int) -> None:
        click.echo(f"\r{done:,} of {total:,} people", nl=done >= total, err=True)

    return show


def echo_lengths(ready: Prepared, report: Report, as_json: bool) -> None:
    """Lengths and errors of single sittings, by distance from the cut."""
    if as_json:
        click.echo(json.dumps(report_as_json(report), indent=1))
        return
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

"""Commands about banks, items and logs: `flask bank report`, `flask items preview`, `flask attempts verify`."""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from flask import current_app, render_template
from flask.cli import AppGroup
from sqlalchemy import inspect

from trainer_academy.assessments.bank.balance import PLAYERS, Balance, balance_of, near_copies, play
from trainer_academy.assessments.bank.blind_review import Solved, sheet_of, solve
from trainer_academy.assessments.bank.store import ItemStore, load_item
from trainer_academy.assessments.exams import log as attempt_log
from trainer_academy.assessments.exams.assembly import Exposure
from trainer_academy.assessments.exams.bank_report import ExamReport, count_items, report_exam
from trainer_academy.assessments.exams.models import Exposure as ExposureRow
from trainer_academy.assessments.exams.windows import load_exposure
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.config import Config
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import BadInput
from trainer_academy.core.front_matter import Problems
from trainer_academy.web.assets import Assets
from trainer_academy.web.context import get
from trainer_academy.web.words import say

bank = AppGroup("bank", help="What the item banks hold.")
items = AppGroup("items", help="Single items: look at one, score answers again.")
attempts = AppGroup("attempts", help="The logs of exam attempts.")


@bank.command("report")
@click.argument("key", required=False)
def report(key: str | None) -> None:
    """Counts by skill, kind, difficulty and trap, exposure, and what a specification could not fill. KEY: one bank only."""
    store = get(ItemStore)
    if key is not None and key not in store.banks:
        raise click.ClickException(f"There is no bank {key!r}. There are: {', '.join(store.banks)}.")
    for name, found in store.banks.items():
        if key not in (None, name):
            continue
        items = list(found.items.values())
        click.echo(f"{name} ({found.file.purpose}): {len(items)} items, {sum(i.status == 'active' for i in items)} active")
        for what, counts in count_items(items).items():
            click.echo(f"  {what:10} " + ", ".join(f"{label} {count}" for label, count in sorted(counts.items())))
        echo_balance(balance_of(items))
        echo_players(items)
        for exam_key, spec in store.exams.items():
            if spec.bank == name:
                echo_exam(report_exam(exam_key, spec, items, known_exposure(exam_key)), spec.item_count)


@bank.command("blind-sheet")
@click.argument("key")
@click.argument("item_ids", nargs=-1)
def blind_sheet(key: str, item_ids: tuple[str, ...]) -> None:
    """Print the items of the bank KEY (or some of them) as a learner sees them, for somebody who solves them blind."""
    found = _bank_items(key)
    click.echo(sheet_of([found[item_id] for item_id in item_ids] if item_ids else found.values()))


@bank.command("blind-check")
@click.argument("key")
@click.argument("answers", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reviewer", required=True, help="Who or what solved them, truthfully: second author, automated check.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Append to this log; default: only print.")
def blind_check(key: str, answers: Path, reviewer: str, out: Path | None) -> None:
    """Hold ANSWERS (lines of `item,answer`) against the keys of the bank KEY, print what differs, and write the log."""
    found, solved, faults = _bank_items(key), [], []
    with answers.open(encoding="utf-8", newline="") as lines:
        rows = [(row[0].strip(), ",".join(row[1:]).strip()) for row in csv.reader(lines) if row]
    for item_id, answer in rows:
        try:
            solved.append(solve(found[item_id], answer))
        except KeyError:
            faults.append(f"{item_id}: the bank has no such item.")
        except BadInput as error:
            faults.append(say(error))
    for one in solved:
        if not one.is_agreed:
            click.echo(f"{one.item_id} differs (credit {one.score:.2f}): {one.answer}")
    agreed = sum(one.is_agreed for one in solved)
    click.echo(f"{agreed} of {len(solved)} agree; {len(found) - len(solved)} items of the bank have no answer.")
    if faults:
        raise click.ClickException("\n".join(faults) + "\nNothing was written.")
    if out is not None:
        write_log(out, solved, reviewer)


def write_log(out: Path, solved: Sequence[Solved], reviewer: str) -> None:
    """Append rows to a review log in content/review."""
    is_new = not out.exists()
    with out.open("a", encoding="utf-8", newline="") as lines:
        log = csv.writer(lines, lineterminator="\n")
        if is_new:
            log.writerow(["item", "version", "reviewer", "answer", "score", "outcome"])
        for one in solved:
            outcome = "agreed" if one.is_agreed else "differs"
            log.writerow([one.item_id, one.version, reviewer, one.answer, f"{one.score:.3f}", outcome])


def _bank_items(key: str) -> Mapping[str, SomeItem]:
    banks = get(ItemStore).banks
    if key not in banks:
        raise click.ClickException(f"There is no bank {key!r}. There are: {', '.join(banks)}.")
    return banks[key].items


def echo_balance(found: Balance) -> None:
    rows = {
        "First is better": found.first,
        "the longer is better": found.longer,
        "the more polished is better": found.polished,
        "ties": found.ties,
        "the longest option is right": found.longest_option,
        "a middle level is right": found.middle_level,
        "without a trap": found.honest,
        "clean texts": found.clean,
    }
    told = [f"{words} {one.count} of {one.n} ({one.value:.0%})" for words, one in rows.items() if one.value is not None]
    click.echo("  balance    " + ", ".join(told))
    for fault in found.faults():
        click.echo(f"    off balance: {fault}")


def echo_players(items: Sequence[SomeItem]) -> None:
    """What people earn who do not read, and items whose texts are nearly the same."""
    active = [item for item in items if item.status == "active"]
    earned = {name: play(player, active, random.Random(name)) for name, player in PLAYERS.items()}
    told = [f"{name} {share:.0%}" for name, share in earned.items() if share is not None]
    if told:
        click.echo("  unread     " + ", ".join(told))
    for one, other, share in near_copies({item.id: item.stem_text for item in active}):
        click.echo(f"    nearly the same text: {one} and {other} ({share:.0%})")


def known_exposure(exam_key: str) -> Exposure:
    """The papers that were counted; none where there is no database yet, as on an author's machine."""
    if not inspect(get(Database).engine).has_table(ExposureRow.__tablename__):
        return Exposure()
    with get(Database).reader() as session:
        return load_exposure(session, exam_key)


def echo_exam(found: ExamReport, item_count: int) -> None:
    click.echo(f"  exam {found.key}: {item_count} items a paper")
    for line in found.lines:
        click.echo(f"    {line.asked:3} of {line.have:3}  {line.words}")
    for shortage in found.shortages:
        click.echo(f"    cannot be filled: {shortage}")
    item_id, share = found.most_used
    if item_id:
        click.echo(f"    in 50 simulated papers {len(found.simulated)} items; most often {item_id}, {share:.0%}")
        click.echo(f"    attempt {found.attempts} of the same person repeats {found.repeats} items")
    counts = sorted((found.exposure.counts or {}).items(), key=lambda pair: -pair[1])[:5]
    click.echo(f"    papers that people got: {found.exposure.papers}" + "".join(f"; {name} on {n}" for name, n in counts))


@items.command("preview")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the page; default: FILE.html here."
)
def preview(file: Path, out: Path | None) -> None:
    """Write FILE, an item, as a page: how a learner sees it, then its key and reason."""
    root = get(Config).content
    problems = Problems()
    inside = file.resolve().is_relative_to(root.resolve())
    item = load_item(file.resolve(), root.resolve() if inside else file.resolve().parent, file.resolve().parent.name, problems)
    for problem in problems.found:
        click.echo(str(problem), err=True)
    if item is None:
        sys.exit(1)
    presentation = item.present(random.Random(item.id))
    style = get(Assets).by_name["css/academy.css"].body.decode()
    with current_app.test_request_context(base_url=get(Config).base_url):
        page = render_template(
            "assessments/preview_file.html",
            item=item,
            style=style,
            view=item.view(presentation),
            review=item.review(presentation, item.perfect(), ""),
        )
    target = out or Path(f"{item.id}.html")
    target.write_text(page, encoding="utf-8")
    click.echo(f"{target}: open it in a browser.")


@attempts.command("verify")
@click.option("--expect", default="", help="A seal that was copied to another place earlier; it must still be in the chain.")
def verify(expect: str) -> None:
    """Check the hash chain of every attempt's log and of the seals. Exit 1 when something was changed."""
    checked, faults = 0, []
    with get(Database).reader() as session:
        for _, found in attempt_log.check_logs(session):
            checked += 1
            faults += found
            if checked % 1000 == 0:
                click.echo(f"{checked} attempts checked", err=True)
        faults += attempt_log.check_seals(session, expect)
        newest = attempt_log.newest_seal(session)
    for fault in faults:
        click.echo(fault, err=True)
    seal = f"The newest seal is {newest.hash}; keep a copy of it elsewhere." if newest else "There is no seal yet."
    click.echo(f"{checked} attempts checked, {len(faults)} faults. {seal}")
    if faults:
        sys.exit(1)


@attempts.command("seal")
def seal() -> None:
    """Seal the logs of closed attempts now. The worker does it every hour."""
    with get(Database).writing() as session:
        made = attempt_log.seal_closed(session, utc_now())
        session.commit()
    click.echo(f"Sealed {len(made.heads)} logs: {made.hash}" if made else "Nothing new to seal.")

"""Commands that make the technical report and the handbook of an exam: `flask measure report`, `flask measure handbook`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app, render_template

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.config import Config
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import NotFound
from trainer_academy.measurement.cli import measure
from trainer_academy.measurement.reports.facts import gather, store_report
from trainer_academy.measurement.reports.page_document import Document, as_markdown
from trainer_academy.measurement.reports.views import word_handbook, word_report
from trainer_academy.web.assets import Assets
from trainer_academy.web.context import get
from trainer_academy.web.words import say

OUT = click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write it to FILE.html or FILE.md; default: no file."
)


@measure.command("report")
@click.argument("exam")
@OUT
def report(exam: str, out: Path | None) -> None:
    """Make the technical report of EXAM from the facts of now, keep it with its date, and publish it on its page."""
    check(exam, out)
    with get(Database).writing() as session:
        found = gather(session, get(ItemStore), exam, get(Config).content, utc_now())
        row = store_report(session, found)
        session.commit()
    click.echo(f"Report {row.id} of {exam} is kept. The page /exams/{exam}/report shows it.")
    if out is not None:
        with current_app.test_request_context(base_url=get(Config).base_url):
            write(word_report(found), out)


@measure.command("handbook")
@click.argument("exam")
@OUT
def handbook(exam: str, out: Path | None) -> None:
    """Print the candidate handbook of EXAM, or write it to a file. The page /exams/EXAM/handbook is always up to date."""
    check(exam, out)
    with current_app.test_request_context(base_url=get(Config).base_url):
        try:
            document = word_handbook(exam)
        except NotFound as error:
            raise click.ClickException(say(error)) from error
        if out is None:
            click.echo(as_markdown(document))
        else:
            write(document, out)


def check(exam: str, out: Path | None) -> None:
    """Raises ClickException for an exam that does not count, and for a file name that says no format."""
    known = get(ItemStore).counting_exams
    if exam not in known:
        raise click.ClickException(f"There is no exam {exam!r} that counts. There are: {', '.join(known)}.")
    if out is not None and out.suffix not in (".html", ".md"):
        raise click.ClickException("The file name must end in .html or .md. Nothing was made.")


def write(document: Document, out: Path) -> None:
    """Write a document as a page of its own, or as Markdown."""
    if out.suffix == ".md":
        out.write_text(as_markdown(document), encoding="utf-8")
    else:
        style = get(Assets).by_name["css/academy.css"].body.decode()
        page = render_template("measurement/document_file.html", document=document, style=style, base=get(Config).base_url)
        out.write_text(page, encoding="utf-8")
    click.echo(f"{out} is written.")

"""Commands for authors and operators: `flask --app wsgi content check` and so on."""

from __future__ import annotations

import re
import sys
from statistics import median

import click
from flask import Flask
from flask.cli import AppGroup
from sqlmodel import select

from trainer_academy import bank_cli, item_cli
from trainer_academy.accounts import people
from trainer_academy.accounts.models import Organization
from trainer_academy.accounts.passwords import find_weakness, hash_password
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.config import Config
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database, id_of
from trainer_academy.core.front_matter import Problems
from trainer_academy.core.markdown import plain_text
from trainer_academy.core.reading import measure_reading
from trainer_academy.courses.catalog import Course
from trainer_academy.credentials.life.cli import credentials
from trainer_academy.library import read_library
from trainer_academy.measurement.analysis import cli as analysis_cli
from trainer_academy.measurement.calibrations import cli as calibration_cli
from trainer_academy.measurement.cli import measure
from trainer_academy.measurement.reports import cli as report_cli
from trainer_academy.measurement.simulations import cli as simulate_cli
from trainer_academy.migrate import migrate
from trainer_academy.web.context import get
from trainer_academy.web.words import say

HARD_GRADE = 8.0
content = AppGroup("content", help="Check and load courses and items.")
accounts = AppGroup("accounts", help="Make the first operator.")
database = AppGroup("database", help="Migrate the database.")


@content.command("check")
def check_content() -> None:
    """Read all content and report every mistake with file and line."""
    config = get(Config)
    problems = Problems()
    library = read_library(config.content, problems)
    for problem in sorted(problems.found, key=lambda p: (p.path, p.line)):
        click.echo(f"{config.content.name}/{problem}", err=True)
    for course in library.catalog.ordered():
        echo_lessons(course)
    for found in library.store.banks.values():
        click.echo(f"{found.key}: {len(found.items)} items")
    if problems.found:
        click.echo(f"{len(problems.found)} problems", err=True)
        sys.exit(1)
    click.echo("No problems.")


def echo_lessons(course: Course) -> None:
    """Lengths and reading level of a course's lessons; those that are hard to read by name."""
    words = [lesson.words for lesson in course.lessons]
    read = {lesson.key: measure_reading(_prose(lesson.body)) for lesson in course.lessons}
    grades = {key: found.grade for key, found in read.items() if found is not None}
    typical = median(grades.values()) if grades else 0.0
    click.echo(
        f"{course.key}: {len(words)} lessons, {min(words, default=0)} to {max(words, default=0)} words, reading level "
        f"{min(grades.values(), default=0):.1f} to {max(grades.values(), default=0):.1f}, median {typical:.1f} (Flesch-Kincaid)"
    )
    for key, grade in grades.items():
        if grade > HARD_GRADE:
            click.echo(f"  {key} is hard to read: {grade:.1f}; B1 texts lie at about 5 to 8")


def _prose(body: str) -> str:
    """What is read as running text: no code, tables, items and footnotes."""
    kept = [line for line in re.sub(r"(?s)```.*?```", "", body).splitlines() if not line.lstrip().startswith(("|", "[[", "[^"))]
    return plain_text("\n".join(kept))


@content.command("load")
def load() -> None:
    """Store item versions that the database does not know yet."""
    with get(Database).writing() as session:
        added = store_versions(session, get(ItemStore), utc_now())
        session.commit()
    click.echo(f"{added} new item versions.")


@accounts.command("create-operator")
@click.option("--login", prompt=True)
@click.option("--name", prompt=True)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True)
def create_operator(login: str, name: str, password: str) -> None:
    """Make an account with the operator role. There is no default password."""
    read, shown = people.read_login(login), people.clean_name(name)
    if read is None or shown is None:
        raise click.ClickException("The login must be an e-mail address, and the name must have letters.")
    if weakness := find_weakness(password, shown, read.value):
        raise click.ClickException(say(weakness))
    now = utc_now()
    with get(Database).writing() as session:
        academy = session.exec(select(Organization).where(Organization.kind == "academy")).first()
        academy = academy or people.create_organization(session, "academy", "Trainer Academy", now)
        user = people.find_user(session, read.value) or people.create_user(
            session, read.value, shown, hash_password(password), now
        )
        people.add_membership(session, id_of(user), id_of(academy), "operator", None, now)
        session.commit()
    click.echo(f"{read.value} is an operator now.")


@database.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest migration."""
    migrate(get(Config).database_url)
    click.echo("The database is up to date.")


# Importing these modules puts their commands into the group `measure`.
MEASURE_COMMANDS = (analysis_cli, calibration_cli, report_cli, simulate_cli)


def register(app: Flask) -> None:
    for group in (content, accounts, credentials, database, bank_cli.bank, item_cli.group, bank_cli.attempts, measure):
        app.cli.add_command(group)

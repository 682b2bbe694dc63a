"""The words of mails: `templates/mail/<kind>.{subject,body}.txt`, in the language of the person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from trainer_academy.core import languages
from trainer_academy.core.shares import of_hundred

FOLDER = Path(__file__).parents[1] / "templates" / "mail"
MAX_SUBJECT = 200


@dataclass(frozen=True)
class Words:
    """What a mail says."""

    subject: str
    body: str


def write_letter(kind: str, values: Mapping[str, object], language: str) -> Words:
    """The mail of a kind with these values. A value that a template asks for and does not get is an error."""
    environment = _environment(language if language in languages.known_languages() else languages.SOURCE, languages.FOLDER)
    subject = environment.get_template(f"{kind}.subject.txt").render(values)
    return Words(" ".join(subject.split())[:MAX_SUBJECT], environment.get_template(f"{kind}.body.txt").render(values).strip())


@lru_cache(maxsize=64)
def _environment(language: str, folder: Path) -> Environment:
    """Plain text: nothing is escaped. Each language has its own."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(languages.catalogue_of(language, folder), newstyle=True)  # type: ignore[attr-defined]

    def day(value: date) -> str:
        return format_date(value, "dd MMMM y", locale=language)

    environment.filters.update(day=day, moment=_moment, of_hundred=of_hundred)
    return environment


def _moment(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC"

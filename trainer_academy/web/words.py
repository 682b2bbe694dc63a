"""From codes to words: the register that `app.py` fills with the `WORDS` of every part, and the one way to look one up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from flask import Flask, current_app, has_request_context
from flask_babel import format_decimal
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from trainer_academy.core.errors import AcademyError, Refusal, read_said
from trainer_academy.web.formats import day, when

Words = Mapping[str, LazyString]

WORDS = {
    "address.character": _l("The address contains a character that cannot be used."),
    "asset.unknown": _l("This file does not exist in the running version. Reload the page."),
    "page.other_role": _l("This page is for another role (%(role)s). You are signed in as %(name)s."),
}


def register(app: Flask, parts: Iterable[Words]) -> None:
    """Fill the register. A code that two parts claim keeps the app from starting."""
    known = dict(WORDS)
    for words in parts:
        if twice := known.keys() & words.keys():
            raise RuntimeError(f"these codes have words twice: {', '.join(sorted(twice))}")
        known.update(words)
    app.extensions["words"] = known
    app.jinja_env.filters["said"] = say_stored


def say(said: AcademyError | Refusal) -> str:
    """An error or a refusal in the language of the person."""
    return _words_of(said.code, said.values)


def say_stored(line: str) -> str:
    """The words for a stored reason (`write_said`). What is no known code was written by a program and is shown as it is."""
    code, values = read_said(line)
    return _words_of(code, values) if code in current_app.extensions["words"] else line


def _words_of(code: str, values: Mapping[str, object]) -> str:
    words = str(current_app.extensions["words"][code])
    return words % {name: _shown(value) for name, value in values.items()} if values else words


def _shown(value: object) -> str:
    """Times in the person's zone, numbers as the language writes them."""
    if isinstance(value, datetime):
        return when(value) if has_request_context() else f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(format_decimal(value))
    return str(value)

"""Template filters, globals and the choice of language and colours."""

from __future__ import annotations

from functools import lru_cache
from gettext import NullTranslations
from typing import Any

from babel import Locale
from flask import Flask, Response, current_app, g, has_request_context, request, session
from flask_babel import Babel, get_locale, get_translations
from flask_login import current_user
from markupsafe import Markup

from trainer_academy.core import languages
from trainer_academy.core.shares import of_hundred
from trainer_academy.web.assets import Assets
from trainer_academy.web.context import config
from trainer_academy.web.formats import day, language, money, percent, role_name, when

RIGHT_TO_LEFT = ("ar", "ur", "fa", "he")


def translate(text: str, /, **values: Any) -> Markup:
    """`_("...")` of templates. The language is found once a request. Texts are ours: only values are escaped."""
    plain = _marked(_translations(), text)
    return plain % values if values or "%" in plain else plain


def translate_number(one: str, many: str, num: int, /, **values: Any) -> Markup:
    """`ngettext("...", "...", n)` of templates."""
    return Markup(_translations().ngettext(one, many, num)) % {"num": num, **values}


def _translations() -> NullTranslations:
    if "translations" not in g:
        g.translations = get_translations()
    found: NullTranslations = g.translations
    return found


@lru_cache(maxsize=4096)
def _marked(translations: NullTranslations, text: str) -> Markup:
    return Markup(translations.gettext(text))


def choose_locale() -> str:
    """What the person chose, then what the browser asks for, among the languages with a catalogue. English is the source."""
    known = current_app.extensions["languages"]
    if len(known) == 1 or not has_request_context():
        return languages.SOURCE
    chosen = current_user.language if current_user.is_authenticated else session.get("language", "")
    return chosen if chosen in known else request.accept_languages.best_match(known, languages.SOURCE)


def named_languages() -> list[tuple[str, str]]:
    """Each language with its name in itself."""
    return [(code, Locale.parse(code).get_display_name(code) or code) for code in current_app.extensions["languages"]]


def register(app: Flask, assets: Assets, has_demo_data: bool) -> None:
    """Install filters and globals."""
    app.extensions["languages"] = languages.known_languages()
    Babel(app, locale_selector=choose_locale, default_translation_directories=str(languages.FOLDER))
    formats = {"when": when, "day": day, "language": language, "money": money, "of_hundred": of_hundred, "percent": percent}
    app.jinja_env.filters.update(formats)
    app.jinja_env.globals.update(asset=assets.url, role_name=role_name)
    app.jinja_env.globals.update(_=translate, gettext=translate, ngettext=translate_number)  # those of Babel: 10 µs a text
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def shared() -> dict[str, object]:
        locale = str(get_locale() or "en")
        return {
            "locale": locale,
            "text_direction": "rtl" if locale in RIGHT_TO_LEFT else "ltr",
            "theme": session.get("theme", "auto"),
            "languages": app.extensions["languages"],
            "language_names": named_languages,
            "chosen_language": session.get("language", ""),
            "is_demo": has_demo_data,
            "base_url": config().base_url,
            "current_user": current_user,
        }

    @app.after_request
    def vary(response: Response) -> Response:
        if len(app.extensions["languages"]) > 1 and response.mimetype == "text/html":
            response.vary.update(("Accept-Language", "Cookie"))
        return response

"""Template filters, globals and the choice of language and colours."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from gettext import NullTranslations
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Flask, g, request, session
from flask_babel import Babel, get_locale, get_translations
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from trainer_academy.web.assets import Assets
from trainer_academy.web.context import config

RIGHT_TO_LEFT = ("ar", "ur", "fa", "he")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def zone() -> ZoneInfo:
    """The time zone that the browser's cookie names, or UTC."""
    if "zone" not in g:
        try:
            g.zone = ZoneInfo(request.cookies.get("zone", "UTC")[:64])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            g.zone = ZoneInfo("UTC")
    found: ZoneInfo = g.zone
    return found


def when(value: datetime | None) -> str:
    """`21 Nov 2026, 14:05 UTC` in the person's zone, with the zone's name."""
    if value is None:
        return ""
    local = value.astimezone(zone())
    return f"{day(local)}, {local:%H:%M} {local:%Z}"


def day(value: date | datetime | None) -> str:
    """`21 Nov 2026`."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}" if value else ""


def money(cents: int) -> str:
    """US cents as `$12.50`."""
    return f"${cents / 100:,.2f}"


def percent(share: float) -> str:
    """A share between 0 and 1 as `84 %`."""
    return f"{share * 100:.0f}\u00a0%"


def role_name(kind: str, role: str) -> str:
    """A role in words."""
    names = {
        ("vendor", "staff"): _("team member"), ("vendor", "manager"): _("team lead"), ("client", "buyer"): _("client"),
        ("academy", "rater"): _("rater"), ("academy", "author"): _("author"), ("academy", "operator"): _("operator"),
    }  # fmt: skip
    return str(names.get((kind, role), role))


def translate(text: str, /, **values: Any) -> Markup:
    """`_("...")` of templates. A page has a hundred texts: the language is found once a request, each text escaped once."""
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
    """The language of the interface. One is shipped; others come with their catalogue."""
    return "en"


def register(app: Flask, assets: Assets, has_demo_data: bool) -> None:
    """Install filters and globals."""
    Babel(app, locale_selector=choose_locale)
    app.jinja_env.filters.update(when=when, day=day, money=money, percent=percent)
    app.jinja_env.globals.update(asset=assets.url, role_name=role_name)
    app.jinja_env.globals.update(_=translate, gettext=translate, ngettext=translate_number)  # those of Babel: 10 µs a text
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.context_processor
    def shared() -> dict[str, object]:
        locale = str(get_locale() or "en")
        return {
            "locale": locale, "text_direction": "rtl" if locale in RIGHT_TO_LEFT else "ltr",
            "theme": session.get("theme", "auto"), "is_demo": has_demo_data, "base_url": config().base_url,
            "current_user": current_user,
        }  # fmt: skip

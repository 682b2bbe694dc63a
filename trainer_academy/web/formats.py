"""How times, amounts and roles are written for a person."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from flask import g, request
from flask_babel import get_locale
from flask_babel import gettext as _


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
    """`21 Nov 2026`, with the month in the language in force."""
    return str(format_date(value, "d MMM yyyy", locale=get_locale() or "en")) if value else ""


def language(code: str) -> str:
    """A language, named in the language in force; a code that Babel does not know stays."""
    try:
        return Locale.parse(code, sep="-").get_display_name(get_locale() or "en") or code
    except (ValueError, UnknownLocaleError):
        return code


def money(cents: int) -> str:
    """US cents as `$12.50`."""
    return f"${cents / 100:,.2f}"


def percent(share: float) -> str:
    """A share between 0 and 1 as `84 %`."""
    return f"{share * 100:.0f}\u00a0%"


def role_name(kind: str, role: str) -> str:
    """A role in words."""
    names = {
        ("vendor", "staff"): _("team member"),
        ("vendor", "manager"): _("team lead"),
        ("client", "buyer"): _("client"),
        ("academy", "rater"): _("rater"),
        ("academy", "author"): _("author"),
        ("academy", "operator"): _("operator"),
    }
    return str(names.get((kind, role), role))

"""What a client asks of the pool, read from an address with strict limits and written back into one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trainer_academy.pool.pay import dollars, read_dollars
from trainer_academy.pool.vocabulary import COUNTRIES, DOMAINS, LANGUAGES

Args = Mapping[str, Sequence[str]]

PER_PAGE = 25
COUNT_CAP = 1_001
MAX_PAGE = (COUNT_CAP - 1) // PER_PAGE
MAX_LEVEL = 4
MAX_WEEK = 80
LIMITS = {"achievement": 5, "language": 5, "country": 20, "domain": 20}
# The order in which a search without results looks for the filter to blame: the easiest to give up comes first.
GROUPS = ("max_rate", "min_hours", "domain", "country", "language", "level", "achievement")
_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class PoolFilter:
    """All certificates, all languages, one of the countries, one of the fields; rates in US cents an hour; page from 1."""

    achievements: tuple[str, ...] = ()
    min_level: int = 0
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    max_rate: int = 0
    min_hours: int = 0
    page: int = 1

    def args(self, page: int = 1) -> dict[str, Any]:
        """The query arguments that mean this filter; without arguments for what is not set."""
        found = {
            "achievement": list(self.achievements),
            "level": self.min_level,
            "language": list(self.languages),
            "country": list(self.countries),
            "domain": list(self.domains),
            "max_rate": dollars(self.max_rate) if self.max_rate else "",
            "min_hours": self.min_hours,
            "page": page if page > 1 else 0,
        }
        return {name: value for name, value in found.items() if value}

    def active(self) -> list[tuple[str, str]]:
        """(group, value) of each filter that is set, as in the address."""
        found = []
        for group, value in self.args().items():
            found += [(group, str(one)) for one in (value if isinstance(value, list) else [value])]
        return found

    def without(self, group: str, value: str | None = None) -> PoolFilter:
        """The filter on its first page without one value of a group, or without the whole group."""
        name = FIELDS[group]
        rest = tuple(one for one in getattr(self, name) if value is not None and one != value) if group in LIMITS else 0
        changes: dict[str, Any] = {name: rest, "page": 1}
        return replace(self, **changes)

    def is_set(self, group: str) -> bool:
        return bool(getattr(self, FIELDS[group]))


NO_FILTER = PoolFilter()
FIELDS = {
    "achievement": "achievements",
    "level": "min_level",
    "language": "languages",
    "country": "countries",
    "domain": "domains",
    "max_rate": "max_rate",
    "min_hours": "min_hours",
}


def read_filter(args: Args, achievement_keys: Collection[str]) -> tuple[PoolFilter, list[str]]:
    """The filter, and the names of the arguments that could not be understood and were left out (never an error)."""
    ignored: list[str] = []
    known: dict[str, Collection[str]] = {
        "achievement": achievement_keys,
        "language": LANGUAGES,
        "country": COUNTRIES,
        "domain": DOMAINS,
    }
    chosen = {group: _read_choices(args, group, allowed, ignored) for group, allowed in known.items()}
    wanted = PoolFilter(
        achievements=chosen["achievement"],
        languages=chosen["language"],
        countries=chosen["country"],
        domains=chosen["domain"],
        min_level=_read_number(args, "level", MAX_LEVEL, ignored),
        min_hours=_read_number(args, "min_hours", MAX_WEEK, ignored),
        max_rate=_read_rate(args, ignored),
        page=_read_number(args, "page", MAX_PAGE, ignored) or 1,
    )
    return wanted, ignored


def _read_choices(args: Args, name: str, allowed: Collection[str], ignored: list[str]) -> tuple[str, ...]:
    typed = [value for value in dict.fromkeys(args.get(name, ())) if value]
    kept = [value for value in typed if value in allowed][: LIMITS[name]]
    if len(kept) < len(typed):
        ignored.append(name)
    return tuple(kept)


def _first(args: Args, name: str) -> str:
    values = args.get(name, ())
    return values[0].strip() if values else ""


def _read_number(args: Args, name: str, highest: int, ignored: list[str]) -> int:
    typed = _first(args, name)
    if _NUMBER.fullmatch(typed) and int(typed) <= highest:
        return int(typed)
    if typed:
        ignored.append(name)
    return 0


def _read_rate(args: Args, ignored: list[str]) -> int:
    typed = _first(args, "max_rate")
    cents = read_dollars(typed) if typed else None
    if typed and cents is None:
        ignored.append("max_rate")
    return cents or 0

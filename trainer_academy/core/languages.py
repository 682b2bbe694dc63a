"""The languages that have a catalogue, `translations/<language>/LC_MESSAGES/messages.mo`; English is the source."""

from __future__ import annotations

from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from babel.support import Translations

FOLDER = Path(__file__).parents[1] / "translations"
SOURCE = "en"


def known_languages(folder: Path | None = None) -> tuple[str, ...]:
    """English and every language with a catalogue, in their order of names."""
    found = {file.parts[-3] for file in (folder or FOLDER).glob("*/LC_MESSAGES/messages.mo")}
    return (SOURCE, *sorted(found - {SOURCE}))


@lru_cache(maxsize=64)
def catalogue_of(language: str, folder: Path) -> NullTranslations:
    """The messages of a language; those of the source when it has no catalogue."""
    return Translations.load(folder, [language]) if language in known_languages(folder) else NullTranslations()

"""A pseudo-language: every message that gettext collects, marked. Text without marks on a page has escaped gettext."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo

from tests.house import PACKAGE, ROOT

LANGUAGE = "eo"  # one that Babel knows and nobody has translated
START, END = "⟦", "⟧"
KEYWORDS = {"_": None, "_l": None, "mark": None, "gettext": None, "ngettext": (1, 2)}


def mark(text: str) -> str:
    """The text between marks; edges of white space stay outside."""
    return f"{START}{text}{END}" if text.strip() else text


def make_catalogue(folder: Path) -> Catalog:
    """Write `folder/<language>/LC_MESSAGES/messages.mo` from what `babel.cfg` collects."""
    with (ROOT / "babel.cfg").open() as lines:
        methods, options = parse_mapping_cfg(lines)
    catalogue = Catalog(locale=LANGUAGE)
    for _file, _line, message, _comments, _context in extract_from_dir(str(ROOT / PACKAGE), methods, options, KEYWORDS):
        if isinstance(message, tuple):
            catalogue.add(message, tuple(mark(text) for text in message))
        elif message:
            catalogue.add(message, mark(message))
    target = folder / LANGUAGE / "LC_MESSAGES" / "messages.mo"
    target.parent.mkdir(parents=True)
    written = BytesIO()
    write_mo(written, catalogue)
    target.write_bytes(written.getvalue())
    return catalogue


def unmarked(text: str) -> str:
    """What stands outside of all marks."""
    while (shorter := re.sub(f"{START}[^{START}{END}]*{END}", " ", text)) != text:
        text = shorter
    return text

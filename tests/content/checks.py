"""What the `## Check` section of an item may use, and running it."""

from __future__ import annotations

import calendar
import datetime
import json
import math
import re
from collections.abc import Callable
from typing import Any

from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.markdown import count_words, plain_text

_FENCED = re.compile(r"```[^\n]*\n(.*?)```", re.DOTALL)
_BULLET = re.compile(r"(?m)^\s*(?:[-*]|\d+[.)])\s+")
_NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")


def sentences(text: str) -> int:
    return len(re.findall(r"[.!?](?:\s|$)", plain_text(text).strip() + "\n"))


def bullets(text: str) -> int:
    return len(_BULLET.findall(text))


def lines(text: str) -> int:
    return sum(bool(row.strip()) for row in text.split("\n"))


def code(text: str) -> list[str]:
    return _FENCED.findall(text)


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "").rstrip(".")) for found in _NUMBER.findall(text)]


HELPERS: dict[str, Callable[..., Any]] = {
    "words": count_words,
    "sentences": sentences,
    "bullets": bullets,
    "lines": lines,
    "code": code,
    "numbers": numbers,
}
MODULES = {"math": math, "re": re, "json": json, "datetime": datetime, "calendar": calendar}


TEXTS = ("context", "prompt", "first", "second", "response", "question")


def texts_of(item: SomeItem) -> dict[str, Any]:
    """The sections of the item under the names that a check uses; what its kind does not have is empty."""
    texts: dict[str, Any] = {name: getattr(item, name, "") for name in TEXTS}
    lists = {
        "options": getattr(item, "options", {}),
        "responses": getattr(item, "responses", {}),
        "steps": getattr(item, "steps", ()),
        "examples": {letter: one.text for letter, one in getattr(item, "examples", {}).items()},
    }
    return texts | lists


def run_check(item: SomeItem) -> int:
    """Run the item's check; the number of assert lines in it. AssertionError when one fails."""
    rows = item.check.strip().split("\n")
    assert rows[0] == "```python"
    assert rows[-1] == "```", "one code block, nothing after it"
    source = "\n".join(rows[1:-1])
    exec(compile(source, f"{item.id} ## Check", "exec"), {**HELPERS, **MODULES, **texts_of(item)})  # our own content
    return len(re.findall(r"(?m)^\s*assert ", source))

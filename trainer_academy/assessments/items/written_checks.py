"""Checks of a written text that a program decides: length, phrases, formats, the shape of JSON.

The same text gives the same result always; the time grows in step with the length of the text. There are no regular
expressions of authors: a pattern can be made to run for hours by a text. `static/js/written.js` holds the same rules; a test
compares the two.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from trainer_academy.assessments.items.written_formats import FORMATS, find_format, find_shape, refuse_schema
from trainer_academy.assessments.items.written_text import (
    Wording,
    count_sentences,
    count_words,
    find_phrase,
    fold,
    mark,
    split_words,
)
from trainer_academy.courses.schema import Frozen

Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Found = tuple[bool, Wording]
NO_TEXT = mark("no text yet")
_JSON = (mark("not valid JSON"), mark("nested more than %(n)s levels deep"))
# Everything that `found` can say, by kind of check or by format: the page hands it to the script in the person's language.
FOUND_TEXTS: dict[str, tuple[str, ...]] = {
    "length": ("1 word", "%(n)s words"),
    "sentences": ("1 sentence", "%(n)s sentences"),
    "contains": ("all found", "found: %(phrases)s", "missing: %(phrases)s", "none of them"),
    "excludes": ("found: %(phrases)s", "none of them"),
    "json": (*_JSON, "valid JSON"),
    "json_object": (*_JSON, "a JSON object", "JSON, but not an object"),
    "numbered_list": ("1 entry", "%(n)s entries", "entry %(n)s has another number", "line %(n)s is not an entry"),
    "bullet_list": ("1 entry", "%(n)s entries", "line %(n)s is not an entry"),
    "markdown_table": (
        "1 row",
        "%(n)s rows",
        "not a table with a head, a line of dashes and a row",
        "line %(n)s does not have the cells of the head",
    ),
    "single_paragraph": ("1 paragraph", "%(n)s paragraphs", "a list, heading or quotation in line %(n)s"),
    "no_markdown": ("no Markdown", "Markdown in line %(n)s"),
    "json_schema": (
        *_JSON,
        "fits",
        "%(path)s is not of the type %(type)s",
        "%(path)s has another value than the allowed ones",
        "%(path)s is too short or too small",
        "%(path)s is too long or too large",
        "%(path)s is missing",
        "%(path)s is not allowed",
    ),
}


@dataclass(frozen=True)
class CheckResult:
    """What a check asks, whether the text meets it, and what was found. `label` and `found` are English; see `Wording`."""

    label: Wording
    is_met: bool
    found: Wording


class Check(Frozen):
    """What all checks share: `asks` replaces the label that the check would give itself."""

    check: str
    asks: str = Field(default="", max_length=160)

    @property
    def label(self) -> Wording:
        return Wording("%(text)s", text=self.asks) if self.asks else self.standard_label()

    @abstractmethod
    def standard_label(self) -> Wording: ...

    @abstractmethod
    def find(self, text: str) -> Found: ...


class LengthCheck(Check):
    """A number of words from `min` to `max`, both included; 0 is no limit."""

    check: Literal["length"]
    min: int = Field(default=0, ge=0)
    max: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _is_a_range(self) -> LengthCheck:
        if not (self.min or self.max) or (self.max and self.min > self.max):
            raise ValueError("length needs `min`, `max` or both, in order")
        return self

    def standard_label(self) -> Wording:
        if self.min and self.max:
            return Wording(mark("%(low)s to %(high)s words"), low=self.min, high=self.max)
        if self.min:
            return Wording(mark("At least %(n)s words"), n=self.min)
        return Wording(mark("At most %(n)s words"), n=self.max)

    def find(self, text: str) -> Found:
        number = count_words(text)
        is_met = number >= self.min and (not self.max or number <= self.max)
        return is_met, Wording(mark("1 word") if number == 1 else mark("%(n)s words"), n=number)


class SentencesCheck(Check):
    """At most so many sentences."""

    check: Literal["sentences"]
    max: int = Field(ge=1)

    def standard_label(self) -> Wording:
        return Wording(mark("At most 1 sentence") if self.max == 1 else mark("At most %(n)s sentences"), n=self.max)

    def find(self, text: str) -> Found:
        number = count_sentences(text)
        return number <= self.max, Wording(mark("1 sentence") if number == 1 else mark("%(n)s sentences"), n=number)


class ContainsCheck(Check):
    """Each phrase of `all_of`, or at least one of `any_of`; case, kind of quotation mark and line breaks do not matter."""

    check: Literal["contains"]
    all_of: tuple[Phrase, ...] = Field(default=(), max_length=20)
    any_of: tuple[Phrase, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _is_one_of_two(self) -> ContainsCheck:
        if bool(self.all_of) == bool(self.any_of):
            raise ValueError("contains needs `all_of` or `any_of`, one of the two")
        return self

    def standard_label(self) -> Wording:
        if self.any_of:
            return Wording(mark("Has at least one of: %(phrases)s"), phrases=quoted(self.any_of))
        return Wording(mark("Has: %(phrases)s"), phrases=quoted(self.all_of))

    def find(self, text: str) -> Found:
        folded = fold(text)
        there = [phrase for phrase in self.all_of or self.any_of if fold(phrase) in folded]
        if self.any_of:
            return bool(there), Wording(mark("found: %(phrases)s"), phrases=quoted(there)) if there else _nothing()
        missing = [phrase for phrase in self.all_of if phrase not in there]
        if missing:
            return False, Wording(mark("missing: %(phrases)s"), phrases=quoted(missing))
        return True, Wording(mark("all found"))


class ExcludesCheck(Check):
    """None of these words or phrases, as whole words; case, kind of quotation mark and line breaks do not matter."""

    check: Literal["excludes"]
    phrases: tuple[Phrase, ...] = Field(min_length=1, max_length=30)

    def standard_label(self) -> Wording:
        return Wording(mark("Does not have: %(phrases)s"), phrases=quoted(self.phrases))

    def find(self, text: str) -> Found:
        folded = fold(text)
        there = [phrase for phrase in self.phrases if find_phrase(folded, fold(phrase)) >= 0]
        return not there, Wording(mark("found: %(phrases)s"), phrases=quoted(there)) if there else _nothing()


class FormatCheck(Check):
    """The whole text has a form; the forms are listed in `written_formats.FORMATS`."""

    check: Literal["format"]
    format: Literal["json", "json_object", "numbered_list", "bullet_list", "markdown_table", "single_paragraph", "no_markdown"]

    def standard_label(self) -> Wording:
        return Wording(FORMATS[self.format])

    def find(self, text: str) -> Found:
        return find_format(self.format, text)


class SchemaCheck(Check):
    """The whole text is JSON of this shape: the subset of JSON Schema that `written_formats` documents."""

    check: Literal["json_schema"]
    shape: dict[str, Any]

    @field_validator("shape")
    @classmethod
    def _is_known(cls, shape: dict[str, Any]) -> dict[str, Any]:
        refuse_schema(shape)
        return shape

    def standard_label(self) -> Wording:
        return Wording(mark("JSON of the shape that the task asks for"))

    def find(self, text: str) -> Found:
        return find_shape(self.shape, text)


SomeCheck = Annotated[
    LengthCheck | SentencesCheck | ContainsCheck | ExcludesCheck | FormatCheck | SchemaCheck, Field(discriminator="check")
]


def run_checks(checks: Sequence[Check], text: str) -> tuple[CheckResult, ...]:
    """What each check finds, in order. A blank text meets none."""
    if not split_words(text):
        return tuple(CheckResult(check.label, False, Wording(NO_TEXT)) for check in checks)
    found = [(check, *check.find(text)) for check in checks]
    return tuple(CheckResult(check.label, is_met, words) for check, is_met, words in found)


def found_texts(checks: Sequence[Check]) -> tuple[str, ...]:
    """Everything that these checks can say about a text, as message ids."""
    names = [check.format if isinstance(check, FormatCheck) else check.check for check in checks]
    return tuple(sorted({NO_TEXT, *(text for name in names for text in FOUND_TEXTS[name])}))


def quoted(phrases: Sequence[str]) -> str:
    """Phrases in quotation marks with commas between."""
    return ", ".join(f"“{phrase}”" for phrase in phrases)


def _nothing() -> Wording:
    return Wording(mark("none of them"))

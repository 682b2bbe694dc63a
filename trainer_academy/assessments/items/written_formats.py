"""Forms that a whole text can have, and the shape of JSON in it. Pure, line by line, in step with the text's length.

Shapes are a subset of JSON Schema: type (object, array, string, number, integer, boolean, null), properties, required,
additionalProperties (false), items (one shape), enum (texts, numbers, true, false, null), minItems, maxItems, minimum, maximum,
minLength, maxLength. Any other keyword is refused when the file is read, `pattern` above all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trainer_academy.assessments.items.written_text import Wording, mark

Found = tuple[bool, Wording]
MAX_DEPTH = 50  # of JSON in a text
MAX_SHAPE_DEPTH = 8
FORMATS = {
    "json": mark("The whole text is valid JSON"),
    "json_object": mark("The whole text is one JSON object"),
    "numbered_list": mark("The whole text is one numbered list: 1., 2., 3. ..."),
    "bullet_list": mark("The whole text is one list with bullets"),
    "markdown_table": mark("The whole text is one Markdown table"),
    "single_paragraph": mark("One paragraph, without empty lines, lists or headings"),
    "no_markdown": mark("Plain text without Markdown"),
}
TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, float),  # whole numbers are read as floats too, as in a browser
    "integer": lambda value: isinstance(value, float) and value.is_integer(),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}
_LIMITS = ("minItems", "maxItems", "minLength", "maxLength")
_NUMBERS = ("minimum", "maximum")
_KEYWORDS = {"type", "properties", "required", "additionalProperties", "items", "enum", *_LIMITS, *_NUMBERS}
_NUMBERED = re.compile(r"[ \t]{0,3}([0-9]{1,3})[.)][ \t]+\S")
_BULLET = re.compile(r"[ \t]{0,3}[-*+•][ \t]+\S")
_BLOCK = re.compile(r"[ \t]{0,3}(?:#{1,6}[ \t]|[-*+•][ \t]|>|\||```|~~~)")
_INLINE = ("**", "__", "`", "](")
_RULE = re.compile(r":?-+:?")


def find_format(name: str, text: str) -> Found:
    """Whether a text has the form of that name, and what was found."""
    finders: dict[str, Callable[[str], Found]] = {
        "json": _find_json,
        "json_object": _find_json_object,
        "numbered_list": _find_numbered_list,
        "bullet_list": _find_bullet_list,
        "markdown_table": _find_table,
        "single_paragraph": _find_paragraph,
        "no_markdown": _find_no_markdown,
    }
    return finders[name](text)


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _is_too_deep(text: str) -> bool:
    """True when brackets outside of strings nest deeper than `MAX_DEPTH`: the parser would use up its stack."""
    depth, is_string, is_escaped = 0, False, False
    for char in text:
        if is_string:
            is_string, is_escaped = is_escaped or char != '"', char == "\\" and not is_escaped
        elif char == '"':
            is_string = True
        elif char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif char in "]}":
            depth -= 1
    return False


def read_json(text: str) -> tuple[Any, Wording | None]:
    """The value in a text, or None with what is wrong. Numbers are floats, as in a browser; NaN and Infinity are refused."""
    if _is_too_deep(text):
        return None, Wording(mark("nested more than %(n)s levels deep"), n=MAX_DEPTH)
    try:
        value = json.loads(text, parse_int=float, parse_constant=_refuse_constant)
    except ValueError:
        return None, Wording(mark("not valid JSON"))
    return value, None


def _find_json(text: str) -> Found:
    _, problem = read_json(text)
    return problem is None, problem or Wording(mark("valid JSON"))


def _find_json_object(text: str) -> Found:
    value, problem = read_json(text)
    if problem is not None:
        return False, problem
    return isinstance(value, dict), Wording(
        mark("a JSON object") if isinstance(value, dict) else mark("JSON, but not an object")
    )


def _filled(text: str) -> Iterator[tuple[int, str]]:
    """Lines that are not blank, with their number from 1."""
    return ((number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip(" \t"))


def _is_continued(line: str, entries: int) -> bool:
    """True for an indented line inside a list."""
    return entries > 0 and line.startswith(("  ", "\t"))


def _entries(number: int) -> Wording:
    return Wording(mark("1 entry") if number == 1 else mark("%(n)s entries"), n=number)


def _find_numbered_list(text: str) -> Found:
    entries = 0
    for number, line in _filled(text):
        if match := _NUMBERED.match(line):
            entries += 1
            if int(match[1]) != entries:
                return False, Wording(mark("entry %(n)s has another number"), n=entries)
        elif not _is_continued(line, entries):
            return False, Wording(mark("line %(n)s is not an entry"), n=number)
    return entries > 1, _entries(entries)


def _find_bullet_list(text: str) -> Found:
    entries = 0
    for number, line in _filled(text):
        if _BULLET.match(line):
            entries += 1
        elif not _is_continued(line, entries):
            return False, Wording(mark("line %(n)s is not an entry"), n=number)
    return entries > 1, _entries(entries)


def _cells(line: str) -> list[str]:
    inner = line.strip(" \t").removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.strip(" \t") for cell in inner.replace("\\|", " ").split("|")]


def _find_table(text: str) -> Found:
    rows = list(_filled(text))
    cells = [_cells(line) for _, line in rows]
    if len(rows) < 3 or "|" not in rows[0][1] or not all(_RULE.fullmatch(cell) for cell in cells[1]):
        return False, Wording(mark("not a table with a head, a line of dashes and a row"))
    for (number, line), row in zip(rows, cells, strict=True):
        if "|" not in line or len(row) != len(cells[0]):
            return False, Wording(mark("line %(n)s does not have the cells of the head"), n=number)
    number = len(rows) - 2
    return True, Wording(mark("1 row") if number == 1 else mark("%(n)s rows"), n=number)


def _find_paragraph(text: str) -> Found:
    paragraphs, was_blank = 0, True
    for number, line in enumerate(text.split("\n"), 1):
        is_blank = not line.strip(" \t")
        paragraphs += was_blank and not is_blank
        was_blank = is_blank
        if _BLOCK.match(line) or _NUMBERED.match(line):
            return False, Wording(mark("a list, heading or quotation in line %(n)s"), n=number)
    return paragraphs == 1, Wording(mark("1 paragraph") if paragraphs == 1 else mark("%(n)s paragraphs"), n=paragraphs)


def _find_no_markdown(text: str) -> Found:
    for number, line in enumerate(text.split("\n"), 1):
        if _BLOCK.match(line) or any(sign in line for sign in _INLINE):
            return False, Wording(mark("Markdown in line %(n)s"), n=number)
    return True, Wording(mark("no Markdown"))


def refuse_schema(shape: object, depth: int = 1) -> None:
    """Raise ValueError when a shape has a keyword that is not known, a value that does not fit it, or too many levels."""
    if not isinstance(shape, dict) or not shape:
        raise ValueError("a shape is a mapping with at least one keyword")
    if depth > MAX_SHAPE_DEPTH:
        raise ValueError(f"a shape has at most {MAX_SHAPE_DEPTH} levels")
    if unknown := sorted(str(word) for word in shape if word not in _KEYWORDS):
        raise ValueError(f"the keyword {unknown[0]!r} is not supported; use {', '.join(sorted(_KEYWORDS))}")
    _refuse_values(shape)
    for inner in shape.get("properties", {}).values():
        refuse_schema(inner, depth + 1)
    if "items" in shape:
        refuse_schema(shape["items"], depth + 1)


def _refuse_values(shape: Mapping[str, Any]) -> None:
    properties, required, enum = shape.get("properties", {}), shape.get("required", []), shape.get("enum", [None])
    if "type" in shape and (not isinstance(shape["type"], str) or shape["type"] not in TYPES):
        raise ValueError(f"type must be one of {', '.join(TYPES)}")
    if not isinstance(properties, dict) or not all(isinstance(name, str) for name in properties):
        raise ValueError("properties must be a mapping from names to shapes")
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise ValueError("required must be a list of names")
    if not isinstance(enum, list) or not enum or not all(isinstance(v, str | int | float | None) for v in enum):
        raise ValueError("enum must be a list of texts, numbers, true, false or null")
    if shape.get("additionalProperties", False) is not False:
        raise ValueError("additionalProperties can only be false")
    for name in _LIMITS + _NUMBERS:
        value = shape.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float if name in _NUMBERS else int):
            raise ValueError(f"{name} must be a number")


def find_shape(shape: Mapping[str, Any], text: str) -> Found:
    """Whether the whole text is JSON of this shape; else the first place that does not fit."""
    value, problem = read_json(text)
    problem = problem or _find_misfit(shape, value, "$")
    return problem is None, problem or Wording(mark("fits"))


def _equals(one: object, other: object) -> bool:
    """Equal as JSON: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _find_misfit(shape: Mapping[str, Any], value: Any, path: str) -> Wording | None:
    if "type" in shape and not TYPES[shape["type"]](value):
        return Wording(mark("%(path)s is not of the type %(type)s"), path=path, type=shape["type"])
    if "enum" in shape and not any(_equals(value, one) for one in shape["enum"]):
        return Wording(mark("%(path)s has another value than the allowed ones"), path=path)
    sizes = (("Items", list), ("Length", str))
    bounds = [(f"min{name}", f"max{name}", len(value)) for name, kind in sizes if isinstance(value, kind)]
    if isinstance(value, float):
        bounds.append(("minimum", "maximum", value))  # type: ignore[arg-type]
    for low, high, number in bounds:
        if low in shape and number < shape[low]:
            return Wording(mark("%(path)s is too short or too small"), path=path)
        if high in shape and number > shape[high]:
            return Wording(mark("%(path)s is too long or too large"), path=path)
    return _find_inner_misfit(shape, value, path)


def _find_inner_misfit(shape: Mapping[str, Any], value: Any, path: str) -> Wording | None:
    if isinstance(value, dict):
        properties: Mapping[str, Any] = shape.get("properties", {})
        for name in shape.get("required", ()):
            if name not in value:
                return Wording(mark("%(path)s is missing"), path=_below(path, name))
        extra = sorted(name for name in value if name not in properties)
        if extra and shape.get("additionalProperties") is False:
            return Wording(mark("%(path)s is not allowed"), path=_below(path, extra[0]))
        for name, inner in properties.items():
            if name in value and (misfit := _find_misfit(inner, value[name], _below(path, name))):
                return misfit
    elif isinstance(value, list) and "items" in shape:
        for place, entry in enumerate(value, 1):
            if misfit := _find_misfit(shape["items"], entry, f"{path}[{place}]"):
                return misfit
    return None


def _below(path: str, name: str) -> str:
    return f"{path}.{name[:60]}"

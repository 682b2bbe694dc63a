"""Text files with a YAML head between `---` lines, and their `## ` sections, with line numbers for messages."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from trainer_academy.core.errors import ContentProblem

MAX_BYTES = 120_000
MAX_OPENERS = 1000  # the longest list of ours has 152
_FENCE = re.compile(r"^(`{3,}|~{3,})")
_KEY_LINE = re.compile(r"^(\s*)(?:- )?([\w-]+)\s*:")
ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True)
class TextFile:
    """A parsed file. `head_lines` maps a top-level key to its line; `body_line` is the first line of the body."""

    path: str
    head: dict[str, Any]
    head_lines: dict[str, int]
    body: str
    body_line: int


@dataclass(frozen=True)
class Section:
    """One `## Name` section: its text without the heading, and the line of the heading."""

    name: str
    text: str
    line: int


@dataclass
class Problems:
    """Collects mistakes so that all of them are reported at once."""

    found: list[ContentProblem] = field(default_factory=list)

    def add(self, path: str, line: int, message: str) -> None:
        self.found.append(ContentProblem(path, line, message))


class _UniqueKeys:
    """Refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[attr-defined]
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is there twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)  # type: ignore[misc,no-any-return]


class _CarefulLoader(_UniqueKeys, yaml.SafeLoader):
    """Safe YAML that also refuses aliases, which can blow up in memory. What is wrong is said in its words."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event: Any = super().peek_event()  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases are not allowed", event.start_mark)
        return super().compose_node(parent, index)


class _QuickLoader(_UniqueKeys, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same on libyaml, eight times as fast. It knows neither our "no aliases" nor a limit of depth: see `_is_plain`."""


def _is_plain(text: str) -> bool:
    """No alias can be in the text, and it cannot be nested so deeply that libyaml runs out of stack (some 10,000 levels)."""
    return "*" not in text and sum(text.count(opener) for opener in "[{-?") <= MAX_OPENERS


def _load(text: str) -> Any:
    if _is_plain(text):
        try:
            return yaml.load(text, _QuickLoader)
        except yaml.YAMLError:
            pass  # the careful one says what is wrong
    return yaml.load(text, _CarefulLoader)


def load_yaml(text: str, path: str, first_line: int, problems: Problems) -> dict[str, Any] | None:
    """Parse a YAML mapping; add a problem with its line and return None when that fails."""
    try:
        loaded = _load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark else 0)
        problems.add(path, line, f"YAML: {getattr(error, 'problem', None) or error}")
        return None
    except RecursionError:
        problems.add(path, first_line, "YAML: nested too deeply")
        return None
    if not isinstance(loaded, dict):
        problems.add(path, first_line, "YAML: expected a list of `key: value` lines")
        return None
    return loaded


def read_source(file: Path, root: Path, problems: Problems) -> tuple[str, str] | None:
    """The relative path and the text of a file, or None with a problem when it is too large or not UTF-8."""
    path = file.relative_to(root).as_posix()
    raw = file.read_bytes()
    if len(raw) > MAX_BYTES:
        problems.add(path, 1, f"the file has {len(raw):,} bytes; the limit is {MAX_BYTES:,}")
        return None
    try:
        return path, raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        problems.add(path, raw[: error.start].count(b"\n") + 1, "the file is not UTF-8 text")
        return None


def read_text_file(file: Path, root: Path, problems: Problems) -> TextFile | None:
    """Read a Markdown file with a YAML head; problems are added, None means that it cannot be used."""
    source = read_source(file, root, problems)
    if source is None:
        return None
    path, text = source
    if not text.startswith("---\n"):
        problems.add(path, 1, "the file must start with a YAML head between two lines of `---`")
        return None
    end = text.find("\n---\n", 3)
    if end < 0:
        problems.add(path, 1, "the YAML head is not closed by a line of `---`")
        return None
    head_text = text[4 : end + 1]
    head = load_yaml(head_text, path, 2, problems)
    if head is None:
        return None
    body = text[end + 5 :]
    return TextFile(path, head, key_lines(head_text, 2), body, text[: end + 5].count("\n") + 1)


def key_lines(yaml_text: str, first_line: int) -> dict[str, int]:
    """Line numbers of top-level keys (and of `outer.inner` keys one level down)."""
    lines: dict[str, int] = {}
    outer = ""
    for offset, row in enumerate(yaml_text.split("\n")):
        match = _KEY_LINE.match(row)
        if match is None:
            continue
        if not match[1]:
            outer = match[2]
            lines.setdefault(outer, first_line + offset)
        else:
            lines.setdefault(f"{outer}.{match[2]}", first_line + offset)
    return lines


def split_sections(body: str, first_line: int) -> tuple[list[Section], str]:
    """Sections that start with `## ` outside fenced code, and the text before the first one."""
    sections: list[Section] = []
    preamble: list[str] = []
    current: list[str] = preamble
    starts: list[tuple[str, int, list[str]]] = []
    fence = ""
    for offset, row in enumerate(body.split("\n")):
        marker = _FENCE.match(row.strip())
        if marker and not fence:
            fence = marker[1]
        elif fence and row.strip().startswith(fence) and not row.strip().strip(fence[0]):
            fence = ""
        elif not fence and row.startswith("## "):
            current = []
            starts.append((row[3:].strip(), first_line + offset, current))
            continue
        current.append(row)
    sections = [Section(name, "\n".join(rows).strip("\n"), line) for name, line, rows in starts]
    return sections, "\n".join(preamble).strip()


def validate(
    model: type[ModelT], values: dict[str, Any], path: str, lines: dict[str, int], problems: Problems, first_line: int = 1
) -> ModelT | None:
    """Build a pydantic model; each validation error becomes a problem at the line of its key."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for detail in error.errors():
            places = [str(part) for part in detail["loc"]]
            line = lines.get(".".join(places[:2])) or lines.get(places[0] if places else "") or first_line
            where = ".".join(places) or "file"
            problems.add(path, line, f"{where}: {_plain(detail)}")
        return None


def _plain(detail: Any) -> str:
    if detail["type"] == "extra_forbidden":
        return "unknown key"
    if detail["type"] == "missing":
        return "missing"
    return str(detail["msg"]).removeprefix("Value error, ")

"""A document of parts with paragraphs, lists and tables, for pages and for files. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Points:
    """A list."""

    rows: tuple[str, ...]
    kind: str = "points"


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its head. `caption` says what it holds."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = "table"


@dataclass(frozen=True)
class Text:
    """A paragraph; `link` (words, address) follows it."""

    words: str
    link: tuple[str, str] | None = None
    kind: str = "text"


Block = Points | Table | Text


@dataclass(frozen=True)
class Part:
    """A part with a heading; `key` is its anchor."""

    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """Title, what stands above the parts, and the parts."""

    title: str
    lead: tuple[str, ...]
    parts: tuple[Part, ...]


def as_markdown(document: Document) -> str:
    """The document as Markdown; characters that would format are escaped."""
    lines = [f"# {_plain(document.title)}", ""]
    for words in document.lead:
        lines += [_plain(words), ""]
    for part in document.parts:
        lines += [f"## {_plain(part.title)}", ""]
        for block in part.blocks:
            lines += [*_block(block), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _block(block: Block) -> list[str]:
    if isinstance(block, Text):
        link = f" [{_plain(block.link[0])}]({block.link[1]})" if block.link else ""
        return [_plain(block.words) + link]
    if isinstance(block, Points):
        return [f"- {_plain(row)}" for row in block.rows]
    rows = ["| " + " | ".join(map(_plain, row)) + " |" for row in (block.head, *block.rows)]
    return [f"*{_plain(block.caption)}*", "", rows[0], "|" + "---|" * len(block.head), *rows[1:]]


def _plain(words: str) -> str:
    escaped = "".join(f"\\{char}" if char in "\\`*_[]|<>#" else char for char in words)
    return " ".join(escaped.split())


def part(key: str, title: str, *blocks: Block) -> Part:
    """A part of a document with its blocks."""
    return Part(key, title, blocks)

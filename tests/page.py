"""What a page says, found by its elements and not by its bytes: spaces and line breaks between tags mean nothing here."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

VOID = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.builder = TreeBuilder()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.builder.start(tag, {name: value or "" for name, value in attrs})
        if tag in VOID:
            self.builder.end(tag)
        else:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self.open:
            last = self.open.pop()
            self.builder.end(last)
            if last == tag:
                break

    def handle_data(self, data: str) -> None:
        if self.open:
            self.builder.data(data)


def page_of(html: str) -> Element:
    """The page as a tree, to be searched with `find` and `findall`."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.builder.close()


def text_of(element: Element) -> str:
    """The text in an element, with each run of spaces and line breaks as one space."""
    return " ".join("".join(element.itertext()).split())


def texts(html: str, path: str) -> list[str]:
    """The texts of all elements at this path."""
    return [text_of(element) for element in page_of(html).iterfind(path)]


def words(html: str) -> str:
    """The whole text of a page."""
    return text_of(page_of(html))


def rows(html: str) -> list[list[str]]:
    """The cells of each row of every table."""
    return [[text_of(cell) for cell in row if cell.tag in ("th", "td")] for row in page_of(html).iterfind(".//tr")]

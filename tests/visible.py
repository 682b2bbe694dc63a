"""What a template shows, whichever way it is laid out: white space counts only where a browser shows it.

`shown(source)` walks a template without its data, several ways. A seed decides each `if` and `for`, in the order of the
source, so two layouts of one template take the same ways; an expression stands as a mark that depends on what it says.
Each result is a list of tags with attributes, words, and one `" "` wherever a space is seen between two words or small
elements of one line.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable, Iterable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

# Like the application's, see web/filters.py.
ENVIRONMENT = Environment(trim_blocks=True, lstrip_blocks=True)
CSS = Path(__file__).resolve().parents[1] / "trainer_academy" / "static" / "css" / "academy.css"
VOID = frozenset(("area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source"))
BLOCKS = {"html", "head", "body", "title", "meta", "link", "main", "section", "article", "aside", "header", "footer", "nav"}
BLOCKS |= {"div", "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "pre", "hr", "br", "desc"}
BLOCKS |= {"table", "thead", "tbody", "tr", "th", "td", "caption", "form", "fieldset", "legend", "details", "summary"}
BLOCKS |= {"figure", "figcaption", "option", "select"}
SMALL_BOXES = frozenset(("button", "input", "textarea", "svg", "img"))
KEPT = frozenset(("pre", "textarea", "script", "style"))  # spaces in these are shown as they stand
CONTAINERS = frozenset(("flex", "grid", "inline-flex", "inline-grid"))
# Macros that write whole blocks: what stands beside them begins a line of its own.
BLOCK_MACROS = re.compile(
    r"^(csrf|field|checks|error_summary|gauge|ruler|hidden_tag|hidden_order|verdict|embedded|controls|\w+_box|\w+_controls"
    r"|response_panel|mark_row|check_list|criteria|contents|parts|rated_section|titled|line|fact|head|post_button)$"
)
Stack = list[tuple[str, frozenset[str]]]


@cache
def displays() -> list[tuple[list[str], str]]:
    """Selectors of the style sheet that say how a box is laid out at every width, later ones last."""
    css = re.sub(r"/\*.*?\*/", "", CSS.read_text(), flags=re.DOTALL)
    css = re.sub(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", css)
    found = []
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", css):
        if value := re.search(r"display:\s*([\w-]+)", body):
            found += [(one.replace("[open]", "").split(), value[1]) for one in selectors.split(",") if ":" not in one]
    return found


def _fits(compound: str, element: tuple[str, frozenset[str]]) -> bool:
    tag, *classes = compound.split(".")
    return tag in ("", element[0]) and element[1].issuperset(classes)


def _matches(parts: list[str], stack: Stack) -> bool:
    """Whether a selector of descendants and children fits the last element of the stack."""
    if not stack or not _fits(parts[-1], stack[-1]):
        return False
    rest = parts[:-1]
    if not rest:
        return True
    if rest[-1] == ">":
        return _matches(rest[:-1], stack[:-1])
    return any(_matches(rest, stack[:end]) for end in range(len(stack) - 1, 0, -1))


@cache
def _display(stack: tuple[tuple[str, frozenset[str]], ...]) -> str:
    tag = stack[-1][0]
    value = "block" if tag in BLOCKS or any(name == "svg" for name, _ in stack[:-1]) else "inline"
    value = "inline-block" if tag in SMALL_BOXES else value
    for parts, found in displays():
        if _matches(parts, list(stack)):
            value = found
    return value


class Shown(HTMLParser):
    """Reads HTML into what is seen."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.out: list[object] = []
        self.stack: Stack = []
        self.kinds: list[str] = []
        self.is_pending, self.is_edge = False, True
        self.feed(text)
        self.close()

    def _break(self) -> None:
        self.is_pending, self.is_edge = False, True

    def _settle(self) -> None:
        if self.is_pending and not self.is_edge:
            self.out.append(" ")
        self.is_pending = False

    def _is_in_container(self) -> bool:
        return bool(self.kinds) and self.kinds[-1] in CONTAINERS

    def _is_own_line(self, kind: str) -> bool:
        return self._is_in_container() or not kind.startswith("inline")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = (tag, frozenset((dict(attrs).get("class") or "").split()))
        said = (tag, *sorted((name, " ".join((value or "").split())) for name, value in attrs))
        if ("type", "hidden") in attrs:
            self.out.append(said)
            return
        kind = _display((*self.stack, element))
        is_own_line = self._is_own_line(kind)
        if is_own_line:
            self._break()
        elif kind != "inline":
            self._settle()
        self.out.append(said)
        if tag in VOID:
            self.is_edge = is_own_line or (self.is_edge and kind == "inline")
            return
        self.stack.append(element)
        self.kinds.append(kind)
        if is_own_line or kind != "inline":
            self._break()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID and self.stack and self.stack[-1][0] == tag and any(name == "svg" for name, _ in self.stack[:-1]):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in [name for name, _ in self.stack]:
            self.out.append(f"/{tag}")
            return
        name = ""
        while name != tag:
            name, kind = self.stack.pop()[0], self.kinds.pop()
            is_own_line = self._is_own_line(kind)
            if is_own_line or kind != "inline":
                self._break()
            self.out.append(f"/{name}")
            if not is_own_line and kind != "inline":
                self.is_edge = False

    def handle_data(self, data: str) -> None:
        if self.stack and (self.stack[-1][0] in KEPT or "plain-text" in self.stack[-1][1]):
            self.out.append(("as it stands", data.removeprefix("\n")))
            self.is_edge = False
            return
        for part in re.findall(r"[ \t\n\r\f]+|[^ \t\n\r\f]+", data):
            if part.isspace():
                self.is_pending = not self.is_edge
                continue
            self._settle()
            self.is_edge = False
            self.out.append(part)


class Walk:
    """Walks a template: `choose(n)` says which of n ways to take."""

    def __init__(self, choose: Callable[[int], int]) -> None:
        self.choose = choose
        self.is_last: list[bool] = []

    def all(self, body: Iterable[nodes.Node]) -> str:
        return "".join(self.one(node) for node in body)

    def one(self, node: nodes.Node) -> str:
        match node:
            case nodes.TemplateData():
                return node.data
            case nodes.Output():
                return self.all(node.nodes)
            case nodes.Const():
                return str(node.value)
            case nodes.If():
                ways = [node.body, *(one.body for one in node.elif_)]
                return self.all(next((body for body in ways if self.choose(2)), node.else_))
            case nodes.For():
                return self._loop(node)
            case nodes.Macro() | nodes.CallBlock():
                return f"<section>{self.all(node.body)}</section>"
            case nodes.Block():
                inside = self.all(node.body)
                return inside if node.name in ("title", "body_attributes") else f"<section>{inside}</section>"
            case nodes.With() | nodes.Scope() | nodes.FilterBlock() | nodes.AssignBlock():
                return self.all(node.body)
            case nodes.Expr():
                return self._expression(node)
            case _:
                return ""

    def _loop(self, node: nodes.For) -> str:
        times = self.choose(3)
        if not times:
            return self.all(node.else_)
        parts = []
        for place in range(times):
            self.is_last.append(place == times - 1)
            parts.append(self.all(node.body))
            self.is_last.pop()
        return "".join(parts)

    def _expression(self, node: nodes.Expr) -> str:
        if isinstance(node, nodes.CondExpr) and self.is_last and "attr='last'" in repr(node.test):
            way = node.expr2 if self.is_last[-1] else node.expr1
            return self.one(way) if way else ""
        mark = f"⟦{hashlib.sha256(repr(node).encode()).hexdigest()[:8]}⟧"
        called = node.node if isinstance(node, nodes.Call) else None
        name = getattr(called, "attr", getattr(called, "name", ""))
        return f"<section>{mark}</section>" if BLOCK_MACROS.match(name) else mark


def shown(source: str, chances: int = 3) -> list[list[object]]:
    """What a template shows: on the way through the first branch of every `if`, through the last, and on some at random."""
    body = ENVIRONMENT.parse(source).body
    ways: list[Callable[[int], int]] = [
        lambda n: n - 1,
        lambda n: 0,
        *(random.Random(seed).randrange for seed in range(chances)),
    ]
    return [Shown(Walk(choose).all(body)).out for choose in ways]

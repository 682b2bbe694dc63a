"""Markdown to clean HTML: Python-Markdown, TeX to MathML, then an allow-list with nh3.

Python-Markdown takes quadratic time or worse on long runs of one opener (20 kB of `[` needs more than 25 s), so a
text is measured first and refused when it has such runs. Rendering happens once per content version, never per request.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as etree
from collections.abc import Callable
from functools import lru_cache

import latex2mathml.converter
import nh3
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString

from trainer_academy.core.front_matter import Problems

MAX_CHARACTERS = 60_000
MAX_LINE = 4_000
_RUNS = (
    (re.compile(r"[\[(<!*_`~&\\]{60}"), "60 or more punctuation marks of Markdown in a row"),
    (re.compile(r"(?:\[[^\]\n]{0,3}){40}"), "40 or more `[` close together"),
    (re.compile(r"(?:\]\(|<[a-z] ?){40}"), "40 or more links or tags close together"),
    (re.compile(r"\t{20}| {200}"), "a long run of tabs or spaces"),
    (re.compile(r"(?m)^(?: {4}|\t){12,}\S"), "a list or quotation nested more than 11 levels deep"),
    (re.compile(r"(?m)^ {0,3}(?:> ?){12,}"), "a quotation nested more than 11 levels deep"),
)
_OPENERS = {"[": 400, "<": 400, "*": 2000, "_": 2000, "`": 1000, "&": 500}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HTML_LINE = re.compile(r"^\s{0,3}<(?!https?://)[a-zA-Z/!?]")
_INLINE_HTML = re.compile(r"<(?:[a-zA-Z/][^>\n]*>|!--)")
_CODE_SPAN = re.compile(r"`[^`\n]*`")

MATH_TAGS = {
    "math",
    "mrow",
    "mi",
    "mo",
    "mn",
    "ms",
    "mtext",
    "mspace",
    "mfrac",
    "msqrt",
    "mroot",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mtable",
    "mtr",
    "mtd",
    "mstyle",
    "mpadded",
}
TAGS = {
    "p",
    "br",
    "hr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "strong",
    "em",
    "del",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "a",
    "sup",
    "div",
    "span",
    "abbr",
    "img",
} | MATH_TAGS
ATTRIBUTES = {
    "a": {"href", "title", "class", "id"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "th": {"class"},
    "td": {"class"},
    "code": {"class"},
    "pre": {"class"},
    "div": {"class", "id"},
    "span": {"class"},
    "p": {"class"},
    "li": {"id"},
    "sup": {"id"},
    "h1": {"id"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "math": {"display", "xmlns"},
    "mo": {"stretchy"},
    "mtd": {"columnalign"},
    "mspace": {"width"},
    "abbr": {"title"},
}
LinkResolver = Callable[[str], str]


def find_limits(text: str, path: str, first_line: int, problems: Problems) -> bool:
    """Add a problem for everything that could stop or trick the renderer; True when the text may be rendered."""
    before = len(problems.found)
    if len(text) > MAX_CHARACTERS:
        problems.add(path, first_line, f"the text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}")
        return False
    for pattern, meaning in _RUNS:
        if match := pattern.search(text):
            problems.add(path, first_line + text.count("\n", 0, match.start()), f"{meaning}; the renderer would stall")
    for opener, most in _OPENERS.items():
        if text.count(opener) > most:
            problems.add(path, first_line, f"more than {most} `{opener}` in one text; the renderer would stall")
    fenced = False
    for offset, row in enumerate(text.split("\n")):
        if row.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
        if len(row) > MAX_LINE:
            problems.add(path, first_line + offset, f"a line of {len(row):,} characters; the limit is {MAX_LINE:,}")
        if _CONTROL.search(row):
            problems.add(path, first_line + offset, "a control character; remove it")
        plain = _CODE_SPAN.sub("", row)
        if not fenced and (_HTML_LINE.search(plain) or _INLINE_HTML.search(plain)) and "<http" not in plain:
            problems.add(path, first_line + offset, "raw HTML is not allowed; write Markdown, or put it in a code block")
    return len(problems.found) == before


class _Math(InlineProcessor):
    """`$...$` and `$$...$$` to MathML, on the server."""

    def __init__(self, pattern: str, display: str) -> None:
        super().__init__(pattern)
        self.display = display

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[etree.Element, int, int]:  # type: ignore[override]
        xml = latex2mathml.converter.convert(m[1], display=self.display)
        element = etree.fromstring(xml.replace('xmlns="http://www.w3.org/1998/Math/MathML"', ""))
        for node in element.iter():
            node.text = AtomicString(node.text) if node.text else node.text
        return element, m.start(0), m.end(0)


class _MathExtension(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        # Before links and emphasis (which would eat underscores), after code spans (priority 190).
        md.inlinePatterns.register(_Math(r"\$\$([^$\n]{1,400})\$\$", "block"), "math-block", 186)
        md.inlinePatterns.register(_Math(r"(?<![\w\\$])\$(?!\s)([^$\n]{1,200}?)(?<!\s)\$(?![\w$])", "inline"), "math", 185)


class _NoHtml(Extension):
    def extendMarkdown(self, md: Markdown) -> None:
        md.preprocessors.deregister("html_block")
        md.inlinePatterns.deregister("html")


@lru_cache(maxsize=2)
def _parser(has_math: bool) -> Markdown:
    extensions: list[str | Extension] = [
        "tables",
        "fenced_code",
        "footnotes",
        "def_list",
        "admonition",
        "sane_lists",
        "abbr",
        "codehilite",
        "toc",
        _NoHtml(),
    ]
    if has_math:
        extensions.append(_MathExtension())
    configs: dict[str, dict[str, object]] = {
        "codehilite": {"guess_lang": False, "css_class": "code"},
        "toc": {"permalink": False},
        "footnotes": {"UNIQUE_IDS": False},
    }
    return Markdown(extensions=extensions, extension_configs=configs, output_format="html")


def _keep_safe(resolve: LinkResolver) -> Callable[[str, str, str], str | None]:
    def attribute(tag: str, name: str, value: str) -> str | None:
        if tag == "a" and name == "href":
            target = resolve(value)
            return target if target.startswith(("https://", "/", "#")) and not target.startswith("//") else None
        if tag == "img" and name == "src":
            return value if value.startswith("/static/") else None
        return value

    return attribute


def render(text: str, resolve: LinkResolver = lambda href: href, has_math: bool = True, is_page: bool = False) -> str:
    """Clean HTML for a text that passed `find_limits`. `resolve` turns the author's link into an address.

    In the text of a page (`is_page`) a wide table scrolls by itself, so it takes the focus for people with a keyboard.

    Only allow-listed tags and attributes survive; links go to https or to this site; pictures only to this site.
    """
    parser = _parser(has_math)
    parser.reset()
    raw = parser.convert(_CONTROL.sub("", text))
    return nh3.clean(
        raw,
        tags=TAGS,
        attributes=ATTRIBUTES,
        attribute_filter=_keep_safe(resolve),
        url_schemes={"https", "lesson", "guideline"},
        link_rel="noopener noreferrer",
        generic_attribute_prefixes=None,
        set_tag_attribute_values={"table": {"tabindex": "0"}} if is_page else None,
    )


def plain_text(markdown_text: str) -> str:
    """Markdown without its marks, for counting words."""
    text = re.sub(r"```.*?\n|```|~~~.*?\n|~~~", "", markdown_text)
    text = re.sub(r"(?m)^\s*(?:[-*+]|\d+[.)]|#{1,6}|>)\s+", "", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[*_`|]+", "", text)


def count_words(markdown_text: str) -> int:
    """Whitespace-separated tokens with at least one letter or digit, Markdown marks left out."""
    return sum(any(char.isalnum() for char in token) for token in plain_text(markdown_text).split())

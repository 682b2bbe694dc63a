"""The badge picture of an achievement, as SVG and as PNG: ink on paper, a ruler at the edge, one marked line. Pure.

It names the achievement, the level and the issuer, never the person, so one picture serves all holders and may be kept.
"""

from __future__ import annotations

import io
import textwrap
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from PIL import Image, ImageDraw, ImageFont
from pymupdf_fonts import fontbuffers

SIDE = 600
PAPER, SHEET, INK, INK_2, MARK, BRAND = "#f6f7f3", "#ffffff", "#15201d", "#4b5854", "#ffd84a", "#0a5b54"
MARGIN = 60
_LINE = 1.22  # line height
_STYLES = ((22, 46), (26, 38), (32, 31))  # characters in a line, letter size
_MAX_LINES = 5


@dataclass(frozen=True)
class Badge:
    """What the picture says. `level` and `issuer` are whole phrases."""

    name: str
    level: str
    issuer: str


@lru_cache(maxsize=2)
def font_bytes(name: str) -> bytes:
    """FiraGO, regular (`figo`) or bold (`figbo`): Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Georgian, Devanagari."""
    return bytes(fontbuffers[name]())


def _lines(name: str) -> tuple[list[str], int]:
    """The name broken into lines, and the letter size: the largest at which it takes at most three lines."""
    broken = [(textwrap.wrap(name, width), size) for width, size in _STYLES]
    lines, size = next((found for found in broken if len(found[0]) <= 3), broken[-1])
    return lines[:_MAX_LINES], size


def _ticks() -> list[tuple[int, int]]:
    """Place and length of the ruler's marks."""
    return [(MARGIN + 12 * n, 34 if n % 10 == 0 else 22 if n % 5 == 0 else 14) for n in range(41)]


@lru_cache(maxsize=64)
def draw_svg(badge: Badge) -> str:
    """The picture as SVG; the root element comes first and nothing is loaded."""
    lines, size = _lines(badge.name)
    top = 250
    rows = "".join(
        f'<text x="{MARGIN}" y="{top + round(n * size * _LINE)}" font-size="{size}" font-weight="700">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    ticks = "".join(f"M{x} 520v{-length}" for x, length in _ticks())
    bar = top + round((len(lines) - 1) * size * _LINE) - round(size * 0.28)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}" role="img" '
        f'font-family="FiraGO, system-ui, sans-serif" fill="{INK}"><title>{escape(badge.name)}</title>'
        f'<rect width="{SIDE}" height="{SIDE}" fill="{PAPER}"/>'
        f'<rect x="24" y="24" width="552" height="552" fill="{SHEET}" stroke="{INK}" stroke-width="4"/>'
        f'<rect x="{MARGIN}" y="{bar}" width="{_width(lines[-1], size)}" height="{round(size * 0.42)}" fill="{MARK}"/>'
        f'<path d="M92 68H60v84h32M148 68h32v84h-32" fill="none" stroke="{INK}" stroke-width="10"/>'
        f'<rect x="88" y="88" width="64" height="44" fill="{MARK}"/>'
        f'<text x="540" y="122" text-anchor="end" font-size="30" font-weight="700" fill="{BRAND}">{escape(badge.level)}</text>'
        f'{rows}<text x="{MARGIN}" y="462" font-size="26" fill="{INK_2}">{escape(badge.issuer)}</text>'
        f'<path d="M60 520h480{ticks}" fill="none" stroke="{INK}" stroke-width="3"/></svg>'
    )


@lru_cache(maxsize=64)
def draw_png(badge: Badge) -> bytes:
    """The same picture as PNG, 600 by 600, without any text chunk."""
    image = Image.new("RGB", (SIDE, SIDE), PAPER)
    pen = ImageDraw.Draw(image)
    lines, size = _lines(badge.name)
    top = 250
    pen.rectangle((24, 24, 576, 576), SHEET, INK, 4)
    bar = top + round((len(lines) - 1) * size * _LINE) - round(size * 0.28)
    pen.rectangle((MARGIN, bar, MARGIN + _width(lines[-1], size), bar + round(size * 0.42)), MARK)
    for box in (
        (55, 63, 64, 157),
        (55, 63, 92, 72),
        (55, 148, 92, 157),
        (176, 63, 185, 157),
        (148, 63, 185, 72),
        (148, 148, 185, 157),
    ):
        pen.rectangle(box, INK)
    pen.rectangle((88, 88, 152, 132), MARK)
    pen.text((540, 122), badge.level, BRAND, _font("figbo", 30), anchor="rs")
    for n, line in enumerate(lines):
        pen.text((MARGIN, top + round(n * size * _LINE)), line, INK, _font("figbo", size), anchor="ls")
    pen.text((MARGIN, 462), badge.issuer, INK_2, _font("figo", 26), anchor="ls")
    pen.line(((60, 520), (540, 520)), INK, 3)
    for x, length in _ticks():
        pen.line(((x, 520), (x, 520 - length)), INK, 3)
    out = io.BytesIO()
    image.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(font_bytes(name)), size)


def _width(line: str, size: int) -> int:
    """How wide a bold line is, in pixels."""
    return min(round(_font("figbo", size).getlength(line)), SIDE - 2 * MARGIN)

"""A certificate on one A4 page to print, with the signed credential attached to the file. Pure.

The paper proves nothing: it says so, and shows the address, the QR code and the code with which anybody can check. The font
(FiraGO) has Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Georgian and Devanagari letters; what it lacks is printed as a box,
with a line that says so. The attached file has every character.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import segno
from fontTools.ttLib import TTFont

from trainer_academy.credentials.documents.pictures import BRAND, INK, INK_2, MARK, font_bytes

if TYPE_CHECKING:
    from fpdf import FPDF

MISSING = "\u25af"
LEFT, WIDTH = 25, 160  # millimetres
_FAMILY = "FiraGO"
_FILES = {"": "figo", "B": "figbo"}


@dataclass(frozen=True)
class Sheet:
    """What the page says, in the words of the reader's language. `facts` are pairs of name and value."""

    title: str
    level: str
    achievement: str
    holder: str
    text: str
    facts: tuple[tuple[str, str], ...]
    issuer: str
    check: str
    not_proof: str
    boxes: str
    url: str
    file_name: str
    document: bytes
    made_at: datetime
    language: str = "en"


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    return frozenset(TTFont(BytesIO(font_bytes("figbo")), lazy=True).getBestCmap())


def printable(text: str) -> str:
    """The text with a box in place of each run of characters that the font lacks; composed first (NFC)."""
    made = ""
    for letter in unicodedata.normalize("NFC", text):
        if ord(letter) in _letters() or unicodedata.category(letter) == "Zs":
            made += letter
        elif not made.endswith(MISSING):
            made += MISSING
    return made


@lru_cache(maxsize=64)
def draw_pdf(sheet: Sheet) -> bytes:
    """The page as PDF 1.7 with one attachment, the signed credential."""
    from fpdf import FPDF  # heavy: it loads numpy where that is installed, and few requests ask for a PDF

    with TemporaryDirectory() as folder:
        pdf = FPDF(format="A4")
        for style, name in _FILES.items():
            file = Path(folder, f"{name}.ttf")
            file.write_bytes(font_bytes(name))
            pdf.add_font(_FAMILY, style, file)
        _describe(pdf, sheet)
        pdf.add_page()
        pdf.set_text_shaping(True)
        _frame(pdf)
        _head(pdf, sheet)
        _facts(pdf, sheet)
        _foot(pdf, sheet)
        pdf.embed_file(
            bytes=sheet.document,
            basename=sheet.file_name,
            mime_type="application/json",
            associated_file_relationship="Source",
            desc="Signed credential (Open Badges 3.0)",
            compress=True,
        )
        return bytes(pdf.output())


def _describe(pdf: FPDF, sheet: Sheet) -> None:
    pdf.set_title(sheet.achievement)
    pdf.set_author(sheet.issuer)
    pdf.set_lang(sheet.language)
    pdf.set_creation_date(sheet.made_at)
    pdf.set_margins(LEFT, 25)
    pdf.set_auto_page_break(False)


def _frame(pdf: FPDF) -> None:
    """A ruler at the upper edge and a thin frame."""
    pdf.set_draw_color(INK)
    pdf.set_line_width(0.5)
    pdf.rect(12, 12, 186, 273)
    for n in range(87):
        pdf.line(18 + 2 * n, 12, 18 + 2 * n, 12 + (6 if n % 10 == 0 else 4 if n % 5 == 0 else 2.5))


def _line(pdf: FPDF, text: str, size: float, style: str = "", color: str = INK) -> None:
    pdf.set_font(_FAMILY, style, size)
    pdf.set_text_color(color)
    pdf.multi_cell(WIDTH, size * 0.5, printable(text), align="L", new_x="LMARGIN", new_y="NEXT")


def _head(pdf: FPDF, sheet: Sheet) -> None:
    pdf.set_y(34)
    _line(pdf, f"{sheet.title} · {sheet.level}", 12, color=INK_2)
    pdf.ln(3)
    _line(pdf, sheet.achievement, 28, "B")
    pdf.ln(8)
    if sheet.holder:
        top = pdf.get_y()
        _line(pdf, sheet.holder, 22)
        pdf.set_fill_color(MARK)
        pdf.rect(LEFT, max(top, pdf.get_y()) + 1, 60, 1.6, style="F")
        pdf.ln(6)
        if MISSING in printable(sheet.holder) and MISSING not in sheet.holder:
            _line(pdf, sheet.boxes, 9, color=INK_2)
    pdf.ln(2)
    _line(pdf, sheet.text, 11)


def _facts(pdf: FPDF, sheet: Sheet) -> None:
    """Two columns of name and value."""
    pdf.ln(6)
    top = pdf.get_y()
    for place, (name, value) in enumerate(sheet.facts):
        x, y = LEFT + (place % 2) * WIDTH / 2, top + (place // 2) * 15
        for text, size, style, color, shift in ((name, 9, "", INK_2, 0.0), (value, 13, "B", INK, 5.0)):
            pdf.set_xy(x, y + shift)
            pdf.set_font(_FAMILY, style, size)
            pdf.set_text_color(color)
            pdf.cell(WIDTH / 2, 6, printable(text))


def _foot(pdf: FPDF, sheet: Sheet) -> None:
    """The QR code, how to check, and that the paper is not the proof."""
    matrix = [bytes(row) for row in segno.make(sheet.url, error="m", micro=False).matrix]
    unit, top = 36 / len(matrix), 222.0
    pdf.set_fill_color(INK)
    for y, row in enumerate(matrix):
        for x, is_dark in enumerate(row):
            if is_dark:
                pdf.rect(LEFT + x * unit, top + y * unit, unit * 1.02, unit * 1.02, style="F")
    pdf.set_left_margin(LEFT + 44)
    pdf.set_y(top)
    for text, style, color in ((sheet.issuer, "B", BRAND), (sheet.check, "", INK), (sheet.not_proof, "B", INK)):
        pdf.set_font(_FAMILY, style, 10)
        pdf.set_text_color(color)
        pdf.multi_cell(WIDTH - 44, 5, printable(text), align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(_FAMILY, "", 9)
    pdf.set_text_color(BRAND)
    pdf.multi_cell(WIDTH - 44, 5, sheet.url, align="L", link=sheet.url, new_x="LMARGIN", new_y="NEXT")

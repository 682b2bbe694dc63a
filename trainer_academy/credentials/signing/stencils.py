"""The canonical form of our own documents, without expanding each of them anew.

What an issuer signs differs from one document to the next only in its texts: names, times, numbers, addresses. So a document is
expanded once with a place in the stead of each text; the N-Quads of the next one are that stencil with its texts filled in.
The canonical order (RDFC-1.0) is still computed for each document, because blank nodes depend on the texts.

A stencil is used only after it gave the same canonical form as the full way for the first document of its outline. Checking
never uses stencils, so every signature that is made here is checked by the other way.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from trainer_academy.credentials.signing.linked_data import (
    Document,
    SigningError,
    canonicalize,
    order_nquads,
    refuse_control_characters,
    write_nquads,
)

MAX_STENCILS = 64
# Their values decide what a statement means, so they belong to the outline.
FIXED = frozenset({"@context", "type", "proofPurpose", "cryptosuite"})
_PLACE = re.compile(r"([<\"])urn:place:(\d+):end[>\"]")
# Everything else may be read through the context: a relative address, a term, a blank node.
_ADDRESS = re.compile(r"^(?:https?://|did:|urn:)[^\s<>\"{}|\\^`]+$")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Stencil:
    """N-Quads cut at each text: `pieces` has one more than `places`, and a place is (number of the text, is an address)."""

    pieces: tuple[str, ...]
    places: tuple[tuple[int, bool], ...]

    def fill(self, texts: list[str]) -> str | None:
        """The N-Quads with these texts; None when a text stands where an address must, and is none that is safe to copy."""
        parts = [self.pieces[0]]
        for (number, is_address), piece in zip(self.places, self.pieces[1:], strict=True):
            text = texts[number]
            if is_address and not _ADDRESS.match(text):
                return None
            parts += (f"<{text}>" if is_address else f'"{text.translate(_ESCAPES)}"', piece)
        return "".join(parts)


_stencils: dict[str, Stencil | None] = {}


def canonicalize_own(document: Document) -> str:
    """The same text as `canonicalize(document)`, several times faster from the second document of an outline on."""
    refuse_control_characters(document)
    texts: list[str] = []
    outline = json.dumps(_outline(document, texts))
    if outline not in _stencils:
        return _first_of(document, outline, texts)
    stencil = _stencils[outline]
    filled = stencil.fill(texts) if stencil else None
    return order_nquads(filled) if filled is not None else canonicalize(document)


def _first_of(document: Document, outline: str, texts: list[str]) -> str:
    """The full way, and a stencil for the next document when it gives the same."""
    whole = canonicalize(document)
    if len(_stencils) >= MAX_STENCILS:
        _stencils.clear()
    stencil = _cut(outline)
    filled = stencil.fill(texts) if stencil else None
    _stencils[outline] = stencil if filled is not None and order_nquads(filled) == whole else None
    return whole


def _outline(node: Any, texts: list[str], is_fixed: bool = False) -> Any:
    """The document with a numbered place for each text; the texts are added to `texts`."""
    if isinstance(node, dict):
        return {name: _outline(item, texts, is_fixed or name in FIXED) for name, item in node.items()}
    if isinstance(node, list):
        return [_outline(item, texts, is_fixed) for item in node]
    if is_fixed or not isinstance(node, str):
        return node
    texts.append(node)
    return f"urn:place:{len(texts) - 1}:end"


def _cut(outline: str) -> Stencil | None:
    """The stencil of an outline; None when JSON-LD cannot read it with places instead of texts."""
    try:
        nquads = write_nquads(json.loads(outline))
    except SigningError:
        return None
    pieces, places, end = [], [], 0
    for place in _PLACE.finditer(nquads):
        pieces.append(nquads[end : place.start()])
        places.append((int(place[2]), place[1] == "<"))
        end = place.end()
    return Stencil((*pieces, nquads[end:]), tuple(places))

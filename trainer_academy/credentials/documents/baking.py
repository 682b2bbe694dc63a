"""Badge pictures that carry their credential: writing it into PNG and SVG, and reading it back. Pure.

PNG: one iTXt chunk `openbadgecredential`, not compressed. SVG: one element `openbadges:credential` with the JSON as CDATA.
Compressed text is refused, so that a small picture cannot unfold into a large one. The JSON is ASCII (escapes): some wallets
read the chunk as Latin-1. Source: Open Badges 3.0, section 5.3 (baking).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

MAX_PICTURE = 1_000_000  # a request may be 1 MB
KEYWORD = b"openbadgecredential"
NAMESPACE = "https://purl.imsglobal.org/ob/v3p0"
PNG_START = b"\x89PNG\r\n\x1a\n"
_TEXT_CHUNKS = (b"iTXt", b"zTXt", b"tEXt")
_OPEN, _CLOSE = "<![CDATA[", "]]>"


class BakingError(Exception):
    """A picture carries no credential that can be read, or may not be given one."""


def bake_png(picture: bytes, text: str) -> bytes:
    """The picture with the credential (ASCII) right after its head. BakingError when it has one already."""
    _check_text(text)
    chunks = list(_chunks(picture))
    if any(_keyword(kind, body) == KEYWORD for kind, body in chunks):
        raise BakingError("the picture has a credential already")
    baked = (b"iTXt", KEYWORD + b"\x00\x00\x00\x00\x00" + text.encode())
    return PNG_START + b"".join(_write_chunk(*chunk) for chunk in (chunks[0], baked, *chunks[1:]))


def unbake_png(picture: bytes) -> str:
    """The text of the one credential in a PNG. BakingError when there is none, more than one, or a compressed one."""
    found = [(kind, body) for kind, body in _chunks(picture) if _keyword(kind, body) == KEYWORD]
    if len(found) != 1:
        raise BakingError("the picture has no credential in it" if not found else "the picture has more than one credential")
    kind, body = found[0]
    flags, rest = body[len(KEYWORD) + 1 : len(KEYWORD) + 3], body[len(KEYWORD) + 3 :]
    if kind != b"iTXt" or flags != b"\x00\x00":
        raise BakingError("the credential in the picture is compressed or of an old kind")
    parts = rest.split(b"\x00", 2)  # language, translated keyword, text
    try:
        return parts[2].decode()
    except (IndexError, UnicodeDecodeError) as error:
        raise BakingError("the credential in the picture is damaged") from error


def bake_svg(picture: str, text: str) -> str:
    """The picture (whose root is `<svg ...>`) with the credential as its first child."""
    _check_text(text)
    if NAMESPACE in picture or not picture.startswith("<svg "):
        raise BakingError("the picture has a credential already, or is not an SVG")
    head, mark, rest = picture.partition(">")
    # "]]>" would end the CDATA section; inside JSON it can only stand in a string, where the escape means the same.
    inner = _OPEN + text.replace("]]>", "]]\\u003e") + _CLOSE
    return f'{head} xmlns:openbadges="{NAMESPACE}"{mark}<openbadges:credential>{inner}</openbadges:credential>{rest}'


def unbake_svg(picture: bytes) -> str:
    """The text of the one credential in an SVG (JSON, or the JWT of `verify`). Entities and document types are refused."""
    if len(picture) > MAX_PICTURE:
        raise BakingError("the picture is too large")
    try:
        root = fromstring(picture, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BakingError("the SVG cannot be read") from error
    found = list(root.iter(f"{{{NAMESPACE}}}credential"))
    if len(found) != 1:
        raise BakingError("the picture has no credential in it" if not found else "the picture has more than one credential")
    return str(found[0].get("verify") or found[0].text or "").strip()


def _check_text(text: str) -> None:
    if not text.isascii():
        raise BakingError("the credential must be written in ASCII")


def _chunks(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and body of each chunk, checksums compared. BakingError for anything that is not a whole PNG."""
    if len(picture) > MAX_PICTURE or not picture.startswith(PNG_START):
        raise BakingError("not a PNG, or too large")
    place = len(PNG_START)
    while place < len(picture):
        head = picture[place : place + 8]
        if len(head) < 8:
            raise BakingError("the picture is cut off")
        length, kind = struct.unpack(">I4s", head)
        body, check = picture[place + 8 : place + 8 + length], picture[place + 8 + length : place + 12 + length]
        if len(check) < 4 or zlib.crc32(kind + body) != int.from_bytes(check):
            raise BakingError("the picture is damaged")
        yield kind, body
        place += 12 + length
        if kind == b"IEND":
            return
    raise BakingError("the picture is cut off")


def _keyword(kind: bytes, body: bytes) -> bytes:
    return body.partition(b"\x00")[0] if kind in _TEXT_CHUNKS else b""


def _write_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

"""A stranger's certificate as bytes: which form it is, and the document in it, read strictly. Pure; nothing is verified here.

Forms: JSON, JWT (compact JWS), PNG and SVG with a credential in it. Whatever two readers could understand differently is
refused: keys that occur twice, NaN, half characters, more than 40 levels.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

from trainer_academy.credentials.documents.baking import MAX_PICTURE, PNG_START, BakingError, unbake_png, unbake_svg
from trainer_academy.credentials.signing.linked_data import Document

MAX_TEXT = 64 * 1024
MAX_DEPTH = 40
Form = Literal["json", "jwt"]
_JWT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_CLAIMS = ("iss", "jti", "sub", "nbf", "exp")


class Unreadable(Exception):
    """Not a certificate that can be read. The message is for logs and tests, not for people."""


@dataclass(frozen=True)
class Given:
    """What somebody gave us: the form of the credential (pictures are unpacked), its text, and the document in it."""

    form: Form
    text: str
    document: Document


def read_given(data: bytes) -> Given:
    """Raises Unreadable for everything that is not a whole certificate in one of the four forms."""
    try:
        text = _text_of(data)
        if len(text) > MAX_TEXT:
            raise Unreadable("too large")
        text = text.strip("\ufeff \t\r\n")
        if _JWT.fullmatch(text):
            return Given("jwt", text, _payload(text))
        return Given("json", text, read_object(text))
    except (BakingError, UnicodeError, ValueError, RecursionError) as error:
        raise Unreadable(str(error)[:200]) from error


def _text_of(data: bytes) -> str:
    if len(data) > MAX_PICTURE:
        raise Unreadable("too large")
    if data.startswith(PNG_START):
        return unbake_png(data)
    if data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return unbake_svg(data)
    if len(data) > MAX_TEXT:
        raise Unreadable("too large")
    return data.decode("utf-8")


def read_object(text: str) -> Document:
    """A JSON object. ValueError for anything that two readers could take for different things."""
    loaded = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant)
    if not isinstance(loaded, dict):
        raise ValueError("not a JSON object")
    _check_depth(loaded, MAX_DEPTH)
    json.dumps(loaded, ensure_ascii=False).encode()  # half of a surrogate pair is a UnicodeEncodeError here
    return loaded


def _no_key_twice(pairs: list[tuple[str, Any]]) -> Document:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key occurs twice")
    return made


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _check_depth(value: Any, left: int) -> None:
    if left == 0:
        raise ValueError("nested too deeply")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        _check_depth(item, left - 1)


def _payload(jwt: str) -> Document:
    """What a JWT says, whoever signed it, without the claims that only repeat it."""
    payload = read_object(_decode(jwt.split(".")[1]))
    read_object(_decode(jwt.split(".")[0]))
    return {name: item for name, item in payload.items() if name not in _CLAIMS}


def _decode(part: str) -> str:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8")

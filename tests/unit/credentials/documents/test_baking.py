"""Pictures give back exactly what was put into them, and nothing else is taken for a credential."""

from __future__ import annotations

import json
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer_academy.credentials.checking.reading import MAX_TEXT, Unreadable, read_given
from trainer_academy.credentials.documents.baking import (
    KEYWORD,
    PNG_START,
    BakingError,
    bake_png,
    bake_svg,
    unbake_png,
    unbake_svg,
)
from trainer_academy.credentials.documents.pdf import MISSING, printable
from trainer_academy.credentials.documents.pictures import Badge, draw_png, draw_svg

BADGE = Badge('A & B <"c">', "Level 1", "Trainer Academy")
TEXTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
HARD = ["😀👩‍👩‍👧", "مريم", 'a "quoted" \\ name', "]]>", "]]]]>><![CDATA[", "e\u0301\u0323", "<b>&amp;", "\u2028", "\ufeff"]


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunk(kind: bytes, body: bytes, times: int = 1) -> bytes:
    picture = draw_png(BADGE)
    return picture[:33] + chunk(kind, body) * times + picture[33:]


@given(st.dictionaries(st.text(), TEXTS, max_size=4))
@settings(max_examples=150, deadline=None)
def test_what_goes_in_comes_out(document: dict[str, object]) -> None:
    text = json.dumps(document)
    assert unbake_png(bake_png(draw_png(BADGE), text)) == text
    assert json.loads(unbake_svg(bake_svg(draw_svg(BADGE), text).encode())) == document


@pytest.mark.parametrize("name", HARD)
def test_hard_names_survive_in_every_form(name: str) -> None:
    document = {"name": name, name or "x": [name]}
    text = json.dumps(document)
    for data in (text.encode(), bake_png(draw_png(BADGE), text), bake_svg(draw_svg(BADGE), text).encode()):
        assert read_given(data).document == document


def test_a_picture_is_baked_once_and_in_ascii() -> None:
    baked = bake_png(draw_png(BADGE), "{}")
    with pytest.raises(BakingError):
        bake_png(baked, "{}")
    with pytest.raises(BakingError):
        bake_svg(bake_svg(draw_svg(BADGE), "{}"), "{}")
    with pytest.raises(BakingError):
        bake_png(draw_png(BADGE), '{"a": "é"}')


def test_the_picture_is_small_and_loads_nothing() -> None:
    assert len(draw_png(BADGE)) < 20_000
    svg = draw_svg(BADGE)
    assert len(svg) < 3_000
    assert "href" not in svg
    assert "A &amp; B &lt;&quot;c&quot;&gt;" in svg


BOMB = zlib.compress(b"0" * 50_000_000)
ENTITIES = b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>'
SVG_OPEN = b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="https://purl.imsglobal.org/ob/v3p0">'
BAD = {
    "empty": b"",
    "no json": b"hello",
    "a list": b"[]",
    "key twice": b'{"a": 1, "a": 2}',
    "not a number": b'{"a": NaN}',
    "half a character": b'{"a": "\\ud800"}',
    "latin-1": '{"a": "é"}'.encode("latin-1"),
    "too deep": b'{"a":' + b"[" * 60 + b"]" * 60 + b"}",
    "far too deep": b"[" * 60_000,
    "huge number": b'{"a": ' + b"1" * 5000 + b"}",
    "too large": b'{"a": "' + b"x" * MAX_TEXT + b'"}',
    "jwt without json": b"aaaa.bbbb.cccc",
    "png without credential": draw_png(BADGE),
    "png twice": with_chunk(b"iTXt", KEYWORD + b"\x00\x00\x00\x00\x00{}", 2),
    "png compressed": with_chunk(b"iTXt", KEYWORD + b"\x00\x01\x00\x00\x00" + BOMB),
    "png of an old kind": with_chunk(b"zTXt", KEYWORD + b"\x00\x00" + BOMB),
    "png with a large text": with_chunk(b"iTXt", KEYWORD + b"\x00\x00\x00\x00\x00" + b" " * MAX_TEXT + b"{}"),
    "png cut off": bake_png(draw_png(BADGE), "{}")[:-20],
    "png damaged": bake_png(draw_png(BADGE), '{"a": 1}').replace(b'"a"', b'"b"'),
    "png head only": PNG_START,
    "png that lies about its length": PNG_START + struct.pack(">I4s", 2**31, b"iTXt") + b"x",
    "svg without credential": draw_svg(BADGE).encode(),
    "svg with entities": ENTITIES,
    "svg twice": SVG_OPEN + b"<o:credential>{}</o:credential>" * 2 + b"</svg>",
    "svg cut off": SVG_OPEN,
    "svg deep": b"<svg>" * 50_000,
    "svg in an odd encoding": b'<?xml version="1.0" encoding="nonsense"?><svg/>',
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.timeout(6)
def test_what_is_no_certificate_is_unreadable(name: str) -> None:
    with pytest.raises(Unreadable):
        read_given(BAD[name])


@given(st.binary(max_size=2000), st.integers(0, 400))
@settings(max_examples=150, deadline=None)
def test_damage_never_crashes(noise: bytes, place: int) -> None:
    baked = bake_png(draw_png(BADGE), '{"a": 1}')
    for data in (noise, PNG_START + noise, b"<svg>" + noise, baked[:place] + noise + baked[place + 3 :]):
        try:
            read_given(data)
        except Unreadable:
            continue


def test_letters_that_the_font_lacks_are_marked() -> None:
    assert printable("Amina Wanjikũ مريم अमिना") == "Amina Wanjikũ مريم अमिना"
    assert printable("王 😀😀x") == f"{MISSING} {MISSING}x"
    assert printable("e\u0301") == "é"

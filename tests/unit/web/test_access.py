"""Who is admitted, where sign-in leads to, and what a browser is told, as tables of cases."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from flask import Flask, Response
from flask_login import LoginManager

from trainer_academy.accounts.principal import Principal, Role, Stranger
from trainer_academy.core.errors import BadInput
from trainer_academy.web.access import (
    CLIENT,
    EVERYONE,
    OPERATOR,
    SIGNED_IN,
    VENDOR_MANAGER,
    Rule,
    allow,
    check_declarations,
    guard,
    rule_of,
    safe_next,
    wants_json,
)
from trainer_academy.web.headers import MIN_BYTES, compress

NOBODY = Principal(1, "a", "A", "en", (), "t", 1)
MANAGER = replace(NOBODY, roles=(Role("vendor", "manager", 1, "V"),))
BUYER = replace(NOBODY, roles=(Role("client", "buyer", 2, "C"),))
MIXED = replace(NOBODY, roles=(Role("vendor", "operator", 1, "V"), Role("academy", "manager", 3, "A")))


@pytest.mark.parametrize(
    ("rule", "admitted"),
    [
        (EVERYONE, [True, True, True, True, True]),
        (SIGNED_IN, [False, True, True, True, True]),
        (VENDOR_MANAGER, [False, False, True, False, False]),
        (CLIENT, [False, False, False, True, False]),
        (OPERATOR, [False, False, False, False, False]),
    ],
    ids=lambda value: value.name if isinstance(value, Rule) else "",
)
def test_whom_a_rule_admits(rule: Rule, admitted: list[bool]) -> None:
    assert [rule.admits(user) for user in (Stranger(), NOBODY, MANAGER, BUYER, MIXED)] == admitted


@pytest.mark.parametrize(
    ("target", "goes_there"),
    [
        ("/courses", True),
        ("/", True),
        ("/a?b=//c", True),
        (None, False),
        ("", False),
        ("courses", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("/a\\b", False),
        ("/a\rb", False),
        ("/a\nb", False),
        ("/a\tb", False),
        ("/a\x00b", False),
        ("https://evil.example", False),
    ],
)
def test_sign_in_leads_to_a_path_on_this_site(target: str | None, goes_there: bool) -> None:
    assert safe_next(target, "/home") == (target if goes_there else "/home")


@pytest.fixture
def bare() -> Flask:
    """An application with one page that says who may enter and one that does not."""
    made = Flask("bare", static_folder=None)
    made.secret_key = "s"
    LoginManager(made)
    made.add_url_rule("/said", "said", allow(SIGNED_IN)(lambda: "said"))
    made.add_url_rule("/unsaid", "unsaid", lambda: "unsaid")
    return made


def test_a_page_that_does_not_say_who_may_enter_keeps_the_app_from_starting(bare: Flask) -> None:
    with pytest.raises(RuntimeError, match=r"who may enter: unsaid$"):
        check_declarations(bare)
    allow(EVERYONE)(bare.view_functions["unsaid"])
    check_declarations(bare)
    assert (rule_of(bare, "said"), rule_of(bare, "unsaid"), rule_of(bare, "none")) == (SIGNED_IN, EVERYONE, None)


@pytest.mark.parametrize(
    ("path", "is_refused"),
    [("/none", False), ("/none?a=%00", True), ("/none%00", True), ("/none?a=%01", False)],
)
def test_no_address_holds_a_null_character(bare: Flask, path: str, is_refused: bool) -> None:
    with bare.test_request_context(path):
        if is_refused:
            with pytest.raises(BadInput):
                guard()
        else:
            assert guard() is None


@pytest.mark.parametrize(
    ("path", "options", "wants"),
    [
        ("/a", {}, False),
        ("/a", {"headers": {"Accept": "text/html"}}, False),
        ("/a", {"headers": {"Accept": "application/json"}}, True),
        ("/a", {"headers": {"Accept": "*/*"}}, False),
        ("/a", {"headers": {"Accept": "image/png"}}, False),
        ("/a", {"json": {}}, True),
        ("/api/v1", {}, True),
        ("/apis", {}, False),
    ],
)
def test_who_wants_json(bare: Flask, path: str, options: dict[str, object], wants: bool) -> None:
    with bare.test_request_context(path, **options):  # type: ignore[arg-type]
        assert wants_json() is wants


LONG = "a" * MIN_BYTES


@pytest.mark.parametrize(
    ("body", "kind", "accepts", "is_packed"),
    [
        (LONG, "text/html", "gzip", True),
        (LONG, "application/json", "gzip, br", True),
        (LONG[1:], "text/html", "gzip", False),
        (LONG, "image/png", "gzip", False),
        (LONG, "text/html", "br", False),
        (LONG, "text/html", "gzip;q=0", False),
    ],
)
def test_text_of_600_bytes_is_packed_for_those_who_take_it(
    bare: Flask, body: str, kind: str, accepts: str, is_packed: bool
) -> None:
    with bare.test_request_context("/", headers={"Accept-Encoding": accepts}):
        response = compress(Response(body, content_type=kind))
        assert response.headers.get("Content-Encoding") == ("gzip" if is_packed else None)
        assert response.headers.get("Vary") == ("Accept-Encoding" if is_packed else None)
        data = response.get_data()
        assert (gzip.decompress(data) if is_packed else data) == body.encode()


def test_what_is_packed_or_streamed_already_is_left_alone(bare: Flask) -> None:
    with bare.test_request_context("/", headers={"Accept-Encoding": "gzip"}):
        packed = Response(LONG, content_type="text/html", headers={"Content-Encoding": "br"})
        assert compress(packed).headers["Content-Encoding"] == "br"
        streamed = Response(iter([LONG]), content_type="text/html", direct_passthrough=True)
        assert "Content-Encoding" not in compress(streamed).headers

"""Which logins and names are taken, and in which form."""

from __future__ import annotations

import pytest

from trainer_academy.accounts.people import Login, clean_name, read_login


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        (" Maya@Example.ORG ", Login("maya@example.org", True)),
        ("ｍaya@example.org", Login("maya@example.org", True)),
        ("maya@host.test", Login("maya@host.test", True)),
        ("maya@", None),
        ("@", None),
        ("=?x@example.org", None),
        ("abcdefgh1", Login("ABC-DEF-GH1", False)),
        ("abcdefghj", None),
        ("maya", None),
        ("", None),
    ],
)
def test_what_a_login_means(typed: str, login: Login | None) -> None:
    assert read_login(typed) == login


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Lea   Learner ", "Lea Learner"),
        ("Zoe\u0308", "Zoë"),
        ("A", "A"),
        ("a" * 120, "a" * 120),
        ("a" * 121, None),
        ("", None),
        ("...", None),
        (". 7", ". 7"),
        ("a\u202eb", None),
        ("a\nb", None),
        ("a\n", "a"),
    ],
)
def test_what_a_name_may_be(typed: str, name: str | None) -> None:
    assert clean_name(typed) == name

"""Codes that people type, and tokens."""

from __future__ import annotations

import pytest

from trainer_academy.core.tokens import ALPHABET, check_character, group_code, hash_token, new_code, new_token, read_code


@pytest.mark.parametrize(
    ("body", "expected"), [("0", "0"), ("1", "1"), ("12", "5"), ("21", "4"), ("Z", "0"), ("ABCDEFGH", "1")]
)
def test_the_check_character_is_a_weighted_sum_modulo_31(body: str, expected: str) -> None:
    assert check_character(body) == expected


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("125", "125"),
        ("1-2 5", "125"),
        ("l25", "125"),
        ("ABCDEFGH1", "ABC-DEF-GH1"),
        (" abc.def gh1", "ABC-DEF-GH1"),
        ("ABCDEFGHJ", None),
        ("126", None),
        ("00", "00"),
        ("0", None),
        ("", None),
        ("12É", None),
        ("1É5", None),
        ("oo", "00"),
        ("ii", "11"),
        ("uv", "VV"),
        ("uw", None),
    ],
)
def test_a_code_is_read_as_it_was_meant(typed: str, code: str | None) -> None:
    assert read_code(typed) == code


def test_new_codes_have_a_check_character_and_groups_of_three() -> None:
    for length in (8, 2):
        codes = {new_code(length) for _ in range(50)}
        assert len(codes) > 40
        for code in codes:
            raw = code.replace("-", "")
            assert len(raw) == length + 1
            assert set(raw) <= set(ALPHABET)
            assert read_code(raw.lower()) == code == group_code(raw)
    assert len(new_code().replace("-", "")) == 9


@pytest.mark.parametrize(("raw", "written"), [("", ""), ("ABC", "ABC"), ("ABCD", "ABC-D"), ("ABCDEFGHJ", "ABC-DEF-GHJ")])
def test_groups_of_three(raw: str, written: str) -> None:
    assert group_code(raw) == written


def test_tokens_are_long_and_only_their_hash_is_kept() -> None:
    assert len({new_token() for _ in range(20)}) == 20
    assert (len(new_token()), len(new_token(16))) == (43, 22)
    assert hash_token("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

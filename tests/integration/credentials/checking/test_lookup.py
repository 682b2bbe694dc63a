"""What a person types to find a certificate: a code, an address, a number; one at a time or many."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlmodel import Session

from tests.issuer_bench import Bench, make_issuer
from trainer_academy.credentials.checking.lookup import find_many, find_typed, read_typed

NUMBER = "0b6f7c1e-8a52-4c7b-9d0e-1f2a3b4c5d6e"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (NUMBER.upper(), NUMBER),
        (f"https://academy.example/credentials/{NUMBER}?lang=en", NUMBER),
        (" 1-2 5 ", "125"),
        ("126", ""),
        ("", ""),
        ("-" * 298 + "125", ""),
        ("-" * 297 + "125", "125"),
    ],
)
def test_what_is_meant(typed: str, meant: str) -> None:
    assert read_typed(typed) == meant


def test_certificates_are_found_one_by_one_and_many_at_once(session: Session, tmp_path: Path) -> None:
    bench = Bench(session, make_issuer(tmp_path))
    first, second, third = (bench.issue() for _ in range(3))
    for credential in (first, second, third):
        for typed in (
            credential.id,
            credential.code,
            credential.code.lower(),
            f"https://x.example/credentials/{credential.id}",
        ):
            assert find_typed(session, typed) is credential
    assert find_typed(session, NUMBER) is None
    assert find_typed(session, "126") is None
    found = find_many(session, [first.id, second.code.lower(), NUMBER, "126", "125", first.code])
    assert {key: row.id for key, row in found.items()} == {first.id: first.id, second.code: second.id, first.code: first.id}
    assert find_many(session, []) == {}
    assert set(find_many(session, [third.code])) == {third.code}, "by what was typed, and not by its other name"

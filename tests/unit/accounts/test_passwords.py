"""Which passwords are refused, and which hash fits."""

from __future__ import annotations

import pytest
from argon2.exceptions import InvalidHashError

from trainer_academy.accounts import passwords
from trainer_academy.accounts.passwords import COMMON, MAX_LENGTH, find_weakness, hash_password, is_correct

COMMON_LONG = next(word for word in sorted(COMMON) if len(word) >= 8 and len(set(word)) > 3)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("abcdefg", "password.short"),
        ("abcdefgh", None),
        ("abc" * 85 + "d", None),
        ("abc" * 85 + "de", "password.long"),
        (COMMON_LONG, "password.common"),
        (COMMON_LONG.upper(), "password.common"),
        ("abababab", "password.common"),
        ("AaBbAaBb", "password.common"),
        ("abcabcab", None),
        ("lea learner", "password.close"),
        ("Lea Learner1", "password.close"),
        ("lea learner123", "password.close"),
        ("lea learner12", None),
        ("lea@example.org", "password.close"),
        ("trainer academy1", "password.close"),
        ("seven green boats", None),
    ],
)
def test_why_a_password_is_refused(password: str, said: str | None) -> None:
    found = find_weakness(password, "Lea Learner", "lea@example.org")
    assert (found.code if found else None) == said


@pytest.mark.parametrize(
    ("password", "login", "is_close"),
    [("lena1", "lena@example.org", True), ("lenalena", "lena@example.org", False), ("lena123", "lena@example.org", True)],
)
def test_the_first_part_of_the_login_counts(password: str, login: str, is_close: bool) -> None:
    """Such passwords are also too short; with the length met, only the whole part with 1 or 123 is refused."""
    long_login, long_password = login.replace("lena", "helena-m"), password.replace("lena", "helena-m")
    assert (find_weakness(long_password, "X", long_login) is not None) is is_close


def test_short_names_do_not_forbid_anything() -> None:
    assert find_weakness("xyq12345", "xyq", "ab@example.org") is None
    assert find_weakness("plumb123", "plumb", "ab@example.org") is not None


def test_only_the_right_password_fits_and_no_hash_fits_nothing() -> None:
    stored = hash_password("seven green boats")
    assert stored != hash_password("seven green boats"), "each has its own salt"
    assert is_correct(stored, "seven green boats") is True
    assert is_correct(stored, "seven green boat") is False
    assert is_correct(None, "nobody has this password") is False
    assert is_correct(None, "anything") is False
    assert is_correct("!", "!") is False
    assert MAX_LENGTH == 256


def test_an_account_without_a_password_takes_as_long_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is counted and not the time: one hash is made in vain."""
    made: list[str] = []

    class Spy:
        def verify(self, stored: str, password: str) -> bool:
            raise InvalidHashError

        def hash(self, password: str) -> str:
            made.append(password)
            return "hash"

    monkeypatch.setattr(passwords, "_hasher", Spy())
    assert is_correct("!", "seven green boats") is False
    assert made == ["seven green boats"]

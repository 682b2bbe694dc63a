"""Random tokens and short codes that people can type."""

from __future__ import annotations

import hashlib
import secrets

# Crockford's base 32: no I, L, O, U, so that a code survives handwriting.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


def new_token(n_bytes: int = 32) -> str:
    """A URL-safe random token of `n_bytes` bytes of entropy."""
    return secrets.token_urlsafe(n_bytes)


def hash_token(token: str) -> str:
    """SHA-256 of a token as 64 hexadecimal characters; only this is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_code(length: int = 8) -> str:
    """A random code of `length` characters and one check character, written in groups of three or more."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return group_code(body + check_character(body))


def check_character(body: str) -> str:
    """One character that catches every single wrong character and most swaps (weighted sum modulo 31)."""
    total = sum((place + 1) * ALPHABET.index(char) for place, char in enumerate(body))
    return ALPHABET[total % 31]


def group_code(raw: str) -> str:
    """`ABCDEFGHJ` as `ABC-DEF-GHJ`."""
    return "-".join(raw[i : i + 3] for i in range(0, len(raw), 3))


def read_code(typed: str) -> str | None:
    """The code a person meant, in its written form, or None when the check character does not fit."""
    raw = "".join(char for char in typed.upper() if char.isalnum()).translate(_LOOKALIKES)
    if len(raw) < 2 or any(char not in ALPHABET for char in raw):
        return None
    return group_code(raw) if check_character(raw[:-1]) == raw[-1] else None

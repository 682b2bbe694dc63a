"""Password hashing: argon2id with OWASP's minimum parameters (about 16 ms), a few at a time."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from trainer_academy.core.errors import Refusal

MIN_LENGTH = 8
MAX_LENGTH = 256
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_slots = threading.BoundedSemaphore(4)
COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text().split())


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters and salt."""
    with _slots:
        return _hasher.hash(password)


def is_correct(password_hash: str | None, password: str) -> bool:
    """True when the password fits. Without a hash (unknown login) the same work is done and the answer is False."""
    with _slots:
        try:
            return _hasher.verify(password_hash or _dummy_hash(), password) and password_hash is not None
        except InvalidHashError:  # an account without a password; the time must not tell
            _hasher.hash(password)
            return False
        except VerificationError:
            return False


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    return _hasher.hash("nobody has this password")


def find_weakness(password: str, name: str, login: str) -> Refusal | None:
    """Why a password is refused, or None."""
    lowered = password.lower()
    if len(password) < MIN_LENGTH:
        return Refusal("password.short", n=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        return Refusal("password.long", n=MAX_LENGTH)
    if lowered in COMMON or len(set(lowered)) < 3:
        return Refusal("password.common")
    own = (name.lower(), login.lower(), login.lower().split("@")[0], "trainer academy")
    if any(lowered in (part, part + "1", part + "123") for part in own):
        return Refusal("password.close")
    return None

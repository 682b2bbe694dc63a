"""Private keys in files: PKCS8 in PEM, encrypted, readable only by the owner, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from trainer_academy.core.errors import ConfigError

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey


def encrypt_key(key: PrivateKey, passphrase: str) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))


def is_encrypted(pem: bytes) -> bool:
    return b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in pem


def read_key(file: Path, passphrase: str) -> PrivateKey:
    """The key in a file; an empty passphrase means a plain file. ConfigError when it does not open or is of another kind."""
    pem = file.read_bytes()
    try:
        key = load_pem_private_key(pem, passphrase.encode() if is_encrypted(pem) else None)
    except (ValueError, TypeError) as error:
        raise ConfigError(
            f"The signing key {file.name} does not open with this passphrase. Set TA_KEY_PASSPHRASE (or, when that is empty,"
            " TA_SECRET_KEY) to what it was, or give the old one to `flask credentials change-passphrase`."
        ) from error
    if not isinstance(key, PrivateKey):
        raise ConfigError(f"{file.name} is neither an Ed25519 nor a P-256 key.")
    return key


def write_new_file(file: Path, body: bytes) -> None:
    """Write a file that is not there yet; when several processes do it at once, the first one to link wins."""
    draft = _draft(file, body)
    with suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()


def replace_file(file: Path, body: bytes) -> None:
    """Replace a file at one stroke: a reader finds the old bytes or the new ones."""
    _draft(file, body).replace(file)


def _draft(file: Path, body: bytes) -> Path:
    draft = file.with_name(f"{file.stem}.{secrets.token_hex(8)}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(body)
        handle.flush()
        os.fsync(handle.fileno())
    return draft

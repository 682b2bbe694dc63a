"""The issuer's signing keys: one file for each month in which a key was made; the newest signs, all of them verify.

A retired key stays in the folder and in did.json without an end date: taking it out would make every certificate that it
signed unverifiable. A key is named `key-2026-11`, never by its own value, because some validators then skip the DID document.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from trainer_academy.core.errors import ConfigError, Refusal
from trainer_academy.core.signing import MULTIKEY, Document, add_proof, encode_multikey

DID_V1 = "https://www.w3.org/ns/did/v1"
_NAME = re.compile(r"^key-\d{4}-\d{2}$")


@dataclass(frozen=True)
class KeyRing:
    """The keys in `folder` that speak for `did`. The folder is read anew each time, so a rotation needs no restart."""

    folder: Path
    did: str

    @classmethod
    def open(cls, instance: Path, did: str, now: datetime) -> KeyRing:
        """The ring in `<instance>/keys`; the first key is made when there is none. Several processes may open it at once."""
        ring = cls(instance / "keys", did)
        ring.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ring.folder.chmod(0o700)
        if not ring.names():
            ring._make(_month_name(now))
        return ring

    def names(self) -> list[str]:
        """Key names, oldest first."""
        return sorted(file.stem for file in self.folder.glob("key-*.pem") if _NAME.match(file.stem))

    @property
    def active(self) -> str:
        """The name of the key that signs: the newest. ConfigError when all key files are gone."""
        names = self.names()
        if not names:
            raise ConfigError(
                f"The signing keys are gone from {self.folder}. Restore them from the backup; do not make new ones."
            )
        return names[-1]

    def rotate(self, now: datetime) -> str | Refusal:
        """Make the key of this month; it signs from now on. Refused when the newest key is of this month or later."""
        name = _month_name(now)
        if name <= self.active:
            return Refusal(f"The newest key is {self.active}. A new key can be made once a month.")
        self._make(name)
        return name

    def sign(self, document: Document, now: datetime) -> Document:
        """A copy of `document` with a proof by the active key."""
        name = self.active
        return add_proof(document, _load(self.folder / f"{name}.pem"), f"{self.did}#{name}", now)

    def public_key(self, verification_method: object) -> Ed25519PublicKey | None:
        """The key behind `did#key-2026-11`, or None when it is not one of ours."""
        did, _, name = str(verification_method).partition("#")
        if did != self.did or name not in self.names():
            return None
        return _load(self.folder / f"{name}.pem").public_key()

    def did_document(self) -> Document:
        """did.json: every key ever used, as Multikey with an absolute id, listed in `assertionMethod` as plain strings."""
        methods = [
            {
                "id": f"{self.did}#{name}",
                "type": "Multikey",
                "controller": self.did,
                "publicKeyMultibase": encode_multikey(_load(self.folder / f"{name}.pem").public_key()),
            }
            for name in self.names()
        ]
        return {
            "@context": [DID_V1, MULTIKEY],
            "id": self.did,
            "verificationMethod": methods,
            "assertionMethod": [method["id"] for method in methods],
        }

    def _make(self, name: str) -> None:
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        draft = self.folder / f"{name}.{secrets.token_hex(8)}.draft"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
            handle.write(pem)
            handle.flush()
            os.fsync(handle.fileno())
        with suppress(FileExistsError):  # two processes may start at once; the first one to link wins
            os.link(draft, self.folder / f"{name}.pem")
        draft.unlink()


def _month_name(now: datetime) -> str:
    return f"key-{now.astimezone(UTC):%Y-%m}"


@lru_cache(maxsize=64)
def _load(file: Path) -> Ed25519PrivateKey:
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise ConfigError(f"Other users can read the signing key {file.name}. Run `chmod 600` on it.")
    key = load_pem_private_key(file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{file.name} is not an Ed25519 key.")
    return key

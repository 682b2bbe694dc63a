"""The issuer's signing keys: one file for each key; the newest of a kind signs, all of them verify.

Two kinds: `key-2026-11` (Ed25519, embedded proofs) and `jwt-2026-11` (P-256, the JWT form). The files are PKCS8, encrypted
with a passphrase. A retired key stays in the folder and in did.json without an end date: taking it out would make every
certificate that it signed unverifiable. A compromised one is taken out. A key is named by its month, never by its own value,
because some validators then skip the DID document; a second one in the same month ends in `-2`.
"""

from __future__ import annotations

import re
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from joserfc.jwk import ECKey

from trainer_academy.config import derive_passphrase, read_or_make_secret
from trainer_academy.core.errors import ConfigError, Refusal
from trainer_academy.credentials.signing.key_files import (
    PrivateKey,
    encrypt_key,
    is_encrypted,
    read_key,
    replace_file,
    write_new_file,
)
from trainer_academy.credentials.signing.linked_data import MULTIKEY, Document, encode_multikey
from trainer_academy.credentials.signing.proof_sets import add_proof_set

DID_V1 = "https://www.w3.org/ns/did/v1"
JWK = "https://w3id.org/security/jwk/v1"
Kind = Literal["key", "jwt"]
KINDS: tuple[Kind, ...] = ("key", "jwt")
GONE = ".compromised"
_NAME = re.compile(r"^(key|jwt)-(\d{4}-\d{2})(?:-(\d+))?$")


@dataclass(frozen=True)
class KeyRing:
    """The keys in `folder` that speak for `did`. The folder is read anew each time, so a rotation needs no restart."""

    folder: Path
    did: str
    passphrase: str = field(repr=False)

    @classmethod
    def open(cls, instance: Path, did: str, now: datetime, passphrase: str = "") -> KeyRing:
        """The ring in `<instance>/keys`; the first keys are made when there are none, and plain files are encrypted.

        Several processes may open it at once. Without a passphrase it is derived from the secret in the instance folder.
        """
        ring = cls(instance / "keys", did, passphrase or derive_passphrase(read_or_make_secret(instance / "secret.key")))
        ring.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ring.folder.chmod(0o700)
        for name in ring.names() + ring.names("jwt"):
            ring._encrypt_in_place(name)
        for kind in KINDS:
            if not ring.names(kind) and not ring.gone(kind):
                ring._make(_month_name(kind, now))
        return ring

    def names(self, kind: Kind = "key") -> list[str]:
        """Key names of a kind, oldest first."""
        return sorted((file.stem for file in self.folder.glob(f"{kind}-*.pem") if _NAME.match(file.stem)), key=_age)

    def gone(self, kind: Kind) -> list[str]:
        """Names of compromised keys, oldest first; they are never given again."""
        found = (file.name.removesuffix(GONE) for file in self.folder.glob(f"{kind}-*{GONE}"))
        return sorted((name for name in found if _NAME.match(name)), key=_age)

    @property
    def active(self) -> str:
        """The name of the key that signs: the newest. ConfigError when all key files are gone."""
        return self.newest("key")

    def newest(self, kind: Kind) -> str:
        """The newest key of a kind. ConfigError when all are gone."""
        names = self.names(kind)
        if not names:
            raise ConfigError(
                f"The signing keys are gone from {self.folder}. Restore them from the backup; do not make new ones."
            )
        return names[-1]

    def rotate(self, now: datetime, kind: Kind = "key") -> str | Refusal:
        """Make the key of this month; it signs from now on. Refused when the newest key is of this month or later."""
        name = _month_name(kind, now)
        if _age(name)[:2] <= _age(self.newest(kind))[:2]:
            return Refusal("key.too_new", name=self.newest(kind))
        self._make(name)
        return name

    def succeed(self, kind: Kind, now: datetime) -> str:
        """Make a key that is newer than every other, whatever the month: the successor of a compromised one."""
        last = max(self.names(kind) + self.gone(kind), key=_age, default="")
        name, number = _month_name(kind, now), 1
        if last and _age(last) >= _age(name):
            found = _NAME.match(last)
            assert found is not None
            name, number = f"{kind}-{found[2]}", int(found[3] or 1) + 1
        name = f"{name}-{number}" if number > 1 else name
        self._make(name)
        return name

    def retire_compromised(self, name: str) -> None:
        """Take a key out of did.json for good. The file goes; its name stays taken."""
        file = self.folder / f"{name}.pem"
        write_new_file(self.folder / f"{name}{GONE}", b"This key was compromised. Its name must not be given again.\n")
        file.unlink(missing_ok=True)

    def sign(self, document: Document, now: datetime) -> Document:
        """A copy of `document` with both proofs by the active key."""
        name = self.active
        return add_proof_set(document, self.private_key(name), f"{self.did}#{name}", now)

    def private_key(self, name: str) -> Ed25519PrivateKey:
        """An Ed25519 key of the ring. ConfigError when it is none."""
        key = self._load(name)
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigError(f"{name}.pem is not an Ed25519 key.")
        return key

    def jwt_key(self, name: str) -> ECKey:
        """A P-256 key of the ring, private, as joserfc takes it. ConfigError when it is none."""
        key = self._load(name)
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            raise ConfigError(f"{name}.pem is not a P-256 key.")
        return _as_jwk(key)

    def public_key(self, verification_method: object) -> Ed25519PublicKey | None:
        """The key behind `did#key-2026-11`, or None when it is not one of ours."""
        did, _, name = str(verification_method).partition("#")
        if did != self.did or name not in self.names():
            return None
        return self.private_key(name).public_key()

    def public_jwk(self, name: str) -> Document | None:
        """The public part of `jwt-2026-11` as a JSON Web Key without a name, or None when it is not one of ours."""
        if name not in self.names("jwt"):
            return None
        return {**self.jwt_key(name).as_dict(private=False), "alg": "ES256", "use": "sig"}

    def did_document(self) -> Document:
        """did.json: every key ever used, with an absolute id, listed in `assertionMethod` as plain strings."""
        multikeys = [
            {
                "id": f"{self.did}#{name}",
                "type": "Multikey",
                "controller": self.did,
                "publicKeyMultibase": encode_multikey(self.private_key(name).public_key()),
            }
            for name in self.names()
        ]
        webkeys = [
            {"id": f"{self.did}#{name}", "type": "JsonWebKey", "controller": self.did, "publicKeyJwk": self._bare_jwk(name)}
            for name in self.names("jwt")
        ]
        methods: list[Document] = [*multikeys, *webkeys]
        return {
            "@context": [DID_V1, MULTIKEY, JWK],
            "id": self.did,
            "verificationMethod": methods,
            "assertionMethod": [method["id"] for method in methods],
        }

    def change_passphrase(self, old: str) -> int:
        """Encrypt every file anew with this ring's passphrase; returns how many. ConfigError when `old` does not open one.

        `old` may be the passphrase or the secret that it was derived from. What is encrypted anew already is left alone.
        """
        names = self.names() + self.names("jwt")
        for name in names:
            file = self.folder / f"{name}.pem"
            replace_file(file, encrypt_key(_open_with(file, (self.passphrase, derive_passphrase(old), old)), self.passphrase))
        _load_file.cache_clear()
        return len(names)

    def _bare_jwk(self, name: str) -> Document:
        key = self.jwt_key(name)
        jwk: dict[str, Any] = dict(key.as_dict(private=False))
        return {part: jwk[part] for part in ("kty", "crv", "x", "y")}

    def _load(self, name: str) -> PrivateKey:
        return _load_file(self.folder / f"{name}.pem", self.passphrase)

    def _make(self, name: str) -> None:
        key: PrivateKey = Ed25519PrivateKey.generate() if name.startswith("key") else generate_private_key(SECP256R1())
        write_new_file(self.folder / f"{name}.pem", encrypt_key(key, self.passphrase))

    def _encrypt_in_place(self, name: str) -> None:
        """Older installations kept their keys in plain files."""
        file = self.folder / f"{name}.pem"
        if not is_encrypted(file.read_bytes()):
            _refuse_open_file(file)
            replace_file(file, encrypt_key(read_key(file, ""), self.passphrase))


def _month_name(kind: Kind, now: datetime) -> str:
    return f"{kind}-{now.astimezone(UTC):%Y-%m}"


def _age(name: str) -> tuple[str, str, int]:
    """What names sort by: kind, month, and the number within the month."""
    found = _NAME.match(name)
    assert found is not None, name
    return found[1], found[2], int(found[3] or 1)


def _open_with(file: Path, passphrases: tuple[str, ...]) -> PrivateKey:
    """The key, by the first passphrase that opens it; the last one raises ConfigError."""
    for passphrase in passphrases[:-1]:
        with suppress(ConfigError):
            return read_key(file, passphrase)
    return read_key(file, passphrases[-1])


@lru_cache(maxsize=64)
def _load_file(file: Path, passphrase: str) -> PrivateKey:
    _refuse_open_file(file)
    return read_key(file, passphrase)


@lru_cache(maxsize=64)
def _as_jwk(key: EllipticCurvePrivateKey) -> ECKey:
    return ECKey.import_key(key)


def _refuse_open_file(file: Path) -> None:
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise ConfigError(f"Other users can read the signing key {file.name}. Run `chmod 600` on it.")

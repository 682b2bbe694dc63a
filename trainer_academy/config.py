"""Settings. This module is the only reader of the environment; everything else gets a frozen `Config`."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from trainer_academy.core.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("development", "production", "test")
MIN_SECRET = 32


def _setting(variable: str, meaning: str) -> dict[str, str]:
    return {"variable": variable, "meaning": meaning}


@dataclass(frozen=True)
class Config:
    """All settings. The `variable` and `meaning` of each field are the configuration table of the README."""

    environment: str = field(
        default="development",
        metadata=_setting(
            "TA_ENV", "`development`, `production` or `test`. Production asks for a secret key and refuses demo data."
        ),
    )
    secret_key: str = field(
        default="",
        repr=False,
        metadata=_setting(
            "TA_SECRET_KEY",
            "Signs cookies, at least 32 characters. In development it is made once and kept in the instance folder.",
        ),
    )
    instance: Path = field(
        default=ROOT / "instance",
        metadata=_setting("TA_INSTANCE", "Folder for the database, signing keys and mail files."),
    )
    content: Path = field(default=ROOT / "content", metadata=_setting("TA_CONTENT", "Folder with courses, items and exams."))
    database_url: str = field(
        default="",
        repr=False,
        metadata=_setting("TA_DATABASE_URL", "`postgresql+psycopg://...`; empty means SQLite in the instance folder."),
    )
    base_url: str = field(
        default="",
        metadata=_setting(
            "TA_BASE_URL", "Public address; certificates carry it for ever. Empty means `http://127.0.0.1:PORT`."
        ),
    )
    host: str = field(default="127.0.0.1", metadata=_setting("TA_HOST", "Address that the server listens on."))
    port: int = field(default=8000, metadata=_setting("PORT", "Port that the server listens on."))
    workers: int = field(default=2, metadata=_setting("TA_WORKERS", "Number of server processes."))
    trusted_proxies: int = field(
        default=0, metadata=_setting("TA_TRUSTED_PROXIES", "How many proxies in front may set `X-Forwarded-*`.")
    )
    mail_url: str = field(
        default="file",
        repr=False,
        metadata=_setting(
            "TA_MAIL_URL", "`file` writes mail into the instance folder; `smtp://user:password@host:587` sends it."
        ),
    )
    mail_from: str = field(default="academy@localhost", metadata=_setting("TA_MAIL_FROM", "Sender address of mail."))
    queue_url: str = field(
        default="",
        repr=False,
        metadata=_setting(
            "TA_QUEUE_URL", "`redis://...` or `postgresql://...` for the job queue; empty means SQLite in the instance folder."
        ),
    )
    key_passphrase: str = field(
        default="",
        repr=False,
        metadata=_setting(
            "TA_KEY_PASSPHRASE", "Encrypts the signing keys on disk. Empty means that it is derived from the secret key."
        ),
    )
    private_webhooks: bool = field(
        default=False, metadata=_setting("TA_PRIVATE_WEBHOOKS", "`1` lets webhooks go to private addresses (for tests).")
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read, complete and check the settings. Raises ConfigError with what to do."""
        source = os.environ if environ is None else environ
        values: dict[str, object] = {}
        for item in fields(cls):
            raw = source.get(item.metadata["variable"], "").strip()
            if raw:
                values[item.name] = _convert(item.metadata["variable"], raw, str(item.type))
        return cls(**values).completed()  # type: ignore[arg-type]

    def completed(self) -> Config:
        """A copy with the defaults that depend on other settings filled in, after all checks."""
        if self.environment not in ENVIRONMENTS:
            raise ConfigError(f"TA_ENV is {self.environment!r}; it must be one of {', '.join(ENVIRONMENTS)}.")
        self._check_secret()
        self.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        values["secret_key"] = self.secret_key or read_or_make_secret(self.instance / "secret.key")
        values["database_url"] = self.database_url or f"sqlite:///{self.instance / 'academy.db'}"
        values["base_url"] = (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")
        values["key_passphrase"] = self.key_passphrase or derive_passphrase(values["secret_key"])
        _check_base_url(values["base_url"], self.is_production)
        return Config(**values)

    def _check_secret(self) -> None:
        if self.is_production and not self.secret_key:
            raise ConfigError(
                "Production needs TA_SECRET_KEY. Make one with `python -c 'import secrets; print(secrets.token_hex(32))'` "
                "and set it in the environment of every process."
            )
        if self.secret_key and len(self.secret_key) < MIN_SECRET:
            raise ConfigError(f"TA_SECRET_KEY has {len(self.secret_key)} characters; it needs at least {MIN_SECRET}.")

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def is_secure(self) -> bool:
        """True when people reach the site over https; cookies are then marked so."""
        return self.base_url.startswith("https://")

    @property
    def did(self) -> str:
        """The issuer's did:web identifier (a colon in the port is written %3A)."""
        return "did:web:" + urlsplit(self.base_url).netloc.replace(":", "%3A")


def _convert(variable: str, raw: str, kind: str) -> object:
    if kind == "int":
        if not raw.isdigit() or int(raw) > 65535:
            raise ConfigError(f"{variable} is {raw!r}; it must be a whole number up to 65535.")
        return int(raw)
    if kind == "bool":
        return raw.lower() in ("1", "true", "yes", "on")
    if kind == "Path":
        return Path(raw).resolve()
    return raw


def _check_base_url(url: str, is_production: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
        raise ConfigError(f"TA_BASE_URL is {url!r}; it must look like https://academy.example, without a path.")
    if is_production and parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise ConfigError("TA_BASE_URL must use https in production: passwords and certificates travel over it.")


def derive_passphrase(secret: str) -> str:
    """The passphrase of the signing keys when none is set: HKDF-SHA256 of the secret key, in hexadecimal."""
    return HKDF(SHA256(), 32, salt=None, info=b"trainer academy signing keys").derive(secret.encode()).hex()


def read_or_make_secret(file: Path) -> str:
    """The secret kept in `file` (mode 600), made on the first call."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
            handle.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # two processes may start at once; the first one to link wins
            os.link(draft, file)
        draft.unlink()
    return file.read_text().strip()

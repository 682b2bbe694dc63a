"""Settings. This module is the only reader of the environment; everything else gets a frozen `Config`."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from trainer_academy.core.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET = 32


def _setting(default: Any, variable: str, meaning: str, **more: Any) -> Any:
    """A field that the environment fills; `meaning` is its line in the README."""
    return Field(default, validation_alias=variable, description=meaning, **more)


class Config(BaseSettings):
    """All settings. The variable and the meaning of each field are the configuration table of the README."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, env_ignore_empty=True, str_strip_whitespace=True
    )

    environment: Literal["development", "production", "test"] = _setting(
        "development",
        "TA_ENV",
        "`development`, `production` or `test`. Production asks for a secret key and refuses demo data.",
    )
    secret_key: str = _setting(
        "",
        "TA_SECRET_KEY",
        "Signs cookies, at least 32 characters. In development it is made once and kept in the instance folder.",
        repr=False,
    )
    instance: Path = _setting(ROOT / "instance", "TA_INSTANCE", "Folder for the database, signing keys and mail files.")
    content: Path = _setting(ROOT / "content", "TA_CONTENT", "Folder with courses, items and exams.")
    database_url: str = _setting(
        "", "TA_DATABASE_URL", "`postgresql+psycopg://...`; empty means SQLite in the instance folder.", repr=False
    )
    base_url: str = _setting(
        "", "TA_BASE_URL", "Public address; certificates carry it for ever. Empty means `http://127.0.0.1:PORT`."
    )
    host: str = _setting("127.0.0.1", "TA_HOST", "Address that the server listens on.")
    port: int = _setting(8000, "PORT", "Port that the server listens on.", ge=0, le=65535)
    workers: int = _setting(2, "TA_WORKERS", "Number of server processes.", ge=1, le=512)
    fastest_reading: float = _setting(
        10.0,
        "TA_FASTEST_READING",
        "Words a second. An exam that was faster is held until an operator decides whether it counts; `0` switches this off.",
        ge=0,
        le=100,
    )
    trusted_proxies: int = _setting(0, "TA_TRUSTED_PROXIES", "How many proxies in front may set `X-Forwarded-*`.", ge=0, le=16)
    mail_url: str = _setting(
        "file",
        "TA_MAIL_URL",
        "`file` writes mail into the instance folder; `smtp://user:password@host:587` sends it.",
        repr=False,
    )
    mail_from: str = _setting("academy@localhost", "TA_MAIL_FROM", "Sender address of mail.")
    key_passphrase: str = _setting(
        "",
        "TA_KEY_PASSPHRASE",
        "Encrypts the signing keys on disk. Empty means that it is derived from the secret key.",
        repr=False,
    )
    private_webhooks: bool = _setting(False, "TA_PRIVATE_WEBHOOKS", "`1` lets webhooks go to private addresses (for tests).")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """A call takes what it is given; only `from_env` reads the environment."""
        return (init_settings,)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Read, complete and check the settings. Raises ConfigError with what to do."""
        source = EnvSettingsSource(cls, env_ignore_empty=True)
        if environ is not None:
            source.env_vars = {name.lower(): value for name, value in environ.items() if value.strip()}
        try:
            return cls(**source()).completed()
        except ValidationError as error:
            raise ConfigError("; ".join(map(_words, error.errors()))) from error

    def completed(self) -> Config:
        """A copy with the defaults that depend on other settings filled in, after all checks."""
        self._check_secret()
        self.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret_key = self.secret_key or read_or_make_secret(self.instance / "secret.key")
        base_url = (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")
        _check_base_url(base_url, self.is_production)
        return self.model_copy(
            update={
                "instance": self.instance.resolve(),
                "content": self.content.resolve(),
                "secret_key": secret_key,
                "base_url": base_url,
                "database_url": self.database_url or f"sqlite:///{self.instance.resolve() / 'academy.db'}",
                "key_passphrase": self.key_passphrase or derive_passphrase(secret_key),
            }
        )

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


def _words(error: ErrorDetails) -> str:
    """One wrong setting in words. The value is shown only where it is no secret."""
    variable = str(error["loc"][0]) if error["loc"] else "the settings"
    shown = "" if "URL" in variable or "SECRET" in variable or "PASS" in variable else f" is {error['input']!r}"
    return f"{variable}{shown}: {error['msg']}"


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

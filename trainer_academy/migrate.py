"""Bringing a database to the newest migration."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig

from trainer_academy.core.db import make_engine

ROOT = Path(__file__).resolve().parent.parent


def alembic_config() -> AlembicConfig:
    """Alembic's settings, independent of the working folder."""
    config = AlembicConfig(str(ROOT / "alembic.ini"))
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Upgrade the database at `url`."""
    config = alembic_config()
    engine = make_engine(url)
    with engine.execution_options(writes=True).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    engine.dispose()

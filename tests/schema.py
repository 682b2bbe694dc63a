"""Alembic for tests: the real `migrations/env.py` on a database of the test's choice."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig

from trainer_academy.core.db import Database
from trainer_academy.migrate import ROOT
from trainer_academy.migrate import alembic_config as product_config

Step = Callable[[AlembicConfig], object]


def alembic_config(*extra_versions: Path) -> AlembicConfig:
    """The project's Alembic settings; `extra_versions` are further folders with migration files."""
    config = product_config()
    if extra_versions:
        folders = [ROOT / "migrations" / "versions", *extra_versions]
        config.set_main_option("path_separator", "os")
        config.set_main_option("version_locations", os.pathsep.join(str(folder) for folder in folders))
    return config


def run_alembic(database: Database, step: Step, *extra_versions: Path) -> None:
    """Run one Alembic command on this database, over one connection that holds the write lock."""
    config = alembic_config(*extra_versions)
    with database.engine.execution_options(writes=True).connect() as connection:
        config.attributes["connection"] = connection
        step(config)


def migrate(database: Database) -> None:
    """Bring an empty database to the newest schema."""
    run_alembic(database, lambda config: command.upgrade(config, "head"))

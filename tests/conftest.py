"""Fixtures that all tests share. A test that asks for `database` or `session` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from tests import postgres
from tests.schema import migrate
from trainer_academy.core.db import Database
from trainer_academy.tables import metadata

ENGINES = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("sqlite", "postgresql")]
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite: runs on SQLite")
    config.addinivalue_line("markers", "postgresql: runs on PostgreSQL (skipped where no server binaries are installed)")
    if not hasattr(config, "workerinput"):
        postgres.choose_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.stop_shared_cluster()


@pytest.fixture(scope="session")
def cluster() -> postgres.Cluster:
    """The PostgreSQL cluster of this run."""
    binaries = postgres.find_binaries()
    if binaries is None and not postgres.is_required():
        pytest.skip("no PostgreSQL server binaries are installed")
    assert binaries is not None, f"no PostgreSQL server binaries, and {postgres.REQUIRE_VARIABLE}=1"
    return postgres.shared_cluster(binaries)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that each test copies."""
    file = tmp_path_factory.mktemp("template") / "academy.db"
    database = Database(f"sqlite:///{file}")
    migrate(database)
    database.dispose()  # the last connection that closes moves the write-ahead log into the file
    assert not file.with_name("academy.db-wal").exists(), "the template would be copied without its newest pages"
    return file


@pytest.fixture(scope="session")
def postgres_schema(cluster: postgres.Cluster) -> str:
    """The address of this worker's migrated PostgreSQL database."""
    url = cluster.create_database(f"academy_{WORKER}")
    database = Database(url)
    migrate(database)
    database.dispose()
    return url


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database without rows, once for each engine."""
    if request.param == "sqlite":
        file = tmp_path / "academy.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        return f"sqlite:///{file}"
    url: str = request.getfixturevalue("postgres_schema")
    _empty_tables(url)
    return url


@pytest.fixture(params=ENGINES)
def blank_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, once for each engine: for tests of the migrations themselves."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'blank.db'}")
        yield database
        database.dispose()
        return
    cluster: postgres.Cluster = request.getfixturevalue("cluster")
    database = Database(cluster.create_database(f"blank_{WORKER}"))
    yield database
    database.dispose()
    cluster.drop_database(f"blank_{WORKER}")


def _empty_tables(url: str) -> None:
    database = Database(url)
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))  # a session that a test left open should fail, not hang
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    database.dispose()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Engine and sessions on a migrated database without rows."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session; what a test does not commit is rolled back."""
    with database.writing() as session:
        yield session


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: one that starts last would keep a single worker busy at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)

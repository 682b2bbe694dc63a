"""Fixtures that all tests share. A test that asks for `database` or `session` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from tests import postgres, skips, speed
from tests.emptying import PostgresStore
from tests.schema import migrate
from trainer_academy.accounts import passwords
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database

ENGINES = [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("sqlite", "postgresql")]
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
speed.keep_what_is_compiled()
speed.keep_compiled_statements()
speed.hash_quickly()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite: runs on SQLite")
    config.addinivalue_line("markers", "postgresql: runs on PostgreSQL (skipped where no server binaries are installed)")
    if not hasattr(config, "workerinput"):
        postgres.choose_folder()
        if skips.is_asked_for():
            config.pluginmanager.register(skips.SkipGuard())


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
def sqlite_stocked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same file with the versions of all items."""
    file = tmp_path_factory.mktemp("stocked") / "academy.db"
    shutil.copyfile(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    with database.writing() as session:
        speed.add_versions(session, speed.shared_library().store, utc_now())
        session.commit()
    database.dispose()
    assert not file.with_name("academy.db-wal").exists(), "the template would be copied without its newest pages"
    return file


@pytest.fixture(scope="session")
def postgres_plain(cluster: postgres.Cluster) -> Iterator[PostgresStore]:
    """This worker's migrated PostgreSQL database."""
    with PostgresStore.made(cluster, f"academy_{WORKER}") as store:
        yield store


@pytest.fixture(scope="session")
def postgres_stocked(cluster: postgres.Cluster) -> Iterator[PostgresStore]:
    """A second one that keeps the versions of all items from test to test."""
    with PostgresStore.made(cluster, f"stocked_{WORKER}", speed.shared_library().store) as store:
        yield store


@pytest.fixture
def stocked() -> None:
    """Asked for beside `database_url`: the database then has the versions of all items and nothing else."""


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a migrated database without rows, once for each engine."""
    is_stocked = "stocked" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "academy.db"
        shutil.copyfile(request.getfixturevalue("sqlite_stocked" if is_stocked else "sqlite_template"), file)
        return f"sqlite:///{file}"
    store: PostgresStore = request.getfixturevalue("postgres_stocked" if is_stocked else "postgres_plain")
    store.empty()
    return store.url


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


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Engine and sessions on a migrated database without rows."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def real_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as on a server."""
    monkeypatch.setattr(passwords, "_hasher", speed.REAL_HASHER)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A writing session; what a test does not commit is rolled back."""
    with database.writing() as session:
        yield session


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: one that starts last would keep a single worker busy at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)

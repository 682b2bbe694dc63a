"""Database engine, sessions and column types, the same for SQLite and PostgreSQL.

SQLite: the driver's own transaction handling is switched off and BEGIN is emitted here. Writers begin with
BEGIN IMMEDIATE, so that a transaction that will write never has to upgrade a read lock (SQLITE_BUSY).
`synchronous=FULL` in WAL mode makes a commit survive a power cut, not only a crash of the process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, CheckConstraint, DateTime, Dialect, Engine, MetaData, String, create_engine, event, inspect, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: MetaData = SQLModel.metadata
metadata.naming_convention = NAMING

MAX_ID = 2**31 - 1  # primary keys are INTEGER; PostgreSQL refuses larger values
SQLITE_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=10000",
    "PRAGMA wal_autocheckpoint=1000",
    "PRAGMA journal_size_limit=16777216",
)


class UTCDateTime(TypeDecorator[datetime]):
    """A point in time: aware in Python, UTC in the database. Naive input is refused (ValueError)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime may not be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Stored(TypeDecorator[Any]):
    """A JSON column whose values are objects: `write` makes the stored form, `read` the object. NULL stays None."""

    impl = JSON
    cache_ok = True

    def __init__(self, read: Callable[[Any], Any], write: Callable[[Any], Any]) -> None:
        super().__init__(none_as_null=True)
        self.read, self.write = read, write

    def process_bind_param(self, value: Any, _dialect: Dialect) -> Any:
        return None if value is None else self.write(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        return None if value is None else self.read(value)


class Named(TypeDecorator[StrEnum]):
    """A StrEnum kept as its value in a text column. A value that is not one of the enum's raises ValueError."""

    impl = String
    cache_ok = True

    def __init__(self, enum: type[StrEnum], length: int) -> None:
        super().__init__(length)
        self.enum = enum

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum(value)


def one_of(column: str, enum: type[StrEnum], name: str = "") -> CheckConstraint:
    """The database's own check that a column holds a value of an enum."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(member.value) for member in enum)})", name=name or column)


def id_of(row: Any) -> int:
    """The id of a row that is in the database. Raises ValueError before the first flush."""
    if row.id is None:
        raise ValueError(f"this {type(row).__name__} is not in the database yet")
    return int(row.id)


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://...`."""
    if url.startswith("sqlite"):
        engine = create_engine(url, pool_size=16, max_overflow=16, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(url, pool_size=16, max_overflow=8, pool_pre_ping=True)


def _prepare_sqlite(connection: Any, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma)
    (level,) = connection.execute("PRAGMA synchronous").fetchone()
    if level != 2:
        raise RuntimeError("SQLite did not accept synchronous=FULL; acknowledged answers would not survive a power cut")


def _begin_sqlite(connection: Any) -> None:
    statement = "BEGIN IMMEDIATE" if connection.get_execution_options().get("writes", False) else "BEGIN"
    try:
        connection.connection.driver_connection.execute(statement)
    except sqlite3.OperationalError as error:  # an event's errors are not wrapped; pages answer 503 to the wrapped one
        raise OperationalError(statement, None, error) from error


def insert_new(session: Session, model: type[SQLModel], values: dict[str, Any]) -> bool:
    """Insert one row; False when a unique constraint has it already. One statement where a savepoint takes three.

    `values` names every column without a default of the database: defaults of the model are not filled in.
    """
    result: Any = session.execute(_insert_new(model, session.get_bind().dialect.name), values)
    return bool(result.rowcount == 1)


@lru_cache(maxsize=32)
def _insert_new(model: type[SQLModel], dialect: str) -> Any:
    insert: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(inspect(model).local_table).on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)


class Database:
    """The engine and the two kinds of session: readers never block, writers take the write lock at once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = make_engine(url)
        self._writer = self.engine.execution_options(writes=True)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def reader(self) -> Session:
        return Session(self.engine, autoflush=False)

    def writer(self) -> Session:
        return Session(self._writer, autoflush=True, expire_on_commit=False)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A writing session for commands and jobs. The caller commits; leaving without a commit rolls back."""
        session = self.writer()
        try:
            yield session
        finally:
            session.close()

    def dispose(self) -> None:
        self.engine.dispose()


def ping(session: Session) -> None:
    """Raises OperationalError when the database does not answer."""
    session.execute(text("SELECT 1"))

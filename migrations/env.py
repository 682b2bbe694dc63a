"""Run migrations on the database of the settings, or on `-x url=...`.

SQLite: a batch operation copies a table and drops the old one; with foreign keys on, the drop would cascade and delete
child rows without a word. So they are switched off before the transaction begins, and checked before it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, text

from trainer_academy.config import Config
from trainer_academy.core.db import UTCDateTime, make_engine
from trainer_academy.tables import metadata

MIGRATION_LOCK = 4_114_020_001  # any number that nothing else in the database uses


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write column types so that a migration file needs no import of ours that may change."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(item).__name__ == "AutoString":
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def include_object(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    """Leave tables alone that this application does not know."""
    return not (kind == "table" and reflected and compare_to is None)


def migrate(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    with foreign_keys_off(connection) if is_sqlite else nullcontext():
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=is_sqlite,
            render_item=render_item,
            include_object=include_object,
            compare_type=True,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":  # several servers may start at once; SQLite has its write lock
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            context.run_migrations()
            if is_sqlite:
                refuse_orphans(connection)


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Switch SQLite's foreign keys off and, also after a failure, on again: the connection goes back to a pool."""
    if connection.in_transaction():
        raise RuntimeError("foreign keys cannot be switched off inside a transaction; give env.py a fresh connection")
    raw = connection.connection.dbapi_connection
    assert raw is not None
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()  # within a transaction the next line would do nothing, without a word
        raw.execute("PRAGMA foreign_keys=ON")


def refuse_orphans(connection: Connection) -> None:
    broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
    if broken:
        tables = ", ".join(sorted({row[0] for row in broken}))
        raise RuntimeError(
            f"the migration would leave {len(broken)} rows without their parent in {tables}; nothing was changed"
        )


def run() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    url = context.get_x_argument(as_dictionary=True).get("url") or Config.from_env().database_url
    engine = make_engine(url)
    try:
        with engine.execution_options(writes=True).connect() as connection:
            migrate(connection)
    finally:
        engine.dispose()


run()

"""A PostgreSQL database that all tests of a worker use in turn, emptied before each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from tests.postgres import Cluster
from tests.schema import migrate
from tests.speed import add_versions
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database

# Empties the tables that have rows, and starts the numbers of ids again. Emptying all tables takes ten times as long.
EMPTY_TABLES = """
DO $$
DECLARE
    name text;
    is_filled boolean;
BEGIN
    SET LOCAL lock_timeout = '10s';
    SET LOCAL session_replication_role = 'replica';
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ({kept}) LOOP
        EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || name || ')' INTO is_filled;
        IF is_filled THEN
            EXECUTE 'LOCK TABLE ' || name || ' IN ACCESS EXCLUSIVE MODE';
            EXECUTE 'DELETE FROM ' || name;
        END IF;
    END LOOP;
    FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences
        WHERE schemaname = 'public' AND last_value IS NOT NULL AND sequencename NOT IN ({kept}) LOOP
        EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART';
    END LOOP;
END $$
"""
# Rows that one transaction wrote: a row that a test adds or changes carries the number of another.
VERSIONS = "SELECT count(*), min(xmin::text::bigint), max(xmin::text::bigint) FROM item_versions"


@dataclass
class PostgresStore:
    """The database, and the item versions that it keeps between tests (none without `items`)."""

    url: str
    connection: psycopg.Connection
    items: ItemStore | None
    stock: object = None

    @classmethod
    @contextmanager
    def made(cls, cluster: Cluster, name: str, items: ItemStore | None = None) -> Iterator[PostgresStore]:
        url = cluster.create_database(name)
        database = Database(url)
        migrate(database)
        database.dispose()
        with cluster.connect(name) as connection:
            yield cls(url, connection, items)

    def empty(self) -> None:
        """Nothing is left of the test before. A session that it left open fails here and does not hang."""
        kept = "'alembic_version'" if self.items is None else "'alembic_version', 'item_versions', 'item_versions_id_seq'"
        self.connection.execute(EMPTY_TABLES.format(kept=kept))
        if self.items is not None and self._find_stock() != self.stock:
            self._fill(self.items)

    def _find_stock(self) -> object:
        return self.connection.execute(VERSIONS).fetchone()

    def _fill(self, items: ItemStore) -> None:
        self.connection.execute("TRUNCATE item_versions RESTART IDENTITY CASCADE")
        database = Database(self.url)
        with database.writing() as session:
            add_versions(session, items, utc_now())
            session.commit()
        database.dispose()
        self.stock = self._find_stock()

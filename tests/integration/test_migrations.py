"""Migrations on both engines: up, down, up again; no drift from the models; no child row lost on SQLite."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent, indent

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, func, select

from tests.schema import alembic_config, migrate, run_alembic
from trainer_academy.accounts import people
from trainer_academy.accounts.models import Membership, User
from trainer_academy.core.db import Database
from trainer_academy.courses.enrollment import finish_lesson
from trainer_academy.courses.models import Enrollment, LessonDone
from trainer_academy.migrate import ROOT
from trainer_academy.tables import metadata

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OWN_TABLES = {table.name for table in metadata.sorted_tables}


@pytest.fixture
def own_database(blank_database: Database) -> Database:
    """A migrated database of one test alone: throw-away migrations would spoil the shared one."""
    migrate(blank_database)
    return blank_database


def table_names(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def schema_of(database: Database) -> dict[str, dict[str, object]]:
    """Columns, indexes, foreign keys and constraints of every table, in a form that can be compared."""
    found = inspect(database.engine)
    return {
        name: {
            "columns": {column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(name)},
            "indexes": sorted(str(index["name"]) for index in found.get_indexes(name)),
            "foreign keys": sorted((str(key["name"]), str(key["options"])) for key in found.get_foreign_keys(name)),
            "unique": sorted(str(constraint["name"]) for constraint in found.get_unique_constraints(name)),
            "checks": sorted(str(constraint["name"]) for constraint in found.get_check_constraints(name)),
        }
        for name in table_names(database)
    }


def test_up_down_and_up_again_give_the_same_schema(blank_database: Database) -> None:
    migrate(blank_database)
    first = schema_of(blank_database)
    assert set(first) == OWN_TABLES
    run_alembic(blank_database, lambda config: command.downgrade(config, "base"))
    assert table_names(blank_database) == set()
    migrate(blank_database)
    assert schema_of(blank_database) == first


def test_migrations_and_models_do_not_differ(database: Database) -> None:
    run_alembic(database, command.check)  # raises when autogenerate would write something
    with database.engine.connect() as connection:
        # Without our own filter, so that a table that lost its model is found as well.
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_check_constraints_do_not_differ(database: Database) -> None:
    """Alembic does not compare CHECK constraints, so this does."""
    wanted = {
        table.name: sorted(str(item.name) for item in table.constraints if isinstance(item, CheckConstraint))
        for table in metadata.sorted_tables
    }
    assert {name: parts["checks"] for name, parts in schema_of(database).items()} == wanted


def test_there_is_one_newest_migration() -> None:
    assert len(ScriptDirectory.from_config(alembic_config()).get_heads()) == 1


def test_servers_that_start_at_once_do_not_disturb_each_other(blank_database: Database) -> None:
    url = blank_database.engine.url.render_as_string(hide_password=False)
    step = [sys.executable, "-m", "alembic", "-x", f"url={url}", "upgrade", "head"]
    starts = [subprocess.Popen(step, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    errors = [start.communicate(timeout=60)[1] for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0, 0], errors
    assert table_names(blank_database) == OWN_TABLES


def add_people(database: Database) -> None:
    """Three members of a vendor, each enrolled with one lesson done."""
    with database.writing() as session:
        vendor = people.create_organization(session, "vendor", "Kivu Data", NOW)
        for number in range(3):
            user = people.create_user(session, f"p{number}@example.org", f"Person {number}", "hash", NOW)
            assert user.id is not None
            assert vendor.id is not None
            people.add_membership(session, user.id, vendor.id, "staff", None, NOW)
            finish_lesson(session, user.id, "evaluating-responses", "01-reading-a-guideline", "02", NOW)
        session.commit()


def forget_audit(database: Database) -> None:
    """Leave only children that would go silently with their parent: audit events hold on to the person."""
    with database.writing() as session:
        session.execute(text("DELETE FROM audit_events"))
        session.commit()


def count_rows(session: Session) -> list[int]:
    tables = (User, Membership, Enrollment, LessonDone)
    return [session.exec(select(func.count()).select_from(table)).one() for table in tables]


def write_migration(folder: Path, body: str) -> Path:
    """A throw-away migration on top of the newest one, with `body` as its upgrade."""
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    head = [
        "import sqlalchemy as sa",
        "from alembic import op",
        'revision = "throwaway"',
        f'down_revision = "{newest}"',
        "branch_labels = None",
        "depends_on = None",
        "",
        "def upgrade():",
    ]
    folder.mkdir()
    text_of_file = "\n".join(head) + "\n" + indent(dedent(body).strip(), "    ") + "\n"
    (folder / "throwaway.py").write_text(text_of_file)
    return folder


def test_a_batch_migration_of_users_keeps_their_child_rows(own_database: Database, tmp_path: Path) -> None:
    add_people(own_database)
    forget_audit(own_database)
    folder = write_migration(
        tmp_path / "versions",
        """
        with op.batch_alter_table("users", recreate="auto") as batch:
            batch.alter_column("name", existing_type=sa.String(120), type_=sa.String(200), existing_nullable=False)
            batch.add_column(sa.Column("nickname", sa.String(40), nullable=True))
        """,
    )
    run_alembic(own_database, lambda config: command.upgrade(config, "head"), folder)
    assert "nickname" in {column["name"] for column in inspect(own_database.engine).get_columns("users")}
    with own_database.writing() as session:
        assert count_rows(session) == [3, 3, 3, 3]


def test_foreign_keys_still_work_after_a_batch_migration(own_database: Database, tmp_path: Path) -> None:
    add_people(own_database)
    forget_audit(own_database)
    folder = write_migration(tmp_path / "versions", 'with op.batch_alter_table("users") as b: b.drop_column("theme")')
    run_alembic(own_database, lambda config: command.upgrade(config, "head"), folder)
    with own_database.writing() as session:
        session.execute(text("DELETE FROM users WHERE login = 'p0@example.org'"))
        counts = count_rows(session)
        assert counts == [2, 2, 2, 2], "the children of a deleted person go with the person"


def test_a_migration_that_would_orphan_rows_is_refused(own_database: Database, tmp_path: Path) -> None:
    add_people(own_database)
    before = schema_of(own_database)
    body = """
        op.add_column("users", sa.Column("nickname", sa.String(40), nullable=True))
        op.execute("DELETE FROM organizations")
        op.execute("DELETE FROM users WHERE login = 'p1@example.org'")
    """
    folder = write_migration(tmp_path / "versions", body)
    error, words = (
        (RuntimeError, "rows without their parent in .*memberships")
        if own_database.is_sqlite
        else (IntegrityError, "audit_events")
    )
    with pytest.raises(error, match=words):
        run_alembic(own_database, lambda config: command.upgrade(config, "head"), folder)
    assert schema_of(own_database) == before
    with own_database.reader() as session:
        assert count_rows(session) == [3, 3, 3, 3]


def test_foreign_keys_are_on_again_after_a_failed_migration(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'one.db'}")
    migrate(database)
    folder = write_migration(tmp_path / "versions", 'raise ValueError("half way")')
    with database.engine.execution_options(writes=True).connect() as connection:
        config = alembic_config(folder)
        config.attributes["connection"] = connection
        with pytest.raises(ValueError, match="half way"):
            command.upgrade(config, "head")
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.dispose()


def test_a_connection_inside_a_transaction_is_refused(tmp_path: Path) -> None:
    """There SQLite would ignore the switch of foreign keys, and a batch migration would delete child rows."""
    database = Database(f"sqlite:///{tmp_path / 'one.db'}")
    config = alembic_config()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
        config.attributes["connection"] = connection
        with pytest.raises(RuntimeError, match="fresh connection"):
            command.upgrade(config, "head")
    database.dispose()

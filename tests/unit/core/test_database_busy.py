"""A database that another writer holds too long: the error is the one that pages answer with 503."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from trainer_academy.core import db
from trainer_academy.core.db import Database


def test_a_writer_that_waits_too_long_gets_a_wrapped_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = tuple(pragma.replace("busy_timeout=10000", "busy_timeout=50") for pragma in db.SQLITE_PRAGMAS)
    monkeypatch.setattr(db, "SQLITE_PRAGMAS", quick)
    database = Database(f"sqlite:///{tmp_path / 'busy.db'}")
    with database.writing() as first, database.writing() as second:
        first.execute(text("CREATE TABLE t (id INTEGER)"))
        with pytest.raises(OperationalError, match="locked"):
            second.execute(text("SELECT 1"))
    database.dispose()

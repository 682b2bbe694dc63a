"""What tests do hundreds of times and a server once: addresses and templates compiled, content read, passwords hashed.

Every test has an application of its own. Its addresses and templates are those of the test before, so what was compiled for
one is kept for the next; nothing that a test can see changes.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine, insert
from sqlalchemy.util import LRUCache
from sqlmodel import Session
from werkzeug.routing import Rule

from trainer_academy.accounts import passwords
from trainer_academy.assessments.bank.models import ItemVersion
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core import db
from trainer_academy.library import Library, load_library

REAL_HASHER = passwords._hasher
CONTENT = Path(__file__).resolve().parents[1] / "content"


class KeptTemplates(BytecodeCache):
    """Compiled templates by name and text, kept in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if found := self.kept.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


def hash_quickly() -> None:
    """Argon2 with the least work that it knows. Servers in their own process and tests with `real_hashing` do all of it."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def keep_what_is_compiled() -> None:
    """Called once in each process, before the first application is made."""
    Flask.jinja_options = {"bytecode_cache": KeptTemplates()}
    compile_builder, builders = Rule._compile_builder, {}

    def kept_builder(rule: Rule, append_unknown: bool = True) -> Any:
        """The function that writes an address depends on the rule's parts alone; it is bound to its rule afterwards."""
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        key = (tuple(rule._trace), append_unknown)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    Rule._compile_builder = kept_builder  # type: ignore[method-assign]


def keep_compiled_statements() -> None:
    """Engines share their dialect, and with it the statements that were compiled for it. Called once in each process."""
    make_engine, ready = db.make_engine, {}
    statements: LRUCache[Any, Any] = LRUCache(4000)

    def sharing_engine(url: str) -> Engine:
        engine = make_engine(url)
        first = ready.setdefault(engine.dialect.name, engine)
        if first.dialect.server_version_info is None:  # it has not met its server yet
            ready[engine.dialect.name] = engine
        else:
            engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = statements
        return engine

    db.make_engine = sharing_engine


@cache
def shared_library() -> Library:
    """The content of the repository, read once in each process. Nothing in it can be changed."""
    return load_library(CONTENT)


def add_versions(session: Session, store: ItemStore, now: datetime) -> None:
    """What `store_versions` adds to an empty database, in one statement."""
    columns = ("item_id", "version", "bank", "source", "first_seen_at")
    rows = ((item.id, item.version, item.bank, store.sources[item.id], now) for item in store.items.values())
    session.execute(insert(ItemVersion), [dict(zip(columns, row, strict=True)) for row in rows])

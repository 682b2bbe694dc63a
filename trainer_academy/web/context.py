"""What belongs to one request: the database session, the time, the settings, and the things loaded at the start."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import TypeVar, cast

from flask import Flask, current_app, g, request
from flask_login import current_user
from sqlmodel import Session

from trainer_academy.accounts.principal import Principal
from trainer_academy.config import Config
from trainer_academy.core.clock import Clock
from trainer_academy.core.db import Database

ThingT = TypeVar("ThingT")
READ_ONLY = ("GET", "HEAD", "OPTIONS")
LOW_DISK = 200 * 1024 * 1024


def provide(app: Flask, *things: object) -> None:
    """Make loaded things (catalog, item store, signer ...) available to views by their type."""
    app.extensions.setdefault("academy", {}).update({type(thing): thing for thing in things})


def get(kind: type[ThingT]) -> ThingT:
    """The thing of this type that `provide` was given."""
    return cast(ThingT, current_app.extensions["academy"][kind])


def config() -> Config:
    return get(Config)


def now() -> datetime:
    """The time of this request; it does not move while the request is answered."""
    if "now" not in g:
        clock: Clock = current_app.extensions["clock"]
        g.now = clock()
    return cast(datetime, g.now)


def db() -> Session:
    """The session of this request: a reader for GET, a writer (that holds the write lock) for everything else."""
    if "db" not in g:
        g.db = reading() if request.method in READ_ONLY else _writing()
    return cast(Session, g.db)


def _writing() -> Session:
    """A writer. The reader ends first: its old snapshot would keep SQLite from emptying the write-ahead log at each commit."""
    if "reading" in g:
        g.reading.close()
    return get(Database).writer()


def reading() -> Session:
    """A session that only reads, also in a POST: for slow work (password hashing) before the write lock is taken."""
    if "reading" not in g:
        g.reading = get(Database).reader()
    return cast(Session, g.reading)


def close_sessions(_error: BaseException | None = None) -> None:
    """Roll back what was not committed and give the connections back."""
    for name in ("db", "reading"):
        session: Session | None = g.pop(name, None)
        if session is not None:
            session.close()


def has_room() -> bool:
    """True while the disk of the instance folder has at least 200 MB free; below that no exam may start."""
    return shutil.disk_usage(config().instance).free >= LOW_DISK


def me() -> Principal:
    """The signed-in person. Views behind a rule that needs a sign-in may rely on it."""
    return cast(Principal, current_user)

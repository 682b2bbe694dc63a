"""The application on both engines, and people who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.house import ROOT
from tests.speed import shared_library
from tests.visitor import Visitor
from trainer_academy.app import create_app
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.config import Config
from trainer_academy.core.db import Database
from trainer_academy.library import Library
from trainer_academy.web.context import get


class TestClock:
    """A clock that tests move."""

    __test__ = False

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **amount: float) -> None:
        self.ahead += timedelta(**amount)


@pytest.fixture(scope="session")
def library() -> Library:
    return shared_library()


@pytest.fixture
def clock() -> TestClock:
    return TestClock()


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    made = Config(
        environment="test",
        secret_key="s" * 40,
        instance=tmp_path / "instance",
        database_url=database_url,
        content=ROOT / "content",
        fastest_reading=0,  # tests answer faster than people read
    )
    return made.completed()


@pytest.fixture
def app(config: Config, library: Library, clock: TestClock, stocked: None) -> Iterator[Flask]:
    made = create_app(config, clock, library)
    with made.app_context():
        database = get(Database)
    if library is not shared_library():
        with database.writing() as session:
            store_versions(session, library.store, clock())
            session.commit()
    yield made
    database.dispose()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def learner(app: Flask) -> Visitor:
    person = Visitor(app)
    person.sign_up("learner@example.org", "Lea Learner")
    return person


@pytest.fixture
def people(app: Flask) -> Callable[[str], Visitor]:
    """Makes signed-up people by login."""

    def make(login: str) -> Visitor:
        person = Visitor(app)
        person.sign_up(login)
        return person

    return make

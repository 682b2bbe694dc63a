"""The language of pages and mails: what the person chose, then the browser, among those with a catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import select

from tests.functional.conftest import TestClock
from tests.pseudo import LANGUAGE, START, make_catalogue
from tests.visitor import Visitor
from trainer_academy.accounts.models import User
from trainer_academy.app import create_app
from trainer_academy.config import Config
from trainer_academy.core import languages
from trainer_academy.core.db import Database, id_of
from trainer_academy.library import Library
from trainer_academy.notices.models import Notice
from trainer_academy.notices.outbox import add_mail
from trainer_academy.web.context import get

LOGIN = "lea@example.org"


@pytest.fixture(scope="module")
def catalogues(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("translations")
    make_catalogue(folder)
    return folder


@pytest.fixture
def translated(
    config: Config, library: Library, clock: TestClock, catalogues: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    monkeypatch.setattr(languages, "FOLDER", catalogues)
    made = create_app(config, clock, library)
    yield made
    with made.app_context():
        get(Database).dispose()


def choose(visitor: Visitor, language: str, path: str) -> str:
    visitor.get(path)
    reply = visitor.post("/language", {"language": language, "next": path}, follow=False)
    assert reply.headers["Location"].endswith(path)
    return visitor.get(path).text


def test_the_choice_in_the_account_then_the_browser(translated: Flask) -> None:
    visitor = Visitor(translated)
    visitor.sign_up(LOGIN, "Lea Learner")
    assert START in choose(visitor, LANGUAGE, "/account")
    assert START not in choose(visitor, "en", "/account")
    assert START not in visitor.get("/account", headers={"Accept-Language": LANGUAGE}).text, "the choice comes first"
    assert START not in choose(visitor, "", "/account")
    assert START in visitor.get("/account", headers={"Accept-Language": LANGUAGE}).text


def test_a_language_without_a_catalogue_is_not_chosen(translated: Flask) -> None:
    visitor = Visitor(translated)
    visitor.sign_up(LOGIN, "Lea Learner")
    assert '<html lang="en"' in choose(visitor, "sw", "/account")
    with translated.app_context(), get(Database).writing() as session:
        assert session.exec(select(User.language).where(User.login == LOGIN)).one() == ""


def test_mails_are_in_the_language_of_the_account(translated: Flask, clock: TestClock) -> None:
    visitor = Visitor(translated)
    visitor.sign_up(LOGIN, "Lea Learner")
    choose(visitor, LANGUAGE, "/account")
    with translated.app_context(), get(Database).writing() as session:
        user = session.exec(select(User).where(User.login == LOGIN)).one()
        add_mail(session, id_of(user), "study_closed", {"title": "T", "address": "https://a.example/1"}, clock())
        session.flush()
        notice = session.exec(select(Notice).where(Notice.user_id == user.id)).one()
        assert notice.subject.startswith(START) and START in notice.body


def test_who_is_signed_out_chooses_at_the_foot_of_the_page(translated: Flask) -> None:
    visitor = Visitor(translated)
    assert 'id="foot-language"' in visitor.get("/courses").text
    assert START in choose(visitor, LANGUAGE, "/verify")
    assert START in visitor.get("/courses").text, "the browser keeps it"
    assert START not in choose(visitor, "en", "/verify")


def test_with_english_alone_there_is_nothing_to_choose(visitor: Visitor) -> None:
    assert 'action="/language"' not in visitor.get("/courses").text

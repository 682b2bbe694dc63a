"""A form that was sent after the session had ended: sign in, and the text is there. A kind: it holds for every form."""

from __future__ import annotations

import html
import json
import re

from flask import Flask
from sqlmodel import select

from tests.visitor import PASSWORD, Visitor
from trainer_academy.accounts.models import LoginSession
from trainer_academy.assessments.contests.models import Contest
from trainer_academy.core.db import Database
from trainer_academy.web.context import get
from trainer_academy.web.kept import read_kept

TEXT = "The second response has 12 sentences and the text says 11. " * 10


def end_sessions(app: Flask) -> None:
    """As when the account is signed out everywhere on another device."""
    with app.app_context(), get(Database).writing() as session:
        for row in session.exec(select(LoginSession)).all():
            row.ended_at = row.created_at
        session.commit()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def test_a_report_that_was_sent_too_late_is_there_after_the_sign_in(app: Flask, learner: Visitor) -> None:
    attempt_id = learner.start_exam()
    path = f"/attempts/{attempt_id}/items/1/report"
    learner.get(path)
    end_sessions(app)
    refused = learner.post(path, {"kind": "text", "text": TEXT})
    assert refused.status_code == 401
    kept = hidden(refused.text, "kept")
    wrong = learner.post(f"/sign-in?next={path}", {"login": "learner@example.org", "password": "not it at all", "kept": kept})
    assert hidden(wrong.text, "kept") == kept, "also after a slip of the password"
    page = learner.post(f"/sign-in?next={path}", {"login": "learner@example.org", "password": PASSWORD, "kept": kept})
    assert "Here is what you sent before" in page.text
    assert hidden(page.text, "text") == TEXT and f'action="{path}"' in page.text
    sent = learner.post(path, {"kind": hidden(page.text, "kind"), "text": hidden(page.text, "text")})
    assert "An author answers" in sent.text, sent.text[-3000:]
    with app.app_context(), get(Database).reader() as session:
        assert session.exec(select(Contest)).one().text == TEXT.strip()


def test_passwords_and_foreign_targets_are_never_kept(app: Flask, learner: Visitor) -> None:
    learner.get("/account")
    end_sessions(app)
    refused = learner.post("/account/password", {"old_password": PASSWORD, "password": "another one, long enough"})
    assert refused.status_code == 401
    assert 'name="kept"' not in refused.text and PASSWORD not in refused.text
    kept = json.dumps([["text", "x" * 30]])
    form = {"login": "learner@example.org", "password": PASSWORD, "kept": kept}
    page = learner.post("/sign-in?next=https://example.com/steal", form)
    assert 'action="/"' in page.text and "example.com" not in page.text


def test_what_is_not_ours_is_not_read() -> None:
    for text in ("", "nonsense", "{}", "[1, 2]", '[["a"]]', '[["a", 1]]', json.dumps([["csrf_token", "x"], ["password", "y"]])):
        assert read_kept(text) == [], text
    assert read_kept('[["a", "b"]]') == [("a", "b")]

"""Cookies are blocked: forms say that they are needed, and a certificate can be checked without."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.visitor import PASSWORD, Visitor


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up"])
def test_a_form_says_that_cookies_are_needed(app: Flask, path: str) -> None:
    visitor = Visitor(app)
    token = visitor.get(path) and visitor.token
    blocked = app.test_client(use_cookies=False)
    typed = {"csrf_token": token, "login": "a@example.org", "password": PASSWORD, "name": "A Person"}
    reply = blocked.post(path, data=typed)
    assert reply.status_code == 400
    assert "needs cookies" in reply.text
    assert "needs cookies" not in visitor.post(path, typed).text


def test_who_sends_cookies_is_told_that_the_form_is_old(app: Flask, learner: Visitor) -> None:
    reply = learner.client.post("/account/name", data={"name": "Another"})
    assert reply.status_code == 400
    assert "needs cookies" not in reply.text


def test_a_certificate_is_checked_without_cookies(app: Flask) -> None:
    blocked = app.test_client(use_cookies=False)
    page = blocked.get("/verify")
    assert "Check a file" in page.text
    reply = blocked.post("/verify", data={"text": '{"type": "nothing of ours"}'})
    assert reply.status_code == 200
    assert "Reload the page" not in reply.text and "needs cookies" not in reply.text
    assert blocked.post("/verify", data={}).status_code == 400, "still a form with its own messages"

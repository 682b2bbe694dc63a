"""A person without a browser: follows forms of the app through Flask's test client, with CSRF tokens as on the page."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_SEQUENCE = re.compile(r'name="sequence" value="(\d+)"')
PASSWORD = "seven green boats"


class Visitor:
    """One browser. `token` is the CSRF token seen on the last page that had one."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.token = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        response = self.client.get(path, **options)
        self._look(response)
        return response

    def post(self, path: str, data: dict[str, Any] | None = None, follow: bool = True, **options: Any) -> TestResponse:
        if not self.token:
            self.get("/sign-in")
        response = self.client.post(path, data={"csrf_token": self.token, **(data or {})}, follow_redirects=follow, **options)
        self._look(response)
        return response

    def sign_up(self, login: str, name: str = "Test Person") -> TestResponse:
        self.get("/sign-up")
        return self.post("/sign-up", {"name": name, "login": login, "password": PASSWORD})

    def sign_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        self.get("/sign-in")
        return self.post("/sign-in", {"login": login, "password": password})

    def start_exam(self, key: str = "evaluating-responses") -> int:
        """Start the exam; the attempt's id."""
        self.get(f"/exams/{key}")
        response = self.post(f"/exams/{key}/start", follow=False)
        match = re.search(r"/attempts/(\d+)/items/1", response.headers.get("Location", ""))
        assert match, f"the exam did not start: {response.status_code} {response.text[:300]}"
        return int(match[1])

    def answer(
        self, attempt_id: int, position: int, values: dict[str, Any], sequence: int | None = None, **options: Any
    ) -> TestResponse:
        """Answer an item through its page, with the sequence number that the page shows."""
        page = self.get(f"/attempts/{attempt_id}/items/{position}")
        match = _SEQUENCE.search(page.text)
        number = sequence or (int(match[1]) if match else 1)
        return self.post(f"/attempts/{attempt_id}/items/{position}", {**values, "sequence": number}, **options)

    def _look(self, response: TestResponse) -> None:
        if response.content_type and response.content_type.startswith("text/html") and (match := _TOKEN.search(response.text)):
            self.token = match[1]

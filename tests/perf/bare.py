"""The yardstick: Flask without our layers, on the same server code, engine and data. `python -m tests.perf.bare PLAN PORT`.

Each view checks the session cookie with one keyed read, does the reads and writes of our view with the bare driver, and
answers with our page from a prepared template. The statements of pages are those that our view sent, recorded beforehand.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import secrets
import sqlite3
import sys
import threading
import uuid
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import waitress
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask, Response, abort, jsonify, redirect, request, session

from trainer_academy.core.db import SQLITE_PRAGMAS
from trainer_academy.core.process import listen, run_forked
from trainer_academy.credentials.signing.linked_data import add_proof

Statement = tuple[str, Any]
SIGNED_IN = (
    "SELECT users.id, users.name, login_sessions.expires_at FROM login_sessions"
    " JOIN users ON users.id = login_sessions.user_id"
    " WHERE login_sessions.token_hash = ? AND login_sessions.ended_at IS NULL AND users.is_active"
)


@dataclass
class Plan:
    """What the bare application needs; `pages` maps an address with its query to the page and the statements behind it."""

    url: str
    secret: str
    cookie: str
    server: dict[str, Any]
    workers: int
    name: str
    key: bytes  # unencrypted PEM: the bare application reads no passphrase
    method: str
    pages: dict[str, tuple[str, list[Statement]]] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)


class Driver:
    """One connection for each thread, without an ORM. Transactions as in the product: durable, writers lock at once."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.address = url.removeprefix("sqlite:///") if self.is_sqlite else url.replace("+psycopg", "")
        self.local = threading.local()

    def connection(self) -> Any:
        if not hasattr(self.local, "connection"):
            self.local.connection = self._connect()
        return self.local.connection

    def _connect(self) -> Any:
        if not self.is_sqlite:
            return psycopg.connect(self.address, autocommit=True)
        made = sqlite3.connect(self.address, isolation_level=None)
        for pragma in SQLITE_PRAGMAS:
            made.execute(pragma)
        return made

    def run(self, statement: str, values: Any = ()) -> Any:
        """The cursor after one statement with question marks."""
        return self.connection().execute(statement if self.is_sqlite else statement.replace("?", "%s"), values)

    def replay(self, statements: list[Statement]) -> int:
        """Run recorded statements as they are and fetch all; the number of rows."""
        return sum(len(self.connection().execute(text, values).fetchall()) for text, values in statements)

    def run_many(self, statement: str, rows: list[Any]) -> None:
        self.connection().cursor().executemany(statement if self.is_sqlite else statement.replace("?", "%s"), rows)

    def begin(self) -> None:
        self.connection().execute("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")

    def now(self) -> Any:
        moment = datetime.now(UTC)
        return f"{moment:%Y-%m-%d %H:%M:%S.%f}" if self.is_sqlite else moment


def make_app(plan: Plan) -> Flask:
    """The bare application."""
    app = Flask("bare", static_folder=None)
    app.config.update(SECRET_KEY=plan.secret, SESSION_COOKIE_NAME=plan.cookie)
    views = Views(plan, app)
    app.add_url_rule("/attempts/<int:attempt_id>/items/<int:position>", view_func=views.save, methods=["POST"])
    app.add_url_rule("/attempts/<int:attempt_id>/submit", view_func=views.submit, methods=["POST"])
    app.add_url_rule("/<path:_path>", view_func=views.page)
    app.teardown_request(lambda error: views.driver.connection().rollback() if error else None)
    return app


class Views:
    """The bare views."""

    def __init__(self, plan: Plan, app: Flask) -> None:
        self.plan, self.driver = plan, Driver(plan.url)
        self.key: Any = load_pem_private_key(plan.key, None)
        self.templates = {}
        for address, (html, statements) in plan.pages.items():
            parts = ["{% raw %}" + part + "{% endraw %}" for part in html.split(plan.name)]
            self.templates[address] = app.jinja_env.from_string("{{ name }}".join(parts)), statements

    def person(self) -> tuple[int, str]:
        token = hashlib.sha256(session.get("_user_id", "").encode()).hexdigest()
        row = self.driver.run(SIGNED_IN, (token,)).fetchone()
        if row is None:
            abort(401)
        return row[0], row[1]

    def page(self, _path: str) -> Response:
        _, name = self.person()
        template, statements = self.templates[request.full_path.rstrip("?")]
        self.driver.replay(statements)
        packer = zlib.compressobj(5, zlib.DEFLATED, 31)
        body = template.render(name=name).encode()
        response = Response(packer.compress(body) + packer.flush(), content_type="text/html; charset=utf-8")
        response.headers["Content-Encoding"] = "gzip"
        return response

    def own_paper(self, attempt_id: int, user_id: int) -> Any:
        row = self.driver.run("SELECT user_id, status, deadline_at, paper FROM attempts WHERE id = ?", (attempt_id,)).fetchone()
        if row is None or row[0] != user_id:
            abort(404)
        return json.loads(row[3]) if isinstance(row[3], str) else row[3]

    def save(self, attempt_id: int, position: int) -> Response:
        """Append one answer: read the attempt and the newest answer, insert, commit."""
        user_id, _ = self.person()
        driver, now, sequence = self.driver, self.driver.now(), int(request.form["sequence"])
        driver.begin()
        entry = self.own_paper(attempt_id, user_id)[position - 1]
        newest = "SELECT sequence, payload FROM responses WHERE attempt_id = ? AND position = ? ORDER BY sequence DESC LIMIT 1"
        driver.run(newest, (attempt_id, position)).fetchone()
        payload = json.dumps({"overall": int(request.form["overall"]), "reason": request.form["reason"]})
        driver.run(
            "INSERT INTO responses (user_id, attempt_id, position, sequence, item_id, item_version, presentation, payload,"
            " is_flagged, saved_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                user_id,
                attempt_id,
                position,
                sequence,
                entry["item_id"],
                entry["version"],
                json.dumps(entry["presentation"]),
                payload,
                False,
                now,
            ),
        )
        driver.run("COMMIT")
        return jsonify(saved_at=str(now), sequence=sequence, seconds_left=4500)

    def submit(self, attempt_id: int) -> Any:
        """The writes of a submit: close, a score for each answer, result, message; for a pass a signed certificate."""
        user_id, _ = self.person()
        driver, now = self.driver, self.driver.now()
        driver.begin()
        self.own_paper(attempt_id, user_id)
        driver.run(
            "UPDATE attempts SET status = 'decided', closed_at = ?, close_reason = 'submitted' WHERE id = ?", (now, attempt_id)
        )
        answers = driver.run("SELECT id, position, payload FROM responses WHERE attempt_id = ?", (attempt_id,)).fetchall()
        parts = json.dumps([{"name": "overall", "credit": 1.0, "weight": 1.0}] * 3)
        rows = [(answer[0], "0123456789ab", 1.0, parts, now) for answer in answers]
        driver.run_many("INSERT INTO scores (response_id, key_version, value, parts, scored_at) VALUES (?, ?, ?, ?, ?)", rows)
        is_passed = len(answers) > 30
        result = (0.9, 0.8, 0.95, is_passed, attempt_id)
        driver.run("UPDATE attempts SET score = ?, score_low = ?, score_high = ?, is_passed = ? WHERE id = ?", result)
        if is_passed:
            self.issue(user_id, attempt_id, now)
        login = driver.run("SELECT login FROM users WHERE id = ?", (user_id,)).fetchone()[0]
        driver.run(
            "INSERT INTO notices (id, channel, kind, user_id, subject, body, status, tries, created_at, due_at, last_error)"
            " VALUES (?, 'mail', 'exam_result', ?, ?, ?, 'queued', 0, ?, ?, '')",
            (str(uuid.uuid4()), user_id, f"Result for {login}", "x" * 200, now, now),
        )
        driver.run("COMMIT")
        return redirect(f"/attempts/{attempt_id}")

    def sign(self) -> str:
        """The prepared document, made canonical and signed."""
        return json.dumps(add_proof(self.plan.document, self.key, self.plan.method, datetime.now(UTC)))

    def issue(self, user_id: int, attempt_id: int | None, now: Any) -> None:
        """Sign and store one certificate; its index comes from the counter of the list."""
        driver = self.driver
        driver.run("UPDATE status_lists SET used = used + 1 WHERE id = (SELECT max(id) FROM status_lists)")
        number, used = driver.run("SELECT id, used FROM status_lists ORDER BY id DESC LIMIT 1").fetchone()
        until = re.sub(r"^\d{4}", "2099", now) if isinstance(now, str) else now.replace(year=2099, day=1)
        driver.run(
            "INSERT INTO credentials (id, code, holder_id, attempt_id, achievement_key, achievement_version, level,"
            " holder_name, score, score_low, score_high, item_count, status_list_id, status_index, document, issued_at,"
            " valid_until, revoke_reason)"
            " VALUES (?, ?, ?, ?, 'response-evaluator-1', '1', 1, 'Bare', 0.9, 0.8, 0.95, 42, ?, ?, ?, ?, ?, '')",
            (str(uuid.uuid4()), secrets.token_hex(6), user_id, attempt_id, number, -used, self.sign(), now, until),
        )
        driver.run(
            "INSERT INTO audit_events (at, kind, subject_type, subject_id, detail)"
            " VALUES (?, 'credential_issued', 'credential', ?, '')",
            (now, str(used)),
        )


def main(plan_file: str, port: str) -> None:
    """Serve until a signal comes."""
    plan: Plan = pickle.loads(Path(plan_file).read_bytes())
    app = make_app(plan)
    sock = listen("127.0.0.1", int(port))
    run_forked(plan.workers, lambda: waitress.serve(app, sockets=[sock], ident=None, _quiet=True, **plan.server))


if __name__ == "__main__":
    # The plan was pickled with this module's own name, not as __main__.
    from tests.perf import bare

    bare.main(*sys.argv[1:3])

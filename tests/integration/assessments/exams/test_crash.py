"""An acknowledged answer is never lost: fifty people save as fast as they can while the server is killed twenty times."""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest

from tests.browser.live import LiveServer
from tests.conftest import WORKER
from tests.visitor import PASSWORD
from trainer_academy.assessments.exams.log import check_logs
from trainer_academy.core.db import Database

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]  # against hanging: alone on quiet cores it takes about 170 s
PEOPLE, KILLS = 50, 20
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
Ack = tuple[int, int, int]  # attempt, position, sequence


class Learner(threading.Thread):
    """One person who saves answers over HTTP and notes each one that the server acknowledged."""

    def __init__(self, server: LiveServer, number: int, stop: threading.Event) -> None:
        super().__init__(name=f"learner {number}", daemon=True)
        self.server, self.number, self.stop = server, number, stop
        self.cookies: dict[str, str] = {}
        self.acknowledged: dict[Ack, str] = {}
        self.broken = 0
        self.problems: list[str] = []

    def request(
        self, method: str, path: str, fields: dict[str, str] | None = None, accept: str = "text/html"
    ) -> tuple[int, str, str]:
        """Status, Location and text. Raises OSError or HTTPException when the connection breaks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        headers = {"Accept": accept, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        for header in reply.headers.get_all("Set-Cookie", []):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        return reply.status, reply.headers.get("Location", ""), text

    def token(self, path: str) -> str:
        found = TOKEN.search(self.request("GET", path)[2])
        assert found, f"no form on {path}"
        return found[1]

    def prepare(self) -> None:
        """Sign up, start the exam and find the first pair: its reason can carry any text."""
        fields = {"name": f"Crash {self.number}", "login": f"crash{self.number}@example.org", "password": PASSWORD}
        self.request("POST", "/sign-up", {"csrf_token": self.token("/sign-up"), **fields})
        exam = "/exams/evaluating-responses"
        _, location, _ = self.request("POST", f"{exam}/start", {"csrf_token": self.token(exam)})
        self.attempt = int(location.split("/attempts/")[1].split("/")[0])
        self.positions: list[int] = []
        for position in range(1, 43):
            if 'name="overall"' in self.request("GET", f"/attempts/{self.attempt}/items/{position}")[2]:
                self.positions.append(position)
            if len(self.positions) == 2:
                break
        assert self.positions, "the paper has no pair"
        self.csrf = self.token(f"/attempts/{self.attempt}/items/1")

    def run(self) -> None:
        sequence = 0
        while not self.stop.is_set() and not self.problems:
            sequence += 1
            for position in self.positions:
                self.save_until_acknowledged(position, sequence)

    def save_until_acknowledged(self, position: int, sequence: int) -> None:
        """Send the same answer again until there is a reply, as the page does."""
        reason = f"{self.name}, item {position}, answer {sequence}"
        fields = {"csrf_token": self.csrf, "overall": "1", "reason": reason, "sequence": str(sequence)}
        path = f"/attempts/{self.attempt}/items/{position}"
        while not self.stop.is_set():
            try:
                status, _, text = self.request("POST", path, fields, "application/json")
            except (OSError, http.client.HTTPException):
                self.broken += 1
                time.sleep(0.2)  # fifty people who knock without a pause would take the processor that the server starts on
                continue
            if status != 200 or json.loads(text)["sequence"] != sequence:
                self.problems.append(f"{reason}: {status} {text[:200]}")
            else:
                self.acknowledged[self.attempt, position, sequence] = reason
            return


def wait_for_answers(learners: list[Learner], more: int, seconds: float = 15) -> None:
    """Wait until the server has acknowledged this many more answers."""
    begin, end = sum(len(learner.acknowledged) for learner in learners), time.monotonic() + seconds
    while sum(len(learner.acknowledged) for learner in learners) < begin + more:
        assert time.monotonic() < end, f"fewer than {more} answers were saved in {seconds} seconds"
        time.sleep(0.01)


def crash(server: LiveServer) -> None:
    """kill -9 of the server and of every process that it started, so that nothing can tidy up."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    server.kill()
    for child in children:
        try:
            os.kill(int(child), signal.SIGKILL)
        except ProcessLookupError:
            continue


def stored_reasons(url: str, instance: Path) -> dict[Ack, str]:
    """What the database holds, read without the application."""
    statement = "SELECT attempt_id, position, sequence, payload FROM responses WHERE attempt_id IS NOT NULL"
    if url:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            rows = connection.execute(statement).fetchall()
    else:
        with sqlite3.connect(instance / "academy.db") as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            rows = file.execute(statement).fetchall()
    payloads = [(row[:3], json.loads(row[3]) if isinstance(row[3], str) else row[3]) for row in rows]
    return {key: payload.get("reason", "") for key, payload in payloads}


def find_log_faults(server: LiveServer) -> list[str]:
    """What does not fit in the hash-chained logs of the attempts."""
    url = server.settings.get("TA_DATABASE_URL", "") or f"sqlite:///{server.instance / 'academy.db'}"
    database = Database(url)
    try:
        with database.reader() as session:
            return [fault for _, faults in check_logs(session) for fault in faults]
    finally:
        database.dispose()


@pytest.fixture(
    params=[pytest.param("sqlite", marks=pytest.mark.sqlite), pytest.param("postgresql", marks=pytest.mark.postgresql)]
)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveServer]:
    """A server without demo people, which this test may kill."""
    made = LiveServer(tmp_path / "instance")
    made.instance.mkdir()
    made.instance.joinpath("demo-accounts.json").write_text("[]")
    if request.param == "postgresql":
        made.settings["TA_DATABASE_URL"] = request.getfixturevalue("cluster").create_database(f"crash_{WORKER}")
    made.start()
    yield made
    made.stop()


def test_no_acknowledged_answer_is_lost(server: LiveServer) -> None:
    stop, rng = threading.Event(), random.Random(20261121)
    learners = [Learner(server, number, stop) for number in range(PEOPLE)]
    for learner in learners:
        learner.prepare()
    for learner in learners:
        learner.start()
    for _ in range(KILLS):
        wait_for_answers(learners, PEOPLE)
        time.sleep(rng.uniform(0, 0.5))
        crash(server)
        server.start()
    wait_for_answers(learners, PEOPLE)
    stop.set()
    for learner in learners:
        learner.join(20)
    assert not [problem for learner in learners for problem in learner.problems]
    assert all(learner.broken for learner in learners), "everybody was hit by a kill"
    stored = stored_reasons(server.settings.get("TA_DATABASE_URL", ""), server.instance)
    acknowledged = {key: text for learner in learners for key, text in learner.acknowledged.items()}
    lost = {key: text for key, text in acknowledged.items() if stored.get(key) != text}
    assert not lost, f"{len(lost)} of {len(acknowledged)} acknowledged answers are lost: {list(lost.items())[:3]}"
    assert find_log_faults(server) == []

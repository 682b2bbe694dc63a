"""The load: threads with kept-alive connections, in a process of their own. Job as JSON on stdin, result as JSON on stdout.

A job has `port`, `clients`, `seconds` and `requests`, each `{method, path, cookie, body, status}`. Each request is sent once
when `once` is true; else the clients go round. `{n}` in a body becomes a number that grows from `first` in each client.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from typing import Any

TIMEOUT = 30


class Load:
    """One run of a job. `times` are seconds per request; `errors` are answers with another status than expected."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.requests: list[dict[str, Any]] = job["requests"]
        self.times: list[float] = []
        self.errors: list[str] = []
        self.size = 0
        self.next = 0
        self.lock = threading.Lock()

    def run(self) -> dict[str, Any]:
        threads = [threading.Thread(target=self.work, args=(place,)) for place in range(self.job["clients"])]
        started = time.perf_counter()
        self.ends = started + self.job["seconds"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return {
            "times": self.times,
            "seconds": time.perf_counter() - started,
            "errors": len(self.errors),
            "example": next(iter(self.errors), ""),
            "bytes": self.size,
        }

    def work(self, place: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.job["port"], timeout=TIMEOUT)
        number = int(self.job["first"])
        while time.perf_counter() < self.ends and (request := self.pick(place)) is not None:
            self.send(connection, request, number)
            number += 1
        connection.close()

    def pick(self, place: int) -> dict[str, Any] | None:
        """The next request: for everybody one after the other, or the client's own one when bodies are numbered."""
        if self.job["is_numbered"]:
            return self.requests[place % len(self.requests)]
        with self.lock:
            turn, self.next = self.next, self.next + 1
        if self.job["once"]:
            return self.requests[turn] if turn < len(self.requests) else None
        return self.requests[turn % len(self.requests)]

    def send(self, connection: http.client.HTTPConnection, request: dict[str, Any], number: int) -> None:
        headers = {"Cookie": request["cookie"], "Accept-Encoding": "gzip", "Accept": request["accept"]}
        body = request["body"].replace("{n}", str(number)) if request["body"] else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.perf_counter()
        try:
            connection.request(request["method"], request["path"], body, headers)
            response = connection.getresponse()
            received, status = response.read(), response.status
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.errors.append(f"{type(error).__name__} {request['path']}")
            return
        self.times.append(time.perf_counter() - started)
        self.size = len(received)
        if status != request["status"]:
            self.errors.append(f"{status} {request['path']} {received[:200]!r}")


if __name__ == "__main__":
    json.dump(Load(json.load(sys.stdin)).run(), sys.stdout)

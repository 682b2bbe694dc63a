"""The run of `make bench`: prepare, serve both applications, load them in turns, print.

Ours runs as in production (`python -m trainer_academy.serve`, two processes), the bare one on the same server code. Slots of
the two alternate, so that a noisy moment hits both; medians of the slots are printed. CPU of the load and of PostgreSQL does
not count. Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pickle
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from psycopg import sql
from sqlalchemy.engine import make_url

from tests import postgres
from tests.perf.bare import Plan, Views, make_app
from tests.perf.measure import cpu_seconds, median, pss_mib, quantile, server_processes
from tests.perf.prepare import ACHIEVEMENT, COURSE, NAME, SPECIALISTS, Person, Preparation, Prepared, measurement
from trainer_academy.accounts.models import User
from trainer_academy.app import MAX_BODY
from trainer_academy.config import Config
from trainer_academy.core.clock import utc_now
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.library import load_library
from trainer_academy.serve import IDLE_SECONDS, MAX_CONNECTIONS, THREADS

ROOT = Path(__file__).resolve().parents[2]
SERVER = {
    "threads": THREADS,
    "connection_limit": MAX_CONNECTIONS,
    "channel_timeout": IDLE_SECONDS,
    "asyncore_use_poll": True,
    "max_request_body_size": MAX_BODY * 2,
    "clear_untrusted_proxy_headers": False,
}
WORKERS = 2
SLOTS = 3
SUBMITS = 30  # in a slot
SUBMIT_CLIENTS = WARM_CLIENTS = 4
ISSUES = 40
VIEWS = 5_000
LESSON = f"/courses/{COURSE}/lessons/02-following-instructions"
SEARCHES = (
    f"/pool?achievement={ACHIEVEMENT}",
    f"/pool?achievement={ACHIEVEMENT}&language=en&max_rate=20",
    f"/pool?achievement={ACHIEVEMENT}&level=2&language=sw",
    f"/pool?achievement={ACHIEVEMENT}&country=UA&min_hours=20",
    "/pool?language=pt&domain=law",
    f"/pool?achievement={ACHIEVEMENT}&country=IN&language=hi&page=4",
)
WARNING = "CPU is that of the two server processes; PostgreSQL's own is not in it."


@dataclass
class Side:
    """One of the two applications while it serves."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    servers: list[int] = field(default_factory=list)


@dataclass
class Scenario:
    """What is asked. `requests` are for both sides; `once`: each request is sent one time, split over the slots."""

    name: str
    requests: list[dict[str, Any]]
    once: bool = False
    is_numbered: bool = False
    most_clients: int = 64
    size: int = field(default_factory=lambda: SUBMITS)  # requests in a slot when each is sent once


@dataclass
class Figures:
    """One slot: requests a second, milliseconds, CPU milliseconds a request, bytes of the last answer."""

    rate: float
    p50: float
    p95: float
    cpu: float
    size: float


def say(text: str) -> None:
    print(text, flush=True)


def request(person: Person, method: str, path: str, status: int, body: str = "", accept: str = "text/html") -> dict[str, Any]:
    form = f"csrf_token={person.csrf}&{body}" if method == "POST" else ""
    return {"method": method, "path": path, "cookie": person.cookie, "body": form, "status": status, "accept": accept}


def scenarios(made: Prepared) -> list[Scenario]:
    """All scenarios over HTTP."""
    answer = "overall=1&dim-facts=a&reason=Because+of+sentence+{n}&sequence={n}"
    saves = [
        request(person, "POST", f"/attempts/{attempt}/items/{position}", 200, answer, "application/json")
        for person, attempt, position in made.open_attempts
    ]
    return [
        Scenario("W1 lesson", [request(made.learner, "GET", LESSON, 200)]),
        Scenario("W4 catalogue", [request(made.learner, "GET", "/courses", 200)]),
        Scenario("W2 save", saves, is_numbered=True),
        Scenario("pool search", [request(made.client, "GET", address, 200) for address in SEARCHES], most_clients=16),
        Scenario("W3 submit, fail", [request(p, "POST", f"/attempts/{a}/submit", 302) for p, a in made.failing], once=True),
        Scenario("W3 submit, pass", [request(p, "POST", f"/attempts/{a}/submit", 302) for p, a in made.passing], once=True),
    ]


# ---------------------------------------------------------------- servers


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(name: str, command: list[str], port: int, log: Path, environ: dict[str, str]) -> Iterator[Side]:
    """A server that answers, stopped at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | environ, stdout=output, stderr=output)
    side = Side(name, port, process)
    try:
        wait_for(side, log)
        yield side
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(side: Side, log: Path, seconds: float = 150) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and side.process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", side.port)) == 0 and len(found := server_processes(side.process.pid)) == WORKERS:
                side.servers = found
                return
        time.sleep(0.1)
    raise SystemExit(f"{side.name} did not start: {log.read_text()[-800:]}")


# ---------------------------------------------------------------- databases


@contextmanager
def databases(engine: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Addresses of two databases; the second is made by `copy_database`."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'ours' / 'academy.db'}", f"sqlite:///{folder / 'bare.db'}"
        return
    binaries = postgres.find_binaries()
    if binaries is None:
        raise SystemExit("no PostgreSQL server binaries are installed")
    postgres.SETTINGS.update({"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"})  # durable, unlike in tests
    try:
        cluster = postgres.shared_cluster(binaries)
        yield cluster.create_database("bench_ours"), cluster.url("bench_bare")
    finally:
        postgres.stop_shared_cluster()


def copy_database(source: str, target: str) -> None:
    """An equal second database, so that both sides write the same rows."""
    if source.startswith("sqlite"):
        shutil.copyfile(source.removeprefix("sqlite:///"), target.removeprefix("sqlite:///"))
        return
    names = [make_url(url).database or "" for url in (source, target)]
    with psycopg.connect(source.replace("+psycopg", "").replace(names[0], "postgres"), autocommit=True) as connection:
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(command.format(sql.Identifier(names[1]), sql.Identifier(names[0])))


# ---------------------------------------------------------------- slots


def run_slot(side: Side, scenario: Scenario, clients: int, seconds: float, slot: int) -> Figures:
    """One slot of load on one side."""
    requests = scenario.requests
    if scenario.once:
        requests, seconds = requests[slot * scenario.size : (slot + 1) * scenario.size], 60
    job = {
        "port": side.port,
        "clients": clients,
        "seconds": seconds,
        "requests": requests,
        "once": scenario.once,
        "is_numbered": scenario.is_numbered,
        "first": 1 + next(COUNTER) * 8_000,
    }
    before = cpu_seconds(side.servers)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("load.py"))],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=True,
    )
    used, result = cpu_seconds(side.servers) - before, json.loads(done.stdout)
    times = result["times"]
    if result["errors"]:
        say(f"  {side.name}: {result['errors']} wrong answers, for example {result['example']}")
    if not times:
        return Figures(math.nan, math.nan, math.nan, math.nan, 0)
    return Figures(
        len(times) / result["seconds"],
        quantile(times, 0.5) * 1000,
        quantile(times, 0.95) * 1000,
        used / len(times) * 1000,
        result["bytes"],
    )


COUNTER = iter(range(1, 10_000))


def compare(ours: Side, bare: Side, scenario: Scenario, clients: int, seconds: float) -> dict[str, Figures]:
    """Slots of both sides in turns; the medians by side."""
    slots: dict[str, list[Figures]] = {ours.name: [], bare.name: []}
    for slot in range(SLOTS):
        order = (ours, bare) if slot % 2 == 0 else (bare, ours)
        for side in order:
            slots[side.name].append(run_slot(side, scenario, clients, seconds, slot))
    return {
        name: Figures(*(median([getattr(f, key) for f in found]) for key in vars(found[0]))) for name, found in slots.items()
    }


HEAD = f"{'scenario':16} {'clients':>7} {'side':>5} {'req/s':>8} {'p50 ms':>8} {'p95 ms':>8} {'CPU ms':>7} {'bytes':>7}"


def rows_of(name: str, clients: int, found: dict[str, Figures]) -> list[str]:
    lines = [
        f"{name:16} {clients:7} {side:>5} {f.rate:8.0f} {f.p50:8.1f} {f.p95:8.1f} {f.cpu:7.2f} {f.size:7.0f}"
        for side, f in found.items()
    ]
    ours, bare = found.values()
    ratio = f"{'':16} {'':7} {'ratio':>5} {ours.rate / bare.rate:8.2f} {ours.p50 / bare.p50:8.2f} {ours.p95 / bare.p95:8.2f}"
    return [*lines, f"{ratio} {ours.cpu / bare.cpu if bare.cpu else math.nan:7.2f}"]


# ---------------------------------------------------------------- credentials and memory


def compare_issuing(preparation: Preparation, plan: Plan) -> list[str]:
    """In this process, one core: our `issue` with its commit beside canonicalise-and-sign with one insert and commit."""
    views = Views(plan, make_app(plan))
    with preparation.database.writing() as session:
        holder = session.get(User, 1)
        assert holder is not None
        holder_id = holder.id or 0

    def ours() -> None:
        with preparation.database.writing() as session:
            person = session.get(User, holder_id)
            assert person is not None
            issue(session, preparation.services.issuer, person, ACHIEVEMENT, measurement(), None, utc_now())
            session.commit()

    def bare() -> None:
        views.driver.begin()
        views.issue(holder_id, None, views.driver.now())
        views.driver.run("COMMIT")

    spent: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": []}
    for step in (ours, bare) * (ISSUES + 3):
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        spent[step.__name__].append((time.perf_counter() - wall, time.process_time() - cpu))
    lines = []
    for name, times in spent.items():
        wall, cpu = (median([time[place] for time in times[3:]]) for place in (0, 1))
        lines.append(
            f"issue credential {name:>5}: {1 / wall:6.1f} a second on one core, {wall * 1000:.1f} ms, CPU {cpu * 1000:.1f} ms"
        )
    return [*lines, f"issue credential ratio of CPU: {_cpu(spent['ours']) / _cpu(spent['bare']):.2f}"]


def _cpu(times: list[tuple[float, float]]) -> float:
    return median([cpu for _, cpu in times[3:]])


def watch_memory(ours: Side, bare: Side, lesson: Scenario) -> list[str]:
    """PSS of both, then of ours before and after many lesson views."""
    sides = [f"PSS of the {WORKERS} server processes, {side.name}: {pss_mib(side.servers):.0f} MiB" for side in (ours, bare)]
    before = pss_mib(ours.servers)
    run_slot(ours, Scenario(lesson.name, lesson.requests * VIEWS, once=True, size=VIEWS), 8, 60, 0)
    return [*sides, f"PSS, ours, before and after {VIEWS} lesson views: {before:.1f} and {pss_mib(ours.servers):.1f} MiB"]


# ---------------------------------------------------------------- the run


def be_quick() -> None:
    """As little as shows that everything runs."""
    global SLOTS, SUBMITS, ISSUES, VIEWS, SPECIALISTS
    SLOTS, SUBMITS, ISSUES, VIEWS, SPECIALISTS = 1, 4, 3, 50, 200


def main(arguments: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.py", description="Measure the main pages beside bare Flask views.")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a slot")
    parser.add_argument("--clients", default="1,16,64", help="numbers of clients, with commas")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--quick", action="store_true", help="one short slot each: shows that it runs, measures little")
    given = parser.parse_args(arguments)
    if given.quick:
        be_quick()
    started = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers and folders go also then
    with tempfile.TemporaryDirectory(prefix="academy-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        ours_url, bare_url = stack.enter_context(databases(given.database, folder))
        lines = measure(folder, ours_url, bare_url, [int(n) for n in given.clients.split(",")], given.seconds)
    say("\n" + "\n".join(lines))
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    took = f"{time.monotonic() - started:.0f} s"
    say(f"\n{when}, {os.cpu_count()} cores, Python {platform.python_version()}, {given.database}, took {took}. {WARNING}")
    return 0


def measure(folder: Path, ours_url: str, bare_url: str, clients: list[int], seconds: float) -> list[str]:
    port, secret = free_port(), "b" * 40
    config = Config(
        environment="production",
        secret_key=secret,
        instance=folder / "ours",
        database_url=ours_url,
        base_url=f"http://127.0.0.1:{port}",
        port=port,
        workers=WORKERS,
    ).completed()
    say(f"preparing: attempts through the real steps, {SPECIALISTS:,} synthetic specialists (documents are placeholders) ...")
    preparation = Preparation(config, load_library(config.content), SPECIALISTS)
    made = preparation.fill(max(WARM_CLIENTS, *clients), SUBMITS * SLOTS, SUBMITS * SLOTS)
    plan = make_plan(preparation, made, bare_url)
    preparation.database.dispose()
    copy_database(ours_url, bare_url)
    say("issuing credentials in this process ...")
    last = compare_issuing(preparation, plan)
    (folder / "plan").write_bytes(pickle.dumps(plan))
    environ = {
        "TA_ENV": "production",
        "TA_SECRET_KEY": secret,
        "TA_INSTANCE": str(config.instance),
        "TA_DATABASE_URL": ours_url,
        "TA_BASE_URL": config.base_url,
        "PORT": str(port),
        "TA_WORKERS": str(WORKERS),
    }
    bare_port = free_port()
    command = ["-m", "tests.perf.bare", str(folder / "plan"), str(bare_port)]
    with (
        serving("ours", ["-m", "trainer_academy.serve"], port, folder / "ours.log", environ) as ours,
        serving("bare", command, bare_port, folder / "bare.log", {}) as bare,
    ):
        return [*load_all(ours, bare, scenarios(made), clients, seconds), *last, *watch_memory(ours, bare, scenarios(made)[0])]


def make_plan(preparation: Preparation, made: Prepared, url: str) -> Plan:
    """The bare application's plan, with pages recorded from ours."""
    config, keys = preparation.config, preparation.services.issuer.keys
    plan = Plan(
        url,
        config.secret_key,
        preparation.app.config["SESSION_COOKIE_NAME"],
        SERVER,
        WORKERS,
        NAME,
        keys.private_key(keys.active).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        f"{keys.did}#{keys.active}",
        document=preparation.document(),
    )
    for person, address in [(made.learner, LESSON), (made.learner, "/courses"), *((made.client, one) for one in SEARCHES)]:
        plan.pages[address] = preparation.record_page(person, address)
    return plan


def load_all(ours: Side, bare: Side, every: list[Scenario], clients: list[int], seconds: float) -> list[str]:
    lines = [HEAD]
    for scenario in every:
        for side in (ours, bare):
            if not scenario.once:
                run_slot(side, scenario, WARM_CLIENTS, 0.5, 0)  # warm: caches, connections, rendered lessons
        for count in [SUBMIT_CLIENTS] if scenario.once else [n for n in clients if n <= scenario.most_clients]:
            say(f"{scenario.name}, {count} clients ...")
            rows = rows_of(scenario.name, count, compare(ours, bare, scenario, count, seconds))
            say("\n".join(rows))
            lines += rows
    return lines

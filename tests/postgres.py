"""A private PostgreSQL cluster for one test run: made on first use, shared by all test processes, stopped by its process id.

The first process names a folder (`choose_folder`); the one that first needs the cluster starts it under a file lock. PostgreSQL
refuses to run as root, so root starts it as the user `postgres`. Durability is switched off: the data lives for one run.
"""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

FOLDER_VARIABLE = "TA_TEST_CLUSTER"
REQUIRE_VARIABLE = "TA_TEST_REQUIRE_POSTGRES"
SUPERUSER = "postgres"
START_SECONDS = 30
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "Pacific/Chatham",
}
# $1 the test run, $2 the server, $3 the folder. The server is stopped only while its own note is still in the folder.
WATCH = """
while kill -0 "$1" && [ -e "$3/data/postmaster.pid" ]; do sleep 1; done
if [ -e "$3/data/postmaster.pid" ]; then kill -INT "$2"; sleep 2; rm -rf "$3"; fi
"""


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its folder, port and the process id of the postmaster."""

    folder: str
    port: int
    pid: int

    def url(self, database: str) -> str:
        """The address of a database of this cluster for SQLAlchemy with psycopg 3."""
        return f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection as superuser in autocommit mode."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=SUPERUSER, dbname=database, autocommit=True, connect_timeout=5
        )

    def create_database(self, name: str) -> str:
        """Make an empty database (an old one of this name goes); returns its address."""
        self.drop_database(name)
        with self.connect() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def find_binaries() -> Path | None:
    """The folder with `initdb` and `postgres`: newest of Debian's folders, else from PATH; None when there is none."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: _version(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    folders += [Path(on_path).resolve().parent] if on_path else []
    return next((path for path in folders if (path / "initdb").exists() and (path / "postgres").exists()), None)


def _version(name: str) -> float:
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0


def is_required() -> bool:
    """True when a run without PostgreSQL must fail instead of skipping."""
    return os.environ.get(REQUIRE_VARIABLE) == "1"


def choose_folder() -> Path:
    """Name the folder of this run's cluster. Child processes (xdist workers) inherit it through the environment."""
    if FOLDER_VARIABLE not in os.environ:
        os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="academy-pg-")
        Path(os.environ[FOLDER_VARIABLE], "owner").write_text(str(os.getpid()))
    return Path(os.environ[FOLDER_VARIABLE])


def shared_cluster(binaries: Path) -> Cluster:
    """The cluster of this run; the first process that asks starts it, the others wait for it."""
    folder = choose_folder()
    with _locked(folder / "lock"):
        note = folder / "cluster.json"
        if note.exists():
            return Cluster(**json.loads(note.read_text()))
        cluster = _start(folder, binaries)
        note.write_text(json.dumps(asdict(cluster)))
        return cluster


def stop_shared_cluster() -> None:
    """Stop the cluster of this run if it was started, and remove its folder. Only the first process calls this."""
    folder = Path(os.environ.pop(FOLDER_VARIABLE, ""))
    note = folder / "cluster.json"
    if note.exists():
        _stop(Cluster(**json.loads(note.read_text())))
    if folder.name.startswith("academy-pg-"):
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _start(folder: Path, binaries: Path) -> Cluster:
    account = _account()
    os.chown(folder, account.pw_uid, account.pw_gid)
    command = [str(binaries / "initdb"), "-D", str(folder / "data"), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
    command += ["--locale=C", "--no-sync"]
    made = subprocess.run(command, **_identity(account, folder), capture_output=True, text=True, timeout=120)
    if made.returncode != 0:
        raise RuntimeError(f"initdb failed: {made.stderr[-800:]}")
    for _ in range(5):  # somebody may take the free port before we do
        if cluster := _try_port(folder, binaries, account, _free_port()):
            return cluster
    raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()[-800:]}")


def _try_port(folder: Path, binaries: Path, account: pwd.struct_passwd, port: int) -> Cluster | None:
    settings = SETTINGS | {"port": str(port), "unix_socket_directories": str(folder)}
    command = [str(binaries / "postgres"), "-D", str(folder / "data")]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(
            command, **_identity(account, folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    cluster = Cluster(str(folder), port, process.pid)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if _is_ours(cluster):
            _watch(cluster)
            return cluster
        time.sleep(0.05)
    if process.poll() is None:
        _stop(cluster)
    return None


def _watch(cluster: Cluster) -> None:
    """Let a small shell loop stop the cluster if the run is killed before it can do so itself."""
    owner = Path(cluster.folder, "owner").read_text()
    subprocess.Popen(
        ["sh", "-c", WATCH, "watch", owner, str(cluster.pid), cluster.folder],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _is_ours(cluster: Cluster) -> bool:
    """True when the server that answers on the port keeps its data in our folder."""
    try:
        with cluster.connect() as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.Error:
        return False
    return row is not None and os.path.realpath(row[0]) == os.path.realpath(Path(cluster.folder) / "data")


def _stop(cluster: Cluster) -> None:
    note = Path(cluster.folder) / "data" / "postmaster.pid"
    for name in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, by force
        if not note.exists() or int(note.read_text().split()[0]) != cluster.pid:
            return
        try:
            os.kill(cluster.pid, name)
        except ProcessLookupError:
            return
        _wait_until_gone(note)


def _wait_until_gone(note: Path) -> None:
    deadline = time.monotonic() + 10
    while note.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _account() -> pwd.struct_passwd:
    """Who runs the server: the caller, or for root the user `postgres` (else `nobody`)."""
    if os.geteuid() != 0:
        return pwd.getpwnam(getpass.getuser())
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam(SUPERUSER if SUPERUSER in names else "nobody")


def _identity(account: pwd.struct_passwd, folder: Path) -> dict[str, Any]:
    environ = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}
    given: dict[str, Any] = {"cwd": folder, "env": environ}
    if os.geteuid() == 0:
        given |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    return given


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

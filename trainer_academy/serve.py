"""`python -m trainer_academy.serve`: bring the installation up, then run the server and the worker. An edge."""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
import time

import waitress
from flask import Flask
from waitress.channel import HTTPChannel

from trainer_academy import demo
from trainer_academy.app import MAX_BODY, create_app, make_services, refuse_demo_data
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.config import Config
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.core.errors import ConfigError, ContentError
from trainer_academy.core.process import fork, listen, run_forked, stop_child
from trainer_academy.jobs import run_worker
from trainer_academy.library import Library, load_library
from trainer_academy.migrate import migrate

THREADS = 8
MAX_CONNECTIONS = 1000
IDLE_SECONDS = 60
WORKER_SECONDS = 8.0  # to end what it does
REQUEST_SECONDS = 60  # to send one request whole; the largest has 2 MB


class TimedChannel(HTTPChannel):  # type: ignore[misc]
    """A connection that is closed when its request is not whole in time. Waitress alone waits while bytes come."""

    request_began = 0.0

    def received(self, data: bytes) -> bool:
        partial, at = self.request, time.monotonic()
        if partial is not None and at - self.request_began > REQUEST_SECONDS:
            self.will_close = True
            return False
        is_taken = bool(super().received(data))
        if self.request is not partial:
            self.request_began = at
        return is_taken


def prepare(config: Config, library: Library) -> list[demo.DemoAccount]:
    """Migrate, store the versions of the items, and on the first run outside production make demo data."""
    migrate(config.database_url)
    database = Database(config.database_url)
    if config.is_production:
        refuse_demo_data(database)
    with database.writing() as session:
        store_versions(session, library.store, utc_now())
        session.commit()
    file = config.instance / "demo-accounts.json"
    if not config.is_production and not file.exists() and not demo.has_people(database):
        print("First run: making demo data through the real steps (a few seconds) ...", flush=True)
        demo.create_demo(database, config, library, make_services(config, library), utc_now())
    database.dispose()
    return demo.read_accounts(file)


def print_welcome(config: Config, accounts: list[demo.DemoAccount]) -> None:
    if accounts:
        print(f"\n{'role':18} {'login':26} password")
        for account in accounts:
            print(f"{account.role:18} {account.login:26} {account.password}")
        print(f"(also in {config.instance.name}/demo-accounts.json; all people and organizations are made up)")
    print(flush=True)
    warn_moved(config)


def warn_moved(config: Config) -> None:
    """Certificates name the address that they were issued at; say so when it has changed."""
    file = config.instance / "origin"
    if not file.exists():
        file.write_text(config.base_url)
    elif (first := file.read_text().strip()) != config.base_url:
        print(f"Note: certificates issued earlier name {first}. They verify there, not at {config.base_url}.\n", flush=True)


def start_worker(config: Config, library: Library, sock: socket.socket) -> int:
    """The worker in a process of its own, which shares what was loaded; its id."""

    def work() -> None:
        sock.close()  # the port is the server's
        logging.basicConfig(level=logging.WARNING)
        run_worker(config, library)

    return fork(os.getpid(), work)


def serve(config: Config, app: Flask, library: Library) -> None:
    """Run the server and the worker until a signal comes.

    Waitress reads a request whole before a thread takes it, so slow clients hold no thread.
    """
    sock = listen(config.host, config.port)
    print(f"Trainer Academy serves on {config.base_url}   (Ctrl+C stops it)\n", flush=True)

    def work() -> None:
        server = waitress.create_server(
            app,
            sockets=[sock],
            threads=THREADS,
            connection_limit=MAX_CONNECTIONS,
            channel_timeout=IDLE_SECONDS,
            ident=None,
            asyncore_use_poll=True,
            max_request_body_size=MAX_BODY * 2,
            clear_untrusted_proxy_headers=False,
        )
        server.channel_class = TimedChannel
        server.run()

    gc.collect()
    gc.freeze()  # what was loaded before the fork stays shared between the processes
    worker = start_worker(config, library, sock)
    try:
        run_forked(config.workers, work)
    finally:
        stop_child(worker, WORKER_SECONDS)


def main() -> int:
    try:
        config = Config.from_env()
        library = load_library(config.content)
        accounts = prepare(config, library)
    except (ConfigError, ContentError) as error:
        print(f"Trainer Academy did not start.\n{error}", file=sys.stderr)
        return 2
    print_welcome(config, accounts)
    app = create_app(config, library=library)
    try:
        serve(config, app, library)
    except OSError as error:
        print(f"Port {config.port} cannot be used: {error.strerror}. Choose another one: make run PORT=8001", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

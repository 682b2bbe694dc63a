"""Processes: a listening socket shared by forked server processes, and children that do not outlive their parent."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
BACKLOG = 1024


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when `parent` is gone, also after kill -9. Linux; elsewhere nothing happens."""
    try:
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        return
    if os.getppid() != parent:  # it died before we asked
        os.kill(os.getpid(), signal.SIGTERM)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    sock.listen(BACKLOG)
    sock.setblocking(False)
    return sock


def run_forked(count: int, work: Callable[[], None]) -> None:
    """Run `work` in `count` forked processes until SIGTERM or SIGINT; a process that dies is started again."""
    parent = os.getpid()
    children: set[int] = set()
    is_stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal is_stopping
        is_stopping = True
        for child in children:
            _signal_child(child, signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while True:
        while not is_stopping and len(children) < count:
            children.add(fork(parent, work))
        if not children:
            return
        try:
            child, _status = os.wait()
        except InterruptedError:
            continue
        children.discard(child)


def fork(parent: int, work: Callable[[], None]) -> int:
    """Run `work` in a forked process that ends with `parent`; its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # waitress finishes what is in flight
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the parent tells us
        die_with_parent(parent)
        work()
        code = 0
    except SystemExit:
        code = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return 0


def stop_child(child: int, seconds: float) -> None:
    """Ask a forked process to end, and end it when it has not done so in time."""
    _signal_child(child, signal.SIGTERM)
    end = time.monotonic() + seconds
    while not _has_ended(child):
        if time.monotonic() > end:
            _signal_child(child, signal.SIGKILL)
            return
        time.sleep(0.05)


def _has_ended(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG)[0] == child
    except ChildProcessError:  # `run_forked` has seen its end
        return True


def _signal_child(child: int, number: int) -> None:
    try:
        os.kill(child, number)
    except ProcessLookupError:
        return

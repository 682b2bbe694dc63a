"""Checks the proofs of one document of a stranger in a process of its own, with limits of time and memory.

Some documents take canonicalisation many seconds or gigabytes (poison graphs); here they take five seconds at most and nobody
else waits. `python -m trainer_academy.credentials.checking.sandbox` reads JSON
`{"document": ..., "keys": {method: multikey}}` from its input and writes one word: the verdict. It gets no environment, and
contexts come from the installed package, never the network.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import Literal, get_args

from trainer_academy.config import ROOT
from trainer_academy.core.errors import Unavailable
from trainer_academy.credentials.signing.linked_data import Document, decode_multikey
from trainer_academy.credentials.signing.proof_sets import Verdict, verify_proofs

SECONDS = 5
MEMORY = 1024 * 1024 * 1024
AT_ONCE = 2
PATIENCE = 4.0
Answer = Literal[Verdict, "stopped"]
_PLACES = threading.BoundedSemaphore(AT_ONCE)


def check_proofs(document: Document, keys: Mapping[str, str], seconds: float = SECONDS) -> Answer:
    """The verdict about a document's proofs; `stopped` when it took too long or too much. `keys`: Multikey by method.

    At most two such checks run at once in a server process. Raises Unavailable when none of them ends within four seconds.
    """
    if not _PLACES.acquire(timeout=PATIENCE):
        raise Unavailable("check.busy")
    try:
        return _ask(json.dumps({"document": document, "keys": dict(keys)}), seconds)
    finally:
        _PLACES.release()


def _ask(question: str, seconds: float) -> Answer:
    command = [sys.executable, "-m", "trainer_academy.credentials.checking.sandbox"]
    try:
        done = subprocess.run(
            command, input=question, capture_output=True, text=True, timeout=seconds, cwd=ROOT, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        return "stopped"
    said = done.stdout.strip()
    return next((word for word in get_args(Verdict) if word == said and done.returncode == 0), "stopped")


def limit_process() -> None:
    """Limits for this process that it cannot lift again."""
    for kind, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 4096),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def main() -> None:
    limit_process()
    question = json.loads(sys.stdin.read())
    keys = {method: decode_multikey(multikey) for method, multikey in question["keys"].items()}
    sys.stdout.write(verify_proofs(question["document"], lambda method: keys.get(str(method))))


if __name__ == "__main__":
    main()

"""What /proc says of processes (Linux), and medians."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def server_processes(parent: int) -> list[int]:
    """The forked server processes of a parent: children that share its listening socket, which the worker has closed."""
    listening = open_sockets(parent)
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if listening & open_sockets(int(child))]


def open_sockets(process: int) -> set[str]:
    """The open sockets of a process, by the kernel's names; none when it has just ended."""
    found = set()
    with suppress(OSError):
        for file in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):
                found.add(os.readlink(file))
    return {name for name in found if name.startswith("socket:")}


def cpu_seconds(processes: Iterable[int]) -> float:
    """User and system time that the processes have used."""
    total = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def pss_mib(processes: Iterable[int]) -> float:
    """Memory of the processes; pages that several share are counted in parts."""
    total = 0
    for process in processes:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed; NaN without values."""
    if not values:
        return math.nan
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


def median(values: Sequence[float]) -> float:
    return quantile(values, 0.5)

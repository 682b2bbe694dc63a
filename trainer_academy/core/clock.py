"""The clock. Rules take `now` as an argument; only the edge asks this module."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


class SteadyClock:
    """A clock that never goes back, so that nobody gets more time in an exam when the clock of the machine is set back.

    As long as the wall clock is behind what was shown before, time goes on with the monotonic clock of the process.
    """

    def __init__(self, wall: Clock = utc_now, ticks: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._ticks, self._lock = wall, ticks, Lock()
        self._shown, self._shown_at = wall(), ticks()

    def __call__(self) -> datetime:
        with self._lock:
            wall, at = self._wall(), self._ticks()
            if wall < self._shown:
                wall = self._shown + timedelta(seconds=at - self._shown_at)
            self._shown, self._shown_at = wall, at
            return wall

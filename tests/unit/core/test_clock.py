"""The clock of the edge never goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from trainer_academy.core.clock import SteadyClock

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


def test_a_clock_that_is_set_back_goes_on_with_the_ticks_of_the_process() -> None:
    wall, ticks = [NOON], [100.0]
    clock = SteadyClock(lambda: wall[0], lambda: ticks[0])
    shown = []
    for minutes, seconds in ((0, 0), (5, 300), (-60, 60), (-59, 60), (10, 60), (600, 60)):
        wall[0], ticks[0] = NOON + timedelta(minutes=minutes), ticks[0] + seconds
        shown.append((clock() - NOON) / timedelta(minutes=1))
    assert shown == [0, 5, 6, 7, 10, 600], "back: with the ticks; ahead again: as the wall clock says"

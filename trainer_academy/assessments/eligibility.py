"""May a person start this exam now? Pure rules over what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trainer_academy.assessments.schema import ExamSpec

GRACE = timedelta(seconds=10)


@dataclass(frozen=True)
class PastAttempt:
    """What the rules need to know of an attempt."""

    started_at: datetime
    closed_at: datetime | None
    is_passed: bool | None


@dataclass(frozen=True)
class StartState:
    """Whether a start is allowed, how many attempts are left, and when the next one opens."""

    attempts_left: int
    opens_at: datetime | None
    reason: str  # "" when a start is allowed, else: open, attempts, cooldown

    @property
    def may_start(self) -> bool:
        return self.reason == ""


def start_state(spec: ExamSpec, attempts: Sequence[PastAttempt], now: datetime) -> StartState:
    """Attempts within the window count against the limit; after a fail the cool-down runs from the close."""
    window = timedelta(days=spec.window_days)
    recent = [attempt for attempt in attempts if attempt.started_at > now - window]
    left = max(0, spec.attempts - len(recent))
    if any(attempt.closed_at is None for attempt in attempts):
        return StartState(left, None, "open")
    if left == 0:
        return StartState(0, min(attempt.started_at for attempt in recent) + window, "attempts")
    failed = [attempt.closed_at for attempt in recent if attempt.closed_at and not attempt.is_passed]
    if failed and (opens := max(failed) + timedelta(hours=spec.cooldown_hours)) > now:
        return StartState(left, opens, "cooldown")
    return StartState(left, None, "")


def is_over(deadline_at: datetime, now: datetime) -> bool:
    """True when an answer can no longer be taken; requests in flight at the deadline get a grace of 10 seconds."""
    return now > deadline_at + GRACE

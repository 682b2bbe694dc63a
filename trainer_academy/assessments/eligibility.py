"""May a person start this exam now? Pure rules over what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from trainer_academy.assessments.schema import ExamSpec, Window

GRACE = timedelta(seconds=10)


@dataclass(frozen=True)
class PastAttempt:
    """What the rules need to know of an attempt. `closed_at` without `is_passed`: raters are reading."""

    started_at: datetime
    closed_at: datetime | None
    is_passed: bool | None


@dataclass(frozen=True)
class GrantedWindow:
    """A window that was set for one person, or for a team that the person belongs to."""

    is_personal: bool
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class StartState:
    """Whether a start is allowed, how many attempts are left, when the next one opens, and until when."""

    attempts_left: int
    opens_at: datetime | None
    reason: str  # "" when a start is allowed, else: open, rating, judge, attempts, cooldown, early, late
    closes_at: datetime | None = None

    @property
    def may_start(self) -> bool:
        return self.reason == ""


def access_window(window: Window | None, granted: Sequence[GrantedWindow], now: datetime) -> tuple[datetime, datetime] | None:
    """The window that counts now; None: the exam may be started at any time.

    A window for the person replaces those of teams, and these replace the one of the specification. Of several at the same
    level the one that is open counts, else the next one to open, else the last one that closed.
    """
    own = [(one.opens_at, one.closes_at) for one in granted if one.is_personal]
    own = own or [(one.opens_at, one.closes_at) for one in granted]
    if not own:
        return (window.opens_at, window.closes_at) if window is not None else None
    is_open = [one for one in own if one[0] <= now < one[1]]
    if is_open:
        return max(is_open, key=lambda one: one[1])
    coming = [one for one in own if one[0] > now]
    return min(coming) if coming else max(own, key=lambda one: one[1])


def start_state(
    spec: ExamSpec, attempts: Sequence[PastAttempt], now: datetime, granted: Sequence[GrantedWindow] = (),
    barred_until: datetime | None = None,
) -> StartState:  # fmt: skip
    """Attempts within `window_days` count against the limit; after a fail the cool-down runs from the close.

    While raters read an attempt no other one starts. Outside the access window nothing starts; what has started goes on.
    `barred_until`: the person judged items of the bank and has seen their keys.
    """
    window = access_window(spec.window, granted, now)
    closes_at = window[1] if window else None
    span = timedelta(days=spec.window_days)
    recent = [attempt for attempt in attempts if attempt.started_at > now - span]
    left = max(0, spec.attempts - len(recent))
    if any(attempt.closed_at is None for attempt in attempts):
        return StartState(left, None, "open", closes_at)
    if any(attempt.is_passed is None for attempt in attempts):
        return StartState(left, None, "rating", closes_at)
    if barred_until is not None and barred_until > now:
        return StartState(left, barred_until, "judge", closes_at)
    if window is not None and now < window[0]:
        return StartState(left, window[0], "early", closes_at)
    if window is not None and now >= window[1]:
        return StartState(left, None, "late", closes_at)
    if left == 0:
        return StartState(0, min(attempt.started_at for attempt in recent) + span, "attempts", closes_at)
    failed = [attempt.closed_at for attempt in recent if attempt.closed_at and not attempt.is_passed]
    if failed and (opens := max(failed) + timedelta(hours=spec.cooldown_hours)) > now:
        return StartState(left, opens, "cooldown", closes_at)
    return StartState(left, None, "", closes_at)


def is_over(deadline_at: datetime, now: datetime) -> bool:
    """True when an answer can no longer be taken; requests in flight at the deadline get a grace of 10 seconds."""
    return now > deadline_at + GRACE


def deadline(started_at: datetime, minutes: int, time_factor: float) -> datetime:
    """The end of an attempt: the exam's minutes times the person's factor for extra time, rounded up to a second."""
    return started_at + timedelta(seconds=-(-minutes * 60 * time_factor // 1))

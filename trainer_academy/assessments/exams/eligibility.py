"""May a person start this exam now? Pure rules over what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from trainer_academy.assessments.bank.schema import ExamSpec, Window
from trainer_academy.assessments.items.scoring import SCORING

GRACE = timedelta(seconds=10)


@dataclass(frozen=True)
class PastAttempt:
    """What the rules need to know of an attempt. `closed_at` without `is_passed`: raters are reading."""

    started_at: datetime
    closed_at: datetime | None
    is_passed: bool | None
    exam_key: str = ""
    number: int = 0
    score: float | None = None
    cut_score: float | None = None
    scoring: int = SCORING
    is_kept: bool = False


@dataclass(frozen=True)
class GrantedWindow:
    """A window that was set for one person, or for a team that the person belongs to."""

    is_personal: bool
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True)
class StartFacts:
    """All that is known of one person and one exam: past attempts (voided ones left out), windows, a bar, extra time.

    `barred_until`: the person judged items of the bank and saw their keys. `insider_until`: the person's role shows keys of
    all banks, or did so within the last year. `time_factor` multiplies the exam's minutes.
    """

    attempts: tuple[PastAttempt, ...] = ()
    windows: tuple[GrantedWindow, ...] = ()
    barred_until: datetime | None = None
    time_factor: float = 1.0
    insider_until: datetime | None = None


class NoStart(StrEnum):
    """Why no attempt may start."""

    OPEN = "open"
    RATING = "rating"
    JUDGE = "judge"
    INSIDER = "insider"
    ATTEMPTS = "attempts"
    COOLDOWN = "cooldown"
    EARLY = "early"
    LATE = "late"


@dataclass(frozen=True)
class StartState:
    """Whether a start is allowed, how many attempts are left, when the next one opens, and until when."""

    attempts_left: int
    opens_at: datetime | None
    reason: NoStart | None  # None when a start is allowed
    closes_at: datetime | None = None
    is_retest: bool = False  # the next attempt uses none up

    @property
    def may_start(self) -> bool:
        return self.reason is None


def access_window(window: Window | None, granted: Sequence[GrantedWindow], now: datetime) -> tuple[datetime, datetime] | None:
    """The window that counts now; None: the exam may be started at any time.

    Any window that is open lets the person in, whoever it is for: of several open ones the one that closes last counts, else
    the next one to open, else the last one that closed.
    """
    own = [(one.opens_at, one.closes_at) for one in (*granted, *([window] if window is not None else ()))]
    if not own:
        return None
    is_open = [one for one in own if one[0] <= now < one[1]]
    if is_open:
        return max(is_open, key=lambda one: one[1])
    coming = [one for one in own if one[0] > now]
    return min(coming) if coming else max(own, key=lambda one: one[1])


def start_state(spec: ExamSpec, facts: StartFacts, now: datetime) -> StartState:
    """Attempts within `window_days` count against the limit; after a fail the cool-down runs from the close.

    While raters read an attempt no other one starts. Outside the access window nothing starts; what has started goes on.
    Who passed by earlier rules may be tested once by those of today without using an attempt.
    """
    attempts = facts.attempts
    window = access_window(spec.window, facts.windows, now)
    closes_at = window[1] if window else None
    span = timedelta(days=spec.window_days)
    recent = [attempt for attempt in attempts if attempt.started_at > now - span]
    held = max((one.started_at for one in attempts if _is_of_before(one)), default=None)
    renewed = held is not None and any(one.started_at > held for one in attempts)
    left = max(0, spec.attempts - len(recent) + renewed)
    is_retest = held is not None and not renewed
    if any(attempt.closed_at is None for attempt in attempts):
        return StartState(left, None, NoStart.OPEN, closes_at)
    if any(attempt.is_passed is None for attempt in attempts):
        return StartState(left, None, NoStart.RATING, closes_at)
    if facts.barred_until is not None and facts.barred_until > now:
        return StartState(left, facts.barred_until, NoStart.JUDGE, closes_at)
    if not spec.is_mock and facts.insider_until is not None and facts.insider_until > now:
        return StartState(left, facts.insider_until, NoStart.INSIDER, closes_at)
    if window is not None and now < window[0]:
        return StartState(left, window[0], NoStart.EARLY, closes_at)
    if window is not None and now >= window[1]:
        return StartState(left, None, NoStart.LATE, closes_at)
    if left == 0 and not is_retest:
        return StartState(0, min(attempt.started_at for attempt in recent) + span, NoStart.ATTEMPTS, closes_at)
    failed = [attempt.closed_at for attempt in recent if attempt.closed_at and not attempt.is_passed]
    if failed and (opens := max(failed) + timedelta(hours=spec.cooldown_hours)) > now:
        return StartState(left, opens, NoStart.COOLDOWN, closes_at)
    return StartState(left, None, None, closes_at, is_retest)


def _is_of_before(past: PastAttempt) -> bool:
    """A pass by earlier scoring rules, or one that was kept when it was scored again."""
    return bool(past.is_passed) and (past.scoring < SCORING or past.is_kept)


def is_over(deadline_at: datetime, now: datetime) -> bool:
    """True when an answer can no longer be taken; requests in flight at the deadline get a grace of 10 seconds."""
    return now > deadline_at + GRACE


def deadline(started_at: datetime, minutes: int, time_factor: float) -> datetime:
    """The end of an attempt: the exam's minutes times the person's factor for extra time, rounded up to a second."""
    return started_at + timedelta(seconds=-(-minutes * 60 * time_factor // 1))

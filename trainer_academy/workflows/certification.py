"""From a submitted exam to a certificate: claim, score, decide, issue, notify, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.attempts import claim, items_today, overdue_attempts
from trainer_academy.assessments.exams.deciding import Credits, chain_after, decide, ease_mark, score_answers, stored_credits
from trainer_academy.assessments.exams.handing_in import close_sequence, hand_in
from trainer_academy.assessments.exams.holds import effort_of, give_back, hold_if_fast, settle_hold
from trainer_academy.assessments.exams.log import append_event
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Hold
from trainer_academy.assessments.exams.scoring import what_to_release
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.rating.tasks import open_tasks, rating_mark, settled_levels
from trainer_academy.core.db import Database, id_of
from trainer_academy.core.errors import NotFound
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.issuing import issue
from trainer_academy.credentials.life.models import Credential
from trainer_academy.notices.outbox import add_mail
from trainer_academy.workflows.measuring import measure


@dataclass(frozen=True)
class Services:
    """What certification needs besides the database."""

    store: ItemStore
    issuer: Issuer
    fastest_reading: float = 0.0  # words a second; an exam that was faster is held for a person (0: none is)


@dataclass(frozen=True)
class Outcome:
    """What a submit did. `is_new` False: the attempt was closed before, nothing was changed."""

    attempt: Attempt
    is_new: bool
    credentials: list[Credential] = field(default_factory=list)


def submit_exam(session: Session, services: Services, attempt_id: int, reason: str, now: datetime) -> Outcome:
    """Close, score and certify. Asked twice, also at once, it acts once: only the one who claims goes on.

    Written work waits for its raters: then the attempt is closed without a decision, and `finish_rated` goes on.
    """
    is_first = claim(session, attempt_id, reason, now)
    # Read anew: the session may hold the attempt from before the claim, and a save in between moved the head of its log.
    attempt = session.get(Attempt, attempt_id, populate_existing=True)
    if attempt is None:
        raise NotFound("certification.no_attempt")
    if not is_first:
        return Outcome(attempt, False)
    items = items_today(session, services.store, attempt)
    close_sequence(session, attempt)
    spec = services.store.exams[attempt.exam_key]
    credits = score_answers(session, attempt, items, now, has_raters=spec.rating is not None, is_first=True)
    is_held = not spec.is_mock and _look_at_effort(session, services, attempt, items, now)
    append_event(session, attempt, "closed", {"reason": reason}, now)
    is_unread = spec.rating is not None and open_tasks(session, attempt, items, now)
    if is_held or is_unread:
        attempt.status = AttemptStatus.AWAITING
        session.flush()
        if is_held:
            _tell_held(session, services, attempt, now)
        return Outcome(attempt, True)
    return Outcome(attempt, True, _decide_and_issue(session, services, attempt, items, credits, reason, now))


def _look_at_effort(session: Session, services: Services, attempt: Attempt, items: list[SomeItem], now: datetime) -> bool:
    """Note a paper that was hardly answered, and hold one that was faster than reading allows; True when it is held."""
    spec = services.store.exams[attempt.exam_key]
    effort = effort_of(session, attempt, items)
    counted = [position for position, entry in enumerate(attempt.paper, 1) if entry.is_counted]
    asked = max(len(counted), spec.decision.minimum) if attempt.plan is not None else len(counted)
    attempt.released = what_to_release(False, len(effort.answered & set(counted)), asked, 1.0, 0.0)
    return hold_if_fast(session, attempt, items, effort, services.fastest_reading, now)


def settle(
    session: Session, services: Services, attempt: Attempt, does_count: bool, note: str, actor_id: int, now: datetime
) -> Outcome:
    """A person decides whether a held attempt counts; then it is decided, unless raters still read."""
    settle_hold(session, attempt, does_count, note, actor_id, now)
    if services.store.exams[attempt.exam_key].rating is not None:
        return finish_rated(session, services, attempt, "rated", now)
    items = items_today(session, services.store, attempt)
    credits = stored_credits(session, attempt, items)
    return Outcome(attempt, True, _decide_and_issue(session, services, attempt, items, credits, "settled", now))


def give_attempt_back(session: Session, services: Services, attempt: Attempt, note: str, actor_id: int, now: datetime) -> None:
    """Void an attempt that a fault of ours disturbed, decide anew what it counted for, and tell the person."""
    give_back(session, attempt, note, actor_id, now)
    margins = services.store.exams[attempt.exam_key].pass_margins
    for place, later in enumerate(chain_after(session, attempt)):
        if later.is_passed:  # what was ours to answer for takes no pass away
            continue
        ease_mark(session, later, margins[min(place, len(margins) - 1)])
        items = items_today(session, services.store, later)
        _decide_and_issue(session, services, later, items, stored_credits(session, later, items), "settled", now)
    values = {
        "title": services.store.exams[attempt.exam_key].title,
        "reason": note,
        "address": f"{services.issuer.party.base_url}/exams/{attempt.exam_key}",
    }
    add_mail(session, attempt.user_id, "attempt_given_back", values, now)


def _tell_held(session: Session, services: Services, attempt: Attempt, now: datetime) -> None:
    title = services.store.exams[attempt.exam_key].title
    address = f"{services.issuer.party.base_url}/attempts/{attempt.id}"
    add_mail(session, attempt.user_id, "attempt_held", {"title": title, "address": address}, now)


def hand_in_answer(session: Session, services: Services, attempt: Attempt, position: int, now: datetime) -> Outcome | None:
    """Hand in the open item of a sequential attempt; where that ends the exam, close and decide it in the same transaction.

    The caller holds the attempt's lock. None: the exam goes on.
    """
    if not hand_in(session, attempt, items_today(session, services.store, attempt), position, now):
        return None
    return submit_exam(session, services, id_of(attempt), "sure", now)


def finish_rated(session: Session, services: Services, attempt: Attempt, reason: str, now: datetime) -> Outcome:
    """Decide an attempt whose written work is rated ("rated"), or rated again ("appeal"). Too early: nothing is changed."""
    levels = settled_levels(session, id_of(attempt))
    if levels is None or attempt.hold is Hold.FAST:
        return Outcome(attempt, False)
    items = items_today(session, services.store, attempt)
    credits = score_answers(session, attempt, items, now, levels, rating_mark(session, id_of(attempt)))
    return Outcome(attempt, True, _decide_and_issue(session, services, attempt, items, credits, reason, now))


def _decide_and_issue(
    session: Session, services: Services, attempt: Attempt, items: list[SomeItem], credits: Credits, reason: str, now: datetime
) -> list[Credential]:
    spec = services.store.exams[attempt.exam_key]
    decide(session, attempt, items, credits, reason, now, keeps_pass=spec.on_correction == "keep", spec=spec)
    issued = issue_earned(session, services, attempt, items, credits, now) if attempt.is_passed else []
    if not spec.is_mock:
        notify_result(session, services, attempt, issued, now)
    return issued


def issue_earned(
    session: Session, services: Services, attempt: Attempt, items: list[SomeItem], credits: Credits, now: datetime
) -> list[Credential]:
    """Issue every achievement that this passed attempt earns."""
    holder = session.get(User, attempt.user_id)
    assert holder is not None
    issued = []
    for key, achievement in services.issuer.achievements.earned_by(attempt.exam_key):
        measurement = measure(session, services.store, attempt, items, credits, achievement.language)
        issued.append(issue(session, services.issuer, holder, key, measurement, attempt.id, now))
    return issued


def notify_result(session: Session, services: Services, attempt: Attempt, issued: list[Credential], now: datetime) -> None:
    """Tell the person the result, with the addresses of what was issued."""
    spec = services.store.exams[attempt.exam_key]
    base = services.issuer.party.base_url
    values = {
        "title": spec.title,
        "is_passed": bool(attempt.is_passed),
        "is_time_over": attempt.close_reason == "time",
        "note": attempt.hold_note if attempt.hold is Hold.REFUSED else "",
        "address": f"{base}/attempts/{attempt.id}",
        "certificates": [f"{base}/credentials/{credential.id}" for credential in issued],
    }
    add_mail(session, attempt.user_id, "exam_result", values, now)


def close_expired_attempts(database: Database, services: Services, now: datetime) -> int:
    """Close every attempt whose time is over, one transaction each; returns how many were closed."""
    with database.writing() as session:
        overdue = overdue_attempts(session, now)
    closed = 0
    for attempt_id in overdue:
        with database.writing() as session:
            closed += submit_exam(session, services, attempt_id, "time", now).is_new
            session.commit()
    return closed

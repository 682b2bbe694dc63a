"""From a submitted exam to a certificate: claim, score, decide, issue, notify, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from trainer_academy.accounts.models import User
from trainer_academy.assessments.attempt_log import append_event
from trainer_academy.assessments.attempts import claim, overdue_attempts
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.deciding import Credits, decide, score_answers
from trainer_academy.assessments.handing_in import close_sequence, hand_in
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.models import Attempt
from trainer_academy.assessments.rating import open_tasks, rating_mark, settled_levels
from trainer_academy.assessments.versions import current_items
from trainer_academy.core.db import Database
from trainer_academy.core.errors import NotFound
from trainer_academy.credentials.issuing import Issuer, issue
from trainer_academy.credentials.models import Credential
from trainer_academy.notices.outbox import add_mail
from trainer_academy.workflows.measuring import measure


@dataclass(frozen=True)
class Services:
    """What certification needs besides the database."""

    store: ItemStore
    issuer: Issuer


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
        raise NotFound("This attempt does not exist.")
    if not is_first:
        return Outcome(attempt, False)
    items = paper_items(session, services.store, attempt)
    close_sequence(session, attempt, items)
    spec = services.store.exams[attempt.exam_key]
    credits = score_answers(session, attempt, items, now, has_raters=spec.rating is not None, is_first=True)
    append_event(session, attempt, "closed", {"reason": reason}, now)
    if spec.rating is not None and open_tasks(session, attempt, items, now):
        attempt.status = "awaiting"
        session.flush()
        return Outcome(attempt, True)
    return Outcome(attempt, True, _decide_and_issue(session, services, attempt, items, credits, reason, now))


def hand_in_answer(session: Session, services: Services, attempt: Attempt, position: int, now: datetime) -> Outcome | None:
    """Hand in the open item of a sequential attempt; where that ends the exam, close and decide it in the same transaction.

    The caller holds the attempt's lock. None: the exam goes on.
    """
    assert attempt.id is not None
    if not hand_in(session, attempt, paper_items(session, services.store, attempt), position, now):
        return None
    return submit_exam(session, services, attempt.id, "sure", now)


def finish_rated(session: Session, services: Services, attempt: Attempt, reason: str, now: datetime) -> Outcome:
    """Decide an attempt whose written work is rated ("rated"), or rated again ("appeal"). Too early: nothing is changed."""
    assert attempt.id is not None
    levels = settled_levels(session, attempt.id)
    if levels is None:
        return Outcome(attempt, False)
    items = paper_items(session, services.store, attempt)
    credits = score_answers(session, attempt, items, now, levels, rating_mark(session, attempt.id))
    return Outcome(attempt, True, _decide_and_issue(session, services, attempt, items, credits, reason, now))


def paper_items(session: Session, store: ItemStore, attempt: Attempt) -> list[SomeItem]:
    """The items of a paper as they count today."""
    return current_items(session, store, [(entry["item_id"], entry["version"]) for entry in attempt.paper])


def _decide_and_issue(
    session: Session, services: Services, attempt: Attempt, items: list[SomeItem], credits: Credits, reason: str, now: datetime
) -> list[Credential]:
    spec = services.store.exams[attempt.exam_key]
    decide(session, attempt, items, credits, reason, now, keeps_pass=spec.on_correction == "keep")
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
    lines = [f"{spec.title}: {'passed' if attempt.is_passed else 'not passed'}.", f"Your result: {base}/attempts/{attempt.id}"]
    if attempt.close_reason == "time":
        lines.insert(0, "Time was over. The answers that you had saved were counted.")
    lines += [f"Your certificate: {base}/credentials/{credential.id}" for credential in issued]
    add_mail(session, attempt.user_id, "exam_result", f"Result: {spec.title}", "\n\n".join(lines), now)


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

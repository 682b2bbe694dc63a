"""From a submitted exam to a certificate: claim, score, decide, issue, notify, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from trainer_academy.accounts.models import User
from trainer_academy.assessments.attempts import claim, overdue_attempts, score_attempt
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.models import Attempt
from trainer_academy.assessments.versions import resolve_items
from trainer_academy.core.db import Database
from trainer_academy.core.errors import NotFound
from trainer_academy.credentials.criteria import Measurement
from trainer_academy.credentials.issuing import Issuer, issue
from trainer_academy.credentials.models import Credential
from trainer_academy.notices.outbox import add_mail


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
    """Close, score and certify. Asked twice, also at once, it acts once: only the one who claims goes on."""
    is_first = claim(session, attempt_id, reason, now)
    # Our claim also changed the attempt that this session may hold already; somebody else's did not.
    attempt = session.get(Attempt, attempt_id, populate_existing=not is_first)
    if attempt is None:
        raise NotFound("This attempt does not exist.")
    if not is_first:
        return Outcome(attempt, False)
    items = resolve_items(session, services.store, [(entry["item_id"], entry["version"]) for entry in attempt.paper])
    score_attempt(session, attempt, items, now)
    issued = issue_earned(session, services, attempt, now) if attempt.is_passed else []
    if not services.store.exams[attempt.exam_key].is_mock:
        notify_result(session, services, attempt, issued, now)
    return Outcome(attempt, True, issued)


def issue_earned(session: Session, services: Services, attempt: Attempt, now: datetime) -> list[Credential]:
    """Issue every achievement that this passed attempt earns."""
    spec = services.store.exams[attempt.exam_key]
    holder = session.get(User, attempt.user_id)
    assert holder is not None and attempt.id is not None and attempt.cut_score is not None
    assert attempt.score is not None and attempt.score_low is not None and attempt.score_high is not None
    measurement = Measurement(
        score=attempt.score, low=attempt.score_low, high=attempt.score_high, cut_score=attempt.cut_score,
        item_count=len(attempt.paper), exam_title=spec.title, exam_version=attempt.exam_version,
    )  # fmt: skip
    earned = services.issuer.achievements.earned_by(attempt.exam_key)
    return [issue(session, services.issuer, holder, key, measurement, attempt.id, now) for key, _ in earned]


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

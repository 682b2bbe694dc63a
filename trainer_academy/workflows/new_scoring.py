"""Decided exams under new scoring rules: batch by batch, with certificates for who passes now and a message to everybody.

One transaction a batch; an interrupted run goes on where it stood, and of two runs at once only one gets a batch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import sleep

from sqlmodel import Session

from trainer_academy.assessments.corrections import new_scoring as steps
from trainer_academy.assessments.corrections.models import Rescoring
from trainer_academy.assessments.corrections.rescoring import (
    ATTEMPT_BATCH,
    Change,
    Tally,
    add_tally,
    finish,
    load_papers,
    lock_decided,
)
from trainer_academy.assessments.exams.attempts import items_today
from trainer_academy.assessments.exams.deciding import stored_credits
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.core.db import Database, id_of
from trainer_academy.notices.outbox import add_mail
from trainer_academy.workflows.certification import Services, issue_earned
from trainer_academy.workflows.correcting import PAUSE


def rescore_to_today(
    database: Database, services: Services, now: datetime, progress: Callable[[int, int], object] | None = None
) -> Rescoring:
    """Score every decided attempt by the rules of today; returns the run with its counts."""
    with database.writing() as session:
        run_id = id_of(steps.open_run(session, services.store, now))
        session.commit()
    while True:
        with database.writing() as session:
            run = session.get(Rescoring, run_id)
            assert run is not None
            ids = steps.outdated(session, services.store, run.last_attempt_id, ATTEMPT_BATCH)
            if not ids:
                finish(session, run, now)
            elif steps.move_on(session, run, ids[-1]):
                _rescore(session, services, run_id, ids, now)
            session.commit()
            session.refresh(run)
            if progress:
                progress(run.done, run.total)
            if not ids:
                session.expunge(run)
                return run
        sleep(PAUSE if database.is_sqlite else 0)


def _rescore(session: Session, services: Services, run_id: int, ids: list[int], now: datetime) -> None:
    attempts = [attempt for attempt in lock_decided(session, ids) if attempt.scoring < SCORING]
    papers, cuts = load_papers(session, services.store, attempts), steps.cuts_today(session, services.store)
    tally = Tally(done=len(ids))
    for attempt in attempts:
        items, cut = papers[id_of(attempt)], cuts[attempt.exam_key]
        change = steps.rescore_by_today(session, attempt, items, cut, run_id, now)
        tally.add(change.effect)
        _tell(session, services, change, now)
    add_tally(session, run_id, tally)


def _tell(session: Session, services: Services, change: Change, now: datetime) -> None:
    """A certificate for who passes by the new rules, and a message; practice exams change silently."""
    attempt, party = change.attempt, services.issuer.party
    spec = services.store.exams[attempt.exam_key]
    if spec.is_mock:
        return
    addresses = []
    if change.effect == "to_pass":
        items = items_today(session, services.store, attempt)
        issued = issue_earned(session, services, attempt, items, stored_credits(session, attempt, items), now)
        addresses = [party.credential_url(credential.id) for credential in issued]
    values = {
        "item": "",
        "change": "scoring",
        "title": spec.title,
        "before": change.score_before if change.attempt.released.has_score else None,
        "after": attempt.score,
        "cut": attempt.mark,
        "effect": change.effect,
        "address": f"{party.base_url}/attempts/{attempt.id}",
        "certificates": addresses,
    }
    add_mail(session, attempt.user_id, "exam_rescored", values, now)

"""After a correction: replay the stored answers, issue what is now earned, tell everybody whose result changed.

One transaction a batch. `kill -9` between or within batches loses nothing and does nothing twice: the run's cursor moves in the
transaction of its batch. Two processes at once share the work: the one that is slower at a cursor looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import sleep

from sqlmodel import Session

from trainer_academy.assessments.bank.models import Correction
from trainer_academy.assessments.contests.steps import told_by
from trainer_academy.assessments.corrections import rescoring
from trainer_academy.assessments.corrections.models import Rescoring
from trainer_academy.assessments.corrections.rescoring import Change, Tally
from trainer_academy.assessments.corrections.steps import get_correction
from trainer_academy.assessments.exams.attempts import items_today
from trainer_academy.assessments.exams.deciding import stored_credits
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.core.db import Database, id_of
from trainer_academy.credentials.life.queries import credentials_of
from trainer_academy.credentials.life.revoking import revoke
from trainer_academy.notices.outbox import add_mail
from trainer_academy.workflows.certification import Services, issue_earned

Progress = Callable[[int, int], object]  # looked at, all
# SQLite has one writer, and those who wait look every 0.1 s: without a pause people's answers would hardly get in between.
PAUSE = 0.12


def rescore(
    database: Database,
    services: Services,
    correction_id: int,
    now: datetime,
    progress: Progress | None = None,
    max_batches: int | None = None,
) -> bool:
    """Go on with the runs of a correction until they are done, or for `max_batches`; True when none is left.

    Raises NotFound for an unknown correction.
    """
    done = 0
    while (run := _next_run(database, services, correction_id)) is not None:
        if max_batches is not None and done >= max_batches:
            return False
        if progress:
            progress(run.done, run.total)
        _run_batch(database, services, run, now)
        done += 1
        sleep(PAUSE if database.is_sqlite else 0)
    return True


def rescore_waiting(
    database: Database, services: Services, now: datetime, max_batches: int, is_stopping: Callable[[], bool]
) -> None:
    """The worker's share: a few batches of what is not finished, so that a beat stays short."""
    with database.reader() as session:
        waiting = rescoring.unfinished_runs(session)
    for _ in range(max_batches if waiting else 0):
        if is_stopping() or not waiting:
            return
        if rescore(database, services, waiting[0], now, max_batches=1):
            waiting.pop(0)


def _next_run(database: Database, services: Services, correction_id: int) -> Rescoring | None:
    with database.reader() as session:
        correction = get_correction(session, correction_id)
        run = rescoring.running_run(session, correction_id)
        if run is None or run.total:
            return run
        total = rescoring.count_stored(session, services.store, correction)
    with database.writing() as session:
        rescoring.set_total(session, id_of(run), total)
        session.commit()
    run.total = total
    return run


def _run_batch(database: Database, services: Services, run: Rescoring, now: datetime) -> None:
    """The next batch of attempts, else of practice answers, else the end."""
    with database.reader() as session:
        assert run.correction_id is not None
        correction = get_correction(session, run.correction_id)
        exams = rescoring.exams_with(session, services.store, correction.item_id)
        attempts = rescoring.attempts_with(session, exams, correction.item_id, run.last_attempt_id, rescoring.ATTEMPT_BATCH)
        answers = [] if attempts else _practice_batch(session, correction, run)
    with database.writing() as session:
        if attempts and rescoring.claim_batch(session, run, attempts[-1], run.last_response_id):
            _rescore_attempts(session, services, correction, run, attempts, now)
        elif answers and rescoring.claim_batch(session, run, run.last_attempt_id, answers[-1]):
            rescoring.rescore_answers(session, services.store, answers, now)
            rescoring.add_tally(session, id_of(run), Tally(done=len(answers)))
        elif not attempts and not answers and rescoring.finish(session, run, now):
            _tell_contestants(session, services, correction, run, now)
        session.commit()


def _practice_batch(session: Session, correction: Correction, run: Rescoring) -> list[int]:
    if correction.kind != "key":  # practice answers have no common score that a suspension would change
        return []
    return rescoring.answers_with(session, correction.item_id, run.last_response_id, rescoring.ANSWER_BATCH)


def _rescore_attempts(
    session: Session, services: Services, correction: Correction, run: Rescoring, ids: list[int], now: datetime
) -> None:
    attempts = rescoring.lock_decided(session, ids)
    papers = rescoring.load_papers(session, services.store, attempts)
    counts = rescoring.item_counts(session, [id_of(attempt) for attempt in attempts if id_of(attempt) is not None])
    tally = Tally(done=len(ids))
    for attempt in attempts:
        spec = services.store.exams[attempt.exam_key]
        change = rescoring.rescore_attempt(
            session, attempt, papers[id_of(attempt)], counts.get(id_of(attempt)), spec, id_of(run), now
        )
        if change is not None:
            tally.add(change.effect)
            _carry_out(session, services, correction, run, change, now)
    rescoring.add_tally(session, id_of(run), tally)


def _carry_out(
    session: Session, services: Services, correction: Correction, run: Rescoring, change: Change, now: datetime
) -> None:
    """What follows from a changed result: a certificate, its end where the specification says so, and a message."""
    attempt = change.attempt
    addresses = []
    if change.effect == "to_pass":
        items = items_today(session, services.store, attempt)
        issued = issue_earned(session, services, attempt, items, stored_credits(session, attempt, items), now)
        addresses = [services.issuer.party.credential_url(credential.id) for credential in issued]
    if change.effect == "to_fail":
        _revoke_issued(session, services, attempt, now)
    spec = services.store.exams[attempt.exam_key]
    if not spec.is_mock:
        values = _what(services, correction, run.is_ending) | {
            "title": spec.title,
            "before": change.score_before if change.attempt.released.has_score else None,
            "after": attempt.score,
            "cut": attempt.mark,
            "effect": change.effect,
            "address": f"{services.issuer.party.base_url}/attempts/{attempt.id}",
            "certificates": addresses,
        }
        add_mail(session, attempt.user_id, "exam_rescored", values, now)


def _revoke_issued(session: Session, services: Services, attempt: Attempt, now: datetime) -> None:
    spec = services.store.exams[attempt.exam_key]
    reason = f"An item of the exam {spec.title} was corrected, and the corrected score is below the pass mark."
    for credential in credentials_of(session, attempt.user_id):
        if credential.attempt_id == attempt.id and credential.revoked_at is None:
            revoke(session, services.issuer, credential, reason, None, now)


def _what(services: Services, correction: Correction, is_ending: bool) -> dict[str, object]:
    """What happened to which item, as the mails ask for it."""
    item = services.store.items.get(correction.item_id)
    is_practice = item is not None and services.store.banks[item.bank].file.purpose == "practice"
    name = f'"{item.title}"' if item is not None and is_practice else ""  # an exam item is used again: no word about it
    return {"item": name, "change": "key" if correction.kind == "key" else "counts" if is_ending else "suspended"}


def _tell_contestants(session: Session, services: Services, correction: Correction, run: Rescoring, now: datetime) -> None:
    """Tell those who reported the item that everybody's answers are scored again."""
    values = _what(services, correction, run.is_ending) | {"address": f"{services.issuer.party.base_url}/contests"}
    for user_id in told_by(session, id_of(correction)):
        add_mail(session, user_id, "contest_rescored", values, now)

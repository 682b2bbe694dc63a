"""After a correction: replay the stored answers, issue what is now earned, tell everybody whose result changed.

One transaction a batch. `kill -9` between or within batches loses nothing and does nothing twice: the run's cursor moves in the
transaction of its batch. Two processes at once share the work: the one that is slower at a cursor looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import sleep

from sqlmodel import Session

from trainer_academy.assessments import rescoring
from trainer_academy.assessments.contest_models import Correction, Rescoring
from trainer_academy.assessments.contests import told_by
from trainer_academy.assessments.correcting import get_correction
from trainer_academy.assessments.deciding import stored_credits
from trainer_academy.assessments.models import Attempt
from trainer_academy.assessments.rescoring import Change, Tally
from trainer_academy.core.db import Database
from trainer_academy.credentials.queries import credentials_of
from trainer_academy.notices.outbox import add_mail
from trainer_academy.workflows.certification import Services, issue_earned, paper_items
from trainer_academy.workflows.watching import revoke

Progress = Callable[[int, int], object]  # looked at, all
# SQLite has one writer, and those who wait look every 0.1 s: without a pause people's answers would hardly get in between.
PAUSE = 0.12


def rescore(
    database: Database, services: Services, correction_id: int, now: datetime, progress: Progress | None = None,
    max_batches: int | None = None,
) -> bool:  # fmt: skip
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
        assert run.id is not None
        rescoring.set_total(session, run.id, total)
        session.commit()
    run.total = total
    return run


def _run_batch(database: Database, services: Services, run: Rescoring, now: datetime) -> None:
    """The next batch of attempts, else of practice answers, else the end."""
    with database.reader() as session:
        correction = get_correction(session, run.correction_id)
        exams = rescoring.exams_with(session, services.store, correction.item_id)
        attempts = rescoring.attempts_with(session, exams, correction.item_id, run.last_attempt_id, rescoring.ATTEMPT_BATCH)
        answers = [] if attempts else _practice_batch(session, correction, run)
    with database.writing() as session:
        if attempts and rescoring.claim_batch(session, run, attempts[-1], run.last_response_id):
            _rescore_attempts(session, services, correction, run, attempts, now)
        elif answers and rescoring.claim_batch(session, run, run.last_attempt_id, answers[-1]):
            rescoring.rescore_answers(session, services.store, answers, now)
            rescoring.add_tally(session, run.id or 0, Tally(done=len(answers)))
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
    assert run.id is not None
    attempts = rescoring.lock_decided(session, ids)
    papers = rescoring.load_papers(session, services.store, attempts)
    counts = rescoring.item_counts(session, [attempt.id for attempt in attempts if attempt.id is not None])
    tally = Tally(done=len(ids))
    for attempt in attempts:
        assert attempt.id is not None
        spec = services.store.exams[attempt.exam_key]
        change = rescoring.rescore_attempt(session, attempt, papers[attempt.id], counts.get(attempt.id), spec, run.id, now)
        if change is not None:
            tally.add(change.effect)
            _carry_out(session, services, correction, run, change, now)
    rescoring.add_tally(session, run.id, tally)


def _carry_out(
    session: Session, services: Services, correction: Correction, run: Rescoring, change: Change, now: datetime
) -> None:
    """What follows from a changed result: a certificate, its end where the specification says so, and a message."""
    attempt = change.attempt
    addresses = []
    if change.effect == "to_pass":
        items = paper_items(session, services.store, attempt)
        issued = issue_earned(session, services, attempt, items, stored_credits(session, attempt, items), now)
        addresses = [services.issuer.party.credential_url(credential.id) for credential in issued]
    if change.effect == "to_fail":
        _revoke_issued(session, services, attempt, now)
    spec = services.store.exams[attempt.exam_key]
    if not spec.is_mock:
        body = _result_mail(services, attempt, change, _what(services, correction, run.is_ending), addresses)
        add_mail(session, attempt.user_id, "exam_rescored", f"Your result has changed: {spec.title}", body, now)


def _revoke_issued(session: Session, services: Services, attempt: Attempt, now: datetime) -> None:
    spec = services.store.exams[attempt.exam_key]
    reason = f"An item of the exam {spec.title} was corrected, and the corrected score is below the pass mark."
    for credential in credentials_of(session, attempt.user_id):
        if credential.attempt_id == attempt.id and credential.revoked_at is None:
            revoke(session, services.issuer, credential, reason, None, now)


def _what(services: Services, correction: Correction, is_ending: bool) -> str:
    item = services.store.items.get(correction.item_id)
    name = f'"{item.title}"' if item is not None else correction.item_id
    if correction.kind == "key":
        return f"The right answer to the item {name} was corrected. Two authors agreed on it."
    if is_ending:
        return f"The item {name} had been taken out of the scoring. It counts again."
    return f"The item {name} was taken out of the scoring. Two authors agreed on it."


def _result_mail(services: Services, attempt: Attempt, change: Change, what: str, addresses: list[str]) -> str:
    assert attempt.score is not None
    lines = [
        what,
        f"Your score was {change.score_before * 100:.1f} of 100. It is now {attempt.score * 100:.1f} of 100.",
        {
            "to_pass": "You have passed now.",
            "kept": "The new score is below the pass mark. The mistake was ours: you keep your pass and your certificate.",
            "to_fail": "The new score is below the pass mark, so the exam is not passed any more, as its rules say.",
            "": "Whether you passed has not changed.",
        }[change.effect],
        "The old score stays stored beside the new one. You did not have to do anything, and your answers were not changed.",
        f"Your result: {services.issuer.party.base_url}/attempts/{attempt.id}",
        *(f"Your certificate: {address}" for address in addresses),
    ]
    return "\n\n".join(lines)


def _tell_contestants(session: Session, services: Services, correction: Correction, run: Rescoring, now: datetime) -> None:
    """Tell those who reported the item that everybody's answers are scored again."""
    for user_id in told_by(session, correction.id or 0):
        body = (
            f"{_what(services, correction, run.is_ending)}\n\nYou had told us about it. All stored answers to it are scored "
            f"again; if your own result changed, you have a message of its own.\n\n{services.issuer.party.base_url}/contests"
        )
        add_mail(session, user_id, "contest_rescored", "The item that you reported is corrected", body, now)

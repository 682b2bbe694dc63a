"""Exam attempts: start, save and claim. Steps flush; the edge commits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import current_items, load_corrections
from trainer_academy.assessments.exams.assembly import assemble_paper, find_shortages
from trainer_academy.assessments.exams.basis import adopted_calibration, cut_in_force
from trainer_academy.assessments.exams.decision_model import Choice, CutInForce, KnownBank, choose_model, widened
from trainer_academy.assessments.exams.eligibility import GRACE, NoStart, deadline, is_over, start_state
from trainer_academy.assessments.exams.log import answer_digest, append_event, digest
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Decision, Response
from trainer_academy.assessments.exams.paper import PaperEntry, SequencePlan, write_paper
from trainer_academy.assessments.exams.sequence import plan_sequence, prepare
from trainer_academy.assessments.exams.starting import facts_of, margin_of, next_mark, to_pool
from trainer_academy.assessments.exams.windows import load_exposure
from trainer_academy.assessments.items.base import Payload, same_payload
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.core.db import id_of, insert_new
from trainer_academy.core.errors import Conflict, NotFound, Refusal
from trainer_academy.psychometrics.mastery import Population


def attempts_of(session: Session, user_id: int, exam_key: str) -> list[Attempt]:
    """All attempts of a person at an exam, oldest first."""
    statement = select(Attempt).where(Attempt.user_id == user_id, Attempt.exam_key == exam_key).order_by(col(Attempt.number))
    return list(session.exec(statement).all())


def newest_decided(session: Session, exam_key: str, limit: int) -> list[Attempt]:
    """The newest decided attempts at an exam, whoever sat it."""
    statement = select(Attempt).where(Attempt.exam_key == exam_key, Attempt.status == AttemptStatus.DECIDED)
    return list(session.exec(statement.order_by(col(Attempt.id).desc()).limit(limit)).all())


def all_responses(session: Session, attempt_id: int) -> list[Response]:
    """Every saved answer of an attempt, also the ones that were changed later."""
    return list(session.exec(select(Response).where(Response.attempt_id == attempt_id)).all())


def items_today(session: Session, store: ItemStore, attempt: Attempt) -> list[SomeItem]:
    """The items of the paper with the keys that count today: to score, to explain, to decide."""
    return current_items(session, store, [entry.pair for entry in attempt.paper])


def open_attempt(session: Session, user_id: int) -> Attempt | None:
    """The one attempt that the person has open, in whatever exam."""
    return session.exec(select(Attempt).where(Attempt.user_id == user_id, Attempt.status == AttemptStatus.IN_PROGRESS)).first()


@dataclass(frozen=True)
class Plan:
    """Everything that a start writes, worked out before the write lock is taken."""

    user_id: int
    exam_key: str
    exam_version: str
    number: int
    seed: int
    paper: tuple[PaperEntry, ...]
    minutes: int
    time_factor: float
    cut: CutInForce
    login_session_id: int | None
    sequence: SequencePlan | None = None
    calibration_id: int | None = None
    pass_mark: float | None = None
    margin: float | None = None
    pooled_with: int | None = None


@dataclass(frozen=True)
class Terms:
    """What a new attempt is decided by: the cut, the model, and the calibration where one is adopted."""

    cut: CutInForce
    choice: Choice
    known: KnownBank | None


def terms_today(session: Session, exam_key: str, spec: ExamSpec, items: Sequence[SomeItem]) -> Terms:
    """The terms of an attempt that starts now."""
    corrections = load_corrections(session)
    return _terms(session, exam_key, spec, [corrections.apply(item) for item in items])


def _terms(session: Session, exam_key: str, spec: ExamSpec, items: Sequence[SomeItem]) -> Terms:
    cut, known = cut_in_force(session, exam_key, spec), adopted_calibration(session, exam_key)
    return Terms(cut, choose_model(spec, items, known, cut.score), known)


def plan_attempt(
    session: Session,
    user_id: int,
    exam_key: str,
    spec: ExamSpec,
    items: Sequence[SomeItem],
    seed: int,
    now: datetime,
    login_session_id: int | None = None,
    kept_out: Collection[str] = (),
) -> Plan | Attempt | Refusal:
    """What a start would write; or the attempt that is open, or why nothing may start. Reads only.

    `kept_out` are ids of items that may not certify (`bank.versions.known_outside`).
    """
    if open_attempt(session, user_id):
        return _running(session, user_id, exam_key)
    facts = facts_of(session, user_id, exam_key, spec, now)
    reason = start_state(spec, facts, now).reason
    if reason is not None:
        # "open" here: another request started one between the two reads.
        return _running(session, user_id, exam_key) if reason is NoStart.OPEN else Refusal(f"start.{reason}")
    earlier = attempts_of(session, user_id, exam_key)
    seen = {entry.item_id for attempt in earlier for entry in attempt.paper}
    corrections = load_corrections(session)
    today = [corrections.apply(item) for item in items if item.id not in kept_out]
    terms = _terms(session, exam_key, spec, today)
    exposure = load_exposure(session, exam_key)
    sequence, known = None, terms.known
    if find_shortages(spec, today):
        return Refusal("start.short_bank")
    mark, margin, before = None, None, None
    if terms.choice.is_sequential and known is not None:
        before = to_pool(earlier, spec, terms.cut.score, now, known.calibration_id)
        ready = prepare(spec, today, terms.choice.usable, terms.cut.score, _prior(session, before, known.population))
        sequence = plan_sequence(ready, seed, seen, exposure)
        paper = sequence.entries[:1]
    else:
        before, mark = next_mark(earlier, spec, terms.cut.score, now)
        paper, margin = assemble_paper(spec, today, seed, seen, exposure), margin_of(spec, earlier, now)
    return Plan(
        user_id,
        exam_key,
        spec.version,
        len(earlier) + 1,
        seed,
        paper,
        spec.minutes,
        facts.time_factor,
        terms.cut,
        login_session_id,
        sequence,
        known.calibration_id if sequence is not None and known is not None else None,
        mark,
        margin,
        None if before is None else id_of(before),
    )


def _prior(session: Session, before: Attempt | None, population: Population) -> Population:
    """What is known of the person before a sequential sitting: the sitting before, else the population."""
    columns = select(col(Decision.basis)).where(Decision.attempt_id == (before.id if before is not None else None))
    basis = session.scalar(columns.order_by(col(Decision.id).desc()).limit(1)) if before is not None else None
    return widened(basis["ability"], basis["error"]) if basis and "ability" in basis else population


def start_planned(session: Session, plan: Plan, now: datetime) -> Attempt | Refusal:
    """Write a planned attempt: two inserts. Limits hold when two requests arrive at once.

    The database decides the race: one open attempt for a person (partial unique index), one attempt for each number.
    """
    ends_at = deadline(now, plan.minutes, plan.time_factor)
    attempt = Attempt(
        user_id=plan.user_id,
        exam_key=plan.exam_key,
        exam_version=plan.exam_version,
        number=plan.number,
        seed=plan.seed,
        paper=plan.paper,
        started_at=now,
        deadline_at=ends_at,
        cut_score=plan.cut.score,
        time_factor=plan.time_factor,
        login_session_id=plan.login_session_id,
        model="classical" if plan.sequence is None else "sequential",
        plan=plan.sequence,
        calibration_id=plan.calibration_id,
        cut_id=plan.cut.cut_id,
        scoring=SCORING,
        pass_mark=plan.pass_mark,
        margin=plan.margin,
        pooled_with=plan.pooled_with,
    )
    try:
        with session.begin_nested():
            session.add(attempt)
            session.flush()
            detail = {
                "exam": plan.exam_key,
                "paper": digest(plan.sequence.as_json() if plan.sequence else write_paper(plan.paper)),
                "ends_at": ends_at.isoformat(),
            }
            append_event(session, attempt, "started", detail, now)
    except IntegrityError:
        return _running(session, plan.user_id, plan.exam_key)
    return attempt


def start_attempt(
    session: Session, user_id: int, exam_key: str, spec: ExamSpec, items: Sequence[SomeItem], seed: int, now: datetime
) -> Attempt | Refusal:
    """Plan and start in one session: for commands and tests. The web plans before it takes the write lock."""
    plan = plan_attempt(session, user_id, exam_key, spec, items, seed, now)
    return start_planned(session, plan, now) if isinstance(plan, Plan) else plan


def _running(session: Session, user_id: int, exam_key: str) -> Attempt | Refusal:
    """The open attempt when it is one of this exam, else the refusal that another exam is open."""
    running = open_attempt(session, user_id)
    return running if running is not None and running.exam_key == exam_key else Refusal("start.open")


def get_attempt(session: Session, attempt_id: int, user_id: int, is_to_save: bool = False) -> Attempt:
    """An attempt of this person. Raises NotFound, also when it belongs to somebody else.

    `is_to_save` makes a submit at the same moment wait until the answer is stored, so that it is scored, and two saves of
    the same attempt one after the other, so that its log stays a chain.
    """
    lock = True if is_to_save else None
    attempt = session.get(Attempt, attempt_id, with_for_update=lock, populate_existing=is_to_save)
    if attempt is None or attempt.user_id != user_id:
        raise NotFound("attempt.unknown")
    return attempt


def latest_responses(session: Session, attempt_id: int) -> dict[int, Response]:
    """The newest saved answer of each position."""
    rows = session.scalars(newest_of(attempt_id, select(Response))).all()
    return {row.position: row for row in rows if row.position is not None}


def newest_of(attempt_id: int, statement: Any) -> Any:
    """`statement` over responses, limited to the newest one of each position."""
    newest = (
        select(col(Response.position), func.max(Response.sequence).label("top"))
        .where(Response.attempt_id == attempt_id)
        .group_by(col(Response.position))
        .subquery()
    )
    match = (col(Response.position) == newest.c.position) & (col(Response.sequence) == newest.c.top)
    return statement.join(newest, match).where(Response.attempt_id == attempt_id)


def _check_device(attempt: Attempt, login_session_id: int | None) -> None:
    """Raise Conflict when the exam was moved to another device; one that nobody holds is taken."""
    if attempt.login_session_id is None:
        attempt.login_session_id = login_session_id
    elif login_session_id is not None and attempt.login_session_id != login_session_id:
        raise Conflict("attempt.other_device")


def move_here(session: Session, attempt: Attempt, login_session_id: int, now: datetime) -> None:
    """Let this device answer from now on; the other one is told at its next save."""
    if attempt.status != AttemptStatus.IN_PROGRESS or attempt.login_session_id == login_session_id:
        return
    attempt.login_session_id = login_session_id
    append_event(session, attempt, "moved", {"device": login_session_id}, now)
    session.flush()


def save_response(
    session: Session,
    attempt: Attempt,
    position: int,
    payload: Payload,
    is_flagged: bool,
    sequence: int,
    now: datetime,
    seconds: int | None = None,
    login_session_id: int | None = None,
) -> int:
    """Append an answer; returns the sequence number that is now the newest. `seconds` is the time on the screen.

    `login_session_id` is the browser that answers: only the one that holds the attempt may (None: no browser, a command).

    Sending the same answer again changes nothing. Raises Conflict when time is over, or when another tab or device has saved
    a different answer with this number or a later one: nothing is overwritten silently.
    """
    _check_device(attempt, login_session_id)
    if attempt.status != AttemptStatus.IN_PROGRESS:
        raise Conflict("attempt.closed")
    if is_over(attempt.deadline_at, now):
        raise Conflict("attempt.time_over", at=attempt.deadline_at)
    if attempt.plan is not None and position <= attempt.plan.handed_in:
        raise Conflict("attempt.handed_in", position=position)
    newest = session.execute(_NEWEST, {"attempt_id": attempt.id, "position": position}).first()
    if newest is not None:
        if same_payload(newest.payload, payload) and newest.is_flagged == is_flagged:
            return int(newest.sequence)
        if sequence <= newest.sequence:
            raise Conflict("attempt.other_answer", position=position, at=newest.saved_at)
    if newest is None and not payload and not is_flagged:
        return sequence - 1
    entry = attempt.paper[position - 1]
    values = {
        "user_id": attempt.user_id,
        "attempt_id": attempt.id,
        "position": position,
        "sequence": sequence,
        "item_id": entry.item_id,
        "item_version": entry.version,
        "presentation": entry.presentation,
        "payload": payload,
        "is_flagged": is_flagged,
        "seconds": seconds,
        "saved_at": now,
        "undone_at": None,
    }
    if not insert_new(session, Response, values):  # another request took this number since we looked
        return save_response(session, attempt, position, payload, is_flagged, sequence, now, seconds, login_session_id)
    detail = {"position": position, "sequence": sequence, "answer": answer_digest(payload, is_flagged)}
    append_event(session, attempt, "saved", detail, now)
    return sequence


_NEWEST = (
    select(col(Response.sequence), col(Response.payload), col(Response.is_flagged), col(Response.saved_at))
    .where(col(Response.attempt_id) == bindparam("attempt_id"), col(Response.position) == bindparam("position"))
    .order_by(col(Response.sequence).desc())
    .limit(1)
)


def claim(session: Session, attempt_id: int, reason: str, now: datetime) -> bool:
    """Close an open attempt; False when somebody was faster. Only the one who claims may score."""
    statement = (
        update(Attempt)
        .where(col(Attempt.id) == attempt_id, col(Attempt.status) == AttemptStatus.IN_PROGRESS)
        .values(status=AttemptStatus.DECIDED, closed_at=now, close_reason=reason)
    )
    result: Any = session.execute(statement)
    return bool(result.rowcount == 1)


def overdue_attempts(session: Session, now: datetime, limit: int = 200) -> list[int]:
    """Ids of open attempts whose deadline and grace have passed."""
    statement = (
        select(col(Attempt.id))
        .where(col(Attempt.status) == AttemptStatus.IN_PROGRESS, col(Attempt.deadline_at) < now - GRACE)
        .order_by(col(Attempt.deadline_at))
        .limit(limit)
    )
    return [attempt_id for attempt_id in session.scalars(statement).all() if attempt_id is not None]

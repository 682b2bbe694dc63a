"""Jobs of the slice: asked for on a page or by a command, claimed by one worker at a time, told how far they are. Steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from trainer_academy.core.errors import NotFound
from trainer_academy.measurement.calibrations.models import JobStatus, MeasurementJob

STALE = timedelta(minutes=2)
"""A running job writes a sign of life each half second (`measurement_jobs`); without one for this long its worker is dead."""


def ask_for(session: Session, kind: str, exam_key: str, requested_by: int | None, now: datetime) -> MeasurementJob:
    """Queue a job. One of the same kind and exam that waits or runs already is returned instead of a second one."""
    waiting = select(MeasurementJob).where(MeasurementJob.kind == kind, MeasurementJob.exam_key == exam_key)
    found = session.exec(waiting.where(col(MeasurementJob.status).in_((JobStatus.QUEUED, JobStatus.RUNNING))).limit(1)).first()
    if found is not None:
        return found
    job = MeasurementJob(kind=kind, exam_key=exam_key, requested_by=requested_by, requested_at=now)
    session.add(job)
    session.flush()
    return job


def get_job(session: Session, exam_key: str, job_id: int) -> MeasurementJob:
    """Raises NotFound when there is no such job of this exam."""
    job = session.get(MeasurementJob, job_id)
    if job is None or job.exam_key != exam_key:
        raise NotFound("job.unknown")
    return job


def newest_jobs(session: Session, exam_key: str, limit: int) -> list[MeasurementJob]:
    statement = select(MeasurementJob).where(MeasurementJob.exam_key == exam_key)
    return list(session.exec(statement.order_by(col(MeasurementJob.id).desc()).limit(limit)).all())


@dataclass(frozen=True)
class Claim:
    """A job that this worker runs. A worker that was thought dead finds that its claim is no longer the newest."""

    job_id: int
    started_at: datetime


def next_waiting(session: Session, now: datetime) -> int | None:
    """The job whose worker died, else the oldest that waits; None while one runs."""
    running = select(MeasurementJob).where(
        MeasurementJob.status == JobStatus.RUNNING, col(MeasurementJob.seen_at) >= now - STALE
    )
    if session.exec(running.limit(1)).first() is not None:
        return None
    order = (col(MeasurementJob.status).desc(), col(MeasurementJob.id))
    return session.scalar(select(col(MeasurementJob.id)).where(_is_free(now)).order_by(*order).limit(1))


def claim(session: Session, job_id: int, now: datetime) -> Claim | None:
    """Take a job; None when somebody was faster, or while another job runs."""
    values = {
        "status": JobStatus.RUNNING,
        "started_at": now,
        "seen_at": now,
        "ended_at": None,
        "done": 0,
        "total": 0,
        "error": "",
    }
    statement = update(MeasurementJob).where(col(MeasurementJob.id) == job_id, _is_free(now)).values(**values)
    try:
        with session.begin_nested():
            result: Any = session.execute(statement)
    except IntegrityError:  # the database keeps that one runs at a time
        return None
    return Claim(job_id, now) if result.rowcount == 1 else None


def _is_free(now: datetime) -> Any:
    is_dead = (col(MeasurementJob.status) == JobStatus.RUNNING) & (col(MeasurementJob.seen_at) < now - STALE)
    return or_(col(MeasurementJob.status) == JobStatus.QUEUED, is_dead)


def tell(session: Session, own: Claim, done: int, total: int, note: str, now: datetime) -> bool:
    """Write how far a running job is; False when the claim has been lost."""
    return _change(session, own, {"done": done, "total": total, "note": note[:200], "seen_at": now})


def finish(session: Session, own: Claim, result_id: int, now: datetime) -> bool:
    """False when the claim has been lost: then the caller rolls back."""
    return _change(session, own, {"status": JobStatus.DONE, "result_id": result_id, "ended_at": now})


def fail(session: Session, own: Claim, error: str, now: datetime) -> bool:
    return _change(session, own, {"status": JobStatus.FAILED, "error": error[:2000], "ended_at": now})


def put_back(session: Session, own: Claim) -> bool:
    """The worker stops: the job waits for the next one."""
    return _change(session, own, {"status": JobStatus.QUEUED, "note": ""})


def _change(session: Session, own: Claim, values: dict[str, Any]) -> bool:
    mine = (
        col(MeasurementJob.id) == own.job_id,
        col(MeasurementJob.status) == JobStatus.RUNNING,
        col(MeasurementJob.started_at) == own.started_at,
    )
    result: Any = session.execute(update(MeasurementJob).where(*mine).values(**values))
    return bool(result.rowcount == 1)

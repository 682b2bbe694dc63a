"""How raters do: agreement with the other rater, severity, time, and how often a third one was needed. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import resolve_items
from trainer_academy.assessments.rating.models import Rating, RatingTask, TaskStatus
from trainer_academy.assessments.rating.tasks import criterion_sizes
from trainer_academy.psychometrics.agreement import Agreement, Judgement, agreement, judgements_of

LOOK_BACK = timedelta(days=365)
Sizes = Mapping[str, int]


@dataclass(frozen=True)
class RaterReport:
    """One rater in one exam, over the last 365 days.

    `partner` compares the two blind ratings of round 1. `settled` compares with the settled levels: they are partly made of
    the rater's own levels, so its severity is smaller than the true one. None where there is nothing to compare yet.
    """

    rater_id: int
    exam_key: str
    count: int
    partner: Agreement | None
    settled: Agreement | None
    median_seconds: float
    pairs: int
    adjudicated: int


@dataclass(frozen=True)
class _Given:
    """A submitted rating."""

    rater_id: int
    slot: int
    levels: dict[str, int]
    seconds: int


def rater_reports(session: Session, store: ItemStore, now: datetime, rater_id: int | None = None) -> list[RaterReport]:
    """Every rater who rated in the last 365 days, or one of them; by exam and rater."""
    tasks, given = _load(session, now, rater_id)
    sizes = _sizes(session, store, tasks.values())
    raters = {(tasks[task_id].exam_key, row.rater_id) for task_id, rows in given.items() for row in rows.values()}
    wanted = sorted(pair for pair in raters if rater_id is None or pair[1] == rater_id)
    return [_report(exam_key, one, tasks, given, sizes) for exam_key, one in wanted]


def _load(session: Session, now: datetime, rater_id: int | None) -> tuple[dict[int, RatingTask], dict[int, dict[int, _Given]]]:
    """Tasks by id, and their submitted ratings by slot; of a rater: only tasks with a rating of this person."""
    own = select(col(Rating.task_id)).where(col(Rating.submitted_at) > now - LOOK_BACK, col(Rating.task_id).is_not(None))
    mine = own if rater_id is None else own.where(Rating.rater_id == rater_id)
    task_rows = session.exec(select(RatingTask).where(col(RatingTask.id).in_(mine))).all()
    tasks = {task.id: task for task in task_rows if task.id is not None}
    rows = select(Rating).where(col(Rating.task_id).in_(mine), col(Rating.submitted_at).is_not(None))
    given: dict[int, dict[int, _Given]] = {}
    for row in session.exec(rows).all():
        assert row.task_id is not None and row.slot is not None
        given.setdefault(row.task_id, {})[row.slot] = _Given(row.rater_id, row.slot, row.levels or {}, row.seconds or 0)
    return tasks, given


def _sizes(session: Session, store: ItemStore, tasks: Iterable[RatingTask]) -> dict[tuple[str, str], Sizes]:
    """The number of levels of each criterion, by item version."""
    pairs = sorted({(task.item_id, task.item_version) for task in tasks})
    found = zip(pairs, resolve_items(session, store, pairs), strict=True)
    return {pair: criterion_sizes(work) for pair, item in found if (work := item.rated) is not None}


def _report(
    exam_key: str,
    rater_id: int,
    tasks: Mapping[int, RatingTask],
    given: Mapping[int, Mapping[int, _Given]],
    sizes: Mapping[tuple[str, str], Sizes],
) -> RaterReport:
    own = [
        (tasks[task_id], row, rows)
        for task_id, rows in given.items()
        for row in rows.values()
        if row.rater_id == rater_id and tasks[task_id].exam_key == exam_key
    ]
    partner: list[Judgement] = []
    settled: list[Judgement] = []
    pairs = adjudicated = 0
    for task, row, rows in own:
        scale = sizes.get((task.item_id, task.item_version), {})
        if row.slot in (1, 2) and {1, 2} <= set(rows):
            pairs += 1
            adjudicated += task.status == TaskStatus.ROUND_2 or 3 in rows
            partner += judgements_of(str(task.id), row.levels, rows[3 - row.slot].levels, scale)
        if task.settled is not None and row.slot != 4:  # an appeal settles by its own levels
            settled += judgements_of(str(task.id), row.levels, task.settled, scale)
    seconds = [row.seconds for _, row, _ in own]
    return RaterReport(
        rater_id,
        exam_key,
        len(own),
        agreement(partner) if partner else None,
        agreement(settled) if settled else None,
        median(seconds),
        pairs,
        adjudicated,
    )

"""Decided exams under the scoring rules of today: which ones, what would change, scoring one again. Steps flush.

A pass stays, and so does its certificate, which says the version of the rules that it was earned by. Exams with written work
are scored alike by all versions; sequential sittings rest on a calibration of their own scores. Both stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, update
from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.corrections.models import Rescoring, RunStatus
from trainer_academy.assessments.corrections.preview import BATCH, Expected, Preview
from trainer_academy.assessments.corrections.rescoring import (
    Change,
    effect_on_pass,
    item_counts,
    keep_first,
    load_papers,
    shown_once,
)
from trainer_academy.assessments.exams.basis import cut_in_force
from trainer_academy.assessments.exams.deciding import decide, is_counted, paper_result, score_answers
from trainer_academy.assessments.exams.decision_model import CutInForce
from trainer_academy.assessments.exams.handing_in import newest_payloads
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.core.db import id_of


def _is_outdated(store: ItemStore) -> ColumnElement[bool]:
    exams = [key for key, spec in store.exams.items() if spec.rating is None]
    return and_(
        col(Attempt.exam_key).in_(exams),
        col(Attempt.status) == AttemptStatus.DECIDED,
        col(Attempt.scoring) < SCORING,
        col(Attempt.plan).is_(None),
    )


def outdated(session: Session, store: ItemStore, after: int, limit: int) -> list[int]:
    """Ids of the next decided attempts with scores by earlier rules."""
    statement = select(col(Attempt.id)).where(_is_outdated(store), col(Attempt.id) > after)
    return [found for found in session.scalars(statement.order_by(col(Attempt.id)).limit(limit)).all() if found is not None]


def count_outdated(session: Session, store: ItemStore) -> int:
    """How many attempts a run looks at."""
    return session.scalar(select(func.count()).select_from(Attempt).where(_is_outdated(store))) or 0


def cuts_today(session: Session, store: ItemStore) -> dict[str, CutInForce]:
    """The cut of each exam for scores by the rules of today."""
    return {key: cut_in_force(session, key, spec) for key, spec in store.exams.items() if spec.rating is None}


def preview_scoring(session: Session, store: ItemStore) -> Preview:
    """What a run would change. Reads only."""
    found, last, cuts = Preview(), 0, cuts_today(session, store)
    while ids := outdated(session, store, last, BATCH):
        last = ids[-1]
        found.attempts += len(ids)
        attempts = session.exec(select(Attempt).where(col(Attempt.id).in_(ids)).order_by(col(Attempt.id))).all()
        papers = load_papers(session, store, attempts)
        for attempt in attempts:
            found.add(_expect(session, attempt, papers[id_of(attempt)], cuts[attempt.exam_key]))
        session.expunge_all()
    return found


def _expect(session: Session, attempt: Attempt, items: Sequence[SomeItem], cut: CutInForce) -> Expected:
    assert attempt.score is not None
    payloads = newest_payloads(session, id_of(attempt))
    credits = [
        item.score(payloads.get(place, {})).value if is_counted(entry, item) else None
        for place, (item, entry) in enumerate(zip(items, attempt.paper, strict=True), 1)
    ]
    result = paper_result(items, credits, cut.score)
    return Expected(
        id_of(attempt), attempt.score, result.share, effect_on_pass(bool(attempt.is_passed), result.is_passed, True)
    )


def open_run(session: Session, store: ItemStore, now: datetime) -> Rescoring:
    """The run to the rules of today that was interrupted, or a new one."""
    statement = select(Rescoring).where(Rescoring.scoring == SCORING, Rescoring.status == RunStatus.RUNNING)
    run = session.exec(statement.order_by(col(Rescoring.id)).limit(1)).first()
    if run is None:
        run = Rescoring(scoring=SCORING, total=count_outdated(session, store), started_at=now)
        session.add(run)
        session.flush()
    return run


def move_on(session: Session, run: Rescoring, last_attempt_id: int) -> bool:
    """Move the run's cursor from where we saw it; False when another process was faster."""
    seen = and_(col(Rescoring.id) == run.id, col(Rescoring.last_attempt_id) == run.last_attempt_id)
    claim = update(Rescoring).where(seen, col(Rescoring.status) == RunStatus.RUNNING).values(last_attempt_id=last_attempt_id)
    claimed = session.execute(claim, execution_options={"synchronize_session": False})
    return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]


def rescore_by_today(
    session: Session, attempt: Attempt, items: Sequence[SomeItem], cut: CutInForce, run_id: int, now: datetime
) -> Change:
    """Add scores by the rules of today beside the old ones, and decide again with the cut that belongs to them."""
    assert attempt.score is not None
    if id_of(attempt) not in item_counts(session, [id_of(attempt)]):
        keep_first(session, attempt, shown_once(attempt.paper))
    before, was_passed = attempt.score, bool(attempt.is_passed)
    attempt.scoring, attempt.cut_score, attempt.cut_id = SCORING, cut.score, cut.cut_id
    credits = score_answers(session, attempt, items, now, has_raters=False)
    result = decide(session, attempt, items, credits, "rescored", now, run_id, keeps_pass=True)
    return Change(attempt, before, effect_on_pass(was_passed, result.is_passed, True))

"""Stored answers under corrected keys: finding the papers, replaying the answers, counting what changes. Steps flush.

A run goes through attempts and practice answers in the order of their ids. Each batch moves the run's cursor in its own
transaction, before anything else: an interrupted run goes on where it stood, and of two runs at once only one gets a batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, and_, cast, func, insert, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.models import Correction, ItemVersion
from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import current_items
from trainer_academy.assessments.corrections.models import Rescoring, RunStatus
from trainer_academy.assessments.exams.deciding import attempt_result, decide, score_answers
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Decision, Hold, Response, Score
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.items.base import Payload
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.assessments.rating.tasks import rating_mark, settled_levels
from trainer_academy.core.db import id_of

ATTEMPT_BATCH = 100
ANSWER_BATCH = 500
CLOSED = ("decided",)
# A submit at this moment may still hold the old key: its attempt is waited for and looked at too.
ALL = ("decided", "awaiting", "in_progress")
SAME = 1e-9


@dataclass(frozen=True)
class Change:
    """What a run changed in an attempt. `effect`: to_pass, to_fail, kept, or "" when the outcome stays."""

    attempt: Attempt
    score_before: float
    effect: str


@dataclass
class Tally:
    """Counts of a batch."""

    done: int = 0
    changed: int = 0
    to_pass: int = 0
    to_fail: int = 0
    kept: int = 0

    def add(self, effect: str) -> None:
        self.changed += 1
        if effect:
            setattr(self, effect, getattr(self, effect) + 1)


def effect_on_pass(was_passed: bool, is_reached: bool, keeps_pass: bool) -> str:
    """What a new score means: a pass that is lost by a correction of ours is kept where the specification says so."""
    if was_passed == is_reached:
        return ""
    if is_reached:
        return "to_pass"
    return "kept" if keeps_pass else "to_fail"


def is_different(score: float, other: float, count: int, other_count: int) -> bool:
    """True when a result rests on another score or another number of items."""
    return abs(score - other) > SAME or count != other_count


def exams_with(session: Session, store: ItemStore, item_id: str) -> list[str]:
    """Keys of the exams that draw from a bank in which the item is or was."""
    banks = set(session.scalars(select(ItemVersion.bank).where(ItemVersion.item_id == item_id).distinct()).all())
    return sorted(key for key, spec in store.exams.items() if spec.bank in banks)


def _has_item(exam_keys: Collection[str], item_id: str, statuses: Collection[str]) -> ColumnElement[bool]:
    """The item is on the paper, or on that of the sitting before, which counts together with this one.

    The sitting before has the smaller id: a run comes to it first.
    """
    # Item ids are made of a-z, 0-9 and "-": nothing in them means anything to LIKE.
    written, before = f'%"item_id": "{item_id}"%', aliased(Attempt)
    pooled = select(col(before.id)).where(cast(col(before.paper), Text).like(written))
    is_there = or_(cast(col(Attempt.paper), Text).like(written), col(Attempt.pooled_with).in_(pooled))
    return and_(col(Attempt.exam_key).in_(exam_keys), col(Attempt.status).in_(statuses), is_there)


def attempts_with(
    session: Session, exam_keys: Collection[str], item_id: str, after: int, limit: int, statuses: Collection[str] = ALL
) -> list[int]:
    """Ids of the next attempts whose paper, or the paper that counts together with it, has the item."""
    statement = select(col(Attempt.id)).where(col(Attempt.id) > after, _has_item(exam_keys, item_id, statuses))
    return [found for found in session.scalars(statement.order_by(col(Attempt.id)).limit(limit)).all() if found is not None]


def answers_with(session: Session, item_id: str, after: int, limit: int) -> list[int]:
    """Ids of the next practice answers to the item."""
    statement = select(col(Response.id)).where(_is_practice(item_id), col(Response.id) > after)
    return [found for found in session.scalars(statement.order_by(col(Response.id)).limit(limit)).all() if found is not None]


def _is_practice(item_id: str) -> ColumnElement[bool]:
    return and_(col(Response.item_id) == item_id, col(Response.attempt_id).is_(None))


def count_stored(session: Session, store: ItemStore, correction: Correction) -> int:
    """How many papers and practice answers a run looks at."""
    papers = _has_item(exams_with(session, store, correction.item_id), correction.item_id, ALL)
    count = session.scalar(select(func.count()).select_from(Attempt).where(papers)) or 0
    if correction.kind == "key":
        count += session.scalar(select(func.count()).select_from(Response).where(_is_practice(correction.item_id))) or 0
    return count


def unfinished_runs(session: Session) -> list[int]:
    """Ids of the corrections whose runs are not finished, oldest first."""
    statement = select(Rescoring.correction_id).where(Rescoring.status == RunStatus.RUNNING).order_by(col(Rescoring.id))
    return [found for found in dict.fromkeys(session.scalars(statement).all()) if found is not None]


def running_run(session: Session, correction_id: int) -> Rescoring | None:
    """The oldest run of a correction that is not finished."""
    statement = select(Rescoring).where(Rescoring.correction_id == correction_id, Rescoring.status == RunStatus.RUNNING)
    return session.exec(statement.order_by(col(Rescoring.id)).limit(1)).first()


def set_total(session: Session, run_id: int, total: int) -> None:
    """Note how much there is to look at."""
    session.execute(update(Rescoring).where(col(Rescoring.id) == run_id).values(total=total))


def claim_batch(session: Session, run: Rescoring, last_attempt_id: int, last_response_id: int) -> bool:
    """Move the cursor of the run from where we saw it; False when another process was faster or the run is finished."""
    seen = and_(
        col(Rescoring.id) == run.id,
        col(Rescoring.status) == RunStatus.RUNNING,
        col(Rescoring.last_attempt_id) == run.last_attempt_id,
        col(Rescoring.last_response_id) == run.last_response_id,
    )
    move = update(Rescoring).where(seen).values(last_attempt_id=last_attempt_id, last_response_id=last_response_id)
    claimed = session.execute(move, execution_options={"synchronize_session": False})
    return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]


def add_tally(session: Session, run_id: int, tally: Tally) -> None:
    """Add the counts of a batch to the run."""
    columns = {name: getattr(Rescoring, name) + value for name, value in vars(tally).items() if value}
    if columns:
        claim = update(Rescoring).where(col(Rescoring.id) == run_id).values(columns)
        session.execute(claim, execution_options={"synchronize_session": False})


def finish(session: Session, run: Rescoring, now: datetime) -> bool:
    """Close the run; False when another process did."""
    claim = update(Rescoring).where(col(Rescoring.id) == run.id, col(Rescoring.status) == RunStatus.RUNNING)
    claimed = session.execute(
        claim.values(status=RunStatus.DONE, finished_at=now), execution_options={"synchronize_session": False}
    )
    return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]


def lock_decided(session: Session, ids: Sequence[int]) -> list[Attempt]:
    """Those of the attempts that are decided, locked. A submit that runs at this moment is waited for."""
    statement = select(Attempt).where(col(Attempt.id).in_(ids)).order_by(col(Attempt.id)).with_for_update()
    return [attempt for attempt in session.exec(statement).all() if attempt.status == AttemptStatus.DECIDED]


def load_papers(session: Session, store: ItemStore, attempts: Sequence[Attempt]) -> dict[int, list[SomeItem]]:
    """The items of these papers as they count today, by attempt; two statements at most."""
    pairs = sorted({entry.pair for attempt in attempts for entry in attempt.paper})
    items = dict(zip(pairs, current_items(session, store, pairs), strict=True)) if pairs else {}
    return {attempt.id: [items[entry.pair] for entry in attempt.paper] for attempt in attempts if attempt.id is not None}


def item_counts(session: Session, attempt_ids: Sequence[int]) -> dict[int, int]:
    """How many items the newest decision on each attempt rests on. Attempts from before decisions were kept have none."""
    statement = select(col(Decision.attempt_id), col(Decision.item_count)).where(col(Decision.attempt_id).in_(attempt_ids))
    return {row[0]: row[1] for row in session.execute(statement.order_by(col(Decision.id)))}


def shown_once(attempt_paper: Iterable[PaperEntry]) -> int:
    """How many positions of a paper are neither a second showing nor a pilot item."""
    return sum(entry.is_scored for entry in attempt_paper)


def rescore_attempt(
    session: Session,
    attempt: Attempt,
    items: Sequence[SomeItem],
    item_count: int | None,
    spec: ExamSpec,
    run_id: int,
    now: datetime,
) -> Change | None:
    """Score the paper under the keys of today, and decide it again when the result changes; None when nothing does.

    `item_count` is that of the newest decision; None when there is none, then the first one is written down before.
    """
    assert attempt.score is not None and attempt.cut_score is not None
    levels, mark = None, ""
    if spec.rating is not None:
        levels, mark = settled_levels(session, id_of(attempt)), rating_mark(session, id_of(attempt))
        if levels is None:  # an appeal is open: the decision that follows it is made with the keys of today
            return None
    credits = score_answers(session, attempt, items, now, levels, mark, has_raters=spec.rating is not None)
    result = attempt_result(session, attempt, items, credits)
    count_before = shown_once(attempt.paper) if item_count is None else item_count
    if not is_different(attempt.score, result.share, count_before, result.interval.n):
        return None
    if item_count is None:
        keep_first(session, attempt, count_before)
    keeps_pass, score_before = spec.on_correction == "keep", attempt.score
    is_reached = result.is_passed and attempt.hold is not Hold.REFUSED
    effect = effect_on_pass(bool(attempt.is_passed), is_reached, keeps_pass)
    decide(session, attempt, items, credits, "rescored", now, run_id, keeps_pass, spec)
    return Change(attempt, score_before, effect)


def keep_first(session: Session, attempt: Attempt, item_count: int) -> None:
    """Write down the decision of an attempt from before decisions were kept, so that its score is not lost."""
    assert attempt.score is not None and attempt.closed_at is not None
    session.add(
        Decision(
            attempt_id=id_of(attempt),
            reason="time" if attempt.close_reason == "time" else "submitted",
            score=attempt.score,
            score_low=attempt.score_low or 0.0,
            score_high=attempt.score_high or 1.0,
            cut_score=attempt.cut_score or 0.0,
            item_count=item_count,
            scoring=attempt.scoring,
            is_passed=bool(attempt.is_passed),
            decided_at=attempt.closed_at,
        )
    )
    session.flush()


def rescore_answers(session: Session, store: ItemStore, response_ids: Sequence[int], now: datetime) -> int:
    """Add the score under the key of today to practice answers that have none yet; returns how many were added."""
    columns = select(col(Response.id), col(Response.item_id), col(Response.item_version), col(Response.payload))
    rows = session.execute(columns.where(col(Response.id).in_(response_ids))).all()
    pairs = sorted({(row[1], row[2]) for row in rows})
    items = dict(zip(pairs, current_items(session, store, pairs), strict=True))
    scored = select(col(Score.response_id), col(Score.key_version)).where(col(Score.response_id).in_(response_ids))
    stored = {(row[0], row[1]) for row in session.execute(scored)}
    new = [
        _score_row(response_id, items[item_id, version], payload, now)
        for response_id, item_id, version, payload in rows
        if (response_id, items[item_id, version].key_version) not in stored
    ]
    if new:
        session.execute(insert(Score), new)
    return len(new)


def _score_row(response_id: int, item: SomeItem, payload: Payload, now: datetime) -> dict[str, object]:
    score = item.score(payload)
    return {
        "response_id": response_id,
        "key_version": item.key_version,
        "scoring": SCORING,
        "value": score.value,
        "parts": [part.as_json() for part in score.parts],
        "scored_at": now,
    }

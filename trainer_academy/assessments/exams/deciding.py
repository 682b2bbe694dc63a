"""From stored answers to scores and a decision. Steps flush; the edge commits.

The same two steps serve a submit, a rating that came in and a corrected key: `score_answers` appends a score for every answer
that has none under the key of today, `decide` appends the decision and writes it on the attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from trainer_academy import __version__
from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.exams.attempts import newest_of
from trainer_academy.assessments.exams.basis import newest_quality
from trainer_academy.assessments.exams.decision_model import sequential_score, widened
from trainer_academy.assessments.exams.log import append_event
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Decision, Hold, Response, Score
from trainer_academy.assessments.exams.paper import PaperEntry, SequencePlan
from trainer_academy.assessments.exams.scoring import (
    PaperScore,
    Released,
    Sitting,
    pass_mark,
    pool,
    score_paper,
    what_to_release,
    with_earlier,
)
from trainer_academy.assessments.exams.starting import may_pool
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.items.scoring import ItemScore
from trainer_academy.core.db import id_of

SOFTWARE = f"trainer_academy {__version__}"
Credits = list[float | None]  # by position; None where the position does not count


def score_answers(
    session: Session,
    attempt: Attempt,
    items: Sequence[SomeItem],
    now: datetime,
    levels: Mapping[int, Mapping[str, float]] | None = None,
    rating_mark: str = "",
    has_raters: bool = True,
    is_first: bool = False,
) -> Credits:
    """Score the newest answer of each position under the items' keys; append the scores that are not stored yet.

    `levels` are raters' settled levels of written work by position; `rating_mark` ("r1", "r2" after an appeal) tells these
    scores apart. Written work without levels gets no score; where nobody rates (`has_raters` False, a mock exam) its checks
    alone count. `is_first`: nothing of this attempt was scored before. Returns the credit of each position that counts.
    """
    columns = select(col(Response.position), col(Response.id), col(Response.payload))
    answers = {row[0]: (row[1], row[2]) for row in session.execute(newest_of(id_of(attempt), columns))}
    stored = set() if is_first else _stored(session, [number for number, _ in answers.values()], attempt.scoring)
    rows: list[dict[str, Any]] = []
    credits: Credits = []
    for position, (item, entry) in enumerate(zip(items, attempt.paper, strict=True), 1):
        response_id, payload = answers.get(position, (None, {}))
        is_unread = has_raters and item.is_rated and item.is_complete(payload)
        settled = (levels or {}).get(position)
        score, version = score_position(item, payload, attempt.scoring, settled, rating_mark, is_unread)
        if response_id is not None and score is not None and (response_id, version) not in stored:
            parts = [part.as_json() for part in score.parts]
            row = {"response_id": response_id, "key_version": version, "scoring": attempt.scoring, "value": score.value}
            rows.append(row | {"parts": parts, "scored_at": now})
        credits.append(score.value if score is not None and is_counted(entry, item) else None)
    if rows:
        session.execute(insert(Score), rows)
    return credits


def score_position(
    item: SomeItem,
    payload: dict[str, Any],
    scoring: int,
    levels: Mapping[str, float] | None,
    rating_mark: str,
    is_unread: bool,
) -> tuple[ItemScore | None, str]:
    """The score of one answer and the key version it is stored under; None while raters have to read it first."""
    if item.rated is not None and levels is not None:
        return item.rated.score_rated(payload, levels), f"{item.key_version}-{rating_mark}"
    return (None if is_unread else item.score(payload, scoring)), item.key_version


def is_counted(entry: PaperEntry, item: SomeItem) -> bool:
    """True unless the position is a second showing, a pilot item, or was open and unanswered at the end, or its item is
    suspended."""
    return entry.is_counted and item.is_counted


def _stored(session: Session, response_ids: Sequence[int], scoring: int) -> set[tuple[int, str]]:
    statement = select(col(Score.response_id), col(Score.key_version)).where(col(Score.response_id).in_(response_ids))
    rows = session.execute(statement.where(col(Score.scoring) == scoring)) if response_ids else ()
    return {(row[0], row[1]) for row in rows}


def decide(
    session: Session,
    attempt: Attempt,
    items: Sequence[SomeItem],
    credits: Credits,
    reason: str,
    now: datetime,
    rescoring_id: int | None = None,
    keeps_pass: bool = True,
    spec: ExamSpec | None = None,
) -> PaperScore:
    """Append the decision that follows from the credits, and write it on the attempt.

    A pass that was given before stays when `keeps_pass`, marked as kept: the correction was ours. An attempt that a person
    refused does not pass. `spec` says how much of the score the person gets to see.
    """
    result = attempt_result(session, attempt, items, credits)
    own = result.own or Sitting(result.share, result.interval.n)
    is_passed = result.is_passed and attempt.hold is not Hold.REFUSED
    is_kept = keeps_pass and bool(attempt.is_passed) and not is_passed
    session.add(
        Decision(
            attempt_id=id_of(attempt),
            rescoring_id=rescoring_id,
            reason=reason,
            score=result.share,
            score_low=result.interval.low,
            score_high=result.interval.high,
            cut_score=result.cut_score,
            item_count=result.interval.n,
            is_passed=is_passed or is_kept,
            is_kept=is_kept,
            scoring=attempt.scoring,
            decided_at=now,
            model=attempt.model,
            calibration_id=attempt.calibration_id,
            cut_id=attempt.cut_id,
            basis={"software": SOFTWARE} | dict(result.basis or quality_basis(session, attempt)),
        )
    )
    attempt.status, attempt.score = AttemptStatus.DECIDED, result.share
    attempt.score_low, attempt.score_high = result.interval.low, result.interval.high
    attempt.is_passed, attempt.is_kept = is_passed or is_kept, is_kept
    attempt.sitting_score, attempt.sitting_items = own.share, own.items
    if spec is not None:
        release_again(attempt, spec)
    detail = {"reason": reason, "score": result.share, "items": result.interval.n, "is_passed": attempt.is_passed}
    append_event(session, attempt, "decided", detail, now)
    session.flush()
    return result


def release_again(attempt: Attempt, spec: ExamSpec) -> None:
    """Bring what is released of a decided attempt into line with its newest score; what was hardly answered stays closed."""
    if attempt.released is not Released.NOTHING:
        share = attempt.score if attempt.sitting_score is None else attempt.sitting_score
        assert share is not None
        attempt.released = what_to_release(spec.is_mock, 1, 1, share, spec.least_shown)


def quality_basis(session: Session, attempt: Attempt) -> dict[str, Any]:
    """What was known of the quality of such decisions when a classical one was made; empty where nothing was."""
    with session.no_autoflush:  # what waits to be written goes out with the decision
        found = newest_quality(session, attempt.exam_key, attempt.exam_version)
    if found is None or found.accuracy is None:
        return {}
    return {
        "accuracy": found.accuracy,
        "consistency": found.consistency,
        "kappa": found.kappa,
        "n": found.n,
        "quality_id": found.id,
    }


def attempt_result(session: Session, attempt: Attempt, items: Sequence[SomeItem], credits: Credits) -> PaperScore:
    """Score, range and decision by the attempt's model, together with the sitting before where that counts too.

    `items` and `credits` by position of its paper. A sitting before that was given back, or refused, counts no more; then
    this one is held against the mark of a single sitting.
    """
    assert attempt.cut_score is not None
    earlier = pooled_sitting(session, attempt)
    if attempt.plan is not None:
        plan = attempt.plan if earlier is None else with_prior(session, attempt.plan, earlier)
        versions = [item.key_version for item in items]
        result = sequential_score(plan, attempt.paper, credits, versions, attempt.cut_score)
        return result if earlier is None else with_earlier(result, Sitting(earlier.score or 0.0, earlier.sitting_items or 0))
    result = paper_result(items, credits, attempt.mark)
    if attempt.pooled_with is None:
        return result
    if earlier is None or earlier.sitting_score is None or not earlier.sitting_items:
        return replace(result, cut_score=pass_mark(attempt.cut_score, result.interval.n, attempt.margin or 0.0))
    return pool(result, Sitting(earlier.sitting_score, earlier.sitting_items))


def pooled_sitting(session: Session, attempt: Attempt) -> Attempt | None:
    """The sitting before that counts together with this one."""
    found = None if attempt.pooled_with is None else session.get(Attempt, attempt.pooled_with)
    return found if found is not None and may_pool(found) else None


def pooled_after(session: Session, attempt: Attempt) -> list[Attempt]:
    """The decided sittings that this one counts together with."""
    found = select(Attempt).where(Attempt.pooled_with == attempt.id, Attempt.status == AttemptStatus.DECIDED)
    return list(session.exec(found.order_by(col(Attempt.id))).all())


def chain_after(session: Session, attempt: Attempt) -> list[Attempt]:
    """The sittings after this one that count together, each with the one before it, oldest first."""
    found: list[Attempt] = []
    newest = pooled_after(session, attempt)
    while newest:
        found += newest
        newest = pooled_after(session, newest[-1])
    return found


def ease_mark(session: Session, attempt: Attempt, margin: float) -> None:
    """Hold a sitting of fixed length against the mark of an earlier place, because one before it counts no more."""
    if attempt.margin is None or attempt.cut_score is None or margin >= attempt.margin:
        return
    earlier = pooled_sitting(session, attempt)
    items = (attempt.sitting_items or 0) + ((earlier.sitting_items or 0) if earlier is not None else 0)
    if items:
        attempt.margin, attempt.pass_mark = margin, pass_mark(attempt.cut_score, items, margin)


def with_prior(session: Session, plan: SequencePlan, earlier: Attempt) -> SequencePlan:
    """The plan with what the sitting before says today of the ability; as it was frozen where that is not known."""
    _, basis = newest_decision(session, id_of(earlier))
    return replace(plan, population=widened(basis["ability"], basis["error"])) if "ability" in basis else plan


def paper_result(items: Sequence[SomeItem], credits: Credits, cut_score: float) -> PaperScore:
    """The score of a paper over the positions that count."""
    counted = [(credit, item.skill) for credit, item in zip(credits, items, strict=True) if credit is not None]
    return score_paper([credit for credit, _ in counted], [skill for _, skill in counted], cut_score)


def stored_credits(session: Session, attempt: Attempt, items: Sequence[SomeItem]) -> Credits:
    """Credit by position as stored: under the key of today where such a score is there, else the newest one."""
    statement = (
        select(col(Response.position), col(Score.key_version), col(Score.value))
        .join(Score, col(Score.response_id) == col(Response.id))
        .where(Response.attempt_id == attempt.id, Score.scoring == attempt.scoring)
        .order_by(col(Score.id))
    )
    newest: dict[int, float] = {}
    today: dict[int, float] = {}
    versions = {position: item.key_version for position, item in enumerate(items, 1)}
    for position, version, value in session.execute(statement):
        newest[position] = value
        if version.partition("-")[0] == versions.get(position):
            today[position] = value
    places = enumerate(zip(items, attempt.paper, strict=True), 1)
    return [(newest | today).get(place, 0.0) if is_counted(entry, item) else None for place, (item, entry) in places]


def counted_items(session: Session, attempt_id: int) -> int:
    """How many items the newest decision rests on."""
    newest = select(col(Decision.item_count)).where(Decision.attempt_id == attempt_id).order_by(col(Decision.id).desc())
    return session.scalar(newest.limit(1)) or 0


def newest_decision(session: Session, attempt_id: int) -> tuple[int, dict[str, Any]]:
    """How many items the newest decision rests on, and its numbers; empty for decisions from before they were kept."""
    columns = select(col(Decision.item_count), col(Decision.basis)).where(Decision.attempt_id == attempt_id)
    row = session.execute(columns.order_by(col(Decision.id).desc()).limit(1)).first()
    return (row[0], row[1] or {}) if row is not None else (0, {})


def decisions_of(session: Session, attempt_id: int) -> list[Decision]:
    """Every decision on an attempt, oldest first."""
    statement = select(Decision).where(Decision.attempt_id == attempt_id).order_by(col(Decision.id))
    return list(session.exec(statement).all())

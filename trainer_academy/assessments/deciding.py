"""From stored answers to scores and a decision. Steps flush; the edge commits.

The same two steps serve a submit, a rating that came in and a corrected key: `score_answers` appends a score for every answer
that has none under the key of today, `decide` appends the decision and writes it on the attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from trainer_academy import __version__
from trainer_academy.assessments.attempt_log import append_event
from trainer_academy.assessments.attempts import newest_of
from trainer_academy.assessments.decision_model import SequencePlan, sequential_score
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.models import Attempt, Decision, Response, Score
from trainer_academy.assessments.scoring import ItemScore, PaperScore, score_paper
from trainer_academy.assessments.standing import newest_quality
from trainer_academy.assessments.written_items import WrittenItem

SOFTWARE = f"trainer_academy {__version__}"
Credits = list[float | None]  # by position; None where the position does not count


def score_answers(
    session: Session, attempt: Attempt, items: Sequence[SomeItem], now: datetime,
    levels: Mapping[int, Mapping[str, float]] | None = None, rating_mark: str = "", has_raters: bool = True,
    is_first: bool = False,
) -> Credits:  # fmt: skip
    """Score the newest answer of each position under the items' keys; append the scores that are not stored yet.

    `levels` are raters' settled levels of written work by position; `rating_mark` ("r1", "r2" after an appeal) tells these
    scores apart. Written work without levels gets no score; where nobody rates (`has_raters` False, a mock exam) its checks
    alone count. `is_first`: nothing of this attempt was scored before. Returns the credit of each position that counts.
    """
    assert attempt.id is not None
    columns = select(col(Response.position), col(Response.id), col(Response.payload))
    answers = {row[0]: (row[1], row[2]) for row in session.execute(newest_of(attempt.id, columns))}
    stored = set() if is_first else _stored(session, [number for number, _ in answers.values()])
    rows: list[dict[str, Any]] = []
    credits: Credits = []
    for position, (item, entry) in enumerate(zip(items, attempt.paper, strict=True), 1):
        response_id, payload = answers.get(position, (None, {}))
        is_unread = has_raters and item.is_rated and item.is_complete(payload)
        score, version = score_position(item, payload, (levels or {}).get(position), rating_mark, is_unread)
        if response_id is not None and score is not None and (response_id, version) not in stored:
            parts = [part.as_json() for part in score.parts]
            row = {"response_id": response_id, "key_version": version, "value": score.value}
            rows.append(row | {"parts": parts, "scored_at": now})
        credits.append(score.value if score is not None and is_counted(entry, item) else None)
    if rows:
        session.execute(insert(Score), rows)
    return credits


def score_position(
    item: SomeItem, payload: dict[str, Any], levels: Mapping[str, float] | None, rating_mark: str, is_unread: bool
) -> tuple[ItemScore | None, str]:
    """The score of one answer and the key version it is stored under; None while raters have to read it first."""
    if isinstance(item, WrittenItem) and levels is not None:
        return item.score_rated(payload, levels), f"{item.key_version}-{rating_mark}"
    return (None if is_unread else item.score(payload)), item.key_version


def is_counted(entry: Mapping[str, Any], item: SomeItem) -> bool:
    """True unless the position is a second showing, a pilot item, or was open and unanswered at the end, or its item is
    suspended."""
    return not (entry.get("is_repeat") or entry.get("is_pilot") or entry.get("is_open")) and item.is_counted


def _stored(session: Session, response_ids: Sequence[int]) -> set[tuple[int, str]]:
    statement = select(col(Score.response_id), col(Score.key_version)).where(col(Score.response_id).in_(response_ids))
    return {(row[0], row[1]) for row in session.execute(statement)} if response_ids else set()


def decide(
    session: Session, attempt: Attempt, items: Sequence[SomeItem], credits: Credits, reason: str, now: datetime,
    rescoring_id: int | None = None, keeps_pass: bool = True,
) -> PaperScore:  # fmt: skip
    """Append the decision that follows from the credits, and write it on the attempt.

    A pass that was given before stays when `keeps_pass`, marked as kept: the correction was ours.
    """
    assert attempt.id is not None and attempt.cut_score is not None
    result = attempt_result(attempt, items, credits)
    is_kept = keeps_pass and bool(attempt.is_passed) and not result.is_passed
    session.add(
        Decision(
            attempt_id=attempt.id, rescoring_id=rescoring_id, reason=reason, score=result.share,
            score_low=result.interval.low, score_high=result.interval.high, cut_score=attempt.cut_score,
            item_count=result.interval.n, is_passed=result.is_passed or is_kept, is_kept=is_kept, decided_at=now,
            model=attempt.model, calibration_id=attempt.calibration_id, cut_id=attempt.cut_id,
            basis={"software": SOFTWARE} | dict(result.basis or quality_basis(session, attempt)),
        )
    )  # fmt: skip
    attempt.status, attempt.score = "decided", result.share
    attempt.score_low, attempt.score_high = result.interval.low, result.interval.high
    attempt.is_passed, attempt.is_kept = result.is_passed or is_kept, is_kept
    detail = {"reason": reason, "score": result.share, "items": result.interval.n, "is_passed": attempt.is_passed}
    append_event(session, attempt, "decided", detail, now)
    session.flush()
    return result


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


def attempt_result(attempt: Attempt, items: Sequence[SomeItem], credits: Credits) -> PaperScore:
    """Score, range and decision by the attempt's model. `items` and `credits` by position of its paper."""
    assert attempt.cut_score is not None
    if attempt.plan is None:
        return paper_result(items, credits, attempt.cut_score)
    plan = SequencePlan.read(attempt.plan)
    return sequential_score(plan, attempt.paper, credits, [item.key_version for item in items], attempt.cut_score)


def paper_result(items: Sequence[SomeItem], credits: Credits, cut_score: float) -> PaperScore:
    """The score of a paper over the positions that count."""
    counted = [(credit, item.skill) for credit, item in zip(credits, items, strict=True) if credit is not None]
    return score_paper([credit for credit, _ in counted], [skill for _, skill in counted], cut_score)


def stored_credits(session: Session, attempt: Attempt, items: Sequence[SomeItem]) -> Credits:
    """Credit by position as stored: under the key of today where such a score is there, else the newest one."""
    statement = (
        select(col(Response.position), col(Score.key_version), col(Score.value))
        .join(Score, col(Score.response_id) == col(Response.id))
        .where(Response.attempt_id == attempt.id)
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

"""A dry run: whose exam result a correction would change. Reads only, in batches, and keeps sums and the first fifty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from sqlalchemy import func
from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.corrected_keys import Corrections
from trainer_academy.assessments.bank.models import Correction
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import load_corrections, resolve_items
from trainer_academy.assessments.corrections.rescoring import (
    CLOSED,
    attempts_with,
    effect_on_pass,
    exams_with,
    is_different,
    item_counts,
    shown_once,
)
from trainer_academy.assessments.corrections.steps import corrections_with
from trainer_academy.assessments.exams.deciding import attempt_result, counted_items, is_counted, stored_credits
from trainer_academy.assessments.exams.handing_in import newest_payloads
from trainer_academy.assessments.exams.models import Attempt, Response, Score
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.assessments.exams.starting import pooling_ids
from trainer_academy.assessments.items.base import Payload
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.core.shares import as_fraction, reaches

BATCH = 500
SHOWN = 50


@dataclass(frozen=True)
class Expected:
    """What an attempt's result would be."""

    attempt_id: int
    before: float
    after: float
    effect: str


@dataclass
class Preview:
    """Counts of a dry run; `first` holds the first fifty changed attempts, by number and not by name."""

    attempts: int = 0
    changed: int = 0
    to_pass: int = 0
    to_fail: int = 0
    kept: int = 0
    moved: float = 0.0
    first: list[Expected] = field(default_factory=list)

    @property
    def mean_change(self) -> float:
        """Mean change of the score over the attempts that change."""
        return self.moved / self.changed if self.changed else 0.0

    def add(self, expected: Expected) -> None:
        self.changed += 1
        self.moved += expected.after - expected.before
        if expected.effect:
            setattr(self, expected.effect, getattr(self, expected.effect) + 1)
        if len(self.first) < SHOWN:
            self.first.append(expected)


@dataclass(frozen=True)
class _Answer:
    """The newest answer to the item in an attempt, and the scores that it has by key version (oldest first)."""

    payload: Payload
    scoring: int
    scores: dict[str, float]


def preview(session: Session, store: ItemStore, correction: Correction) -> Preview:
    """What applying this proposal, or ending this suspension, would change in exams that are decided."""
    exams = exams_with(session, store, correction.item_id)
    today, then = load_corrections(session), corrections_with(session, correction)
    found, last = Preview(), 0
    while ids := attempts_with(session, exams, correction.item_id, last, BATCH, CLOSED):
        last = ids[-1]
        found.attempts += len(ids)
        expected = [*_expect(session, store, correction.item_id, ids, today, then)]
        expected += _expect_sequential(session, store, ids, today, then)
        for one in sorted(expected, key=lambda each: each.attempt_id):
            found.add(one)
    return found


def _expect(
    session: Session, store: ItemStore, item_id: str, ids: Sequence[int], today: Corrections, then: Corrections
) -> Iterator[Expected]:
    columns = select(  # type: ignore[call-overload]
        col(Attempt.id),
        col(Attempt.exam_key),
        col(Attempt.paper),
        col(Attempt.score),
        func.coalesce(col(Attempt.pass_mark), col(Attempt.cut_score)).label("mark"),
        col(Attempt.is_passed),
        col(Attempt.pooled_with),
    )
    rows = session.execute(columns.where(col(Attempt.id).in_(ids), col(Attempt.plan).is_(None)).order_by(col(Attempt.id))).all()
    own = [row.id for row in rows]
    before = pooling_ids(session, [row.pooled_with for row in rows if row.pooled_with])
    moves = _moves(session, store, item_id, [*own, *before], today, then)
    counts = item_counts(session, own)
    for row in rows:
        count = counts.get(row.id) or shown_once(row.paper)
        found = [moves[one] for one in (row.id, row.pooled_with) if one in moves]
        total = as_fraction(row.score) * count + sum(move.credit for move in found)
        count_after = count + sum(move.items for move in found)
        share = float(total / count_after) if count_after else 0.0
        if is_different(row.score, share, count, count_after):
            keeps = store.exams[row.exam_key].on_correction == "keep"
            effect = effect_on_pass(bool(row.is_passed), reaches(share, row.mark), keeps)
            yield Expected(row.id, row.score, share, effect)


@dataclass(frozen=True)
class _Move:
    """By how much the sum of credits of a paper changes, and its number of items."""

    credit: Fraction
    items: int


def _moves(
    session: Session, store: ItemStore, item_id: str, ids: Sequence[int], today: Corrections, then: Corrections
) -> dict[int, _Move]:
    """What the proposal changes in the papers that have the item and count it, by attempt."""
    columns = select(col(Attempt.id), col(Attempt.paper), col(Attempt.scoring))
    papers = {row[0]: (row[1], row[2]) for row in session.execute(columns.where(col(Attempt.id).in_(ids)))}
    places = {number: place for number, (paper, _) in papers.items() if (place := _place_of(paper, item_id))}
    versions = {number: papers[number][0][place - 1].version for number, place in places.items()}
    items = _versions(session, store, {(item_id, version) for version in versions.values()})
    answers = _answers(session, item_id, list(places), places, {number: papers[number][1] for number in places})
    found = {}
    for number, version in versions.items():
        item, answer = items[version], answers.get(number)
        before, after = _credit(today.apply(item), answer), _credit_new(today, then, item, answer)
        credit = as_fraction(after or 0.0) - as_fraction(before or 0.0)
        found[number] = _Move(credit, (after is not None) - (before is not None))
    return found


def _expect_sequential(
    session: Session, store: ItemStore, ids: Sequence[int], today: Corrections, then: Corrections
) -> Iterator[Expected]:
    """Sequential attempts are decided whole: one item more or less moves the estimate."""
    chosen = select(Attempt).where(col(Attempt.id).in_(ids), col(Attempt.plan).is_not(None)).order_by(col(Attempt.id))
    for attempt in session.exec(chosen).all():
        assert attempt.score is not None and attempt.cut_score is not None
        raw = resolve_items(session, store, [entry.pair for entry in attempt.paper])
        stored = stored_credits(session, attempt, [today.apply(item) for item in raw])
        payloads = newest_payloads(session, id_of(attempt))
        after = [then.apply(item) for item in raw]
        credits = [
            (
                credit
                if item.key_version == today.apply(old).key_version and credit is not None
                else item.score(payloads.get(place, {}), attempt.scoring).value
            )
            if is_counted(entry, item)
            else None
            for place, (old, item, entry, credit) in enumerate(zip(raw, after, attempt.paper, stored, strict=True), 1)
        ]
        result = attempt_result(session, attempt, after, credits)
        count = counted_items(session, id_of(attempt))
        if is_different(attempt.score, result.share, count, result.interval.n):
            keeps = store.exams[attempt.exam_key].on_correction == "keep"
            effect = effect_on_pass(bool(attempt.is_passed), result.is_passed, keeps)
            yield Expected(id_of(attempt), attempt.score, result.share, effect)


def _place_of(paper: Sequence[PaperEntry], item_id: str) -> int:
    """The position at which the item counts; 0: at none."""
    return next((place for place, entry in enumerate(paper, 1) if entry.item_id == item_id and entry.is_scored), 0)


def _versions(session: Session, store: ItemStore, pairs: set[tuple[str, str]]) -> dict[str, SomeItem]:
    ordered = sorted(pairs)
    return {pair[1]: item for pair, item in zip(ordered, resolve_items(session, store, ordered), strict=True)}


def _credit(item: SomeItem, answer: _Answer | None) -> float | None:
    """The credit as it is stored: under the key of today where there is one, else the newest; None: not counted."""
    if not item.is_counted:
        return None
    if answer is None or not answer.scores:
        return 0.0
    today = [value for version, value in answer.scores.items() if version.partition("-")[0] == item.key_version]
    return today[-1] if today else list(answer.scores.values())[-1]


def _credit_new(today: Corrections, then: Corrections, item: SomeItem, answer: _Answer | None) -> float | None:
    """The credit under the proposed key; what does not change keeps its stored credit, also that of raters."""
    after = then.apply(item)
    if not after.is_counted:
        return None
    if after.key_version == today.apply(item).key_version:
        return _credit(after, answer)
    return after.score(answer.payload, answer.scoring).value if answer is not None else 0.0


def _answers(
    session: Session, item_id: str, ids: Sequence[int], places: dict[int, int], scorings: dict[int, int]
) -> dict[int, _Answer]:
    """The newest answer at the item's position in each attempt, with its scores; two statements."""
    columns = select(col(Response.attempt_id), col(Response.position), col(Response.id), col(Response.payload))
    given = columns.where(col(Response.attempt_id).in_(ids), col(Response.item_id) == item_id).order_by(col(Response.sequence))
    newest = {row[0]: (row[2], row[3]) for row in session.execute(given) if places[row[0]] == row[1]}
    versions = {row[0]: scorings[attempt_id] for attempt_id, row in newest.items()}
    scores: dict[int, dict[str, float]] = {}
    scored = select(col(Score.response_id), col(Score.key_version), col(Score.value), col(Score.scoring))
    for row in session.execute(scored.where(col(Score.response_id).in_(versions)).order_by(col(Score.id))):
        if row[3] == versions[row[0]]:
            scores.setdefault(row[0], {})[row[1]] = row[2]
    return {
        attempt_id: _Answer(payload, versions[number], scores.get(number, {}))
        for attempt_id, (number, payload) in newest.items()
    }

"""The answers of first attempts, as item analysis and calibration read them. Queries; plain columns, no objects of the ORM.

An answer is what the person saved last; its credit is the stored score under the key of today, else the newest stored one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, cast
from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.corrected_keys import Corrections
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import load_corrections, resolve_items
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, Response, Score
from trainer_academy.assessments.exams.paper import read_paper
from trainer_academy.assessments.items.scoring import SCORING

CHUNK = 500
EMPTY = "{}"
# A second showing; an item at which a sequential exam ended while it was only looked at.


@dataclass(frozen=True)
class GivenAnswer:
    """One counted or pilot position of a paper; never a second showing. `payload` is shared: do not change it.

    `key_version` is the key that the answer is scored with today; `credit` lies in [0, 1], and is 0 where nothing was answered.
    """

    item_id: str
    item_version: str
    key_version: str
    credit: float
    payload: dict[str, Any]
    seconds: int | None
    is_pilot: bool
    position: int


@dataclass(frozen=True)
class Sitting:
    """A decided first attempt of a person at an exam. `score` is the share of the highest score that was decided."""

    attempt_id: int
    user_id: int
    exam_version: str
    score: float
    is_passed: bool
    closed_at: datetime
    answers: tuple[GivenAnswer, ...]


# The fields of a GivenAnswer in their order, with the payload as stored text. Tuples of plain values cost the least.
PlainAnswer = tuple[str, str, str, float, str, int | None, bool, int]


class PlainSitting(NamedTuple):
    """The fields of a Sitting in their order; `model` tells classical from sequential exams."""

    attempt_id: int
    user_id: int
    exam_version: str
    score: float
    is_passed: bool
    closed_at: datetime
    answers: list[PlainAnswer]
    started_at: datetime
    model: str


def first_sittings(
    session: Session, store: ItemStore, exam_key: str, after: int = 0, limit: int | None = None
) -> list[Sitting]:
    """Decided first attempts with an id above `after`, by id; at most `limit` of them."""
    read = PayloadReader()
    ids = first_attempt_ids(session, exam_key, after, limit)
    return [_sitting(plain, read) for chunk in plain_sittings(session, store, ids) for plain in chunk]


def _sitting(plain: PlainSitting, read: PayloadReader) -> Sitting:
    given = tuple(
        GivenAnswer(item_id, version, key_version, credit, read(payload), seconds, is_pilot, position)
        for item_id, version, key_version, credit, payload, seconds, is_pilot, position in plain.answers
    )
    return Sitting(*plain[:2], plain.exam_version, plain.score, plain.is_passed, plain.closed_at, given)


@dataclass
class PayloadReader:
    """Payloads from their text; many people give the same answer, so each text is parsed once."""

    known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __call__(self, text: str) -> dict[str, Any]:
        found = self.known.get(text)
        if found is None:
            found = self.known[text] = json.loads(text)
        return found


def first_attempt_ids(session: Session, exam_key: str, after: int = 0, limit: int | None = None) -> list[int]:
    """Ids of the decided first attempts at an exam, scored by the rules of today, in order; one statement.

    An attempt with a smaller id may be decided later: somebody still sat it, or raters still read it.
    """
    wanted = (
        select(col(Attempt.id))
        .where(Attempt.exam_key == exam_key, Attempt.number == 1, Attempt.status == AttemptStatus.DECIDED)
        .where(Attempt.scoring == SCORING)
    )
    found = session.scalars(wanted.where(col(Attempt.id) > after).order_by(col(Attempt.id)).limit(limit)).all()
    return [number for number in found if number is not None]


def plain_sittings(session: Session, store: ItemStore, attempt_ids: Sequence[int]) -> Iterator[list[PlainSitting]]:
    """These sittings in chunks of 500, without parsing answers: two statements a chunk, one more for changed items.

    Attempts that were deleted in the meantime are not there.
    """
    keys = KeysOfToday(session, store)
    for start in range(0, len(attempt_ids), CHUNK):
        ids = attempt_ids[start : start + CHUNK]
        attempts = [(*row[:-1], _entries(row[-1])) for row in _attempts(session, ids)]
        keys.add({(item_id, version) for row in attempts for item_id, version, _, _ in row[-1]})
        saved = _Saves(session, ids)
        yield [
            PlainSitting(
                number, user, version, score or 0.0, bool(passed), closed, saved.on_paper(number, paper, keys.known), *rest
            )
            for number, user, version, score, passed, closed, *rest, paper in attempts
        ]


@dataclass
class KeysOfToday:
    """The key version that each item version is scored with today; "" for a suspended item."""

    session: Session
    store: ItemStore
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    corrections: Corrections | None = None

    def add(self, pairs: Collection[tuple[str, str]]) -> None:
        """Look up those that are not known yet. Raises NotFound when a version was never stored."""
        new = sorted(set(pairs).difference(self.known))
        if not new:
            return
        if self.corrections is None:
            self.corrections = load_corrections(self.session)
        items = [self.corrections.apply(item) for item in resolve_items(self.session, self.store, new)]
        self.known.update({pair: item.key_version if item.is_counted else "" for pair, item in zip(new, items, strict=True)})


# One position of a paper: item id, version, is left out, is a pilot.
_Entry = tuple[str, str, bool, bool]


def _entries(paper: str) -> list[_Entry]:
    return [
        (entry.item_id, entry.version, entry.is_repeat or entry.is_open, entry.is_pilot)
        for entry in read_paper(json.loads(paper))
    ]


def _attempts(session: Session, attempt_ids: Sequence[int]) -> Sequence[Any]:
    columns = select(  # type: ignore[call-overload]
        col(Attempt.id),
        col(Attempt.user_id),
        col(Attempt.exam_version),
        col(Attempt.score),
        col(Attempt.is_passed),
        col(Attempt.closed_at),
        col(Attempt.started_at),
        col(Attempt.model),
        cast(col(Attempt.paper), Text),
    )
    wanted = columns.where(col(Attempt.id).in_(attempt_ids)).order_by(col(Attempt.id))
    found: Sequence[Any] = session.execute(wanted).all()
    return found


# A score of the newest save: sequence number of the save, payload, seconds, score id (None: not scored), key version, value.
_Scored = tuple[int, str, int | None, int | None, str, float]
_NOTHING: _Scored = (0, EMPTY, None, None, "", 0.0)


class _Saves:
    """The newest save of each position of some attempts, with its first score; `several` holds more scores of one save."""

    def __init__(self, session: Session, attempt_ids: Sequence[int]) -> None:
        self.newest: dict[int, dict[int, _Scored]] = {number: {} for number in attempt_ids}
        self.several: dict[tuple[int, int], list[_Scored]] = {}
        # The connection itself: hundreds of thousands of rows pass here, and the ORM's own step costs a fifth of the time.
        rows = session.connection().execute(_statement(attempt_ids)).all()
        for attempt_id, position, sequence, payload, seconds, score_id, version, value in rows:
            own = self.newest[attempt_id]
            if position in own:
                self._add_more(attempt_id, position, (sequence, payload, seconds, score_id, version, value))
            else:
                own[position] = (sequence, payload, seconds, score_id, version, value)

    def _add_more(self, attempt_id: int, position: int, scored: _Scored) -> None:
        """Another score of the save before, or a later save."""
        before = self.newest[attempt_id][position]
        if before[0] == scored[0]:
            self.several.setdefault((attempt_id, position), [before]).append(scored)
        else:
            self.newest[attempt_id][position] = scored
            self.several.pop((attempt_id, position), None)

    def on_paper(self, attempt_id: int, paper: Sequence[_Entry], versions: Mapping[tuple[str, str], str]) -> list[PlainAnswer]:
        """The answers of one attempt by position."""
        answers, own = [], self.newest[attempt_id]
        for position, (item_id, version, is_left_out, is_pilot) in enumerate(paper, 1):
            key_version = versions[item_id, version]
            if is_left_out or not key_version:
                continue
            _, payload, seconds, score_id, _, credit = own.get(position, _NOTHING)
            if self.several and (attempt_id, position) in self.several:
                credit = _credit(self.several[attempt_id, position], key_version)
            answers.append((item_id, version, key_version, credit if score_id else 0.0, payload, seconds, is_pilot, position))
        return answers


def _statement(attempt_ids: Sequence[int]) -> Any:
    columns = select(  # type: ignore[call-overload]
        col(Response.attempt_id),
        col(Response.position),
        col(Response.sequence),
        cast(col(Response.payload), Text),
        col(Response.seconds),
        col(Score.id),
        col(Score.key_version),
        col(Score.value),
    )
    own = (col(Score.response_id) == col(Response.id)) & (col(Score.scoring) == SCORING)
    joined = columns.join(Score, own, isouter=True)
    ordered = joined.order_by(col(Response.attempt_id), col(Response.position), col(Response.sequence))
    return ordered.where(col(Response.attempt_id).in_(attempt_ids))


def _credit(scores: Sequence[_Scored], key_version: str) -> float:
    """The value under the key of today (raters' scores carry it with a mark, "-r1"), the newest where there are several."""
    today = [score for score in scores if score[4].partition("-")[0] == key_version]
    return max(today or scores, key=lambda score: score[3] or 0)[5]

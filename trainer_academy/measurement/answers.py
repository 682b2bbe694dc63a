"""The answers of first attempts, as item analysis and calibration read them. Queries; plain columns, no objects of the ORM.

An answer is what the person saved last; its credit is the stored score under the key of today, else the newest stored one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, cast
from sqlmodel import Session, col, select

from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.keys import Corrections
from trainer_academy.assessments.models import Attempt, Response, Score
from trainer_academy.assessments.versions import load_corrections, resolve_items

CHUNK = 500
EMPTY = "{}"


@dataclass(frozen=True)
class GivenAnswer:
    """One counted or pilot position of a paper; never a second (mirrored) showing. `payload` is shared: do not change it.

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


class PlainAnswer(NamedTuple):
    """The fields of a GivenAnswer in their order, with the payload as stored text."""

    item_id: str
    item_version: str
    key_version: str
    credit: float
    payload: str
    seconds: int | None
    is_pilot: bool
    position: int


class PlainSitting(NamedTuple):
    """The fields of a Sitting in their order."""

    attempt_id: int
    user_id: int
    exam_version: str
    score: float
    is_passed: bool
    closed_at: datetime
    answers: list[PlainAnswer]


def first_sittings(
    session: Session, store: ItemStore, exam_key: str, after: int = 0, limit: int | None = None
) -> list[Sitting]:
    """Decided first attempts with an id above `after`, by id; at most `limit` of them."""
    read = PayloadReader()
    return [_sitting(plain, read) for chunk in plain_sittings(session, store, exam_key, after, limit) for plain in chunk]


def _sitting(plain: PlainSitting, read: PayloadReader) -> Sitting:
    attempt_id, user_id, exam_version, score, is_passed, closed_at, answers = plain
    given = tuple(
        GivenAnswer(item_id, version, key_version, credit, read(payload), seconds, is_pilot, position)
        for item_id, version, key_version, credit, payload, seconds, is_pilot, position in answers
    )
    return Sitting(attempt_id, user_id, exam_version, score, is_passed, closed_at, given)


@dataclass
class PayloadReader:
    """Payloads from their text; many people give the same answer, so each text is parsed once."""

    known: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __call__(self, text: str) -> dict[str, Any]:
        found = self.known.get(text)
        if found is None:
            found = self.known[text] = json.loads(text)
        return found


def plain_sittings(
    session: Session, store: ItemStore, exam_key: str, after: int = 0, limit: int | None = None
) -> Iterator[list[PlainSitting]]:
    """The same in chunks of 500 attempts, without parsing answers: two statements a chunk, one more for changed items."""
    keys = KeysOfToday(session, store)
    while limit is None or limit > 0:
        size = CHUNK if limit is None else min(CHUNK, limit)
        attempts = _attempts(session, exam_key, after, size)
        if not attempts:
            return
        papers = [json.loads(row[6]) for row in attempts]
        keys.add((entry["item_id"], entry["version"]) for paper in papers for entry in paper)
        given = _answers(session, [row[0] for row in attempts])
        yield [
            PlainSitting(
                row[0], row[1], row[2], row[3] or 0.0, bool(row[4]), row[5], _of_paper(paper, given.get(row[0], {}), keys)
            )
            for row, paper in zip(attempts, papers, strict=True)
        ]
        after = attempts[-1][0]
        limit = None if limit is None else limit - len(attempts)


@dataclass
class KeysOfToday:
    """The key version that each item version is scored with today; "" for a suspended item."""

    session: Session
    store: ItemStore
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    corrections: Corrections | None = None

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Look up those that are not known yet. Raises NotFound when a version was never stored."""
        new = sorted(set(pairs).difference(self.known))
        if not new:
            return
        if self.corrections is None:
            self.corrections = load_corrections(self.session)
        items = [self.corrections.apply(item) for item in resolve_items(self.session, self.store, new)]
        self.known.update({pair: item.key_version if item.is_counted else "" for pair, item in zip(new, items, strict=True)})


def _attempts(session: Session, exam_key: str, after: int, size: int) -> Sequence[Any]:
    columns = select(  # type: ignore[call-overload]
        col(Attempt.id), col(Attempt.user_id), col(Attempt.exam_version), col(Attempt.score), col(Attempt.is_passed),
        col(Attempt.closed_at), cast(col(Attempt.paper), Text),
    )  # fmt: skip
    wanted = columns.where(
        Attempt.exam_key == exam_key, Attempt.number == 1, Attempt.status == "decided", col(Attempt.id) > after
    )
    found: Sequence[Any] = session.execute(wanted.order_by(col(Attempt.id)).limit(size)).all()
    return found


# Of one position: sequence number of the save, payload, seconds, and its scores as (score id, key version, value).
_Saved = tuple[int, str, int | None, list[tuple[int, str, float]]]


def _answers(session: Session, attempt_ids: Sequence[int]) -> dict[int, dict[int, _Saved]]:
    """The newest save of each position, by attempt and position."""
    statement = (
        select(  # type: ignore[call-overload]
            col(Response.attempt_id), col(Response.position), col(Response.sequence), cast(col(Response.payload), Text),
            col(Response.seconds), col(Score.id), col(Score.key_version), col(Score.value),
        )
        .join(Score, col(Score.response_id) == col(Response.id), isouter=True)
        .where(col(Response.attempt_id).in_(attempt_ids))
        .order_by(col(Response.attempt_id), col(Response.position), col(Response.sequence))
    )  # fmt: skip
    found: dict[int, dict[int, _Saved]] = {number: {} for number in attempt_ids}
    for attempt_id, position, sequence, payload, seconds, score_id, version, value in session.execute(statement):
        own = found[attempt_id]
        saved = own.get(position)
        if saved is None or saved[0] != sequence:
            saved = own[position] = (sequence, payload, seconds, [])
        if score_id is not None:
            saved[3].append((score_id, version, value))
    return found


def _of_paper(paper: Sequence[dict[str, Any]], saved: dict[int, _Saved], keys: KeysOfToday) -> list[PlainAnswer]:
    answers, versions = [], keys.known
    for position, entry in enumerate(paper, 1):
        item_id, version = entry["item_id"], entry["version"]
        key_version = versions[item_id, version]
        if not key_version or entry.get("is_repeat"):
            continue
        _, payload, seconds, scores = saved.get(position, (0, EMPTY, None, []))
        credit = _credit(scores, key_version)
        is_pilot = bool(entry.get("is_pilot"))
        answers.append(PlainAnswer(item_id, version, key_version, credit, payload, seconds, is_pilot, position))
    return answers


def _credit(scores: list[tuple[int, str, float]], key_version: str) -> float:
    """The value under the key of today (raters' scores carry it with a mark, "-r1"), the newest where there are several."""
    if len(scores) == 1:
        return scores[0][2]
    if not scores:
        return 0.0
    today = [score for score in scores if score[1].partition("-")[0] == key_version]
    return max(today or scores)[2]

"""The right to rate: earned by rating examples whose levels are settled, withdrawn by an operator. Steps flush.

A test is one pass over so many examples as the specification asks for, or over all that are left, of those that the rater has
not seen before: after a rating the settled levels are shown, so a second rating of the same example says nothing. It is decided
on all criteria of its examples together, by the lower end of the interval: a rater who was lucky on a few does not get the
right. One who got it on fewer than `LEAST_UNSEEN` has it provisionally. After a test that was not passed the next one opens a
day later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.schema import ExamSpec, fits
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.items.base import RatedItem
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.assessments.rating.models import Qualification, Rating
from trainer_academy.assessments.rating.tasks import check_whole, criterion_sizes, write_rating, written_item
from trainer_academy.core.db import insert_new
from trainer_academy.core.errors import BadInput, Conflict, NotFound, Refusal
from trainer_academy.notices.outbox import add_mail
from trainer_academy.psychometrics.agreement import Judgement, judgements_of, kappa_interval

PAUSE = timedelta(hours=24)
LEAST_TEST = 6  # examples that are new to the rater; on fewer nothing is decided


@dataclass(frozen=True)
class ExampleOf:
    """One example submission of an item."""

    item: RatedItem
    letter: str


@dataclass(frozen=True)
class RightState:
    """Where a rater stands: the newest decision, and the test that runs or may begin.

    `needed` examples decide a test; `asked` is what the specification asks for and can be more than there are that the rater
    has not seen in an earlier test (`seen_before` of them).
    """

    is_qualified: bool
    newest: Qualification | None
    is_withdrawn: bool
    trial: int
    rated: int
    needed: int
    asked: int
    seen_before: int
    opens_at: datetime | None

    @property
    def may_rate_examples(self) -> bool:
        return not self.is_qualified and self.opens_at is None and self.needed >= min(self.asked, LEAST_TEST)


def examples_of(spec: ExamSpec, items: Iterable[SomeItem]) -> list[ExampleOf]:
    """Every example of the written items that the exam may draw."""
    written = [work for item in items if item.status == "active" and (work := item.rated) is not None]
    drawn = [item for item in written if any(fits(draw, item) for draw in spec.draw)]
    return [ExampleOf(item, letter) for item in drawn for letter in item.examples]


def decisions_of_rater(session: Session, rater_id: int, exam_key: str) -> list[Qualification]:
    """Every decision on the right to rate this exam, oldest first."""
    statement = select(Qualification).where(Qualification.rater_id == rater_id, Qualification.exam_key == exam_key)
    return list(session.exec(statement.order_by(col(Qualification.id))).all())


def is_qualified(session: Session, rater_id: int, exam_key: str) -> bool:
    """True while the newest decision says so."""
    decisions = decisions_of_rater(session, rater_id, exam_key)
    return bool(decisions) and decisions[-1].is_qualified


def right_state(
    session: Session, rater_id: int, exam_key: str, spec: ExamSpec, examples: Sequence[ExampleOf], now: datetime
) -> RightState:
    """What a rater may do for the right to rate an exam."""
    assert spec.rating is not None
    decisions = decisions_of_rater(session, rater_id, exam_key)
    newest = decisions[-1] if decisions else None
    trial = 1 + sum(not is_withdrawal(decision) for decision in decisions)
    given = _example_ratings(session, rater_id, exam_key)
    seen = {(row.item_id, row.example) for row in given if row.trial < trial}
    opens_at = newest.decided_at + PAUSE if newest and not newest.is_qualified and newest.decided_at + PAUSE > now else None
    return RightState(
        is_qualified=newest is not None and newest.is_qualified,
        newest=newest,
        is_withdrawn=newest is not None and is_withdrawal(newest),
        trial=trial,
        rated=sum(row.trial == trial and row.submitted_at is not None for row in given),
        needed=min(spec.rating.examples, sum((example.item.id, example.letter) not in seen for example in examples)),
        asked=spec.rating.examples,
        seen_before=sum((example.item.id, example.letter) in seen for example in examples),
        opens_at=opens_at,
    )


def is_withdrawal(decision: Qualification) -> bool:
    """A withdrawal rests on no ratings; a test always does."""
    return decision.ratings == 0


def next_example(
    session: Session, rater_id: int, exam_key: str, state: RightState, examples: Sequence[ExampleOf], now: datetime
) -> Rating | Refusal:
    """The example that is open, or a new one that was not seen in an earlier test, in an order of chance."""
    if not state.may_rate_examples:
        return Refusal("example.qualified" if state.is_qualified else "example.pause" if state.opens_at else "example.none")
    given = _example_ratings(session, rater_id, exam_key)
    own = {(row.item_id, row.example): row for row in given if row.trial == state.trial}
    if running := next((row for row in own.values() if row.submitted_at is None), None):
        return running
    seen = {(row.item_id, row.example) for row in given}
    left = [example for example in examples if (example.item.id, example.letter) not in seen]
    left.sort(key=lambda one: _chance(rater_id, exam_key, state.trial, one))
    if not left:
        return Refusal("example.none")
    return _open_example(session, rater_id, exam_key, state.trial, left[0], now)


def _open_example(session: Session, rater_id: int, exam_key: str, trial: int, one: ExampleOf, now: datetime) -> Rating:
    """Two tabs at once choose the same example and share its row."""
    values = {
        "task_id": None,
        "slot": None,
        "rater_id": rater_id,
        "exam_key": exam_key,
        "item_id": one.item.id,
        "item_version": one.item.version,
        "example": one.letter,
        "trial": trial,
        "levels": None,
        "comment": "",
        "seconds": None,
        "opened_at": now,
        "locked_until": now,
        "submitted_at": None,
    }
    insert_new(session, Rating, values)
    same = (Rating.rater_id == rater_id, Rating.item_id == one.item.id, Rating.example == one.letter, Rating.trial == trial)
    return session.exec(select(Rating).where(*same, Rating.item_version == one.item.version)).one()


def _chance(rater_id: int, exam_key: str, trial: int, one: ExampleOf) -> str:
    text = f"{rater_id}:{exam_key}:{trial}:{one.item.id}:{one.letter}"
    return hashlib.sha256(text.encode()).hexdigest()


def _example_ratings(session: Session, rater_id: int, exam_key: str) -> list[Rating]:
    statement = select(Rating).where(Rating.rater_id == rater_id, Rating.exam_key == exam_key, col(Rating.example).is_not(None))
    return list(session.exec(statement.order_by(col(Rating.id))).all())


def submit_example(
    session: Session,
    store: ItemStore,
    rating_id: int,
    rater_id: int,
    item: RatedItem,
    levels: Mapping[str, int],
    comment: str,
    needed: int,
    now: datetime,
) -> Qualification | None:
    """Store the rating of an example; the last one of a test decides the right and returns the decision.

    A second submit changes nothing: the settled levels were shown after the first one.
    """
    check_whole(item, levels, comment)
    rating = session.get(Rating, rating_id, populate_existing=True, with_for_update=True)
    if rating is None or rating.example is None or rating.rater_id != rater_id:
        raise NotFound("example.unknown")
    if rating.submitted_at is not None:
        return None
    write_rating(rating, levels, comment, now)
    session.flush()
    given = [row for row in _example_ratings(session, rater_id, rating.exam_key) if row.trial == rating.trial]
    done = [row for row in given if row.submitted_at is not None]
    return _decide(session, store, rater_id, rating.exam_key, done, now) if len(done) >= needed else None


def _decide(
    session: Session, store: ItemStore, rater_id: int, exam_key: str, done: Sequence[Rating], now: datetime
) -> Qualification:
    judgements: list[Judgement] = []
    for row in done:
        item = written_item(session, store, row.item_id, row.item_version)
        judgements += judgements_of(str(row.id), row.levels or {}, example_levels(item, row), criterion_sizes(item))
    found = kappa_interval(judgements)
    bar = store.exams[exam_key].rating
    assert bar is not None
    decision = Qualification(
        rater_id=rater_id,
        exam_key=exam_key,
        agreement=found.value,
        agreement_low=found.low,
        agreement_high=found.high,
        ratings=len(done),
        is_qualified=found.low >= bar.min_agreement - 1e-9,
        decided_at=now,
    )
    session.add(decision)
    record(session, None, "rating_right_decided", "user", rater_id, now, f"{exam_key}: agreement {found.value:.3f}")
    session.flush()
    return decision


def example_levels(item: RatedItem, rating: Rating) -> dict[str, float]:
    """The settled levels of the example that a rating is about."""
    return {name: float(level) for name, level in item.examples[rating.example or ""].levels.items()}


def withdraw_right(session: Session, rater_id: int, exam_key: str, operator_id: int, reason: str, now: datetime) -> None:
    """Take the right away, with a reason in the audit log and a message to the rater; work in their hands becomes free.

    The ratings that they gave stay. Raises BadInput without a reason, Conflict when the right is not there.
    """
    if len(reason.strip()) < 10:
        raise BadInput("right.reason")
    # The lock makes a second operator wait and then find the right gone.
    session.execute(select(User.id).where(User.id == rater_id).with_for_update(key_share=True))
    decisions = decisions_of_rater(session, rater_id, exam_key)
    if not decisions or not decisions[-1].is_qualified:
        raise Conflict("right.none_to_withdraw")
    session.add(
        Qualification(
            rater_id=rater_id,
            exam_key=exam_key,
            agreement=0.0,
            agreement_low=-1.0,
            agreement_high=1.0,
            ratings=0,
            is_qualified=False,
            decided_at=now,
        )
    )
    open_work = (col(Rating.rater_id) == rater_id, col(Rating.exam_key) == exam_key, col(Rating.submitted_at).is_(None))
    free = update(Rating).where(*open_work, col(Rating.task_id).is_not(None)).values(locked_until=col(Rating.opened_at))
    session.execute(free)
    record(session, operator_id, "rating_right_withdrawn", "user", rater_id, now, f"{exam_key}: {reason.strip()}")
    add_mail(session, rater_id, "rating_right", {"exam": exam_key, "reason": reason.strip()}, now)
    session.flush()


def newest_decisions(session: Session) -> list[Qualification]:
    """The decision in force of every rater and exam, by exam and rater."""
    newest = select(func.max(col(Qualification.id))).group_by(col(Qualification.rater_id), col(Qualification.exam_key))
    statement = select(Qualification).where(col(Qualification.id).in_(newest))
    return list(session.exec(statement.order_by(col(Qualification.exam_key), col(Qualification.rater_id))).all())

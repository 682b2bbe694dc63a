"""Sequential attempts: an answer is handed in for good, then the next item comes or the exam is over. Steps flush."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from trainer_academy.assessments.exams.attempts import newest_of
from trainer_academy.assessments.exams.deciding import is_counted
from trainer_academy.assessments.exams.decision_model import judge_sequence, known_answers, posterior_of
from trainer_academy.assessments.exams.log import append_event
from trainer_academy.assessments.exams.models import Attempt, Response
from trainer_academy.assessments.exams.paper import SequencePlan
from trainer_academy.assessments.items.base import Payload
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Conflict


def is_handed_in(attempt: Attempt, position: int) -> bool:
    """True for a position of a sequential attempt that cannot be changed any more."""
    return attempt.plan is not None and position <= attempt.plan.handed_in


def hand_in(session: Session, attempt: Attempt, items: Sequence[SomeItem], position: int, now: datetime) -> bool:
    """Take the open position's answer for good. True: the exam is over; False: the next item is on the paper.

    `items` are those of the paper so far as they count today. Asked twice it acts once. Raises Conflict for a position that is
    not the open one.
    """
    assert attempt.plan is not None
    if position <= attempt.plan.handed_in:
        return False
    if position != len(attempt.paper):
        raise Conflict("attempt.open_item", position=len(attempt.paper))
    plan = attempt.plan.after(position)
    is_over = position == len(plan.entries) or _is_decided(session, attempt, items, plan)
    attempt.plan = plan
    if not is_over:
        coming = plan.entries[position]
        attempt.paper = (*attempt.paper, coming)
        append_event(session, attempt, "shown", {"position": position + 1, "item": coming.item_id}, now)
    session.flush()
    return is_over


def _is_decided(session: Session, attempt: Attempt, items: Sequence[SomeItem], plan: SequencePlan) -> bool:
    """Does the rule end the sitting after the newest answer? A second showing or a pilot item says nothing new."""
    if not attempt.paper[-1].is_scored:
        return False
    payloads = newest_payloads(session, id_of(attempt))
    credits = [
        item.score(payloads.get(place, {}), attempt.scoring).value if is_counted(entry, item) else None
        for place, (item, entry) in enumerate(zip(items, attempt.paper, strict=True), 1)
    ]
    answers = known_answers(attempt.paper, credits, [item.key_version for item in items])
    return judge_sequence(plan, answers, posterior_of(plan, answers).estimate()).is_over


def newest_payloads(session: Session, attempt_id: int) -> Mapping[int, Payload]:
    """The newest saved answer of each position."""
    columns = select(col(Response.position), col(Response.payload))
    return {row[0]: row[1] for row in session.execute(newest_of(attempt_id, columns))}


def close_sequence(session: Session, attempt: Attempt) -> None:
    """At the end the open item counts as handed in, answered or not: looking at an item and leaving is not free."""
    if attempt.plan is None or attempt.plan.handed_in >= len(attempt.paper):
        return
    attempt.plan = attempt.plan.after(len(attempt.paper))
    session.flush()

"""Sequential attempts: an answer is handed in for good, then the next item comes or the exam is over. Steps flush."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from trainer_academy.assessments.attempt_log import append_event
from trainer_academy.assessments.attempts import newest_of
from trainer_academy.assessments.deciding import is_counted
from trainer_academy.assessments.decision_model import SequencePlan, judge_sequence, known_answers, posterior_of
from trainer_academy.assessments.items import Payload
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.models import Attempt, Response
from trainer_academy.core.errors import Conflict


def is_handed_in(attempt: Attempt, position: int) -> bool:
    """True for a position of a sequential attempt that cannot be changed any more."""
    return attempt.plan is not None and position <= int(attempt.plan["handed_in"])


def hand_in(session: Session, attempt: Attempt, items: Sequence[SomeItem], position: int, now: datetime) -> bool:
    """Take the open position's answer for good. True: the exam is over; False: the next item is on the paper.

    `items` are those of the paper so far as they count today. Asked twice it acts once. Raises Conflict for a position that is
    not the open one.
    """
    assert attempt.plan is not None and attempt.id is not None
    plan = SequencePlan.read(attempt.plan)
    if position <= plan.handed_in:
        return False
    if position != len(attempt.paper):
        raise Conflict(f"Item {len(attempt.paper)} is the open one. Nothing was changed; go on with that item.")
    plan = replace(plan, handed_in=position)
    is_over = position == len(plan.entries) or _is_decided(session, attempt, items, plan)
    attempt.plan = plan.as_json()
    if not is_over:
        coming = plan.entries[position]
        attempt.paper = [*attempt.paper, coming]
        append_event(session, attempt, "shown", {"position": position + 1, "item": coming["item_id"]}, now)
    session.flush()
    return is_over


def _is_decided(session: Session, attempt: Attempt, items: Sequence[SomeItem], plan: SequencePlan) -> bool:
    """Does the rule end the sitting after the newest answer? A second showing or a pilot item says nothing new."""
    if "slope" not in attempt.paper[-1]:
        return False
    assert attempt.id is not None
    payloads = newest_payloads(session, attempt.id)
    credits = [
        item.score(payloads.get(place, {})).value if is_counted(entry, item) else None
        for place, (item, entry) in enumerate(zip(items, attempt.paper, strict=True), 1)
    ]
    answers = known_answers(attempt.paper, credits, [item.key_version for item in items])
    return judge_sequence(plan, answers, posterior_of(plan, answers).above()).is_over


def newest_payloads(session: Session, attempt_id: int) -> Mapping[int, Payload]:
    """The newest saved answer of each position."""
    columns = select(col(Response.position), col(Response.payload))
    return {row[0]: row[1] for row in session.execute(newest_of(attempt_id, columns))}


def close_sequence(session: Session, attempt: Attempt, items: Sequence[SomeItem]) -> None:
    """At the end: a full answer to the open item counts as handed in; an item that was only looked at does not count."""
    if attempt.plan is None or int(attempt.plan["handed_in"]) >= len(attempt.paper):
        return
    assert attempt.id is not None
    last = len(attempt.paper)
    payload = newest_payloads(session, attempt.id).get(last, {})
    if items[-1].is_complete(payload):
        attempt.plan = attempt.plan | {"handed_in": last}
    else:
        attempt.paper = [*attempt.paper[:-1], attempt.paper[-1] | {"is_open": True}]
    session.flush()

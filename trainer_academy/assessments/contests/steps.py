"""Contested items: raised by a person who was shown the item, answered by an author. Steps flush."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.models import Correction
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.contests.models import Contest, ContestStatus
from trainer_academy.assessments.exams.log import append_event, events_of
from trainer_academy.assessments.exams.models import Attempt, Response
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import Conflict, NotFound, Refusal, TooManyRequests
from trainer_academy.notices.outbox import add_mail

ANSWER_DAYS = 14
A_DAY = timedelta(days=1)
DAILY_LIMIT = 20
APPEAL_WITHIN = timedelta(days=30)
LOOKS = 3  # items of one attempt
LOOK_MINUTES = 20
LOOK_FOR = timedelta(minutes=LOOK_MINUTES)
KINDS = ("key", "text", "other")  # "rating" is an appeal against raters; it has its own way
LIST_LIMIT = 200


@dataclass(frozen=True)
class Shown:
    """An item as a person was shown it: on a paper, in a practice answer, or as a practice item."""

    item_id: str
    item_version: str
    response_id: int | None = None
    attempt_id: int | None = None
    position: int | None = None


def find_shown(session: Session, store: ItemStore, user_id: int, item_id: str, response_id: int | None) -> Shown:
    """The practice item with its version, when this person was shown it. Raises NotFound in any other case."""
    if response_id is not None:
        response = session.get(Response, response_id)
        is_own = response is not None and response.user_id == user_id and response.attempt_id is None
        if response is not None and is_own and response.item_id == item_id:
            return Shown(item_id, response.item_version, response.id)
        raise _not_shown()
    item = store.items.get(item_id)
    if item is None or item.status == "draft" or store.banks[item.bank].file.purpose != "practice":
        raise _not_shown()
    return Shown(item_id, item.version)


def find_on_paper(attempt: Attempt, position: int) -> Shown:
    """The item at a position of this attempt's paper. Raises NotFound where there is none."""
    if not 1 <= position <= len(attempt.paper):
        raise _not_shown()
    entry = attempt.paper[position - 1]
    return Shown(entry.item_id, entry.version, None, id_of(attempt), position)


def look_again(session: Session, attempt: Attempt, position: int, now: datetime) -> datetime:
    """Show one item of a closed attempt once more, for an appeal; returns until when. Each showing is logged.

    Raises Conflict after the time for appeals, when three items were shown already, or when this one was.
    """
    find_on_paper(attempt, position)
    if attempt.closed_at is None or now > attempt.closed_at + APPEAL_WITHIN:
        raise Conflict("contest.appeal_over", days=APPEAL_WITHIN.days)
    shown = looks_of(session, id_of(attempt))
    if position in shown:
        if shown[position] + LOOK_FOR <= now:
            raise Conflict("contest.looked", minutes=LOOK_MINUTES)
        return shown[position] + LOOK_FOR
    if len(shown) >= LOOKS:
        raise Conflict("contest.looks_used", n=LOOKS)
    append_event(session, attempt, "shown_again", {"position": position}, now)
    session.flush()
    return now + LOOK_FOR


def looks_of(session: Session, attempt_id: int) -> dict[int, datetime]:
    """When each position of a closed attempt was shown once more."""
    return {event.detail["position"]: event.at for event in events_of(session, attempt_id) if event.kind == "shown_again"}


def _not_shown() -> NotFound:
    return NotFound("contest.item_not_shown")


def raise_contest(session: Session, user_id: int, shown: Shown, kind: str, text: str, now: datetime) -> Contest | Refusal:
    """Store that the person finds this item wrong; refused while an earlier contest of theirs on it is open.

    Raises TooManyRequests after twenty in a day.
    """
    # The lock makes the second of two requests wait, so that it finds what the first one stored.
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    own = select(func.count()).select_from(Contest).where(Contest.user_id == user_id, Contest.kind != "rating")
    same = own.where(
        Contest.item_id == shown.item_id, Contest.item_version == shown.item_version, Contest.status == ContestStatus.OPEN
    )
    if session.scalar(same):
        return Refusal("contest.told_already")
    if (session.scalar(own.where(col(Contest.created_at) > now - A_DAY)) or 0) >= DAILY_LIMIT:
        raise TooManyRequests("contest.limit", int(A_DAY.total_seconds()), limit=DAILY_LIMIT)
    contest = Contest(
        user_id=user_id,
        item_id=shown.item_id,
        item_version=shown.item_version,
        response_id=shown.response_id,
        attempt_id=shown.attempt_id,
        kind=kind,
        text=text,
        created_at=now,
        due_at=now + timedelta(days=ANSWER_DAYS),
    )
    session.add(contest)
    session.flush()
    return contest


def contests_of(session: Session, user_id: int) -> list[Contest]:
    """What a person has contested, newest first."""
    statement = select(Contest).where(Contest.user_id == user_id).order_by(col(Contest.id).desc()).limit(LIST_LIMIT)
    return list(session.exec(statement).all())


def open_contests(session: Session) -> list[Contest]:
    """What authors have to answer, earliest due date first. Appeals against raters are not among them."""
    statement = select(Contest).where(Contest.status == ContestStatus.OPEN, Contest.kind != "rating")
    return list(session.exec(statement.order_by(col(Contest.due_at), col(Contest.id)).limit(LIST_LIMIT)).all())


def count_by_item(session: Session, item_ids: Collection[str]) -> dict[str, int]:
    """How many contests each of these items has had, one statement."""
    statement = select(col(Contest.item_id), func.count()).where(Contest.kind != "rating")
    rows = session.execute(statement.where(col(Contest.item_id).in_(item_ids)).group_by(col(Contest.item_id)))
    return {row[0]: row[1] for row in rows}


def get_contest(session: Session, contest_id: int) -> Contest:
    """A contest for an author. Raises NotFound, also for appeals against raters."""
    contest = session.get(Contest, contest_id)
    if contest is None or contest.kind == "rating":
        raise NotFound("contest.unknown")
    return contest


def answer_contest(
    session: Session,
    contest: Contest,
    author_id: int,
    is_accepted: bool,
    answer: str,
    correction_id: int | None,
    base_url: str,
    now: datetime,
) -> Refusal | None:
    """Accept or reject with a reason, and tell the person. Refused to those involved, while the exam runs, and twice."""
    if author_id == contest.user_id:
        return Refusal("contest.own")
    if contest.attempt_id is not None and _is_running(session, contest.attempt_id):
        return Refusal("contest.exam_open")
    if correction_id is not None and correction_id not in {found.id for found in corrections_of(session, contest.item_id)}:
        raise NotFound("contest.other_correction")
    status = "accepted" if is_accepted else "rejected"
    values = {"status": status, "answer": answer, "answered_by": author_id, "answered_at": now}
    values["correction_id"] = correction_id if is_accepted else None
    claim = update(Contest).where(col(Contest.id) == id_of(contest), col(Contest.status) == ContestStatus.OPEN).values(values)
    claimed = session.execute(claim, execution_options={"synchronize_session": False})
    session.refresh(contest)
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        return Refusal("contest.answered")
    record(session, author_id, f"contest_{status}", "contest", id_of(contest), now, f"{contest.item_id}: {answer}")
    values = {
        "created_at": contest.created_at,
        "is_accepted": contest.status == ContestStatus.ACCEPTED,
        "answer": contest.answer,
        "address": f"{base_url}/contests",
    }
    add_mail(session, contest.user_id, "contest_answered", values, now)
    return None


def _is_running(session: Session, attempt_id: int) -> bool:
    return session.scalar(select(Attempt.status).where(Attempt.id == attempt_id)) == "in_progress"


def corrections_of(session: Session, item_id: str) -> list[Correction]:
    """All corrections of an item, newest first."""
    statement = select(Correction).where(Correction.item_id == item_id).order_by(col(Correction.id).desc())
    return list(session.exec(statement).all())


def told_by(session: Session, correction_id: int) -> list[int]:
    """The people whose accepted contests led to this correction."""
    statement = select(Contest.user_id).where(Contest.correction_id == correction_id, Contest.status == ContestStatus.ACCEPTED)
    return sorted(set(session.scalars(statement).all()))

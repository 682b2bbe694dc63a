"""Contested items: raised by a person who was shown the item, answered by an author. Steps flush."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank import ItemStore
from trainer_academy.assessments.contest_models import Contest, Correction
from trainer_academy.assessments.models import Attempt, Response
from trainer_academy.core.errors import NotFound, Refusal, TooManyRequests
from trainer_academy.notices.outbox import add_mail

ANSWER_DAYS = 14
A_DAY = timedelta(days=1)
DAILY_LIMIT = 20
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


def find_shown(
    session: Session, store: ItemStore, user_id: int, item_id: str, response_id: int | None, attempt_id: int | None
) -> Shown:
    """The item with its version, when this person was shown it. Raises NotFound in any other case."""
    if attempt_id is not None:
        return _on_paper(session, user_id, item_id, attempt_id)
    if response_id is not None:
        response = session.get(Response, response_id)
        if response is not None and response.user_id == user_id and response.item_id == item_id:
            return Shown(item_id, response.item_version, response.id, response.attempt_id, response.position)
        raise _not_shown()
    item = store.items.get(item_id)
    if item is None or item.status == "draft" or store.banks[item.bank].file.purpose != "practice":
        raise _not_shown()
    return Shown(item_id, item.version)


def _on_paper(session: Session, user_id: int, item_id: str, attempt_id: int) -> Shown:
    attempt = session.get(Attempt, attempt_id)
    paper = attempt.paper if attempt is not None and attempt.user_id == user_id else []
    for position, entry in enumerate(paper, 1):
        if entry["item_id"] == item_id:
            return Shown(item_id, entry["version"], None, attempt_id, position)
    raise _not_shown()


def _not_shown() -> NotFound:
    return NotFound("There is no such item among those that you were shown. Use the link beside the item.")


def raise_contest(session: Session, user_id: int, shown: Shown, kind: str, text: str, now: datetime) -> Contest | Refusal:
    """Store that the person finds this item wrong; refused while an earlier contest of theirs on it is open.

    Raises TooManyRequests after twenty in a day.
    """
    # The lock makes the second of two requests wait, so that it finds what the first one stored.
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))
    own = select(func.count()).select_from(Contest).where(Contest.user_id == user_id, Contest.kind != "rating")
    same = own.where(Contest.item_id == shown.item_id, Contest.item_version == shown.item_version, Contest.status == "open")
    if session.scalar(same):
        return Refusal("You have told us about this item already. We answer by the date on this page; nothing was added.")
    if (session.scalar(own.where(col(Contest.created_at) > now - A_DAY)) or 0) >= DAILY_LIMIT:
        raise TooManyRequests(
            f"You sent {DAILY_LIMIT} of these today, and they are kept. Please send the next one tomorrow.",
            int(A_DAY.total_seconds()),
        )
    contest = Contest(
        user_id=user_id, item_id=shown.item_id, item_version=shown.item_version, response_id=shown.response_id,
        attempt_id=shown.attempt_id, kind=kind, text=text, created_at=now, due_at=now + timedelta(days=ANSWER_DAYS),
    )  # fmt: skip
    session.add(contest)
    session.flush()
    return contest


def contests_of(session: Session, user_id: int) -> list[Contest]:
    """What a person has contested, newest first."""
    statement = select(Contest).where(Contest.user_id == user_id).order_by(col(Contest.id).desc()).limit(LIST_LIMIT)
    return list(session.exec(statement).all())


def open_contests(session: Session) -> list[Contest]:
    """What authors have to answer, earliest due date first. Appeals against raters are not among them."""
    statement = select(Contest).where(Contest.status == "open", Contest.kind != "rating")
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
        raise NotFound("There is no contest with this number.")
    return contest


def answer_contest(
    session: Session, contest: Contest, author_id: int, is_accepted: bool, answer: str, correction_id: int | None,
    base_url: str, now: datetime,
) -> Refusal | None:  # fmt: skip
    """Accept or reject with a reason, and tell the person. Refused to those involved, while the exam runs, and twice."""
    assert contest.id is not None
    if author_id == contest.user_id:
        return Refusal("This is your own. Somebody else has to answer it; nothing was saved.")
    if contest.attempt_id is not None and _is_running(session, contest.attempt_id):
        return Refusal("The exam of this person is still open. Answer when it is closed; nothing was saved.")
    if correction_id is not None and correction_id not in {found.id for found in corrections_of(session, contest.item_id)}:
        raise NotFound("That correction is not one of this item.")
    status = "accepted" if is_accepted else "rejected"
    values = {"status": status, "answer": answer, "answered_by": author_id, "answered_at": now}
    values["correction_id"] = correction_id if is_accepted else None
    claim = update(Contest).where(col(Contest.id) == contest.id, col(Contest.status) == "open").values(values)
    claimed = session.execute(claim, execution_options={"synchronize_session": False})
    session.refresh(contest)
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        return Refusal("Somebody has answered this already. That answer stays; yours was not saved.")
    record(session, author_id, f"contest_{status}", "contest", contest.id, now, f"{contest.item_id}: {answer}")
    add_mail(session, contest.user_id, "contest_answered", "Answer to your message on an item", _mail(contest, base_url), now)
    return None


def _is_running(session: Session, attempt_id: int) -> bool:
    return session.scalar(select(Attempt.status).where(Attempt.id == attempt_id)) == "in_progress"


def _mail(contest: Contest, base_url: str) -> str:
    outcome = (
        "You were right, and we act on it." if contest.status == "accepted" else "We looked at it, and the item stays as it is."
    )
    return f"On {contest.created_at:%d %B %Y} you told us that something is wrong with an item. {outcome}\n\n" + (
        f"{contest.answer}\n\nAll your messages on items: {base_url}/contests"
    )


def corrections_of(session: Session, item_id: str) -> list[Correction]:
    """All corrections of an item, newest first."""
    statement = select(Correction).where(Correction.item_id == item_id).order_by(col(Correction.id).desc())
    return list(session.exec(statement).all())


def told_by(session: Session, correction_id: int) -> list[int]:
    """The people whose accepted contests led to this correction."""
    statement = select(Contest.user_id).where(Contest.correction_id == correction_id, Contest.status == "accepted")
    return sorted(set(session.scalars(statement).all()))

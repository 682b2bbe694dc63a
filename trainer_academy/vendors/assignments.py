"""Assigning courses to the team."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import Membership
from trainer_academy.core.errors import Conflict, NotFound
from trainer_academy.courses.enrollment import enroll
from trainer_academy.vendors.models import Assignment
from trainer_academy.vendors.roster import STAFF


@dataclass(frozen=True)
class Assigned:
    """What an assignment did: who has the course newly, and how many had it before."""

    new: tuple[int, ...]
    existing: int


def assign(
    session: Session,
    organization_id: int,
    user_ids: Sequence[int],
    course_key: str,
    due_on: date | None,
    assigned_by: int,
    now: datetime,
) -> Assigned:
    """Give a course to members of the team and enroll them. Who has it already gets the new due date.

    Raises NotFound when somebody is not in the team, Conflict when another manager assigned the same at the same moment.
    """
    wanted = set(user_ids)
    if wanted - _members_among(session, organization_id, wanted):
        raise NotFound("assignment.left_team")
    has = _holders_among(session, organization_id, wanted, course_key)
    new = tuple(sorted(wanted - has))
    shared: dict[str, Any] = {"course_key": course_key, "due_on": due_on, "assigned_by": assigned_by, "assigned_at": now}
    rows = [Assignment(organization_id=organization_id, user_id=user_id, **shared) for user_id in new]
    try:
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError as error:
        raise Conflict("assignment.race") from error
    _move_due_date(session, organization_id, has, course_key, due_on)
    for user_id in new:
        enroll(session, user_id, course_key, now)
    detail = f"{course_key}: {len(new)} new, {len(has)} had it, due {due_on or 'never'}"
    record(session, assigned_by, "course_assigned", "organization", organization_id, now, detail)
    return Assigned(new, len(has))


def unassign(session: Session, organization_id: int, user_id: int, course_key: str, actor_id: int, now: datetime) -> None:
    """Take an assignment back; progress and certificates stay. Raises NotFound when there is none."""
    statement = delete(Assignment).where(
        col(Assignment.organization_id) == organization_id,
        col(Assignment.user_id) == user_id,
        col(Assignment.course_key) == course_key,
    )
    result: Any = session.execute(statement)
    if result.rowcount != 1:
        raise NotFound("assignment.none")
    record(session, actor_id, "course_unassigned", "user", user_id, now, course_key)


def _members_among(session: Session, organization_id: int, user_ids: set[int]) -> set[int]:
    statement = select(col(Membership.user_id)).where(
        Membership.organization_id == organization_id, Membership.role == STAFF, col(Membership.user_id).in_(user_ids)
    )
    return set(session.scalars(statement).all())


def _holders_among(session: Session, organization_id: int, user_ids: set[int], course_key: str) -> set[int]:
    statement = select(col(Assignment.user_id)).where(
        Assignment.organization_id == organization_id,
        Assignment.course_key == course_key,
        col(Assignment.user_id).in_(user_ids),
    )
    return set(session.scalars(statement).all())


def _move_due_date(session: Session, organization_id: int, user_ids: set[int], course_key: str, due_on: date | None) -> None:
    statement = (
        update(Assignment)
        .where(col(Assignment.organization_id) == organization_id, col(Assignment.course_key) == course_key)
        .where(col(Assignment.user_id).in_(user_ids))
        .values(due_on=due_on)
    )
    session.execute(statement)

"""From a rating to a result: rate, settle, decide, certify, answer the appeal, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from trainer_academy.assessments.contests.models import Contest
from trainer_academy.assessments.exams.attempts import get_attempt
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus
from trainer_academy.assessments.rating.appeals import answer_appeal, get_own_task, open_appeal
from trainer_academy.assessments.rating.models import RatingTask
from trainer_academy.assessments.rating.right import is_qualified
from trainer_academy.assessments.rating.tasks import get_rating, submit_rating, written_item
from trainer_academy.core.errors import Conflict, NotFound
from trainer_academy.notices.outbox import add_mail
from trainer_academy.workflows.certification import Outcome, Services, finish_rated


@dataclass(frozen=True)
class Rated:
    """What a rating did. `outcome` is there when the attempt was decided by it."""

    task: RatingTask
    outcome: Outcome | None = None


def rate(
    session: Session, services: Services, rating_id: int, rater_id: int, levels: dict[str, int], comment: str, now: datetime
) -> Rated:
    """Submit a rating. When it settles the last work of the attempt, decide the attempt; after an appeal, decide it again.

    The attempt's row is locked first: of two last ratings at the same moment the second one sees the first.
    """
    rating = get_rating(session, rating_id, rater_id)
    task = session.get(RatingTask, rating.task_id) if rating.task_id else None
    if task is None:
        raise NotFound("rating_work.unknown")
    if not is_qualified(session, rater_id, task.exam_key):
        raise Conflict("rating_work.no_right")
    attempt = session.get(Attempt, task.attempt_id, populate_existing=True, with_for_update=True)
    assert attempt is not None
    spec = services.store.exams[task.exam_key].rating
    assert spec is not None
    item = written_item(session, services.store, task.item_id, task.item_version)
    is_settled = submit_rating(session, rating_id, rater_id, item, levels, comment, spec, now)
    if not is_settled:
        return Rated(task)
    if attempt.status == AttemptStatus.AWAITING:
        return Rated(task, finish_rated(session, services, attempt, "rated", now))
    if attempt.status == AttemptStatus.DECIDED and task.first_settled is not None:
        outcome = finish_rated(session, services, attempt, "appeal", now)
        if (contest := answer_appeal(session, task, item, now)) is not None:
            _tell(session, services, contest, item.title, now)
        return Rated(task, outcome)
    return Rated(task)


def _tell(session: Session, services: Services, contest: Contest, title: str, now: datetime) -> None:
    """Tell the person how the appeal ended."""
    address = f"{services.issuer.party.base_url}/attempts/{contest.attempt_id}"
    values = {"title": title, "answer": contest.answer, "address": address}
    add_mail(session, contest.user_id, "appeal_answered", values, now)


def appeal_rating(
    session: Session, services: Services, user_id: int, attempt_id: int, task_id: int, text: str, now: datetime
) -> Contest:
    """Ask for a third person's reading of a rated text: once for each text, by the writer, within 30 days.

    The result stays as it is until the appeal is rated.
    """
    get_attempt(session, attempt_id, user_id)
    attempt = session.get(Attempt, attempt_id, populate_existing=True, with_for_update=True)
    assert attempt is not None
    if services.store.exams[attempt.exam_key].rating is None:
        raise Conflict("rating_work.not_by_people")
    return open_appeal(session, attempt, get_own_task(session, attempt, task_id), text, now)

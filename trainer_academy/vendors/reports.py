"""Where each person of a team stands: eight statements, however many people and courses there are.

A report is made of enrollments, finished lessons, exam attempts and credentials. Practice answers are never read here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from trainer_academy.accounts.models import Membership
from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.eligibility import PastAttempt, StartFacts, start_state
from trainer_academy.assessments.exams.starting import gather
from trainer_academy.courses.catalog import Catalog
from trainer_academy.courses.models import Enrollment, LessonDone
from trainer_academy.credentials.criteria import Achievements, Standing, status_at
from trainer_academy.credentials.life.models import Credential
from trainer_academy.vendors.models import Assignment
from trainer_academy.vendors.roster import STAFF, Member, find_member, staff_of

STUCK_AFTER = timedelta(days=7)
ENDS_SOON = timedelta(days=60)
People = SelectOfScalar[int]
NO_FACTS = StartFacts()


@dataclass(frozen=True)
class CoursePlan:
    """What a course asks for, from the content files."""

    key: str
    title: str
    lessons: frozenset[str]
    exam_key: str
    exam: ExamSpec | None
    achievements: frozenset[str]


@dataclass(frozen=True)
class CredentialNote:
    """One credential as a manager sees it."""

    id: str
    achievement_key: str
    valid_until: datetime
    revoked_at: datetime | None
    suspended_at: datetime | None = None


@dataclass(frozen=True)
class Traces:
    """What one person left behind in one course."""

    done: frozenset[str] = frozenset()
    active_at: datetime | None = None
    start: StartFacts = NO_FACTS
    credentials: tuple[CredentialNote, ...] = ()


@dataclass(frozen=True)
class CourseState:
    """Where a person stands in a course.

    `kind`: not_started, in_progress, ready, exam_open, passed, failed, certified, ended. `at`: when a retake
    is possible (failed), or the end of the certificate (certified, ended).
    """

    kind: str
    done: int
    total: int
    active_at: datetime | None = None
    at: datetime | None = None
    credential_id: str = ""
    is_assigned: bool = False
    due_on: date | None = None

    @property
    def is_finished(self) -> bool:
        return self.kind in ("passed", "certified")

    def is_late(self, now: datetime) -> bool:
        return self.due_on is not None and not self.is_finished and self.due_on < now.date()


@dataclass(frozen=True)
class PersonReport:
    """One person: the state in each course by key, and the attempts, newest first."""

    member: Member
    states: dict[str, CourseState]
    attempts: list[PastAttempt] = field(default_factory=list)


def course_plans(catalog: Catalog, store: ItemStore, achievements: Achievements) -> list[CoursePlan]:
    """The plans of all courses in the catalog's order."""
    plans = []
    for course in catalog.ordered():
        exam_key = course.file.exam or ""
        earned = frozenset(key for key, _ in achievements.earned_by(exam_key)) if exam_key else frozenset()
        lessons = frozenset(lesson.key for lesson in course.lessons)
        plans.append(CoursePlan(course.key, course.title, lessons, exam_key, store.exams.get(exam_key), earned))
    return plans


def course_state(plan: CoursePlan, traces: Traces, now: datetime) -> CourseState:
    """The one state that says most. A certificate says more than an attempt, an attempt more than lessons."""
    state = CourseState("not_started", len(traces.done & plan.lessons), len(plan.lessons), traces.active_at)
    valid = [
        note
        for note in traces.credentials
        if status_at(now, note.valid_until, note.revoked_at, note.suspended_at) is Standing.VALID
    ]
    if valid:
        best = max(valid, key=lambda note: note.valid_until)
        return replace(state, kind="certified", at=best.valid_until, credential_id=best.id)
    if any(attempt.closed_at is None for attempt in traces.start.attempts):
        return replace(state, kind="exam_open")
    if traces.credentials:
        last = max(traces.credentials, key=lambda note: note.valid_until)
        return replace(
            state, kind="ended", at=min(last.valid_until, last.revoked_at or last.valid_until), credential_id=last.id
        )
    if any(attempt.is_passed for attempt in traces.start.attempts):
        return replace(state, kind="passed")
    if traces.start.attempts:
        return replace(state, kind="failed", at=retake_from(plan, traces.start, now))
    if state.done == state.total and plan.exam is not None:
        return replace(state, kind="ready")
    return replace(state, kind="in_progress") if state.done else state  # an assignment enrolls: that alone is no start


def retake_from(plan: CoursePlan, facts: StartFacts, now: datetime) -> datetime | None:
    """When the next attempt opens; `now` when it is open already.

    None when nobody can say: there is no exam in the content, the window is over, or raters are reading.
    """
    if plan.exam is None:
        return None
    state = start_state(plan.exam, facts, now)
    return now if state.may_start else state.opens_at


def _is_not_started(state: CourseState, _now: datetime) -> bool:
    return state.kind == "not_started" and state.is_assigned


def _is_stuck(state: CourseState, now: datetime) -> bool:
    return state.kind in ("in_progress", "ready") and state.active_at is not None and state.active_at < now - STUCK_AFTER


def _has_exam_due(state: CourseState, now: datetime) -> bool:
    return state.kind == "ready" or (state.kind == "failed" and state.at is not None and state.at <= now)


def _ends_soon(state: CourseState, now: datetime) -> bool:
    return state.kind == "certified" and state.at is not None and state.at <= now + ENDS_SOON


FILTERS: dict[str, Callable[[CourseState, datetime], bool]] = {
    "not-started": _is_not_started,
    "stuck": _is_stuck,
    "exam-due": _has_exam_due,
    "ending": _ends_soon,
}


def matches(report: PersonReport, show: str, now: datetime) -> bool:
    """True when one of the person's courses fits the filter; an unknown filter fits everybody."""
    rule = FILTERS.get(show)
    return rule is None or any(rule(state, now) for state in report.states.values())


def team_report(session: Session, organization_id: int, plans: Sequence[CoursePlan], now: datetime) -> list[PersonReport]:
    """Every member of the team in the order of names."""
    return _report(session, organization_id, staff_of(session, organization_id), _team(organization_id), plans, now)


def person_report(
    session: Session, organization_id: int, user_id: int, plans: Sequence[CoursePlan], now: datetime
) -> PersonReport:
    """One member of the team. Raises NotFound for everybody else."""
    member = find_member(session, organization_id, user_id)
    only_one = _team(organization_id).where(col(Membership.user_id) == user_id)
    return _report(session, organization_id, [member], only_one, plans, now)[0]


def _team(organization_id: int) -> People:
    """The ids of the team as a subquery: a list of thousands of ids would exceed what a statement may carry."""
    return select(col(Membership.user_id)).where(
        col(Membership.organization_id) == organization_id, col(Membership.role) == STAFF
    )


def _report(
    session: Session, organization_id: int, members: list[Member], people: People, plans: Sequence[CoursePlan], now: datetime
) -> list[PersonReport]:
    lessons = _read_lessons(session, people)
    starts = gather(session, people, now)
    credentials = _read_credentials(session, people)
    due = _read_assignments(session, organization_id, people)
    reports = []
    for member in members:
        person, states = member.user_id, {}
        for plan in plans:
            done, active_at = lessons.get((person, plan.key), (set(), None))
            start = starts.of(person, plan.exam_key, plan.exam.bank if plan.exam else "")
            own_credentials = tuple(note for note in credentials[person] if note.achievement_key in plan.achievements)
            state = course_state(plan, Traces(frozenset(done), active_at, start, own_credentials), now)
            key = (person, plan.key)
            states[plan.key] = replace(state, is_assigned=key in due, due_on=due.get(key))
        reports.append(PersonReport(member, states, starts.attempts_of(person)))
    return reports


def _read_lessons(session: Session, people: People) -> dict[tuple[int, str], tuple[set[str], datetime]]:
    statement = (
        select(col(Enrollment.user_id), col(Enrollment.course_key), col(Enrollment.active_at), col(LessonDone.lesson_key))
        .outerjoin(LessonDone, col(LessonDone.enrollment_id) == col(Enrollment.id))
        .where(col(Enrollment.user_id).in_(people))
    )
    found: dict[tuple[int, str], tuple[set[str], datetime]] = {}
    for user_id, course_key, active_at, lesson_key in session.execute(statement).all():
        found.setdefault((user_id, course_key), (set(), active_at))[0].update({lesson_key} if lesson_key else ())
    return found


def _read_credentials(session: Session, people: People) -> dict[int, list[CredentialNote]]:
    statement = select(  # type: ignore[call-overload]
        col(Credential.holder_id),
        col(Credential.id),
        col(Credential.achievement_key),
        col(Credential.valid_until),
        col(Credential.revoked_at),
        col(Credential.suspended_at),
    ).where(col(Credential.holder_id).in_(people))
    found: dict[int, list[CredentialNote]] = defaultdict(list)
    for user_id, *values in session.execute(statement).all():
        found[user_id].append(CredentialNote(*values))
    return found


def _read_assignments(session: Session, organization_id: int, people: People) -> dict[tuple[int, str], date | None]:
    statement = select(col(Assignment.user_id), col(Assignment.course_key), col(Assignment.due_on)).where(
        Assignment.organization_id == organization_id, col(Assignment.user_id).in_(people)
    )
    return {(user_id, course_key): due_on for user_id, course_key, due_on in session.execute(statement).all()}

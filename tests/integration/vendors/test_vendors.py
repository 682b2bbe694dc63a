"""A vendor's team: invitations, assignments, reports; two vendors see nothing of each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from trainer_academy.accounts import people
from trainer_academy.accounts.models import AuditEvent, Invitation, User
from trainer_academy.accounts.principal import Role
from trainer_academy.assessments.bank.schema import Draw, ExamSpec
from trainer_academy.assessments.exams.eligibility import PastAttempt, StartFacts
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.core.db import Database
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.courses.enrollment import finish_lesson, progress_of
from trainer_academy.credentials.life.models import Credential, StatusList
from trainer_academy.notices.models import Notice
from trainer_academy.notices.outbox import messages_for
from trainer_academy.vendors import roster
from trainer_academy.vendors.assignments import assign, unassign
from trainer_academy.vendors.models import Assignment
from trainer_academy.vendors.reports import (
    CoursePlan,
    CourseState,
    CredentialNote,
    PersonReport,
    Traces,
    course_state,
    matches,
    person_report,
    team_report,
)
from trainer_academy.workflows.enrolling import assign_course, invite_to_team

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EXAM = ExamSpec(
    title="The exam",
    version="1",
    course="evaluating",
    bank="evaluating-exam",
    minutes=60,
    cut_score=0.78,
    cut_basis="a basis that is long enough",
    attempts=2,
    window_days=365,
    cooldown_hours=24,
    draw=(Draw(skill="facts", kind="choice", count=1),),
)
PLAN = CoursePlan("evaluating", "Evaluating", frozenset({"01", "02", "03"}), "exam", EXAM, frozenset({"evaluator-1"}))


def ago(**amount: float) -> datetime:
    return NOW - timedelta(**amount)


def attempt(number: int = 1, closed: datetime | None = None, passed: bool | None = None) -> PastAttempt:
    started = (closed or NOW) - timedelta(hours=1)
    return PastAttempt(started, closed, passed, "exam", number, None if passed is None else 0.5)


def credential(until: datetime, revoked_at: datetime | None = None) -> CredentialNote:
    return CredentialNote(f"c-{until:%Y%m%d}", "evaluator-1", until, revoked_at)


ALL = frozenset({"01", "02", "03"})
FAILED_TODAY = attempt(closed=ago(hours=2), passed=False)
FAILED_LATELY = attempt(closed=ago(days=3), passed=False)
PASSED = attempt(2, closed=ago(days=1), passed=True)

SOON, LATER = NOW + timedelta(days=9), NOW + timedelta(days=700)
TWO_FAILS = (FAILED_LATELY, attempt(2, ago(days=2), False))
WINDOW_END = FAILED_LATELY.started_at + timedelta(days=365)

CASES = [
    ("nothing yet", Traces(), ("not_started", 0, None)),
    ("enrolled", Traces(active_at=NOW), ("not_started", 0, None)),
    ("one lesson", Traces(frozenset({"01"}), NOW), ("in_progress", 1, None)),
    ("a lesson that the course lost", Traces(frozenset({"01", "old"}), NOW), ("in_progress", 1, None)),
    ("all lessons", Traces(ALL, NOW), ("ready", 3, None)),
    ("exam without the course", Traces(start=StartFacts((attempt(),))), ("exam_open", 0, None)),
    ("failed, must wait", Traces(ALL, NOW, StartFacts((FAILED_TODAY,))), ("failed", 3, ago(hours=2) + timedelta(hours=24))),
    ("failed, may go on", Traces(ALL, NOW, StartFacts((FAILED_LATELY,))), ("failed", 3, NOW)),
    ("no attempts left", Traces(ALL, NOW, StartFacts(TWO_FAILS)), ("failed", 3, WINDOW_END)),
    ("second attempt is open", Traces(ALL, NOW, StartFacts((attempt(2), FAILED_LATELY))), ("exam_open", 3, None)),
    ("passed", Traces(ALL, NOW, StartFacts((PASSED, FAILED_LATELY))), ("passed", 3, None)),
    ("certified", Traces(ALL, NOW, StartFacts((PASSED,)), (credential(LATER),)), ("certified", 3, LATER)),
    ("renewed", Traces(credentials=(credential(SOON), credential(LATER))), ("certified", 0, LATER)),
    ("expired", Traces(ALL, NOW, StartFacts((PASSED,)), (credential(ago(days=5)),)), ("ended", 3, ago(days=5))),
    ("ends this second", Traces(credentials=(credential(NOW),)), ("ended", 0, NOW)),
    ("revoked", Traces(credentials=(credential(SOON, ago(days=2)),)), ("ended", 0, ago(days=2))),
    (
        "expired, tries again",
        Traces(ALL, NOW, StartFacts((attempt(3), PASSED)), (credential(ago(days=5)),)),
        ("exam_open", 3, None),
    ),
]


@pytest.mark.parametrize(("traces", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_state_of_a_person_in_a_course(traces: Traces, expected: tuple[str, int, datetime | None]) -> None:
    state = course_state(PLAN, traces, NOW)
    assert (state.kind, state.done, state.at) == expected
    assert state.total == 3


def test_a_course_without_an_exam_is_never_ready_for_one() -> None:
    plan = CoursePlan("short", "Short", ALL, "", None, frozenset())
    assert course_state(plan, Traces(ALL, NOW), NOW).kind == "in_progress"


FILTER_CASES = [
    ("not-started", CourseState("not_started", 0, 3, is_assigned=True), True),
    ("not-started", CourseState("not_started", 0, 3), False),
    ("not-started", CourseState("in_progress", 0, 3, is_assigned=True), False),
    ("stuck", CourseState("in_progress", 1, 3, active_at=ago(days=7, seconds=1)), True),
    ("stuck", CourseState("in_progress", 1, 3, active_at=ago(days=7)), False),
    ("stuck", CourseState("certified", 3, 3, active_at=ago(days=70)), False),
    ("exam-due", CourseState("ready", 3, 3), True),
    ("exam-due", CourseState("failed", 3, 3, at=NOW), True),
    ("exam-due", CourseState("failed", 3, 3, at=NOW + timedelta(hours=1)), False),
    ("exam-due", CourseState("passed", 3, 3), False),
    ("ending", CourseState("certified", 3, 3, at=NOW + timedelta(days=60)), True),
    ("ending", CourseState("certified", 3, 3, at=NOW + timedelta(days=60, seconds=1)), False),
    ("ending", CourseState("ended", 3, 3, at=NOW), False),
    ("", CourseState("not_started", 0, 3), True),
    ("nonsense", CourseState("not_started", 0, 3), True),
]


@pytest.mark.parametrize(("show", "state", "expected"), FILTER_CASES)
def test_filters(show: str, state: CourseState, expected: bool) -> None:
    report = PersonReport(roster.Member(1, "Ann", "a", NOW), {"evaluating": state})
    assert matches(report, show, NOW) is expected


@pytest.mark.parametrize(
    ("kind", "due_on", "is_late"),
    [
        ("in_progress", date(2026, 11, 20), True),
        ("in_progress", date(2026, 11, 21), False),
        ("in_progress", None, False),
        ("certified", date(2026, 1, 1), False),
        ("failed", date(2026, 11, 20), True),
    ],
)
def test_lateness(kind: str, due_on: date | None, is_late: bool) -> None:
    assert CourseState(kind, 0, 3, due_on=due_on).is_late(NOW) is is_late


# --- with a database -----------------------------------------------------------------------------------------------------


class Team:
    """A vendor with its manager."""

    def __init__(self, session: Session, name: str) -> None:
        self.session = session
        made = people.create_organization(session, "vendor", name, NOW)
        assert made.id is not None
        self.id, self.name = made.id, name
        self.manager = self.person(f"lead@{name}.example", "The lead")
        people.add_membership(session, self.manager, self.id, "manager", None, NOW)

    @property
    def role(self) -> Role:
        return Role("vendor", "manager", self.id, self.name)

    def person(self, login: str, name: str) -> int:
        user = people.create_user(self.session, login, name, "hash", NOW)
        assert user.id is not None
        return user.id

    def staff(self, number: int) -> int:
        user_id = self.person(f"s{number}@{self.name}.example", f"Person {number:02}")
        people.add_membership(self.session, user_id, self.id, "staff", self.manager, NOW)
        return user_id


@pytest.fixture
def team(session: Session) -> Team:
    return Team(session, "kivu")


@pytest.fixture
def other(session: Session) -> Team:
    return Team(session, "lagos")


def add_attempt(session: Session, user_id: int, passed: bool) -> Attempt:
    made = Attempt(
        user_id=user_id,
        exam_key="exam",
        exam_version="1",
        number=1,
        seed=1,
        paper=[],
        status="decided",
        score=0.9,
        started_at=ago(days=3),
        deadline_at=ago(days=2),
        closed_at=ago(days=3),
        is_passed=passed,
    )
    session.add(made)
    session.flush()
    return made


def add_credential(session: Session, attempt: Attempt) -> str:
    if session.get(StatusList, 1) is None:
        session.add(StatusList(id=1, size=1000, document="", signed_at=NOW))
        session.flush()
    number = attempt.id or 0
    made = Credential(
        id=f"c-{number}",
        code=f"CODE-{number}",
        holder_id=attempt.user_id,
        attempt_id=number,
        achievement_key="evaluator-1",
        achievement_version="1",
        level=1,
        holder_name="x",
        score=0.9,
        score_low=0.8,
        score_high=0.95,
        item_count=1,
        status_list_id=1,
        status_index=number,
        document="{}",
        issued_at=NOW,
        valid_until=NOW + timedelta(days=700),
    )
    session.add(made)
    session.flush()
    return made.id


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


def invited(outcome: Invitation | Refusal) -> Invitation:
    assert isinstance(outcome, Invitation)
    return outcome


def test_an_invitation_with_an_address_queues_a_mail_with_the_link(session: Session, team: Team) -> None:
    made = invited(invite_to_team(session, team.role, team.manager, "Ann", "ann@example.org", "https://a.example", NOW))
    (mail,) = session.exec(select(Notice).where(Notice.channel == "mail")).all()
    assert f"https://a.example/join/{made.code}" in mail.body
    assert (mail.status, mail.user_id) == ("queued", None)
    events = session.exec(select(AuditEvent).where(AuditEvent.kind == "invited")).all()
    assert [(item.actor_id, item.subject_id) for item in events] == [(team.manager, str(made.id))]


def test_an_invitation_without_an_address_queues_nothing(session: Session, team: Team) -> None:
    made = invited(invite_to_team(session, team.role, team.manager, "", "", "https://a.example", NOW))
    assert session.exec(select(Notice)).all() == []
    assert people.open_invitation(session, made.code, NOW) is not None


def test_invitations_are_limited_for_each_vendor(
    session: Session, team: Team, other: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "INVITATIONS_A_DAY", 2)
    made = [invite_to_team(session, team.role, team.manager, "", "", "https://a.example", NOW) for _ in range(3)]
    assert [isinstance(item, Refusal) for item in made] == [False, False, True]
    assert isinstance(invite_to_team(session, other.role, other.manager, "", "", "https://a.example", NOW), Invitation)
    tomorrow = NOW + timedelta(days=1, seconds=1)
    assert isinstance(invite_to_team(session, team.role, team.manager, "", "", "https://a.example", tomorrow), Invitation)


def test_open_invitations_are_those_that_can_be_used(session: Session, team: Team, other: Team) -> None:
    made = [invited(roster.invite_staff(session, team.id, team.manager, name, "", NOW)) for name in ("open", "used", "old")]
    people.accept_invitation(session, made[1], team.person("new@example.org", "New"), NOW)
    made[2].expires_at = NOW
    session.flush()
    assert [item.name for item in roster.open_invitations(session, team.id, NOW)] == ["open"]
    assert made[0].id is not None
    assert roster.find_open_invitation(session, team.id, made[0].id, NOW).name == "open"
    for invitation in made[1:]:
        assert invitation.id is not None
        with pytest.raises(NotFound):
            roster.find_open_invitation(session, team.id, invitation.id, NOW)
    with pytest.raises(NotFound):
        roster.find_open_invitation(session, other.id, made[0].id, NOW)


def test_who_uses_an_invitation_is_in_the_team(session: Session, team: Team) -> None:
    made = invited(roster.invite_staff(session, team.id, team.manager, "", "", NOW))
    new = team.person(made.code, "Nia")
    people.accept_invitation(session, made, new, NOW)
    assert [(member.name, member.login) for member in roster.staff_of(session, team.id)] == [("Nia", made.code)]


def test_a_removed_person_is_unknown_and_keeps_what_was_learned(session: Session, team: Team) -> None:
    person = team.staff(1)
    assign(session, team.id, [person], "evaluating", None, team.manager, NOW)
    finish_lesson(session, person, "evaluating", "01", "02", NOW)
    roster.remove_staff(session, team.id, person, team.manager, NOW)
    assert roster.staff_of(session, team.id) == []
    with pytest.raises(NotFound):
        person_report(session, team.id, person, [PLAN], NOW)
    with pytest.raises(NotFound):
        roster.remove_staff(session, team.id, person, team.manager, NOW)
    assert session.exec(select(Assignment)).all() == []
    assert progress_of(session, person)["evaluating"].done == {"01"}


def test_two_vendors_are_isolated(session: Session, team: Team, other: Team) -> None:
    mine, theirs, both = team.staff(1), other.staff(2), team.staff(3)
    people.add_membership(session, both, other.id, "staff", None, NOW)
    assign(session, team.id, [both], "evaluating", date(2026, 12, 1), team.manager, NOW)
    assert [report.member.user_id for report in team_report(session, team.id, [PLAN], NOW)] == [mine, both]
    seen_by_other = {r.member.user_id: r.states["evaluating"] for r in team_report(session, other.id, [PLAN], NOW)}
    assert set(seen_by_other) == {theirs, both}
    assert (seen_by_other[both].is_assigned, seen_by_other[both].due_on) == (False, None)
    for action in (
        lambda: person_report(session, team.id, theirs, [PLAN], NOW),
        lambda: assign(session, team.id, [mine, theirs], "evaluating", None, team.manager, NOW),
        lambda: roster.remove_staff(session, team.id, theirs, team.manager, NOW),
        lambda: unassign(session, other.id, both, "evaluating", other.manager, NOW),
    ):
        with pytest.raises(NotFound):
            action()
    assert session.exec(select(Assignment).where(Assignment.user_id == mine)).all() == [], "all or nothing"


def test_a_manager_is_not_staff(session: Session, team: Team) -> None:
    assert team_report(session, team.id, [PLAN], NOW) == []
    with pytest.raises(NotFound):
        roster.find_member(session, team.id, team.manager)


def test_assigning_enrolls_and_tells_each_person_once(session: Session, team: Team) -> None:
    first, second = team.staff(1), team.staff(2)
    due = date(2026, 12, 24)
    done = assign_course(session, team.role, [first], "evaluating", "Evaluating", None, team.manager, "https://a.example", NOW)
    assert (done.new, done.existing) == ((first,), 0)
    again = assign_course(
        session, team.role, [second, first, second], "evaluating", "Evaluating", due, team.manager, "https://a.example", NOW
    )
    assert (again.new, again.existing) == ((second,), 1)
    rows = session.exec(select(Assignment).execution_options(populate_existing=True)).all()
    assert {(row.user_id, row.due_on) for row in rows} == {(first, due), (second, due)}
    assert progress_of(session, first)["evaluating"].is_enrolled
    assert [len(messages_for(session, person)) for person in (first, second)] == [1, 1]
    assert "24 December 2026" in messages_for(session, second)[0].body


def test_taking_an_assignment_back_keeps_the_progress(session: Session, team: Team) -> None:
    person = team.staff(1)
    assign(session, team.id, [person], "evaluating", None, team.manager, NOW)
    finish_lesson(session, person, "evaluating", "01", "02", NOW)
    unassign(session, team.id, person, "evaluating", team.manager, NOW)
    state = person_report(session, team.id, person, [PLAN], NOW).states["evaluating"]
    assert (state.kind, state.is_assigned) == ("in_progress", False)
    with pytest.raises(NotFound):
        unassign(session, team.id, person, "evaluating", team.manager, NOW)


def build(session: Session, team: Team, size: int) -> None:
    """Every third person is certified, every third failed, the others are on their way."""
    staff = [team.staff(number) for number in range(size)]
    assign(session, team.id, staff, "evaluating", None, team.manager, NOW)
    for number, user_id in enumerate(staff):
        finish_lesson(session, user_id, "evaluating", "01", "02", NOW)
        if number % 3 == 0:
            add_credential(session, add_attempt(session, user_id, True))
        elif number % 3 == 1:
            add_attempt(session, user_id, False)
    session.commit()


def test_a_report_takes_eight_statements_for_3_people_and_for_60(
    database: Database, session: Session, team: Team, other: Team
) -> None:
    build(session, team, 3)
    build(session, other, 60)
    counts, kinds = [], []
    for vendor in (team, other):
        with statements(database) as seen, database.reader() as reader:
            reports = team_report(reader, vendor.id, [PLAN], NOW)
        counts.append(len([statement for statement in seen if statement.startswith("SELECT")]))
        kinds.append(sorted({report.states["evaluating"].kind for report in reports}))
    assert counts == [8, 8]
    assert kinds == [["certified", "failed", "in_progress"]] * 2


def test_a_report_reads_no_answers_and_no_papers(database: Database, session: Session, team: Team) -> None:
    build(session, team, 3)
    with statements(database) as seen, database.reader() as reader:
        team_report(reader, team.id, [PLAN], NOW)
    everything = " ".join(seen).lower()
    assert not [word for word in ("responses", "scores", "paper", "document", "password") if word in everything]


def test_the_report_of_one_person_has_the_attempts_and_the_certificate(session: Session, team: Team) -> None:
    person = team.staff(1)
    credential_id = add_credential(session, add_attempt(session, person, True))
    report = person_report(session, team.id, person, [PLAN], NOW)
    assert [(note.number, note.score, note.is_passed) for note in report.attempts] == [(1, 0.9, True)]
    assert report.states["evaluating"].credential_id == credential_id


def test_void_attempts_are_not_shown(session: Session, team: Team) -> None:
    person = team.staff(1)
    add_attempt(session, person, False).status = "void"
    session.flush()
    report: Any = person_report(session, team.id, person, [PLAN], NOW)
    assert (report.attempts, report.states["evaluating"].kind) == ([], "not_started")


def test_only_active_staff_of_this_team_is_listed_and_found(session: Session, team: Team, other: Team) -> None:
    first, second = team.staff(2), team.staff(1)
    people.add_membership(session, first, team.id, "manager", None, NOW)
    names = {user.id: user for user in session.exec(select(User)).all()}
    names[first].name, names[second].name = "amina", "Bo"
    session.flush()
    assert [member.user_id for member in roster.staff_of(session, team.id)] == [first, second], "by name, in any case"
    assert roster.find_member(session, team.id, second) == roster.staff_of(session, team.id)[1]
    for stranger in (team.manager, other.manager, other.staff(3), 10_000):
        with pytest.raises(NotFound):
            roster.find_member(session, team.id, stranger)
    names[first].is_active = False
    session.flush()
    assert [member.user_id for member in roster.staff_of(session, team.id)] == [second]


def test_an_invitation_of_another_role_is_none_of_the_team(session: Session, team: Team) -> None:
    made = [people.invite(session, team.id, role, team.manager, NOW, name=role) for role in ("staff", "manager")]
    later = people.invite(session, team.id, "staff", team.manager, NOW + timedelta(minutes=1), name="later")
    assert [found.name for found in roster.open_invitations(session, team.id, NOW)] == ["later", "staff"]
    assert made[1].id is not None and later.id is not None
    for number in (made[1].id, 10_000):
        with pytest.raises(NotFound):
            roster.find_open_invitation(session, team.id, number, NOW)
    end = later.expires_at
    assert roster.find_open_invitation(session, team.id, later.id, end - timedelta(seconds=1)).name == "later"
    with pytest.raises(NotFound):
        roster.find_open_invitation(session, team.id, later.id, end)


def test_leaving_one_team_leaves_the_plans_of_others(session: Session, team: Team, other: Team) -> None:
    person, stays = team.staff(1), team.staff(2)
    people.add_membership(session, person, other.id, "staff", None, NOW)
    for role, who in ((team, [person, stays]), (other, [person])):
        assign(session, role.id, who, "evaluating", None, role.manager, NOW)
    roster.remove_staff(session, team.id, person, team.manager, NOW)
    left = session.exec(select(Assignment)).all()
    assert {(row.organization_id, row.user_id) for row in left} == {(team.id, stays), (other.id, person)}

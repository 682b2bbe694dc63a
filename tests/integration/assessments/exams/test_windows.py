"""Access windows, extra time and counted papers, at the edges of their conditions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from trainer_academy.accounts import people
from trainer_academy.accounts.models import AuditEvent
from trainer_academy.assessments.exams import windows
from trainer_academy.assessments.exams.models import Accommodation, Attempt, AttemptEvent, AttemptStatus
from trainer_academy.assessments.exams.paper import PaperEntry
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import BadInput

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
MINUTES = {"exam": 60, "other": 30}


class Desk:
    """Two people and an operator, two teams, and attempts as a test needs them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.boss, self.maya, self.omar = (self.add_person(name) for name in ("boss", "maya", "omar"))
        self.team, self.others = (id_of(people.create_organization(session, "vendor", n, NOW)) for n in ("A", "B"))

    def add_person(self, name: str) -> int:
        return id_of(people.create_user(self.session, f"{name}@example.org", name, "!", NOW))

    def add_attempt(self, user_id: int, *items: str, number: int = 1, exam: str = "exam", **values: object) -> Attempt:
        common = {"exam_version": "1", "seed": 1, "started_at": NOW, "deadline_at": NOW + HOUR, "status": "in_progress"}
        paper = tuple(PaperEntry(item, "v1", "facts", {}) for item in items)
        made = Attempt(user_id=user_id, exam_key=exam, number=number, paper=paper, **(common | values))
        self.session.add(made)
        self.session.flush()
        return made

    def give(self, user_id: int, factor: float, now: datetime = NOW, reason: str = " a reason ") -> None:
        windows.set_extra_time(self.session, user_id, factor, reason, MINUTES, self.boss, now)

    def factor(self, user_id: int) -> float | None:
        self.session.expire_all()
        found = windows.current_accommodation(self.session, user_id)
        return None if found is None else found.factor


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


@pytest.mark.parametrize(
    ("opens", "closes", "is_good"),
    [(-2, -1, False), (-1, 0, False), (-1, 1, True), (1, 1, False), (2, 1, False), (1, 2, True)],
)
def test_a_window_has_a_length_and_is_not_over(desk: Desk, opens: int, closes: int, is_good: bool) -> None:
    times = (NOW + opens * HOUR, NOW + closes * HOUR)
    if not is_good:
        with pytest.raises(BadInput):
            windows.set_window(desk.session, "exam", *times, desk.boss, NOW, user_id=desk.maya)
        return
    made = windows.set_window(desk.session, "exam", *times, desk.boss, NOW, user_id=desk.maya)
    assert (made.opens_at, made.closes_at, made.user_id, made.organization_id) == (*times, desk.maya, None)


def test_a_window_is_in_the_audit_log_with_whom_it_is_for(desk: Desk) -> None:
    for subject in ({"user_id": desk.maya}, {"organization_id": desk.team}):
        windows.set_window(desk.session, "exam", NOW, NOW + HOUR, desk.boss, NOW, **subject)
    events = desk.session.exec(
        select(AuditEvent).where(AuditEvent.kind == "exam_window_set").order_by(col(AuditEvent.id))
    ).all()
    assert [event.detail for event in events] == [f"exam for user {desk.maya}", f"exam for organization {desk.team}"]
    assert {event.actor_id for event in events} == {desk.boss}


def test_a_team_sees_its_windows_and_those_of_its_people(desk: Desk) -> None:
    subjects = [
        {"organization_id": desk.team},
        {"user_id": desk.maya},
        {"organization_id": desk.others},
        {"user_id": desk.omar},
    ]
    for hours, subject in enumerate(subjects, 1):
        windows.set_window(desk.session, "exam", NOW, NOW + hours * HOUR, desk.boss, NOW, **subject)
    seen = windows.windows_for(desk.session, desk.team, [desk.maya])
    assert [(row.user_id, row.organization_id) for row in seen] == [(desk.maya, None), (None, desk.team)]
    assert len(windows.windows_for(desk.session, desk.team, [desk.maya], limit=1)) == 1


@pytest.mark.parametrize(("factor", "reason"), [(1.1, "a reason"), (4.0, "a reason"), (1.5, ""), (1.25, "  ")])
def test_extra_time_needs_a_known_factor_and_a_reason(desk: Desk, factor: float, reason: str) -> None:
    with pytest.raises(BadInput):
        desk.give(desk.maya, factor, reason=reason)
    assert desk.factor(desk.maya) is None


def test_extra_time_is_replaced_and_ended_for_that_person(desk: Desk) -> None:
    desk.give(desk.maya, 1.5)
    desk.give(desk.omar, 2.0)
    desk.give(desk.maya, 1.25, NOW + HOUR)
    assert (desk.factor(desk.maya), desk.factor(desk.omar)) == (1.25, 2.0)
    desk.give(desk.maya, 1.0, NOW + 2 * HOUR, reason="")
    assert (desk.factor(desk.maya), desk.factor(desk.omar)) == (None, 2.0)
    rows = desk.session.exec(select(Accommodation).order_by(col(Accommodation.id))).all()
    assert [(row.user_id, row.factor, row.ended_at) for row in rows] == [
        (desk.maya, 1.5, NOW + HOUR),
        (desk.omar, 2.0, None),
        (desk.maya, 1.25, NOW + 2 * HOUR),
    ]
    assert {(row.reason, row.set_by) for row in rows} == {("a reason", desk.boss)}
    events = desk.session.exec(select(AuditEvent).where(AuditEvent.kind == "extra_time_set").order_by(col(AuditEvent.id))).all()
    assert [event.detail for event in events] == [
        "factor 1.5: a reason",
        "factor 2.0: a reason",
        "factor 1.25: a reason",
        "factor 1.0: ",
    ]


@pytest.mark.parametrize(
    ("seconds_left", "is_longer"), [(60, True), (0, True), (-10, True), (-11, False)], ids=["runs", "ends", "grace", "over"]
)
def test_a_running_exam_gets_the_time_at_once(desk: Desk, seconds_left: int, is_longer: bool) -> None:
    attempt = desk.add_attempt(desk.maya, number=2)
    closed = desk.add_attempt(desk.maya, status=AttemptStatus.DECIDED)
    other = desk.add_attempt(desk.omar)
    desk.give(desk.maya, 1.5, NOW + HOUR - seconds_left * SECOND)
    assert attempt.deadline_at == NOW + (HOUR * 1.5 if is_longer else HOUR)
    assert attempt.time_factor == (1.5 if is_longer else 1)
    assert (closed.deadline_at, other.deadline_at) == (NOW + HOUR, NOW + HOUR)
    events = desk.session.exec(select(AttemptEvent)).all()
    assert [(event.attempt_id, event.kind) for event in events] == ([(attempt.id, "extended")] if is_longer else [])


def test_time_is_never_taken_away(desk: Desk) -> None:
    attempt = desk.add_attempt(desk.maya)
    desk.give(desk.maya, 2.0)
    desk.give(desk.maya, 1.25, NOW + SECOND)
    assert (attempt.deadline_at, attempt.time_factor) == (NOW + 2 * HOUR, 2.0)
    windows.extend(desk.session, attempt, NOW + 2 * HOUR, NOW)
    assert len(desk.session.exec(select(AttemptEvent)).all()) == 1, "nothing happened, so nothing is in the log"
    windows.extend(desk.session, attempt, NOW + 3 * HOUR, NOW)
    assert (attempt.deadline_at, attempt.time_factor) == (NOW + 3 * HOUR, 2.0)


def test_each_paper_is_counted_once_when_it_is_whole(desk: Desk) -> None:
    desk.add_attempt(desk.maya, "a", "b", "a")
    running = desk.add_attempt(desk.omar, "a", model="sequential")
    desk.add_attempt(desk.boss, "c", exam="other")
    desk.add_attempt(desk.maya, "b", number=2, status="decided", is_exposure_counted=True)
    assert windows.count_exposure(desk.session) == 2
    assert windows.count_exposure(desk.session) == 0
    found = windows.load_exposure(desk.session, "exam")
    assert (found.papers, found.counts) == (1, {"a": 1, "b": 1})
    running.status = AttemptStatus.DECIDED
    desk.add_attempt(desk.omar, "b", number=2, status="void")
    assert windows.count_exposure(desk.session) == 2
    found = windows.load_exposure(desk.session, "exam")
    assert (found.papers, found.counts) == (3, {"a": 2, "b": 2})
    other = windows.load_exposure(desk.session, "other")
    assert (other.papers, other.counts) == (1, {"c": 1})


def test_papers_are_counted_in_batches(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "COUNT_BATCH", 2)
    for number in range(1, 4):
        desk.add_attempt(desk.maya, f"item-{number}", number=number, status="decided")
    assert [windows.count_exposure(desk.session) for _ in range(3)] == [2, 1, 0]
    assert windows.load_exposure(desk.session, "exam").counts == {"item-1": 1, "item-2": 1, "item-3": 1}

"""Everything that decides about a start is gathered in one place: compared with the plain rule on random facts."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from trainer_academy.accounts import people
from trainer_academy.accounts.models import Membership, User
from trainer_academy.assessments.exams.eligibility import GrantedWindow, PastAttempt, StartFacts
from trainer_academy.assessments.exams.models import Accommodation, Attempt, ExamBar, ExamWindow
from trainer_academy.assessments.exams.starting import gather
from trainer_academy.core.db import id_of

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
EXAMS = ("one", "two")
BANKS = ("bank-a", "bank-b")


class Stage:
    """Random people in up to two teams, with attempts, windows, bars and extra time; and what should be known of each."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.rng = session, random.Random(seed)
        self.expected: dict[tuple[int, str, str], StartFacts] = {}
        self.boss = self.add_person("boss")
        self.teams = [id_of(people.create_organization(session, "vendor", name, NOW)) for name in ("A", "B")]
        self.team_windows = {
            (team, exam): self.windows(organization_id=team, exam_key=exam) for team in self.teams for exam in EXAMS
        }
        self.people = [self.add_random_person(number) for number in range(10)]
        session.flush()

    def add_person(self, name: str) -> int:
        return id_of(people.create_user(self.session, f"{name}@example.org", name, "hash", NOW))

    def windows(self, exam_key: str, **subject: int) -> list[tuple[datetime, datetime]]:
        found = []
        for _ in range(self.rng.randint(0, 2)):
            opens_at = NOW + self.rng.randint(-9, 9) * HOUR
            found.append((opens_at, opens_at + self.rng.randint(1, 6) * HOUR))
            times = {"opens_at": found[-1][0], "closes_at": found[-1][1], "set_by": self.boss, "created_at": NOW}
            self.session.add(ExamWindow(exam_key=exam_key, **subject, **times))
        return found

    def add_random_person(self, number: int) -> int:
        user_id, rng = self.add_person(f"p{number}"), self.rng
        own_teams = [team for team in self.teams if rng.random() < 0.5]
        for team in own_teams:
            for role in ("staff", "manager")[: rng.randint(1, 2)]:  # two roles in a team are one membership for windows
                self.session.add(Membership(user_id=user_id, organization_id=team, role=role, created_at=NOW))
        factor = self.add_extra_time(user_id)
        bars = {bank: self.add_bars(user_id, bank) for bank in BANKS}
        for exam in EXAMS:
            attempts = tuple(self.add_attempts(user_id, exam))
            own = [GrantedWindow(True, *window) for window in self.windows(exam, user_id=user_id)]
            theirs = {GrantedWindow(False, *window) for team in own_teams for window in self.team_windows[team, exam]}
            for bank in BANKS:
                self.expected[user_id, exam, bank] = StartFacts(attempts, (*own, *theirs), bars[bank], factor)
        return user_id

    def add_extra_time(self, user_id: int) -> float:
        current = self.rng.choice([1.0, 1.5, 2.0])
        rows = [(3.0, NOW - HOUR)] + ([(current, None)] if current > 1 else [])
        for factor, ended_at in rows:
            values = {"user_id": user_id, "factor": factor, "reason": "r", "set_by": self.boss, "created_at": NOW}
            self.session.add(Accommodation(**values, ended_at=ended_at))
        return current

    def add_bars(self, user_id: int, bank: str) -> datetime | None:
        ends = [NOW + self.rng.choice([-5, -1, 0, 1, 5]) * HOUR for _ in range(self.rng.randint(0, 2))]
        for ends_at in ends:
            self.session.add(ExamBar(user_id=user_id, bank=bank, starts_at=NOW - 9 * HOUR, ends_at=ends_at))
        return max((moment for moment in ends if moment > NOW), default=None)

    def add_attempts(self, user_id: int, exam: str) -> list[PastAttempt]:
        found = []
        for number in range(1, self.rng.randint(1, 4)):
            status, passed = self.rng.choice([("decided", True), ("decided", False), ("awaiting", None), ("void", None)])
            started_at = NOW - (10 - number) * HOUR
            self.session.add(
                Attempt(
                    user_id=user_id,
                    exam_key=exam,
                    exam_version="1",
                    number=number,
                    seed=1,
                    paper=(),
                    status=status,
                    started_at=started_at,
                    deadline_at=started_at + HOUR,
                    closed_at=started_at + HOUR,
                    is_passed=passed,
                    score=None if passed is None else 0.5,
                )
            )
            if status != "void":
                score = None if passed is None else 0.5
                found.append(PastAttempt(started_at, started_at + HOUR, passed, exam, number, score))
        return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_gathered_facts_are_those_of_each_person(session: Session, seed: int) -> None:
    stage = Stage(session, seed)
    by_list = gather(session, stage.people, NOW)
    by_query = gather(session, select(col(User.id)).where(col(User.login).like("p%")), NOW)
    alone = {user_id: gather(session, [user_id], NOW) for user_id in stage.people}
    for (user_id, exam, bank), expected in stage.expected.items():
        for gathered in (by_list, by_query, alone[user_id]):
            found = gathered.of(user_id, exam, bank)
            assert found.attempts == expected.attempts
            assert sorted(found.windows, key=str) == sorted(expected.windows, key=str)
            assert (found.barred_until, found.time_factor) == (expected.barred_until, expected.time_factor)
    for user_id in stage.people:
        own = by_list.attempts_of(user_id)
        times = [past.started_at for past in own]
        assert times == sorted(times, reverse=True), "newest first"
        assert len(own) == sum(len(stage.expected[user_id, exam, BANKS[0]].attempts) for exam in EXAMS)


def test_nobody_gets_the_facts_of_others(session: Session) -> None:
    stage = Stage(session, 4)
    stranger = stage.add_person("stranger")
    found = gather(session, [stranger], NOW)
    assert found.of(stranger, EXAMS[0], BANKS[0]) == StartFacts()
    assert (found.attempts, found.windows, found.bars, found.factors) == ({}, {}, {}, {})

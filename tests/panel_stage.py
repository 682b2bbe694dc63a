"""A made-up panel: judges are test accounts and their ratings come from a formula. Nothing here is a real judgement."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from trainer_academy.accounts import people
from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.core.errors import Refusal
from trainer_academy.measurement.standard_setting import steps as studying
from trainer_academy.measurement.standard_setting.models import Study, StudyJudge

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
EXAM = "evaluating-responses"
DEFINITION = (
    "Made up for a test. A just competent person follows clear instructions alone, finds most wrong facts, and still mixes up "
    "the weight of faults now and then."
)


@dataclass
class Panel:
    """A study and its judges. Each call of a step goes an hour further."""

    session: Session
    store: ItemStore
    exam: str = EXAM
    size: int | None = 30
    hours: int = 0
    judges: list[StudyJudge] = field(default_factory=list)
    study: Study = field(init=False)
    operator: User = field(init=False)

    def __post_init__(self) -> None:
        store_versions(self.session, self.store, NOW)
        self.operator = self.person("operator@panel.example", "Olga Operator")
        found = studying.plan_study(
            self.session, self.exam, self.spec, self.items, DEFINITION, self.size, 7, self.operator.id or 0, self.now
        )
        assert isinstance(found, Study), found
        self.study = found

    @property
    def spec(self) -> ExamSpec:
        return self.store.exams[self.exam]

    @property
    def items(self) -> list:  # type: ignore[type-arg]
        return list(self.store.banks[self.spec.bank].items.values())

    @property
    def now(self) -> datetime:
        self.hours += 1
        return NOW + timedelta(hours=self.hours)

    def person(self, login: str, name: str) -> User:
        return people.create_user(self.session, login, name, "!", self.now)

    def appoint(self, count: int, is_signed: bool = True) -> None:
        for _ in range(count):
            number = len(self.judges) + 1
            user = self.person(f"judge{number}@panel.example", f"Made-up Judge {number}")
            found = studying.appoint(self.session, self.study, [self.exam], user, self.operator.id or 0, "link", self.now)
            assert isinstance(found, StudyJudge), found
            self.judges.append(found)
            if is_signed:
                self.sign(found)

    def sign(self, judge: StudyJudge) -> Refusal | None:
        return studying.sign(
            self.session, self.study, judge, self.spec.bank, [self.exam], "made up " * 8, "none", "Made-up Judge", self.now
        )

    def start(self) -> None:
        assert studying.start(self.session, self.study, self.spec, self.items, self.operator.id or 0, "link", self.now) is None

    def rate_all(self, judge: StudyJudge, shift: float = 0.0, leave_out: int = 0, is_done: bool = True) -> None:
        """Rate every item but the last `leave_out`: a truth for each item, plus the judge's own severity, plus noise."""
        entries = self.study.items[: len(self.study.items) - leave_out]
        for entry in entries:
            truth = 0.5 + 0.4 * random.Random(entry["id"]).random()
            noise = random.Random(f"{entry['id']}{judge.number}").uniform(-0.08, 0.08)
            value = round(min(1.0, max(0.0, truth + noise + shift + 0.01 * judge.number)), 2)
            assert studying.rate(self.session, self.study, judge, entry["id"], value, self.now) is None
        if is_done and not leave_out:
            assert studying.finish(self.session, self.study, judge, self.now) is None

    def run(self, count: int = 6) -> None:
        """Both rounds of a panel of so many judges, to the end."""
        self.appoint(count)
        self.start()
        for judge in self.judges:
            self.rate_all(judge)
        assert studying.open_second(self.session, self.study, self.operator.id or 0, "link", self.now) is None
        for judge in self.judges:
            self.rate_all(judge, shift=-0.02)
        assert self.study.status == "closed"

"""An issuer, people and certificates for the tests of the credential service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from trainer_academy.accounts import people
from trainer_academy.accounts.models import User
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.credentials.criteria import Achievement, Achievements, Measurement
from trainer_academy.credentials.life import issuer, issuing
from trainer_academy.credentials.life.issuer import Issuer
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.signing.keys import KeyRing

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
DID = "did:web:academy.example"
BASE = "https://academy.example"
KEY = "response-evaluator-1"
MEASUREMENT = Measurement(
    0.9048, 0.7791, 0.9623, 0.75, 42, "Evaluating model responses", "2026.11", 130, "0123456789ab", "en", 0.88, 2
)
ACHIEVEMENT = Achievement(
    name="Response Evaluator, level 1",
    version="2026.11",
    level=1,
    exam="evaluating-responses",
    validity_months=24,
    description="Rates answers.",
    criteria="Passed the exam.",
    skills=("facts",),
)


def make_issuer(folder: Path) -> Issuer:
    achievements = Achievements({KEY: ACHIEVEMENT, "second": ACHIEVEMENT})
    return issuer.make_issuer(BASE, DID, KeyRing.open(folder, DID, NOW, "a passphrase of the tests"), achievements)


@dataclass
class Bench:
    """A session, an issuer and one person, who earns certificates."""

    session: Session
    issuer: Issuer
    holder: User = field(init=False)

    def __post_init__(self) -> None:
        self.holder = people.create_user(self.session, "amina@example.org", "Amina Wanjikũ", "hash", NOW)

    @property
    def holder_id(self) -> int:
        assert self.holder.id is not None
        return self.holder.id

    def issue(self, now: datetime = NOW, attempt_id: int | None = None) -> Credential:
        return issuing.issue(self.session, self.issuer, self.holder, KEY, MEASUREMENT, attempt_id, now)

    def make_attempt(self, number: int = 1) -> int:
        attempt = Attempt(
            user_id=self.holder_id,
            exam_key="evaluating-responses",
            exam_version="2026.11",
            number=number,
            seed=1,
            paper=[],
            status="decided",
            started_at=NOW,
            deadline_at=NOW + timedelta(hours=1),
        )
        self.session.add(attempt)
        self.session.flush()
        assert attempt.id is not None
        return attempt.id

"""A submit is whole or not at all: the process is killed between the claim and the commit, again and again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from tests.house import ROOT
from tests.issuer_bench import NOW, make_issuer
from trainer_academy.accounts import people
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.core.db import Database
from trainer_academy.credentials.life import log_check
from trainer_academy.credentials.life.models import Credential, StatusList

KILLS = 6
# The child claims, scores, issues and commits one attempt after the other, and says before each step where it stands.
CHILD = """
import sys
from pathlib import Path
from tests.issuer_bench import KEY, MEASUREMENT, NOW, make_issuer
from trainer_academy.accounts.models import User
from trainer_academy.assessments.exams.attempts import claim
from trainer_academy.assessments.exams.models import Attempt
from trainer_academy.core.db import Database
from trainer_academy.credentials.life.issuing import issue

database, issuer = Database(sys.argv[1]), make_issuer(Path(sys.argv[2]))
for number in map(int, sys.argv[3].split(",")):
    with database.writing() as session:
        if not claim(session, number, "submitted", NOW):
            continue
        attempt = session.get(Attempt, number, populate_existing=True)
        attempt.status, attempt.score, attempt.is_passed = "decided", 0.9, True
        session.flush()
        print("claimed", number, flush=True)
        issue(session, issuer, session.get(User, attempt.user_id), KEY, MEASUREMENT, number, NOW)
        print("issued", number, flush=True)
        session.commit()
"""


def make_attempts(database: Database, folder: Path, count: int) -> list[int]:
    """One running attempt each of so many people."""
    make_issuer(folder)
    numbers = []
    with database.writing() as session:
        for number in range(count):
            user = people.create_user(session, f"p{number}@example.org", f"Person {number}", "hash", NOW)
            assert user.id is not None
            attempt = Attempt(
                user_id=user.id,
                exam_key="evaluating-responses",
                exam_version="2026.11",
                number=1,
                seed=1,
                paper=[],
                status="in_progress",
                started_at=NOW,
                deadline_at=NOW + timedelta(hours=1),
            )
            session.add(attempt)
            session.flush()
            assert attempt.id is not None
            numbers.append(attempt.id)
        session.commit()
    return numbers


def run_until_killed(url: str, folder: Path, numbers: list[int], word: str, after: int) -> bool:
    """Kill -9 as soon as the child has said `word` so often; False when it came to its end before."""
    arguments = [sys.executable, "-c", CHILD, url, str(folder), ",".join(map(str, numbers))]
    child = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    seen = 0
    for line in child.stdout:
        seen += line.startswith(word)
        if seen == after:
            os.kill(child.pid, signal.SIGKILL)
            break
    child.stdout.close()
    return child.wait(60) != 0


@pytest.mark.slow
def test_no_score_without_certificate_and_no_certificate_without_score(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    numbers = make_attempts(database, tmp_path, 30)
    for turn in range(KILLS):
        assert run_until_killed(database_url, tmp_path, numbers, "claimed" if turn % 2 else "issued", 2 + turn % 3)
        time.sleep(0.05)
        check(database, numbers, tmp_path)
    assert not run_until_killed(database_url, tmp_path, numbers, "never", 1)
    assert check(database, numbers, tmp_path) == len(numbers)


def check(database: Database, numbers: list[int], folder: Path) -> int:
    """Every decided attempt has one certificate and the reverse; nothing in between; the log fits. Returns how many."""
    with database.reader() as session:
        attempts = session.exec(select(Attempt).where(col(Attempt.id).in_(numbers))).all()
        decided = {attempt.id for attempt in attempts if attempt.status == "decided"}
        assert {attempt.status for attempt in attempts} <= {"in_progress", "decided"}
        certified = list(session.scalars(select(col(Credential.attempt_id))).all())
        assert len(certified) == len(set(certified)) and set(certified) == decided
        assert sum(session.scalars(select(col(StatusList.used))).all()) == len(certified)
        assert list(log_check.check_chain(session)) == []
        assert list(log_check.check_credentials(session, make_issuer(folder).signer)) == []
        return len(certified)

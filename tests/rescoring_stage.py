"""A database with many stored papers, a correction in force, and a check of everything that its run has to do."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from tests.speed import shared_library
from tests.stored_papers import CUT, THEN, answers_of, correct_first, expected_share, items_of, store_papers
from trainer_academy.accounts.models import User
from trainer_academy.app import make_services
from trainer_academy.assessments.bank.versions import store_versions
from trainer_academy.assessments.corrections.models import Rescoring
from trainer_academy.assessments.exams.models import Decision, Response, Score
from trainer_academy.config import Config
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.credentials.life.models import Credential
from trainer_academy.notices.models import Notice
from trainer_academy.workflows.correcting import rescore

ROOT = Path(__file__).resolve().parents[1]
AUTHORS = 2


class Stage:
    """A database with stored papers, and a correction in force whose run has not begun."""

    def __init__(self, database: Database, instance: Path) -> None:
        made = Config(
            environment="test", secret_key="s" * 40, instance=instance, database_url=database.url, content=ROOT / "content"
        )
        self.config, self.database = made.completed(), database
        self.services = make_services(self.config, shared_library())
        self.papers, self.first, self.correction_id = 0, 0, 0

    def fill(self, papers: int) -> None:
        store = self.services.store
        with self.database.writing() as session:
            store_versions(session, store, THEN)
            for number in range(AUTHORS):
                session.add(
                    User(login=f"a{number}@x.org", name="A", password_hash="!", created_at=THEN, password_changed_at=THEN)
                )
            session.flush()
            self.papers, self.first = papers, store_papers(session, store, papers)
            correction = correct_first(session, store, 1, 2)
            session.commit()
            assert correction.id is not None
            self.correction_id = correction.id

    def command(self, *words: str) -> subprocess.Popen[str]:
        settings = {
            "TA_ENV": "test",
            "TA_SECRET_KEY": self.config.secret_key,
            "TA_INSTANCE": str(self.config.instance),
            "TA_DATABASE_URL": self.config.database_url,
        }
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TA_")} | settings
        words = (sys.executable, "-m", "flask", "--app", "wsgi", "items", *(words or ("rescore", str(self.correction_id))))
        return subprocess.Popen(
            words,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self) -> Rescoring:
        with self.database.reader() as session:
            return session.exec(select(Rescoring).where(Rescoring.correction_id == self.correction_id)).one()

    def run_once(self) -> bool:
        return rescore(self.database, self.services, self.correction_id, utc_now(), max_batches=1)


def peak_memory(process: subprocess.Popen[str]) -> int:
    """Wait for the process; the most memory that it held at once, in megabytes (Linux), as read every 20 ms."""
    peak = 0
    while process.poll() is None:
        try:
            lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        except OSError:
            break
        peak = max([peak, *(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))])
        time.sleep(0.02)
    process.wait()
    return peak


def check_everything(stage: Stage) -> None:
    """Every decision against the arithmetic of the test, and everything that follows from it, exactly once."""
    item = items_of(stage.services.store)[0]
    new = next(letter for letter in item.options if letter not in item.key.correct)
    expected = {}
    for number in range(stage.papers):
        written = answers_of(item, number)
        before, after = expected_share(written, item.key.correct[0]), expected_share(written, new)
        if before != after:
            expected[stage.first + number] = (before, after, before >= CUT, after >= CUT)
    with stage.database.reader() as session:
        decided = session.exec(select(Decision).where(Decision.reason == "rescored")).all()
        assert sorted(found.attempt_id for found in decided) == sorted(expected)
        for found in decided:
            before, after, was_passed, is_reached = expected[found.attempt_id]
            assert found.score == pytest.approx(after)
            assert found.is_passed == (was_passed or is_reached)
            assert found.is_kept == (was_passed and not is_reached)
        gained = sum(is_reached and not was_passed for _, _, was_passed, is_reached in expected.values())
        kept = sum(was_passed and not is_reached for _, _, was_passed, is_reached in expected.values())
        assert gained and kept
        assert count(session, Credential) == gained
        assert count(session, Notice, Notice.kind == "exam_rescored") == len(expected)
        answered = count(session, Response, Response.item_id == item.id)
        assert count(session, Score, Score.key_version != item.key_version) >= answered
        pairs = select(col(Score.response_id)).join(Response, col(Response.id) == col(Score.response_id))
        double = pairs.where(Response.item_id == item.id).group_by(col(Score.response_id)).having(func.count() != 2)
        assert session.execute(double).all() == [], "each answer to the item has its old and its new score"
        first = count(session, Decision, Decision.reason == "submitted")
        assert first == stage.papers, "the old decisions stay"
    run = stage.run()
    assert (run.status, run.done, run.total) == ("done", stage.papers, stage.papers)
    assert (run.changed, run.to_pass, run.to_fail, run.kept) == (len(expected), gained, 0, kept)


def count(session: Session, model: type, *conditions: object) -> int:
    return session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0  # type: ignore[arg-type]

"""Decided exams under new scoring rules: the dry run, the run, and that old scores, passes and decisions stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import select

from tests.rescoring_stage import Stage, count
from trainer_academy.assessments.corrections.new_scoring import preview_scoring
from trainer_academy.assessments.exams.models import Attempt, Decision, Score
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.core.clock import utc_now
from trainer_academy.core.db import Database
from trainer_academy.credentials.life.models import Credential
from trainer_academy.notices.models import Notice
from trainer_academy.workflows.new_scoring import rescore_to_today

PAPERS = 130


@pytest.fixture
def stage(database: Database, tmp_path: Path) -> Stage:
    made = Stage(database, tmp_path / "instance")
    made.fill(PAPERS)
    with database.writing() as session:
        for table in (Attempt, Decision, Score):
            session.execute(update(table).values(scoring=1))
        session.commit()
    return made


def test_the_run_does_what_the_dry_run_said_and_keeps_everything(stage: Stage) -> None:
    with stage.database.reader() as session:
        expected = preview_scoring(session, stage.services.store)
        scores, certificates = count(session, Score), count(session, Credential)
        passed = {found.id for found in session.exec(select(Attempt).where(Attempt.is_passed)).all()}
        assert count(session, Attempt, Attempt.scoring == SCORING) == 0
    run = rescore_to_today(stage.database, stage.services, utc_now())
    assert (run.status, run.total, run.done, run.changed) == ("done", PAPERS, PAPERS, expected.attempts)
    assert (run.to_pass, run.to_fail, run.kept) == (expected.to_pass, 0, expected.kept)
    assert run.to_pass, "the cut of these rules is lower, so somebody passes now"
    with stage.database.reader() as session:
        attempts = session.exec(select(Attempt)).all()
        assert {found.scoring for found in attempts} == {SCORING}
        assert passed <= {found.id for found in attempts if found.is_passed}, "no pass is taken"
        cut = stage.services.store.exams[attempts[0].exam_key].cut_score
        assert {found.cut_score for found in attempts} == {cut}
        assert count(session, Score, Score.scoring == 1) == scores, "old scores stay"
        assert count(session, Score, Score.scoring == SCORING) >= scores
        assert (
            count(session, Decision, Decision.scoring == 1) == PAPERS == count(session, Decision, Decision.scoring == SCORING)
        )
        assert count(session, Credential) - certificates == run.to_pass
        assert count(session, Notice, Notice.kind == "exam_rescored") == PAPERS
    again = rescore_to_today(stage.database, stage.services, utc_now())
    assert (again.total, again.done) == (0, 0)

"""Simulations of an exam as it stands: run, store, read. Steps flush."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import load_corrections
from trainer_academy.assessments.exams.attempts import Terms, terms_today
from trainer_academy.assessments.exams.deciding import SOFTWARE
from trainer_academy.assessments.exams.sequence import Prepared, prepare
from trainer_academy.core.errors import Refusal
from trainer_academy.measurement.simulations.models import Simulation
from trainer_academy.measurement.simulations.virtual_exam import simulate_exam
from trainer_academy.psychometrics.simulation import Report

Progress = Callable[[int, int], None]


def prepared_exam(session: Session, store: ItemStore, exam_key: str) -> tuple[Prepared, Terms] | Refusal:
    """The exam as it would be sat today; refused ("set", "rated", "none", "few", "cut") while it decides classically."""
    spec = store.exams[exam_key]
    bank = store.items_for(spec)
    terms = terms_today(session, exam_key, spec, bank)
    if not terms.choice.is_sequential or terms.known is None:
        return Refusal(f"simulation.{terms.choice.why}", exam=exam_key)
    corrections = load_corrections(session)
    today = [corrections.apply(item) for item in bank]
    return prepare(spec, today, terms.choice.usable, terms.cut.score, terms.known.population), terms


def store_simulation(
    session: Session, exam_key: str, ready: Prepared, terms: Terms, report: Report, people: int, seed: int, now: datetime
) -> Simulation:
    """Keep a report beside the rule and the calibration that it is for."""
    row = Simulation(
        exam_key=exam_key,
        exam_version=ready.spec.version,
        people=people,
        seed=seed,
        items=len(ready.scored),
        cut=ready.cut,
        calibration_id=terms.known.calibration_id if terms.known else None,
        cut_score=terms.cut.score,
        rule=ready.spec.decision.model_dump(mode="json"),
        report=report_as_json(report),
        software=SOFTWARE,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row


def report_as_json(report: Report) -> dict[str, object]:
    """Plain data: `whole`, `bands` and `end_rules`; an endless band has no `farthest`."""
    return {
        "whole": asdict(report.whole),
        "bands": [
            {"nearest": band.nearest, "farthest": band.farthest if band.farthest < 1e9 else None, **asdict(band.outcome)}
            for band in report.bands
        ],
        "end_rules": [{"pass_at": pass_at, **asdict(outcome)} for pass_at, outcome in report.end_rules],
    }


def run_simulation(ready: Prepared, people: int, seed: int, progress: Progress | None = None) -> Report:
    """The exam with its own parameters as the truth, and its own population."""
    return simulate_exam(ready, people=people, seed=seed, population=ready.population, progress=progress)


def newest_simulations(session: Session, exam_key: str, limit: int = 10) -> list[Simulation]:
    """Stored simulations of an exam, newest first."""
    statement = select(Simulation).where(Simulation.exam_key == exam_key).order_by(col(Simulation.id).desc()).limit(limit)
    return list(session.exec(statement).all())

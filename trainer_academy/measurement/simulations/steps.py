"""Simulations of an exam as it stands: run, store, read. Steps flush."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.pass_figures import Assumptions, PassFigures
from trainer_academy.assessments.bank.schema import ExamSpec, drawable
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import load_corrections
from trainer_academy.assessments.exams.attempts import Terms, terms_today
from trainer_academy.assessments.exams.deciding import SOFTWARE
from trainer_academy.assessments.exams.sequence import Prepared, prepare
from trainer_academy.core.errors import Refusal
from trainer_academy.measurement.simulations.assurance import AssuranceFigures, Help, worth_by_assurance
from trainer_academy.measurement.simulations.models import About, Simulation
from trainer_academy.measurement.simulations.passes import Calibrated, FixedExam, SequentialExam, Sits, what_a_pass_is_worth
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


def newest_simulations(session: Session, exam_key: str, about: About = About.LENGTHS, limit: int = 10) -> list[Simulation]:
    """Stored simulations of an exam, newest first."""
    rows = select(Simulation).where(Simulation.exam_key == exam_key, Simulation.about == about)
    return list(session.exec(rows.order_by(col(Simulation.id).desc()).limit(limit)).all())


def simulate_passes(
    session: Session, store: ItemStore, exam_key: str, given: Assumptions, seed: int, progress: Progress | None = None
) -> tuple[PassFigures, Terms] | Refusal:
    """Made-up people sit the exam as it is today, as often as `given` says. Refused ("rated") where people rate the work."""
    spec = store.exams[exam_key]
    terms = terms_today(session, exam_key, spec, store.items_for(spec))
    if spec.rating is not None:
        return Refusal("simulation.rated_passes", exam=exam_key)
    found = prepared_exam(session, store, exam_key)
    exam: Sits
    if isinstance(found, Refusal):
        corrections = load_corrections(session)
        exam = FixedExam(spec, [corrections.apply(item) for item in store.items_for(spec)], terms.cut.score)
    else:
        exam = SequentialExam(found[0], terms.cut.score)
    return what_a_pass_is_worth(exam, given, seed, _calibrated(exam, terms), progress), terms


def fixed_exam(session: Session, store: ItemStore, exam_key: str) -> FixedExam | Refusal:
    """The exam as it is today, of a fixed length. Refused ("rated_passes", "ends_itself") where people rate, or it has none."""
    spec = store.exams[exam_key]
    bank = store.items_for(spec)
    if spec.rating is not None:
        return Refusal("simulation.rated_passes", exam=exam_key)
    terms = terms_today(session, exam_key, spec, bank)
    if terms.choice.is_sequential:
        return Refusal("simulation.ends_itself", exam=exam_key)
    corrections = load_corrections(session)
    return FixedExam(spec, [corrections.apply(item) for item in bank], terms.cut.score)


def simulate_assurance(
    exam: FixedExam, given: Help, shares: Sequence[float], seed: int, progress: Progress | None = None
) -> list[tuple[float, AssuranceFigures]]:
    """What a pass is worth for each share of people with help; the same seed for each."""
    return [(share, worth_by_assurance(exam, replace(given, helped=share), seed, progress)) for share in shares]


def _calibrated(exam: Sits, terms: Terms) -> Calibrated | None:
    """The adopted parameters, where every item of the exam has some."""
    usable = terms.choice.usable
    if terms.known is None or not set(exam.item_ids) <= set(usable):
        return None
    return Calibrated(terms.known.number, {name: usable[name] for name in exam.item_ids})


def store_passes(session: Session, exam_key: str, found: PassFigures, terms: Terms, now: datetime) -> Simulation:
    """Keep what a pass is worth, for the pages of the exam."""
    row = Simulation(
        about=About.PASSES,
        exam_key=exam_key,
        exam_version=found.exam_version,
        people=found.given.people,
        seed=found.seed,
        items=found.bank,
        cut=0.0,
        calibration_id=terms.known.calibration_id if terms.known and found.calibration is not None else None,
        cut_score=found.cut_score,
        rule={"margins": list(found.margins)},
        report=found.model_dump(mode="json"),
        software=SOFTWARE,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row


def worth_today(session: Session, store: ItemStore, exam_key: str, terms: Terms) -> PassFigures | None:
    """What a pass of the exam as it is today is worth: the newest stored simulation, else the one that came with the content.

    None where neither was made for this version, cut and model.
    """
    spec = store.exams[exam_key]
    calibration = terms.known.number if terms.known is not None and terms.choice.is_sequential else None
    for row in newest_simulations(session, exam_key, About.PASSES):
        found = PassFigures.model_validate(row.report)
        if found.calibration == calibration and found.is_of(spec, terms.cut.score, _bank_size(spec, store, terms)):
            return found
    return None if calibration is not None else store.figures_for(exam_key, terms.cut.score)


def _bank_size(spec: ExamSpec, store: ItemStore, terms: Terms) -> int:
    return len(terms.choice.usable) if terms.choice.is_sequential else len(drawable(spec, store.items_for(spec)))

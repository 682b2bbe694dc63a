"""What an exam's decisions rest on today: the adopted calibration, the adopted cut, the quality last found. Queries."""

from __future__ import annotations

from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.schema import ExamSpec
from trainer_academy.assessments.exams.decision_model import CutInForce, KnownBank, KnownItem
from trainer_academy.assessments.exams.models import (
    CalibrationAdoption,
    Cut,
    ExamQuality,
    StoredCalibration,
    StoredItem,
)
from trainer_academy.assessments.items.scoring import SCORING
from trainer_academy.psychometrics.mastery import Population
from trainer_academy.psychometrics.response_model import ItemParameters


def load_calibration(session: Session, calibration_id: int) -> KnownBank | None:
    """One calibration by its id; two statements."""
    row = session.get(StoredCalibration, calibration_id)
    if row is None:
        return None
    stored = session.exec(select(StoredItem).where(StoredItem.calibration_id == calibration_id)).all()
    items = {
        item.item_id: KnownItem(ItemParameters(item.slope, tuple(item.steps)), item.key_version, item.answers)
        for item in stored
    }
    return KnownBank(calibration_id, row.number, items, Population(row.population_mean, row.population_sd))


def adopted_calibration(session: Session, exam_key: str) -> KnownBank | None:
    """The calibration that was adopted last for an exam; None where none counts on the scores of today."""
    newest = select(col(CalibrationAdoption.calibration_id)).where(CalibrationAdoption.exam_key == exam_key)
    found = session.scalar(newest.order_by(col(CalibrationAdoption.id).desc()).limit(1))
    if found is None or session.scalar(select(StoredCalibration.scoring).where(StoredCalibration.id == found)) != SCORING:
        return None
    return load_calibration(session, found)


def cut_in_force(session: Session, exam_key: str, spec: ExamSpec) -> CutInForce:
    """The newest adopted cut on scores by the rules in force; without one, the provisional cut of the specification."""
    statement = select(Cut).where(Cut.exam_key == exam_key, Cut.scoring == SCORING).order_by(col(Cut.id).desc()).limit(1)
    cut = session.exec(statement).first()
    return CutInForce(spec.cut_score) if cut is None else _in_force(cut)


def cut_by_id(session: Session, cut_id: int | None, score: float) -> CutInForce:
    """The cut of an attempt that has started: the adopted one with this id, or the provisional `score`."""
    cut = None if cut_id is None else session.get(Cut, cut_id)
    return CutInForce(score) if cut is None else _in_force(cut)


def _in_force(cut: Cut) -> CutInForce:
    return CutInForce(cut.score, cut.id, cut.error, cut.judges, cut.adopted_at)


def newest_quality(session: Session, exam_key: str, exam_version: str) -> ExamQuality | None:
    """What was last found about decisions of this exam version."""
    statement = select(ExamQuality).where(ExamQuality.exam_key == exam_key, ExamQuality.exam_version == exam_version)
    return session.exec(statement.order_by(col(ExamQuality.id).desc()).limit(1)).first()

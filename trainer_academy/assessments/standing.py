"""What an exam's decisions rest on today: the adopted calibration, the adopted cut, the quality last found. Queries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from trainer_academy.assessments.decision_model import CutInForce, KnownBank, KnownItem
from trainer_academy.assessments.mastery import Population
from trainer_academy.assessments.measurement_models import (
    CalibrationAdoption,
    Cut,
    ExamBar,
    ExamQuality,
    StoredCalibration,
    StoredItem,
)
from trainer_academy.assessments.response_model import ItemParameters
from trainer_academy.assessments.schema import ExamSpec


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
    """The calibration that was adopted last for an exam; None where none was, or where the adoption was taken back."""
    newest = select(col(CalibrationAdoption.calibration_id)).where(CalibrationAdoption.exam_key == exam_key)
    found = session.scalar(newest.order_by(col(CalibrationAdoption.id).desc()).limit(1))
    return None if found is None else load_calibration(session, found)


def cut_in_force(session: Session, exam_key: str, spec: ExamSpec) -> CutInForce:
    """The newest adopted cut; where judges have not rated yet, the provisional one of the specification."""
    statement = select(Cut).where(Cut.exam_key == exam_key).order_by(col(Cut.id).desc()).limit(1)
    cut = session.exec(statement).first()
    return CutInForce(spec.cut_score) if cut is None else _in_force(cut)


def cut_by_id(session: Session, cut_id: int | None, score: float) -> CutInForce:
    """The cut of an attempt that has started: the adopted one with this id, or the provisional `score`."""
    cut = None if cut_id is None else session.get(Cut, cut_id)
    return CutInForce(score) if cut is None else _in_force(cut)


def _in_force(cut: Cut) -> CutInForce:
    return CutInForce(cut.score, cut.id, cut.error, cut.judges, cut.adopted_at)


def barred_until(session: Session, user_id: int, bank: str, now: datetime) -> datetime | None:
    """Until when a person who judged items of this bank may start no exam from it; None: nothing bars the person."""
    bars = select(func.max(ExamBar.ends_at)).where(ExamBar.user_id == user_id, ExamBar.bank == bank, col(ExamBar.ends_at) > now)
    return session.scalar(bars)


def newest_quality(session: Session, exam_key: str, exam_version: str) -> ExamQuality | None:
    """What was last found about decisions of this exam version."""
    statement = select(ExamQuality).where(ExamQuality.exam_key == exam_key, ExamQuality.exam_version == exam_version)
    return session.exec(statement.order_by(col(ExamQuality.id).desc()).limit(1)).first()

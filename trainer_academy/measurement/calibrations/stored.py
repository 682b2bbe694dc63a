"""Stored calibrations: find, compare, adopt. Steps without numpy, for pages."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from trainer_academy.accounts.audit import record
from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.lookup import find_exam
from trainer_academy.assessments.bank.schema import fits
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import load_corrections
from trainer_academy.assessments.exams.models import Attempt, AttemptStatus, CalibrationAdoption, StoredCalibration, StoredItem
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import NotFound, Refusal
from trainer_academy.measurement.calibrations.models import DriftCount, LeftOutItem
from trainer_academy.psychometrics.drift import Comparison, compare
from trainer_academy.psychometrics.estimates import CalibratedItem, Calibration
from trainer_academy.psychometrics.response_model import ItemParameters


def bank_items(session: Session, store: ItemStore, exam_key: str) -> dict[str, SomeItem]:
    """The items of the exam's bank with the keys that count today, by id. Raises NotFound for an unknown exam."""
    spec = find_exam(store, exam_key)
    corrections = load_corrections(session)
    bank = store.banks.get(spec.bank)
    return {item.id: corrections.apply(item) for item in bank.items.values()} if bank else {}


def drawn_items(store: ItemStore, exam_key: str, items: Iterable[SomeItem]) -> list[SomeItem]:
    """Those that a paper of the exam may have: active, and fitting a line of its specification."""
    draws = store.exams[exam_key].draw
    return [item for item in items if item.status == "active" and any(fits(draw, item) for draw in draws)]


def count_sittings(session: Session, exam_key: str) -> int:
    """How many first attempts at the exam are decided."""
    wanted = select(func.count()).where(
        Attempt.exam_key == exam_key, Attempt.number == 1, Attempt.status == AttemptStatus.DECIDED
    )
    return session.scalar(wanted) or 0


def list_calibrations(session: Session, exam_key: str) -> list[StoredCalibration]:
    """Newest first."""
    statement = select(StoredCalibration).where(StoredCalibration.exam_key == exam_key)
    return list(session.exec(statement.order_by(col(StoredCalibration.number).desc())).all())


def get_calibration(session: Session, exam_key: str, number: int) -> StoredCalibration:
    """Raises NotFound."""
    statement = select(StoredCalibration).where(StoredCalibration.exam_key == exam_key, StoredCalibration.number == number)
    found = session.exec(statement).first()
    if found is None:
        raise NotFound("calibration.unknown")
    return found


def next_number(session: Session, exam_key: str) -> int:
    highest = session.scalar(select(func.max(StoredCalibration.number)).where(StoredCalibration.exam_key == exam_key))
    return (highest or 0) + 1


def items_of(session: Session, calibration_id: int) -> list[StoredItem]:
    """By id of the item."""
    statement = select(StoredItem).where(StoredItem.calibration_id == calibration_id).order_by(col(StoredItem.item_id))
    return list(session.exec(statement).all())


def left_out_of(session: Session, calibration_id: int) -> list[LeftOutItem]:
    statement = select(LeftOutItem).where(LeftOutItem.calibration_id == calibration_id)
    return list(session.exec(statement.order_by(col(LeftOutItem.reason), col(LeftOutItem.item_id))).all())


def item_counts(session: Session, exam_key: str) -> dict[int, int]:
    """Calibration id to the number of its items."""
    statement = (
        select(col(StoredItem.calibration_id), func.count())
        .join(StoredCalibration, col(StoredCalibration.id) == col(StoredItem.calibration_id))
        .where(StoredCalibration.exam_key == exam_key)
        .group_by(col(StoredItem.calibration_id))
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def drift_counts(session: Session, exam_key: str) -> dict[int, tuple[DriftCount, int]]:
    """Calibration id to what it says of the one before, and the number of that one."""
    base = (
        select(DriftCount, col(StoredCalibration.number))
        .join(StoredCalibration, col(StoredCalibration.id) == col(DriftCount.base_id))
        .where(StoredCalibration.exam_key == exam_key)
    )
    return {row[0].calibration_id: (row[0], row[1]) for row in session.execute(base)}


def newest_adoption(session: Session, exam_key: str) -> CalibrationAdoption | None:
    statement = select(CalibrationAdoption).where(CalibrationAdoption.exam_key == exam_key)
    return session.exec(statement.order_by(col(CalibrationAdoption.id).desc()).limit(1)).first()


def adoptions_of(session: Session, exam_key: str) -> list[tuple[CalibrationAdoption, int | None, str]]:
    """Newest first: the adoption, the number of its calibration (None: taken back), and the name of who did it."""
    statement = (
        select(CalibrationAdoption, col(StoredCalibration.number), col(User.name))
        .join(StoredCalibration, col(StoredCalibration.id) == col(CalibrationAdoption.calibration_id), isouter=True)
        .join(User, col(User.id) == col(CalibrationAdoption.adopted_by))
        .where(CalibrationAdoption.exam_key == exam_key)
        .order_by(col(CalibrationAdoption.id).desc())
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def adopt(
    session: Session, exam_key: str, number: int | None, reason: str, adopted_by: int, now: datetime
) -> CalibrationAdoption | Refusal:
    """Use a calibration for attempts that start from now on; `number` None takes the adoption back. Running ones keep theirs.

    Raises NotFound for an unknown number.
    """
    calibration = None if number is None else get_calibration(session, exam_key, number)
    newest = newest_adoption(session, exam_key)
    now_id = None if newest is None else newest.calibration_id
    if now_id == (None if calibration is None else calibration.id):
        return Refusal("calibration.in_force")
    calibration_id = None if calibration is None else calibration.id
    made = CalibrationAdoption(
        exam_key=exam_key, calibration_id=calibration_id, adopted_by=adopted_by, reason=reason, adopted_at=now
    )
    session.add(made)
    kind = "calibration_taken_back" if number is None else "calibration_adopted"
    detail = reason if number is None else f"number {number}: {reason}"
    record(session, adopted_by, kind, "exam", exam_key, now, detail)
    session.flush()
    return made


def as_calibration(row: StoredCalibration, items: Sequence[StoredItem]) -> Calibration:
    """A stored calibration as `drift.compare` takes it. A null error beside known ones means that the answers say nothing."""
    made = tuple(_as_item(item) for item in items)
    return Calibration(made, row.persons, row.log_likelihood or math.nan, row.cycles, row.is_converged, None)


def _as_item(item: StoredItem) -> CalibratedItem:
    parameters = ItemParameters(item.slope, tuple(item.steps))
    if item.step_errors is None:
        return CalibratedItem(item.item_id, parameters, item.answers, item.slope_error, None)
    errors = tuple(math.inf if error is None else error for error in item.step_errors)
    slope_error = math.inf if item.slope_error is None else item.slope_error
    return CalibratedItem(item.item_id, parameters, item.answers, slope_error, errors)


def compare_stored(session: Session, old: StoredCalibration, new: StoredCalibration) -> Comparison | Refusal:
    """Which items have moved, or why the two cannot be compared."""
    before, after = (as_calibration(row, items_of(session, id_of(row))) for row in (old, new))
    try:
        return compare(before, after)
    except ValueError:
        return Refusal("calibration.few_in_common")


def note_drift(session: Session, new: StoredCalibration) -> DriftCount | None:
    """Count the items that moved against the calibration in force; None where there is none, or nothing to compare."""
    newest = newest_adoption(session, new.exam_key)
    base = session.get(StoredCalibration, newest.calibration_id) if newest and newest.calibration_id else None
    if base is None or base.id is None or new.id is None:
        return None
    found = compare_stored(session, base, new)
    if isinstance(found, Refusal):
        return None
    flagged = sum(move.is_flagged for move in found.moves)
    made = DriftCount(calibration_id=new.id, base_id=base.id, common=len(found.moves), flagged=flagged)
    session.add(made)
    session.flush()
    return made

"""From first attempts to a stored calibration: read the answers, make the matrix, estimate, store. Steps, numpy, offline."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from sqlmodel import Session

from trainer_academy import __version__
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.exams.models import StoredCalibration, StoredItem
from trainer_academy.core.db import id_of
from trainer_academy.core.errors import BadInput
from trainer_academy.measurement.calibrations.exchange import CalibrationFile, ItemRow
from trainer_academy.measurement.calibrations.first_answers import keys_of_today, usable_answers
from trainer_academy.measurement.calibrations.models import LeftOutItem
from trainer_academy.measurement.calibrations.response_files import Responses
from trainer_academy.measurement.calibrations.stored import bank_items, drawn_items, next_number, note_drift
from trainer_academy.psychometrics.calibration import calibrate, with_errors
from trainer_academy.psychometrics.estimates import CalibratedItem, Calibration, Priors
from trainer_academy.psychometrics.matrix import LEAST_ANSWERS, Column, Matrix, build_matrix

SOFTWARE = f"trainer-academy {__version__}, numpy {np.__version__}"
LEAST_ITEMS = 2
Told = Callable[[int, str], None]  # how many are done, of what


@dataclass
class Collected:
    """Answers of an exam's first attempts as they are read: columns by item, persons, and where reading ended.

    `keys` is the key version of today of each item that counts, `two_level` the ids of items that are right or wrong.
    """

    keys: Mapping[str, str]
    two_level: frozenset[str] = frozenset()
    columns: dict[str, Column] = field(default_factory=dict)
    persons: int = 0
    last_attempt_id: int = 0


def collect(session: Session, store: ItemStore, exam_key: str, told: Told = lambda done, what: None) -> Collected:
    """Read all first attempts. Raises NotFound for an unknown exam."""
    items = bank_items(session, store, exam_key)
    found = Collected(
        keys_of_today(session, store, exam_key),
        frozenset(item.id for item in items.values() if item.is_right_or_wrong),
        {item.id: Column() for item in drawn_items(store, exam_key, items.values())},
    )
    for sitting, answers in usable_answers(session, store, exam_key, found.keys):
        for answer in answers:
            found.columns.setdefault(answer.item_id, Column()).add(found.persons, answer.credit)
        found.persons += 1
        found.last_attempt_id = sitting.attempt_id
        told(found.persons, "attempts")
    return found


def matrix_of(collected: Collected) -> Matrix:
    """Raises BadInput when there is too little to calibrate."""
    matrix = build_matrix(collected.columns, collected.persons, collected.two_level)
    if len(matrix.names) < LEAST_ITEMS:
        raise BadInput(
            "calibration.too_few",
            usable=len(matrix.names),
            items=len(collected.columns),
            least=LEAST_ITEMS,
            answers=LEAST_ANSWERS,
            persons=collected.persons,
        )
    return matrix


def estimate(matrix: Matrix, told: Told = lambda done, what: None) -> Calibration:
    """Parameters with standard errors under weak priors."""
    found = calibrate(
        matrix.answers, matrix.names, matrix.levels, priors=Priors(), progress=lambda cycle, _: told(cycle, "cycles")
    )
    told(found.cycles, "errors")
    return with_errors(found, matrix.answers)


def store_calibration(
    session: Session,
    exam_key: str,
    collected: Collected,
    matrix: Matrix,
    found: Calibration,
    made_by: int | None,
    now: datetime,
) -> StoredCalibration:
    """Add the calibration, its items, what was left out, and what has moved against the one in force."""
    row = StoredCalibration(
        exam_key=exam_key,
        number=next_number(session, exam_key),
        persons=found.persons,
        answers=matrix.count,
        log_likelihood=found.log_likelihood,
        cycles=found.cycles,
        is_converged=found.is_converged,
        priors=vars(found.priors) if found.priors else {},
        last_attempt_id=collected.last_attempt_id,
        data_digest=matrix.digest(),
        software=SOFTWARE,
        made_by=made_by,
        made_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(_as_row(id_of(row), item, collected.keys[item.name]) for item in found.items)
    session.add_all(
        LeftOutItem(calibration_id=id_of(row), item_id=out.item_id, reason=out.reason, answers=out.answers)
        for out in matrix.left_out
    )
    session.flush()
    note_drift(session, row)
    return row


def calibrate_responses(responses: Responses, told: Told = lambda done, what: None) -> CalibrationFile:
    """A foreign matrix, calibrated in the same way; nothing is stored. Raises BadInput when there is too little."""
    collected = Collected({}, persons=len(responses.persons), columns={name: Column() for name in responses.items})
    for name, given in responses.items.items():
        for row, credit in given:
            collected.columns[name].add(row, credit)
    matrix = matrix_of(collected)
    found = estimate(matrix, told)
    about = {
        "answers": matrix.count,
        "log_likelihood": found.log_likelihood,
        "cycles": found.cycles,
        "is_converged": found.is_converged,
        "priors": vars(found.priors) if found.priors else {},
        "data_digest": matrix.digest(),
        "software": SOFTWARE,
        "left_out": [vars(out) for out in matrix.left_out],
    }
    return CalibrationFile(tuple(_as_item_row(item) for item in found.items), found.persons, about=about)


def _as_item_row(item: CalibratedItem) -> ItemRow:
    errors = None if item.step_errors is None else tuple(_finite(error) for error in item.step_errors)
    slope_error = _finite(item.slope_error)
    return ItemRow(item.name, "", item.answers, item.parameters.slope, item.parameters.steps, slope_error, errors)


def _as_row(calibration_id: int, item: CalibratedItem, key_version: str) -> StoredItem:
    errors = None if item.step_errors is None else [_finite(error) for error in item.step_errors]
    return StoredItem(
        calibration_id=calibration_id,
        item_id=item.name,
        key_version=key_version,
        levels=item.parameters.top + 1,
        slope=item.parameters.slope,
        steps=list(item.parameters.steps),
        slope_error=_finite(item.slope_error),
        step_errors=errors,
        answers=item.answers,
    )


def _finite(error: float | None) -> float | None:
    return error if error is not None and math.isfinite(error) else None

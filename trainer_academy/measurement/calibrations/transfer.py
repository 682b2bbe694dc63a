"""Stored calibrations to files and back. Steps, no numpy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from trainer_academy.accounts.audit import record
from trainer_academy.assessments.exams.models import StoredCalibration, StoredItem
from trainer_academy.core.db import id_of
from trainer_academy.measurement.calibrations.exchange import CalibrationFile, ItemRow, read_calibration
from trainer_academy.measurement.calibrations.stored import items_of, left_out_of, next_number, note_drift


def as_file(session: Session, row: StoredCalibration) -> CalibrationFile:
    """Everything that is stored of a calibration."""
    about: dict[str, Any] = {
        "exam_key": row.exam_key,
        "number": row.number,
        "origin": row.origin,
        "answers": row.answers,
        "log_likelihood": row.log_likelihood,
        "cycles": row.cycles,
        "is_converged": row.is_converged,
        "priors": row.priors,
        "data_digest": row.data_digest,
        "software": row.software,
        "made_at": row.made_at.isoformat(),
        "left_out": [
            {"item_id": o.item_id, "reason": o.reason, "answers": o.answers} for o in left_out_of(session, id_of(row))
        ],
    }
    items = tuple(_as_row(item) for item in items_of(session, id_of(row)))
    return CalibrationFile(items, row.persons, row.population_mean, row.population_sd, about)


def _as_row(item: StoredItem) -> ItemRow:
    errors = None if item.step_errors is None else tuple(item.step_errors)
    return ItemRow(item.item_id, item.key_version, item.answers, item.slope, tuple(item.steps), item.slope_error, errors)


def import_calibration(
    session: Session, exam_key: str, text: str, keys: Mapping[str, str], made_by: int | None, now: datetime
) -> StoredCalibration:
    """Store a calibration from the text of a file. Raises FaultyFile with every fault; then nothing is stored.

    `keys` is the key version of today of each item of the exam's bank; it stands in where the file names none.
    """
    file = read_calibration(text, keys)
    about = file.about or {}
    row = StoredCalibration(
        exam_key=exam_key,
        number=next_number(session, exam_key),
        origin="import",
        persons=file.persons,
        answers=sum(item.answers for item in file.items),
        log_likelihood=about.get("log_likelihood"),
        cycles=int(about.get("cycles") or 0),
        is_converged=bool(about.get("is_converged", True)),
        priors=about.get("priors") or {},
        population_mean=file.population_mean,
        population_sd=file.population_sd,
        data_digest=sha256(text.encode()).hexdigest(),
        software=str(about.get("software") or "not stated")[:80],
        made_by=made_by,
        made_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(_as_stored(id_of(row), item, item.key_version or keys[item.item_id]) for item in file.items)
    record(session, made_by, "calibration_imported", "exam", exam_key, now, f"number {row.number}, {len(file.items)} items")
    session.flush()
    note_drift(session, row)
    return row


def _as_stored(calibration_id: int, item: ItemRow, key_version: str) -> StoredItem:
    return StoredItem(
        calibration_id=calibration_id,
        item_id=item.item_id,
        key_version=key_version,
        levels=item.levels,
        slope=item.slope,
        steps=list(item.steps),
        slope_error=item.slope_error,
        answers=item.answers,
        step_errors=None if item.step_errors is None else list(item.step_errors),
    )

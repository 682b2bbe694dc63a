"""The item analysis in one session: jobs count with a reader and store with a writer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.measurement.analysis.steps import GroupReader, Prepared, prepare_analysis, store_analysis


def update_analysis(
    session: Session, store: ItemStore, exam_key: str, now: datetime, readers: Mapping[str, GroupReader] | None = None
) -> Prepared | None:
    """Bring the analysis of an exam up to date; None when there was nothing to do."""
    prepared = prepare_analysis(session, store, exam_key, readers)
    if prepared is not None:
        store_analysis(session, prepared, now)
    return prepared

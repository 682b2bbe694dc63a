"""Item analysis of an exam from end to end. Counting reads; only the short writing at the end holds the write lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.core.db import Database
from trainer_academy.measurement.analysis.comparing import compare_groups, stale_groups, store_compared
from trainer_academy.measurement.analysis.steps import GroupReader, Told, prepare_analysis, store_analysis, tell_nobody

Readers = Mapping[str, GroupReader]
GROUPS_AT_ONCE = 10


@dataclass(frozen=True)
class Analysed:
    """What a run did: sittings in the sums, how many it added, whether it began anew, groups compared. `is_kept` False: another
    run was faster, and its numbers stand."""

    sittings: int
    added: int
    is_from_scratch: bool
    groups: int
    is_kept: bool = True


def analyse_exam(
    database: Database, store: ItemStore, exam_key: str, now: datetime, readers: Readers | None = None, told: Told = tell_nobody
) -> Analysed | None:
    """Bring numbers and compared groups of one exam up to date; None when nothing was new. Raises NotFound."""
    with database.reader() as session:
        prepared = prepare_analysis(session, store, exam_key, readers, told)
    is_kept = True
    if prepared is not None:
        with database.writing() as session:
            is_kept = store_analysis(session, prepared, now)
            session.commit()
    groups = _compare(database, store, exam_key, now)
    if prepared is None:
        return Analysed(0, 0, False, groups) if groups else None
    return Analysed(len(prepared.sums.attempt_ids), prepared.added, prepared.is_from_scratch, groups, is_kept)


def _compare(database: Database, store: ItemStore, exam_key: str, now: datetime) -> int:
    """Compare the groups that have changed, some at a time; how many they were."""
    with database.reader() as session:
        stale, names = stale_groups(session, exam_key)
    for start in range(0, len(stale), GROUPS_AT_ONCE):
        with database.reader() as session:
            compared = compare_groups(session, store, exam_key, stale[start : start + GROUPS_AT_ONCE])
        with database.writing() as session:
            store_compared(session, exam_key, compared, names, now)
            session.commit()
    return len(stale)

"""Item analysis, one exam at a time: read the sittings that are new, add them to the sums, store what follows. Imports numpy.

The sums know which attempts are in them, so an attempt that was decided late is added and one that is gone (voided, its
account deleted) makes the sums start anew. They also start anew when a credit that is in them may have changed; that is told
by a digest over the corrections in force, the runs that replay stored answers and the decisions that they and appeals made.
"""

from __future__ import annotations

import gc
import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, update
from sqlmodel import Session, col, select

from trainer_academy.accounts.models import User
from trainer_academy.assessments.bank.models import Correction, CorrectionStatus
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import load_corrections
from trainer_academy.assessments.corrections.models import Rescoring
from trainer_academy.assessments.exams.basis import adopted_calibration, cut_in_force, newest_quality
from trainer_academy.assessments.exams.models import Attempt, Decision, ExamQuality
from trainer_academy.core.db import insert_new
from trainer_academy.core.errors import NotFound
from trainer_academy.measurement.analysis.models import ExamAnalysis, ExamSums, ItemAnalysis
from trainer_academy.measurement.analysis.report import Setting, facts_of, statistics_of
from trainer_academy.measurement.analysis.statistics import ExamFacts, ItemStatistics, Quality
from trainer_academy.measurement.analysis.sums import ItemSums
from trainer_academy.measurement.answers import PlainSitting, first_attempt_ids, plain_sittings

AT_ONCE = 2_000  # sittings that are added together: adding costs the same for few as for many
FORMAT = 1  # of the sums: another number makes all of them anew
# Reads the group (a country, say) of some people; who has none is left out. The edge passes those of other slices.
GroupReader = Callable[[Session, Collection[int]], Mapping[int, str]]
Told = Callable[[int, int], object]  # sittings read, all that are new


def tell_nobody(done: int, total: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True)
class Prepared:
    """An analysis that is worked out and not stored yet. `revision` is the one that was read, 0 for none."""

    exam_key: str
    revision: int
    sums: ItemSums
    items: list[ItemStatistics]
    facts: ExamFacts
    key_digest: str
    setting_digest: str
    added: int
    is_from_scratch: bool


def prepare_analysis(
    session: Session,
    store: ItemStore,
    exam_key: str,
    readers: Mapping[str, GroupReader] | None = None,
    told: Told = tell_nobody,
) -> Prepared | None:
    """Count what is new, and work out the numbers; None when nothing has changed. Reads only. Raises NotFound."""
    if exam_key not in store.exams:
        raise NotFound("analysis.unknown_exam", exam=exam_key)
    row = session.get(ExamAnalysis, exam_key)
    setting, keys = setting_of(session, store, exam_key), key_digest(session, store, exam_key)
    setting_digest = digest_of(setting)
    ids = first_attempt_ids(session, exam_key)
    sums = _stored_sums(session, row, keys, ids)
    is_from_scratch = sums is None
    sums = sums or ItemSums()
    new = sorted(set(ids).difference(sums.attempt_ids.tolist()))
    if row is not None and not is_from_scratch and not new and row.setting_digest == setting_digest:
        return None
    with _without_collector():
        _count(session, store, sums, new, {"language": languages_of, **(readers or {})}, told)
    items = statistics_of(sums, setting)
    return Prepared(
        exam_key,
        row.revision if row else 0,
        sums,
        items,
        facts_of(sums, items, setting),
        keys,
        setting_digest,
        len(new),
        is_from_scratch,
    )


def _stored_sums(session: Session, row: ExamAnalysis | None, keys: str, ids: Sequence[int]) -> ItemSums | None:
    """The sums so far; None where they have to be made anew."""
    if row is None or row.key_digest != keys:
        return None
    content = session.scalar(select(ExamSums.content).where(ExamSums.exam_key == row.exam_key))
    if content is None:
        return None
    sums = ItemSums.from_bytes(content)
    return sums if set(ids).issuperset(sums.attempt_ids.tolist()) else None


def _count(
    session: Session, store: ItemStore, sums: ItemSums, new: Sequence[int], readers: Mapping[str, GroupReader], told: Told
) -> None:
    done, waiting = 0, []
    for chunk in plain_sittings(session, store, new):
        waiting += chunk
        done += len(chunk)
        if len(waiting) >= AT_ONCE:
            _add(session, sums, waiting, readers)
            waiting = []
        told(done, len(new))
    _add(session, sums, waiting, readers)


def _add(session: Session, sums: ItemSums, sittings: Sequence[PlainSitting], readers: Mapping[str, GroupReader]) -> None:
    people = {sitting.user_id for sitting in sittings}
    if people:
        sums.add(sittings, {kind: read(session, people) for kind, read in readers.items()})


@contextmanager
def _without_collector() -> Iterator[None]:
    """Python's collector of cycles would look through hundreds of thousands of plain tuples, a third of the whole time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def languages_of(session: Session, user_ids: Collection[int]) -> Mapping[int, str]:
    """The language in which each person uses the academy."""
    rows = session.execute(select(col(User.id), col(User.locale)).where(col(User.id).in_(user_ids)))
    return {row[0]: row[1] for row in rows}


def setting_of(session: Session, store: ItemStore, exam_key: str) -> Setting:
    """What the numbers depend on today beside the answers."""
    spec, corrections = store.exams[exam_key], load_corrections(session)
    bank = adopted_calibration(session, exam_key)
    items = {item_id: corrections.apply(item) for item_id, item in store.banks[spec.bank].items.items()}
    known = {} if bank is None else {item_id: item.parameters for item_id, item in bank.items.items()}
    number = None if bank is None else bank.number
    return Setting(items, spec.scored_count, cut_in_force(session, exam_key, spec).score, number, known)


def digest_of(setting: Setting) -> str:
    keys = sorted((item_id, item.key_version) for item_id, item in setting.items.items())
    return _hash([FORMAT, setting.length, setting.cut, setting.calibration, keys])


def key_digest(session: Session, store: ItemStore, exam_key: str) -> str:
    """Changes whenever a stored credit of this exam may have changed, or an item counts or does not count any more."""
    corrected = select(col(Correction.id), col(Correction.status)).where(
        col(Correction.status).in_((CorrectionStatus.APPLIED, CorrectionStatus.ENDED))
    )
    runs = select(col(Rescoring.id), col(Rescoring.status), col(Rescoring.last_attempt_id))
    again = (
        select(func.count(), func.max(Decision.id))
        .join(Attempt, col(Attempt.id) == col(Decision.attempt_id))
        .where(Attempt.exam_key == exam_key, col(Decision.reason).in_(("rescored", "appeal")))
    )
    bank = store.items_for(store.exams[exam_key])
    return _hash(
        [
            FORMAT,
            [list(row) for row in session.execute(corrected.order_by(col(Correction.id)))],
            [list(row) for row in session.execute(runs.order_by(col(Rescoring.id)))],
            [list(row) for row in session.execute(again)],
            sorted(item.id for item in bank if not item.is_counted),
        ]
    )


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def store_analysis(session: Session, prepared: Prepared, now: datetime) -> bool:
    """Write the sums, the rows that pages read, and the quality of decisions. False when another process was faster."""
    if not _claim(session, prepared, now):
        return False
    content = prepared.sums.to_bytes()
    key = prepared.exam_key
    session.execute(delete(ExamSums).where(col(ExamSums.exam_key) == key))
    session.execute(delete(ItemAnalysis).where(col(ItemAnalysis.exam_key) == key))
    session.execute(insert(ExamSums), [{"exam_key": key, "content": content}])
    if prepared.items:
        session.execute(insert(ItemAnalysis), [_item_row(key, item) for item in prepared.items])
    for quality in prepared.facts.versions:
        _add_quality(session, key, quality, prepared.facts.cut, now)
    session.flush()
    return True


def _claim(session: Session, prepared: Prepared, now: datetime) -> bool:
    ids = prepared.sums.attempt_ids
    values: dict[str, Any] = {
        "revision": prepared.revision + 1,
        "sittings": len(ids),
        "last_attempt_id": int(ids.max()) if len(ids) else 0,
        "key_digest": prepared.key_digest,
        "setting_digest": prepared.setting_digest,
        "computed_at": now,
        "facts": prepared.facts.model_dump(mode="json"),
    }
    if prepared.revision == 0:
        return insert_new(session, ExamAnalysis, {"exam_key": prepared.exam_key, **values})
    seen = (col(ExamAnalysis.exam_key) == prepared.exam_key, col(ExamAnalysis.revision) == prepared.revision)
    claimed = session.execute(update(ExamAnalysis).where(*seen).values(values))
    return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]


def _item_row(exam_key: str, item: ItemStatistics) -> dict[str, Any]:
    return {
        "exam_key": exam_key,
        "item_id": item.item_id,
        "n": item.n,
        "facility": item.facility,
        "item_rest": item.item_rest,
        "flags": " ".join(item.flags),
        "numbers": item.model_dump(mode="json"),
    }


def _add_quality(session: Session, exam_key: str, quality: Quality, cut: float, now: datetime) -> None:
    """A row for decisions to quote, whenever alpha is known and something has changed since the last row."""
    if quality.alpha is None:
        return
    names = ("n", "passed", "mean", "sd", "alpha", "sem", "accuracy", "consistency", "kappa")
    values = {name: getattr(quality, name) for name in names} | {"cut_score": cut}
    last = newest_quality(session, exam_key, quality.version)
    if last is None or any(getattr(last, name) != value for name, value in values.items()):
        session.add(ExamQuality(exam_key=exam_key, exam_version=quality.version, computed_at=now, **values))

"""Corrections of items in use: one author proposes, another one approves. Steps flush; each change is in the audit log.

Approving puts the correction in force for every later scoring and opens the run over the stored answers. A suspension is
ended by one author with a reason: the item counts again as it did before, and the run that follows is shown like the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from trainer_academy.accounts.audit import record
from trainer_academy.assessments.bank.corrected_keys import Corrections, with_key
from trainer_academy.assessments.bank.models import Correction, CorrectionStatus, ItemVersion
from trainer_academy.assessments.bank.store import ItemStore
from trainer_academy.assessments.bank.versions import item_today, load_corrections, resolve_items
from trainer_academy.assessments.corrections.models import PanelVote, Rescoring
from trainer_academy.assessments.corrections.votes import KeyValues
from trainer_academy.assessments.exams.assembly import find_shortages
from trainer_academy.assessments.items.base import Payload
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.db import id_of, insert_new
from trainer_academy.core.errors import NotFound, Refusal

LIST_LIMIT = 100


def get_correction(session: Session, correction_id: int) -> Correction:
    """A correction. Raises NotFound."""
    correction = session.get(Correction, correction_id)
    if correction is None:
        raise NotFound("correction.unknown")
    return correction


def newest_corrections(session: Session) -> list[Correction]:
    """Corrections, newest first, those that wait for a decision before the others."""
    is_decided = col(Correction.status) != CorrectionStatus.PROPOSED
    return list(session.exec(select(Correction).order_by(is_decided, col(Correction.id).desc()).limit(LIST_LIMIT)).all())


def propose_key(
    session: Session, store: ItemStore, item: SomeItem, new_key: KeyValues, reason: str, author_id: int, now: datetime
) -> Correction | Refusal:
    """Propose another key for an item as it counts today. BadInput when it does not fit the item, or an old version of it."""
    changed = with_key(item, new_key)
    for version in _versions_with(session, store, item):
        with_key(version, new_key)
    if changed.key_version == item.key_version:
        return Refusal("correction.same_key")
    values: dict[str, Any] = {"kind": "key", "new_key": new_key, "new_key_version": changed.key_version}
    return _propose(session, item, values, reason, author_id, now)


def _versions_with(session: Session, store: ItemStore, item: SomeItem) -> list[SomeItem]:
    """The stored versions of an item whose key would be replaced: papers may still have them."""
    today, found = load_corrections(session), []
    for version in session.scalars(select(ItemVersion.version).where(ItemVersion.item_id == item.id)).all():
        try:
            [stored] = resolve_items(session, store, [(item.id, version)])
        except ValueError:  # from a time when items had another shape; nothing can score it any more
            continue
        found.append(today.apply(stored))
    return [version for version in found if version.key_version == item.key_version]


def propose_suspension(session: Session, item: SomeItem, reason: str, author_id: int, now: datetime) -> Correction | Refusal:
    """Propose that the item is not drawn and not counted until it is mended."""
    if not item.is_counted:
        return Refusal("correction.suspended")
    return _propose(session, item, {"kind": "suspend"}, reason, author_id, now)


def _propose(
    session: Session, item: SomeItem, values: dict[str, Any], reason: str, author_id: int, now: datetime
) -> Correction | Refusal:
    correction = Correction(
        item_id=item.id, from_key_version=item.key_version, reason=reason, proposed_by=author_id, proposed_at=now, **values
    )
    try:
        with session.begin_nested():
            session.add(correction)
    except IntegrityError:
        return Refusal("correction.waiting")
    record(session, author_id, "correction_proposed", "correction", correction.id, now, f"{item.id}: {reason}")
    return correction


def approve(
    session: Session, store: ItemStore, correction: Correction, author_id: int, note: str, now: datetime
) -> Refusal | None:
    """Put a correction in force, as another author than the one who proposed it, and open its run over stored answers."""
    if author_id == correction.proposed_by:
        return Refusal("correction.own")
    if item_today(session, store, correction.item_id).key_version != correction.from_key_version:
        return Refusal("correction.key_changed")
    if not _decide(session, correction, "applied", author_id, note, now):
        return Refusal("correction.decided")
    _end_reversed(session, correction, now)
    session.add(Rescoring(correction_id=id_of(correction), started_at=now))
    record(session, author_id, "correction_applied", "correction", id_of(correction), now, f"{correction.item_id}: {note}")
    session.flush()
    return None


def reject(session: Session, correction: Correction, author_id: int, note: str, now: datetime) -> Refusal | None:
    """Turn a proposal down; its own author withdraws it in this way."""
    decider = None if author_id == correction.proposed_by else author_id
    if not _decide(session, correction, "rejected", decider, note, now):
        return Refusal("correction.decided")
    record(session, author_id, "correction_rejected", "correction", correction.id, now, f"{correction.item_id}: {note}")
    return None


def _decide(session: Session, correction: Correction, status: str, decider: int | None, note: str, now: datetime) -> bool:
    """Take a proposal out of `proposed`; False when somebody was faster."""
    claim = update(Correction).where(col(Correction.id) == correction.id, col(Correction.status) == CorrectionStatus.PROPOSED)
    values = {"status": status, "decided_by": decider, "decided_at": now, "decision_note": note}
    claimed = session.execute(claim.values(values), execution_options={"synchronize_session": False})
    session.refresh(correction)
    return bool(claimed.rowcount == 1)  # type: ignore[attr-defined]


def _end_reversed(session: Session, correction: Correction, now: datetime) -> None:
    """A key that comes back has nothing that replaces it any more: chains of corrections never form a circle."""
    if correction.kind == "key":
        same = update(Correction).where(
            col(Correction.item_id) == correction.item_id, col(Correction.status) == CorrectionStatus.APPLIED
        )
        same = same.where(col(Correction.kind) == "key", col(Correction.from_key_version) == correction.new_key_version)
        session.execute(
            same.values(status=CorrectionStatus.ENDED, ended_at=now), execution_options={"synchronize_session": False}
        )


def end_suspension(session: Session, correction: Correction, author_id: int, reason: str, now: datetime) -> Refusal | None:
    """Let the item count again, and open the run that follows from it."""
    claim = update(Correction).where(
        col(Correction.id) == id_of(correction),
        col(Correction.kind) == "suspend",
        col(Correction.status) == CorrectionStatus.APPLIED,
    )
    claimed = session.execute(
        claim.values(status=CorrectionStatus.ENDED, ended_at=now), execution_options={"synchronize_session": False}
    )
    session.refresh(correction)
    if claimed.rowcount == 0:  # type: ignore[attr-defined]
        return Refusal("correction.not_suspended")
    session.add(Rescoring(correction_id=id_of(correction), is_ending=True, started_at=now))
    record(session, author_id, "suspension_ended", "correction", id_of(correction), now, f"{correction.item_id}: {reason}")
    session.flush()
    return None


def corrections_with(session: Session, correction: Correction) -> Corrections:
    """What would be in force with this proposal applied, or with this suspension ended."""
    today = load_corrections(session)
    if correction.kind == "suspend":
        is_ending = correction.status == CorrectionStatus.APPLIED
        changed = today.suspended - {correction.item_id} if is_ending else today.suspended | {correction.item_id}
        return Corrections(today.keys, frozenset(changed))
    back = (correction.item_id, correction.new_key_version or "")
    keys = {place: key for place, key in today.keys.items() if place != back}
    keys[correction.item_id, correction.from_key_version] = correction.new_key or {}
    return Corrections(keys, today.suspended)


def shortages(store: ItemStore, corrections: Corrections, exam_keys: Iterable[str]) -> list[str]:
    """What the banks of these exams would lack for a paper with these corrections in force, in words."""
    found = []
    for key in exam_keys:
        spec = store.exams[key]
        items = [corrections.apply(item) for item in store.items_for(spec)]
        found += [f"{spec.title}: {words}" for words in find_shortages(spec, items)]
    return found


def cast_vote(session: Session, item: SomeItem, payload: Payload, voter_id: int, now: datetime) -> bool:
    """Store what a rater answers to an item; False when this rater has voted on it already: the first vote stays."""
    values = {"item_id": item.id, "item_version": item.version, "voter_id": voter_id, "payload": payload, "cast_at": now}
    return insert_new(session, PanelVote, values)


def votes_on(session: Session, item: SomeItem) -> list[Payload]:
    """The votes on this version of an item, oldest first."""
    statement = select(PanelVote.payload).where(PanelVote.item_id == item.id, PanelVote.item_version == item.version)
    return list(session.scalars(statement.order_by(col(PanelVote.id))).all())


def voted_by(session: Session, voter_id: int) -> set[tuple[str, str]]:
    """(item id, version) of everything that a rater has voted on."""
    statement = select(col(PanelVote.item_id), col(PanelVote.item_version)).where(PanelVote.voter_id == voter_id)
    return {(row[0], row[1]) for row in session.execute(statement)}


def items_to_vote(session: Session, store: ItemStore, voter_id: int) -> list[SomeItem]:
    """Active and suspended items of exam banks on which this rater can still vote, by id."""
    done = voted_by(session, voter_id)
    exam_banks = [bank for bank in store.banks.values() if bank.file.purpose == "exam"]
    items = [item for bank in exam_banks for item in bank.items.values() if item.status in ("active", "suspended")]
    return sorted((i for i in items if i.takes_votes and (i.id, i.version) not in done), key=lambda item: item.id)


def runs_of(session: Session, correction_id: int) -> list[Rescoring]:
    """The runs over stored answers that a correction has caused, oldest first."""
    statement = select(Rescoring).where(Rescoring.correction_id == correction_id).order_by(col(Rescoring.id))
    return list(session.exec(statement).all())

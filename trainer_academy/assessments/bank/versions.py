"""Item versions: what was shown stays readable after the file has changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session, col, select

from trainer_academy.assessments.bank.corrected_keys import Corrections
from trainer_academy.assessments.bank.models import Correction, CorrectionStatus, ItemVersion, ReleasedItem
from trainer_academy.assessments.bank.store import ItemStore, parse_item
from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.errors import NotFound


def store_versions(session: Session, store: ItemStore, now: datetime) -> int:
    """Add every item version that the database does not know; returns how many were new."""
    known = {(row[0], row[1]) for row in session.execute(select(col(ItemVersion.item_id), col(ItemVersion.version)))}
    new = [item for item in store.items.values() if (item.id, item.version) not in known]
    for item in new:
        session.add(
            ItemVersion(item_id=item.id, version=item.version, bank=item.bank, source=store.sources[item.id], first_seen_at=now)
        )
    session.flush()
    _release(session, store, now)
    return len(new)


def _release(session: Session, store: ItemStore, now: datetime) -> None:
    """Note the exam items that are retired, with no member of their family in use: from now on people may read their keys."""
    known = set(session.scalars(select(ReleasedItem.item_id)).all())
    for item_id in retired_items(store) - known:
        session.add(ReleasedItem(item_id=item_id, released_at=now))
    session.flush()


def retired_items(store: ItemStore) -> frozenset[str]:
    """The exam items that are retired, and whose family has no member that may still be drawn."""
    exam = [item for item in store.items.values() if store.banks[item.bank].file.purpose == "exam"]
    in_use = {item.family for item in exam if item.family and item.status != "retired"}
    return frozenset(item.id for item in exam if item.status == "retired" and item.family not in in_use)


def known_outside(session: Session, store: ItemStore, bank: str) -> frozenset[str]:
    """The items of an exam bank that may not certify: released once (or one of their family), or once in a practice bank."""
    released = set(session.scalars(select(ReleasedItem.item_id)).all())
    practice = [key for key, one in store.banks.items() if one.file.purpose == "practice"]
    own = store.banks[bank].items
    shown = select(ItemVersion.item_id).where(col(ItemVersion.bank).in_(practice), col(ItemVersion.item_id).in_(list(own)))
    released |= set(session.scalars(shown).all())
    families = {store.items[item_id].family for item_id in released if item_id in store.items} - {""}
    return frozenset(item_id for item_id, item in own.items() if item_id in released or item.family in families)


def resolve_items(session: Session, store: ItemStore, wanted: Iterable[tuple[str, str]]) -> list[SomeItem]:
    """The items in exactly these versions, in order: from memory, or from the database when a file has changed since.

    One statement at most. Raises NotFound when a version was never stored.
    """
    pairs = list(wanted)
    missing = [pair for pair in pairs if not _is_current(store, pair)]
    old: dict[tuple[str, str], SomeItem] = {}
    if missing:
        statement = select(ItemVersion).where(col(ItemVersion.item_id).in_([item_id for item_id, _ in missing]))
        for row in session.exec(statement).all():
            old[row.item_id, row.version] = _parse(row.source, row.item_id, row.bank, row.version)
    try:
        return [store.items[pair[0]] if _is_current(store, pair) else old[pair] for pair in pairs]
    except KeyError as error:
        raise NotFound("item.version_gone", item=error.args[0]) from error


def load_corrections(session: Session) -> Corrections:
    """Every correction that is in force, one statement. Few items are ever corrected."""
    columns = select(col(Correction.item_id), col(Correction.kind), col(Correction.from_key_version), col(Correction.new_key))
    rows = session.execute(columns.where(Correction.status == CorrectionStatus.APPLIED).order_by(col(Correction.id))).all()
    keys = {(row[0], row[2]): row[3] for row in rows if row[1] == "key"}
    return Corrections(keys, frozenset(row[0] for row in rows if row[1] == "suspend"))


def current_items(session: Session, store: ItemStore, wanted: Iterable[tuple[str, str]]) -> list[SomeItem]:
    """The items in these versions with the keys that count today. Use it wherever something is scored or explained."""
    corrections = load_corrections(session)
    return [corrections.apply(item) for item in resolve_items(session, store, wanted)]


def _is_current(store: ItemStore, pair: tuple[str, str]) -> bool:
    item = store.items.get(pair[0])
    return item is not None and item.version == pair[1]


@lru_cache(maxsize=2048)
def _parse(source: str, item_id: str, bank: str, version: str) -> SomeItem:
    return parse_item(source, item_id, bank).model_copy(update={"version": version})


def item_today(session: Session, store: ItemStore, item_id: str) -> SomeItem:
    """The item of the files with the key that counts today. Raises NotFound."""
    item = store.items.get(item_id)
    if item is None:
        raise NotFound("item.unknown")
    return load_corrections(session).apply(item)


def corrected_key(session: Session, item_id: str, key_version: str) -> Correction | None:
    """The correction in force that made this key, for the people who read the item's old explanation."""
    statement = select(Correction).where(
        Correction.item_id == item_id, Correction.new_key_version == key_version, Correction.status == CorrectionStatus.APPLIED
    )
    return session.exec(statement.order_by(col(Correction.id).desc()).limit(1)).first()

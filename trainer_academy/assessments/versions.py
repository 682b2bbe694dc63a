"""Item versions: what was shown stays readable after the file has changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session, col, select

from trainer_academy.assessments.bank import ItemStore, parse_item
from trainer_academy.assessments.contest_models import Correction
from trainer_academy.assessments.keys import Corrections
from trainer_academy.assessments.kinds import SomeItem
from trainer_academy.assessments.models import ItemVersion
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
    return len(new)


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
        raise NotFound(f"The item version {error.args[0]} is not stored any more.") from error


def load_corrections(session: Session) -> Corrections:
    """Every correction that is in force, one statement. Few items are ever corrected."""
    columns = select(col(Correction.item_id), col(Correction.kind), col(Correction.from_key_version), col(Correction.new_key))
    rows = session.execute(columns.where(Correction.status == "applied").order_by(col(Correction.id))).all()
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

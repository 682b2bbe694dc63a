"""Corrected keys: what an item in use is scored with today. Pure.

Content files stay the master of an item. A correction that was made in the product replaces one key by another for every
version of the item that carries the replaced key, so that old papers are scored again in the same way as new ones. When the
file gets the new key as well, the correction has nothing left to replace.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from trainer_academy.assessments.items.kinds import SomeItem
from trainer_academy.core.errors import BadInput

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Corrections:
    """Applied corrections: (item id, replaced key version) to the new key, and the items that are suspended."""

    keys: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    suspended: frozenset[str] = frozenset()

    def apply(self, item: SomeItem) -> SomeItem:
        """The item as it counts today. Corrections may follow each other; a circle ends where it began."""
        passed: set[str] = set()
        while (new := self.keys.get((item.id, item.key_version))) is not None and item.key_version not in passed:
            passed.add(item.key_version)
            try:
                item = with_key(item, new)
            except BadInput:  # a later version of the file kept the key and dropped what the new one needs
                log.warning("a correction of %s does not fit version %s of the item and is left out", item.id, item.version)
                break
        return suspend(item) if item.id in self.suspended else item


def with_key(item: SomeItem, key: Mapping[str, Any]) -> SomeItem:
    """The same item with another key. Raises BadInput when the key does not fit the item."""
    values = {name: getattr(item, name) for name in type(item).model_fields}
    try:
        return type(item).model_validate(values | {"key": dict(key)})
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput("key.misfit", place=place, what=first["msg"]) from error


def suspend(item: SomeItem) -> SomeItem:
    """The item, not drawn for new papers and not counted in any score."""
    return item.model_copy(update={"status": "suspended"})

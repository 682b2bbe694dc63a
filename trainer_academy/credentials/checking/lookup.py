"""Finding a certificate by what a person typed: the printed code, the address of its page, or its number."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy.orm import load_only
from sqlmodel import Session, col, or_, select

from trainer_academy.core.tokens import read_code
from trainer_academy.credentials.life.models import Credential
from trainer_academy.credentials.life.queries import find_by_code, find_credential

MAX_TYPED = 300
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# What the status of a certificate needs; the signed documents would be megabytes.
_COLUMNS = (
    Credential.id,
    Credential.code,
    Credential.achievement_key,
    Credential.level,
    Credential.issued_at,
    Credential.valid_until,
    Credential.revoked_at,
    Credential.suspended_at,
    Credential.erased_at,
)


def read_typed(typed: str) -> str:
    """The number or the code that a person means, in its written form; "" when it has a typing mistake."""
    text = typed.strip()[:MAX_TYPED]
    if number := _UUID.search(text):
        return number[0].lower()
    return read_code(text) or ""


def find_typed(session: Session, typed: str) -> Credential | None:
    """The certificate that a person means, or None. A code with a typing mistake finds nothing (check character).

    It is looked up all the same, in vain, so that the time of the answer tells nothing.
    """
    key = read_typed(typed)
    return find_credential(session, key) if _UUID.fullmatch(key) else find_by_code(session, key)


def find_many(session: Session, typed: Iterable[str]) -> dict[str, Credential]:
    """The certificates that are meant, by what `read_typed` makes of each text; one statement for up to 1,000.

    The rows have what `standing` needs and not the signed forms.
    """
    keys = {read_typed(text) for text in typed} - {""}
    numbers = {key for key in keys if _UUID.fullmatch(key)}
    statement = select(Credential).where(or_(col(Credential.id).in_(numbers), col(Credential.code).in_(keys - numbers)))
    rows = session.exec(statement.options(load_only(*_COLUMNS, raiseload=True))).all()  # type: ignore[arg-type]
    found = {row.id: row for row in rows} | {row.code: row for row in rows}
    return {key: row for key, row in found.items() if key in keys}

"""Finding a certificate by what a person typed: the printed code, the address of its page, or its number."""

from __future__ import annotations

import re

from sqlmodel import Session

from trainer_academy.core.tokens import read_code
from trainer_academy.credentials.models import Credential
from trainer_academy.credentials.queries import find_by_code, find_credential

MAX_TYPED = 300
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def find_typed(session: Session, typed: str) -> Credential | None:
    """The certificate that a person means, or None. A code with a typing mistake finds nothing (check character)."""
    text = typed.strip()[:MAX_TYPED]
    if number := _UUID.search(text):
        return find_credential(session, number[0].lower())
    code = read_code(text)
    return find_by_code(session, code) if code else None

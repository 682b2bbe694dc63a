"""What is handed from the outbox to the senders, and how a sender says no."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from trainer_academy.core.errors import write_said


@dataclass(frozen=True)
class Letter:
    """One mail."""

    notice_id: str
    address: str
    subject: str
    body: str
    created_at: datetime


@dataclass(frozen=True)
class Call:
    """One webhook call; `body` is JSON as it was written in the outbox."""

    notice_id: str
    url: str
    secret: str
    body: str


Parcel = Letter | Call


class DeliveryFailed(Exception):
    """A parcel was not taken. `is_final`: another try would not help. `str(error)` is stored; the pages have words for it."""

    def __init__(self, code: str, /, is_final: bool, **values: object) -> None:
        super().__init__(write_said(code, values))
        self.is_final = is_final

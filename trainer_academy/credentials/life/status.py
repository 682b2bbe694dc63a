"""Bitstring Status Lists: which certificates were revoked, without telling who asks about which one.

Indexes are drawn at random without replacement, so that neighbours in the list say nothing about each other. The unique
constraint of the credentials table keeps an index from being given twice; the caller draws again when it strikes.
Source: W3C Bitstring Status List v1.0, sections 2 and 3.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from trainer_academy.core.db import id_of
from trainer_academy.credentials.documents.credential import status_list_document
from trainer_academy.credentials.life.models import Credential, StatusList
from trainer_academy.credentials.signing.signer import Signer

LIST_SIZE = 131_072  # the smallest size that the specification allows


def encode_list(revoked: Iterable[int], size: int = LIST_SIZE) -> str:
    """`u` and the base64url of the gzipped bits; index 0 is the most significant bit of the first byte."""
    bits = bytearray(size // 8)
    for index in revoked:
        bits[index >> 3] |= 0x80 >> (index & 7)
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), 9, mtime=0)).decode().rstrip("=")


def decode_list(encoded: str) -> bytes:
    """The bits of an encoded list."""
    raw = encoded.removeprefix("u")
    return gzip.decompress(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))


def is_set(encoded: str, index: int) -> bool:
    """Whether the bit of an index is set in an encoded list."""
    return bool(decode_list(encoded)[index >> 3] & (0x80 >> (index & 7)))


def open_list(session: Session, signer: Signer, now: datetime) -> StatusList:
    """A list that is less than half full (beyond that, drawing a free index takes too many tries), locked.

    The lock comes before the insert of the credential. The other way round, two transactions that each issue several
    credentials could wait for each other: one for the index, the other for the list.
    """
    statement = select(StatusList).where(col(StatusList.used) * 2 < col(StatusList.size)).order_by(col(StatusList.id)).limit(1)
    return session.exec(_locking(statement)).first() or _new_list(session, signer, now)


def lock_list(session: Session, list_id: int) -> StatusList:
    """The list, locked until the end of the transaction: two revocations at once must not sign over each other."""
    return session.exec(_locking(select(StatusList).where(StatusList.id == list_id))).one()


def _locking(statement: SelectOfScalar[StatusList]) -> SelectOfScalar[StatusList]:
    # "No key update" lets other transactions insert rows that refer to the list; the row is read anew after the wait.
    return statement.with_for_update(key_share=True).execution_options(populate_existing=True)


def _new_list(session: Session, signer: Signer, now: datetime) -> StatusList:
    row = StatusList(size=LIST_SIZE, document="", signed_at=now)
    session.add(row)
    session.flush()  # the list's address holds its number
    row.document = signer.sign(status_list_document(signer.party, id_of(row), encode_list(()), now), now)
    session.flush()
    return row


def resign_list(session: Session, signer: Signer, row: StatusList, now: datetime) -> None:
    """Sign a locked list again with every index that is revoked now."""
    statement = select(Credential.status_index).where(
        Credential.status_list_id == id_of(row), col(Credential.revoked_at).is_not(None)
    )
    encoded = encode_list(session.exec(statement).all(), row.size)
    row.document, row.signed_at = signer.sign(status_list_document(signer.party, id_of(row), encoded, now), now), now
    session.flush()


def find_list(session: Session, list_id: int) -> StatusList | None:
    """A list by its number; `document` holds the bytes to serve."""
    return session.get(StatusList, list_id)

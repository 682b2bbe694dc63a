"""Credentials, status lists, the public logs, and who relies on a credential."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Index, Text, UniqueConstraint, true
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class StatusList(SQLModel, table=True):
    """One Bitstring Status List. `document` holds the exact signed bytes that are served."""

    __tablename__ = "status_lists"
    id: int | None = Field(default=None, primary_key=True)
    size: int
    used: int = 0
    document: str = Field(sa_column=Column(Text, nullable=False))
    signed_at: datetime = Field(sa_type=UTCDateTime)


class Credential(SQLModel, table=True):
    """A signed record of one achievement of one person. `document` and `jwt` hold the exact signed bytes.

    The holder decides what the published record shows (`shows_scores`, `shows_name`, `hidden_at`); a change signs it again at
    the same address. `suspended_at` is shown on the page; a status
    entry of its own is not possible (the Open Badges schema allows one). `erased_at`: the person left;
    the signed bytes and the name are gone, the row keeps the address and the status index taken.
    """

    __tablename__ = "credentials"
    __table_args__ = (
        UniqueConstraint("status_list_id", "status_index", name="uq_credentials_status_index"),
        UniqueConstraint("attempt_id", "achievement_key", name="uq_credentials_attempt_achievement"),
        CheckConstraint("valid_until > issued_at", name="validity"),
        # The pool reads the best scores of an achievement, and a person's certificates, from these indexes alone.
        Index(
            "ix_credentials_pool",
            "achievement_key",
            "score",
            "holder_id",
            "issued_at",
            "valid_until",
            "revoked_at",
            "suspended_at",
            "id",
        ),
        Index(
            "ix_credentials_holder",
            "holder_id",
            "achievement_key",
            "valid_until",
            "revoked_at",
            "suspended_at",
            "issued_at",
            "level",
            "id",
        ),
    )
    id: str = Field(primary_key=True, max_length=36)
    code: str = Field(max_length=24, unique=True)
    holder_id: int = Field(foreign_key="users.id")
    attempt_id: int | None = Field(default=None, foreign_key="attempts.id")
    achievement_key: str = Field(max_length=64)
    achievement_version: str = Field(max_length=16)
    level: int
    holder_name: str = Field(max_length=120)
    score: float
    score_low: float
    score_high: float
    item_count: int
    status_list_id: int = Field(foreign_key="status_lists.id")
    status_index: int
    document: str = Field(sa_column=Column(Text, nullable=False))
    jwt: str | None = Field(default=None, sa_column=Column(Text))
    measurement: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    shows_scores: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    shows_name: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    holder_did: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    card_text: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    issued_at: datetime = Field(sa_type=UTCDateTime)
    signed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    valid_until: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    revoke_reason: str = Field(default="", max_length=300)
    suspended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    suspend_reason: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    hidden_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    expiry_noticed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class IssuanceEvent(SQLModel, table=True):
    """One entry of the public log: something was signed or changed. Holds hashes only; each entry hashes the one before it.

    `subject_hash` is the SHA-256 of the credential's address, `document_hash` that of the exact signed bytes.
    """

    __tablename__ = "issuance_events"
    __table_args__ = (
        CheckConstraint("kind IN ('issued', 'changed', 'revoked', 'suspended', 'resumed', 'erased', 'reissued')", name="kind"),
        Index("ix_issuance_events_subject", "subject_hash"),
    )
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(max_length=16)
    subject_hash: str = Field(max_length=64)
    document_hash: str = Field(max_length=64)
    at: datetime = Field(sa_type=UTCDateTime)
    hash: str = Field(max_length=64)


class SignedHead(SQLModel, table=True):
    """The signed head of a public log at the end of a day, or after a change of keys. `document` holds the exact bytes.

    `log`: issuance, or keys (the history of the DID document).
    """

    __tablename__ = "signed_heads"
    __table_args__ = (
        CheckConstraint("log IN ('issuance', 'keys')", name="log"),
        UniqueConstraint("log", "day", name="uq_signed_heads_log_day"),
    )
    id: int | None = Field(default=None, primary_key=True)
    log: str = Field(max_length=16)
    day: date
    number: int
    document: str = Field(sa_column=Column(Text, nullable=False))
    signed_at: datetime = Field(sa_type=UTCDateTime)


class KeyEvent(SQLModel, table=True):
    """A version of the DID document; each entry hashes the one before it and is signed by the key that was active before."""

    __tablename__ = "key_events"
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    document: str = Field(sa_column=Column(Text, nullable=False))  # the DID document, exact bytes
    reason: str = Field(max_length=300)
    hash: str = Field(max_length=64)
    signature: str = Field(sa_column=Column(Text, nullable=False))  # a signed JSON document over number, hash and time
    at: datetime = Field(sa_type=UTCDateTime)


class CredentialWatch(SQLModel, table=True):
    """A client relies on this certificate and wants to be told when it is revoked, suspended or expires."""

    __tablename__ = "credential_watches"
    __table_args__ = (UniqueConstraint("organization_id", "credential_id", name="uq_credential_watches_pair"),)
    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organizations.id", ondelete="CASCADE")
    credential_id: str = Field(foreign_key="credentials.id", max_length=36, index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expiry_told_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

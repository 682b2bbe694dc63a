"""What goes into and comes out of /api/v1. The OpenAPI file is made from these classes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_CODES = 1000
MAX_WATCHES = 200
Typed = Annotated[str, Field(max_length=300, description="The printed code, the number, or the address of a certificate.")]


class Shape(BaseModel):
    """Unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CheckShape(Shape):
    name: str = Field(description="readable, issuer, signature, dates, status or hosted")
    outcome: str = Field(description="ok, or what was found instead")


class Links(Shape):
    page: str
    json_: str = Field(serialization_alias="json")
    jwt: str | None = None
    png: str
    svg: str
    pdf: str


class CredentialShape(Shape):
    """One certificate. A hidden or withdrawn one has its status only."""

    id: str
    status: str = Field(description="valid, hidden (and valid), expired, revoked, suspended, withdrawn, tampered ...")
    is_good: bool = Field(description="True when you may rely on it now.")
    checks: list[CheckShape]
    achievement: str | None = None
    achievement_key: str | None = None
    level: int | None = None
    holder_name: str | None = None
    issued_at: datetime | None = None
    valid_until: datetime | None = None
    revoked_at: datetime | None = None
    reason: str | None = None
    results: dict[str, str] = Field(default_factory=dict, description="Empty when the holder does not show scores.")
    links: Links | None = None


class VerifyRequest(Shape):
    codes: list[Typed] = Field(min_length=1, max_length=MAX_CODES)


class VerifyAnswer(Shape):
    """The register's word; signatures are checked at the certificate's own address."""

    code: str = Field(description="As it was sent.")
    status: str = Field(description="valid, expired, revoked, suspended, withdrawn or unknown")
    id: str | None = None
    achievement_key: str | None = None
    level: int | None = None
    issued_at: datetime | None = None
    valid_until: datetime | None = None


class VerifyResponse(Shape):
    checked_at: datetime
    answers: list[VerifyAnswer]


class WatchRequest(Shape):
    """Which certificates to watch from now on, and which no more."""

    add: list[Typed] = Field(default_factory=list, max_length=MAX_WATCHES)
    end: list[Typed] = Field(default_factory=list, max_length=MAX_WATCHES)


class WatchResponse(Shape):
    added: int
    ended: int
    unknown: list[str]


class WatchShape(Shape):
    id: str
    code: str
    status: str
    valid_until: datetime
    since: datetime


class WatchPage(Shape):
    watches: list[WatchShape]
    next: int | None = Field(description="Send it as `after` for the next page.")


class ErrorShape(Shape):
    error: str
    advice: str

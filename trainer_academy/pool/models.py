"""Specialist profiles, requisitions and offers."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import Named, UTCDateTime, one_of


class SpecialistProfile(SQLModel, table=True):
    """What a specialist chooses to show. In the pool while `is_listed` and a credential is valid."""

    __tablename__ = "specialist_profiles"
    __table_args__ = (
        CheckConstraint("rate_floor >= 0", name="rate_floor"),
        CheckConstraint("hours_per_week >= 0 AND hours_per_week <= 80", name="hours_per_week"),
        Index("ix_specialist_profiles_listed", "is_listed", "user_id"),
    )
    user_id: int = Field(primary_key=True, foreign_key="users.id", ondelete="CASCADE")
    alias: str = Field(max_length=60)
    country: str = Field(max_length=2)
    time_zone: str = Field(max_length=64)
    rate_floor: int  # US cents an hour
    hours_per_week: int
    about: str = Field(default="", max_length=600)
    is_listed: bool = False
    listed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)


class ProfileLanguage(SQLModel, table=True):
    """A language that a specialist works in (ISO 639-1 code)."""

    __tablename__ = "profile_languages"
    __table_args__ = (Index("ix_profile_languages_language", "language", "profile_id"),)
    profile_id: int = Field(primary_key=True, foreign_key="specialist_profiles.user_id", ondelete="CASCADE")
    language: str = Field(primary_key=True, max_length=8)


class ProfileDomain(SQLModel, table=True):
    """A field that a specialist knows."""

    __tablename__ = "profile_domains"
    __table_args__ = (Index("ix_profile_domains_domain", "domain", "profile_id"),)
    profile_id: int = Field(primary_key=True, foreign_key="specialist_profiles.user_id", ondelete="CASCADE")
    domain: str = Field(primary_key=True, max_length=32)


class RequisitionStatus(StrEnum):
    """Whether a client still looks for people."""

    OPEN = "open"
    CLOSED = "closed"


class Requisition(SQLModel, table=True):
    """A client's need: what work, how many hours, what pay."""

    __tablename__ = "requisitions"
    __table_args__ = (
        one_of("status", RequisitionStatus),
        CheckConstraint("client_rate > 0", name="client_rate"),
        CheckConstraint("hours > 0", name="hours"),
    )
    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organizations.id", index=True, ondelete="CASCADE")
    title: str = Field(max_length=120)
    description: str = Field(sa_column=Column(Text, nullable=False))
    achievement_key: str = Field(max_length=64)
    client_rate: int  # US cents an hour that the client pays
    hours: int
    starts_on: date
    status: RequisitionStatus = Field(default=RequisitionStatus.OPEN, sa_type=Named(RequisitionStatus, 8))
    created_by: int = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_type=UTCDateTime)


class OfferStatus(StrEnum):
    """Where an offer stands."""

    SENT = "sent"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Offer(SQLModel, table=True):
    """A proposal to one specialist. The three rates show what the client pays and who gets what."""

    __tablename__ = "offers"
    __table_args__ = (
        one_of("status", OfferStatus),
        CheckConstraint("client_rate = specialist_rate + vendor_share + academy_share", name="layers"),
        CheckConstraint("specialist_rate > 0 AND vendor_share >= 0 AND academy_share >= 0", name="rates"),
        UniqueConstraint("requisition_id", "specialist_id", name="uq_offers_requisition_specialist"),
        Index("ix_offers_specialist", "specialist_id", "status"),
    )
    id: int | None = Field(default=None, primary_key=True)
    requisition_id: int = Field(foreign_key="requisitions.id", ondelete="CASCADE")
    specialist_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    client_rate: int
    specialist_rate: int
    vendor_share: int = 0
    academy_share: int = 0
    hours: int
    message: str = Field(default="", max_length=1000)
    status: OfferStatus = Field(default=OfferStatus.SENT, sa_type=Named(OfferStatus, 10))
    sent_by: int = Field(foreign_key="users.id")
    sent_at: datetime = Field(sa_type=UTCDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    answer_by: datetime = Field(sa_type=UTCDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

"""Tables of people, organizations and sign-in."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime

ROLES = {"vendor": ("staff", "manager"), "client": ("buyer",), "academy": ("rater", "author", "operator")}
_ROLE_SQL = " OR ".join(f"role = '{role}'" for roles in ROLES.values() for role in roles)


class User(SQLModel, table=True):
    """A person. Everyone is a learner; other roles come from memberships."""

    __tablename__ = "users"
    id: int | None = Field(default=None, primary_key=True)
    login: str = Field(max_length=254, unique=True)
    name: str = Field(max_length=120)
    password_hash: str = Field(max_length=255)
    locale: str = Field(default="en", max_length=16)
    language: str = Field(
        default="", max_length=16, sa_column_kwargs={"server_default": ""}
    )  # of the interface; "": as the browser says
    theme: str = Field(default="auto", max_length=8)
    is_active: bool = True
    is_demo: bool = False
    created_at: datetime = Field(sa_type=UTCDateTime)
    password_changed_at: datetime = Field(sa_type=UTCDateTime)


class Organization(SQLModel, table=True):
    """A vendor, a client, or the academy itself."""

    __tablename__ = "organizations"
    __table_args__ = (CheckConstraint("kind IN ('vendor', 'client', 'academy')", name="kind"),)
    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(max_length=16)
    name: str = Field(max_length=120, unique=True)
    is_demo: bool = False
    created_at: datetime = Field(sa_type=UTCDateTime)


class Membership(SQLModel, table=True):
    """A role of a person in an organization. Rights end when the row goes."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("user_id", "organization_id", "role", name="uq_memberships_person_role"),
        CheckConstraint(_ROLE_SQL, name="role"),
    )
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    organization_id: int = Field(foreign_key="organizations.id", index=True, ondelete="CASCADE")
    role: str = Field(max_length=16)
    created_at: datetime = Field(sa_type=UTCDateTime)


class LoginSession(SQLModel, table=True):
    """One signed-in browser. Ending it signs that browser out at its next request."""

    __tablename__ = "login_sessions"
    __table_args__ = (Index("ix_login_sessions_open", "user_id", "ended_at"),)
    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE")
    user_agent: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class Invitation(SQLModel, table=True):
    """A code that lets one person join an organization; staff without e-mail use it as their login."""

    __tablename__ = "invitations"
    __table_args__ = (CheckConstraint(_ROLE_SQL, name="role"),)
    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organizations.id", index=True, ondelete="CASCADE")
    code: str = Field(max_length=16, unique=True)
    role: str = Field(max_length=16)
    name: str = Field(default="", max_length=120)
    email: str = Field(default="", max_length=254)
    invited_by: int = Field(foreign_key="users.id", index=True)
    accepted_by: int | None = Field(default=None, foreign_key="users.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    accepted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class ApiToken(SQLModel, table=True):
    """A secret with which a client's software speaks for the organization. Only its hash is stored."""

    __tablename__ = "api_tokens"
    id: int | None = Field(default=None, primary_key=True)
    organization_id: int = Field(foreign_key="organizations.id", index=True, ondelete="CASCADE")
    name: str = Field(max_length=80)
    token_hash: str = Field(max_length=64, unique=True)
    created_by: int = Field(foreign_key="users.id", index=True)
    created_at: datetime = Field(sa_type=UTCDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class AuditEvent(SQLModel, table=True):
    """Who did what to what, when. Rows are only added."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject", "subject_type", "subject_id"),)
    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UTCDateTime, index=True)
    actor_id: int | None = Field(default=None, foreign_key="users.id", index=True)
    kind: str = Field(max_length=40)
    subject_type: str = Field(max_length=40)
    subject_id: str = Field(max_length=64)
    detail: str = Field(default="", max_length=500)

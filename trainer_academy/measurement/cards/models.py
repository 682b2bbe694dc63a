"""Who may see a person's evaluator card besides that person."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from trainer_academy.core.db import UTCDateTime


class CardConsent(SQLModel, table=True):
    """A decision of the person: clients in the pool see the card, or do not. The newest one counts; rows are only added."""

    __tablename__ = "card_consents"
    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="users.id", ondelete="CASCADE", index=True)
    is_shown_to_clients: bool
    decided_at: datetime = Field(sa_type=UTCDateTime)

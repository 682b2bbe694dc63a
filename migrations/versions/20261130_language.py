"""language of the interface"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("language", sa.String(length=16), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("users", "language")

"""what is released of an attempt, attempts that wait for a person, items that were released"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BEFORE = "reason IN ('submitted', 'time', 'sure', 'rated', 'rescored', 'appeal')"
AFTER = "reason IN ('submitted', 'time', 'sure', 'rated', 'rescored', 'appeal', 'settled')"


def upgrade() -> None:
    op.create_table(
        "released_items",
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_released_items")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("released", sa.String(length=16), server_default="sums", nullable=False))
        batch_op.add_column(sa.Column("hold", sa.String(length=16), server_default="", nullable=False))
        batch_op.add_column(sa.Column("statement", sa.String(length=2000), server_default="", nullable=False))
        batch_op.add_column(sa.Column("hold_note", sa.String(length=1000), server_default="", nullable=False))
        batch_op.create_check_constraint(op.f("ck_attempts_released"), "released IN ('all', 'sums', 'below', 'nothing')")
        batch_op.create_check_constraint(op.f("ck_attempts_hold"), "hold IN ('', 'fast', 'counts', 'refused')")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_decisions_reason"), type_="check")
        batch_op.create_check_constraint(op.f("ck_decisions_reason"), AFTER)


def downgrade() -> None:
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_decisions_reason"), type_="check")
        batch_op.create_check_constraint(op.f("ck_decisions_reason"), BEFORE)
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_attempts_hold"), type_="check")
        batch_op.drop_constraint(op.f("ck_attempts_released"), type_="check")
        for name in ("hold_note", "statement", "hold", "released"):
            batch_op.drop_column(name)
    op.drop_table("released_items")

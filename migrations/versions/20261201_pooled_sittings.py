"""two sittings count together: the mark of a sitting, the sitting before, and what a sitting earned alone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pass_mark", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("margin", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("pooled_with", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("sitting_score", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("sitting_items", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_attempts_pooled_with_attempts"), "attempts", ["pooled_with"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(op.f("ix_attempts_pooled_with"), ["pooled_with"])


def downgrade() -> None:
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_attempts_pooled_with"))
        batch_op.drop_constraint(op.f("fk_attempts_pooled_with_attempts"), type_="foreignkey")
        for name in ("sitting_items", "sitting_score", "pooled_with", "margin", "pass_mark"):
            batch_op.drop_column(name)

"""simulations also tell what a pass is worth"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("simulations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("about", sa.String(16), nullable=False, server_default="lengths"))
        batch_op.create_check_constraint(op.f("ck_simulations_about"), "about IN ('lengths', 'passes')")


def downgrade() -> None:
    op.execute("DELETE FROM simulations WHERE about <> 'lengths'")
    with op.batch_alter_table("simulations", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_simulations_about"), type_="check")
        batch_op.drop_column("about")

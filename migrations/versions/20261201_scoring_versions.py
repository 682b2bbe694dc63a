"""the version of the scoring rules with scores, attempts, decisions, cuts and calibrations; runs to a new version"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("attempts", "decisions", "cuts", "calibrations")


def upgrade() -> None:
    for name in TABLES:
        op.add_column(name, sa.Column("scoring", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scoring", sa.Integer(), server_default="1", nullable=False))
        batch_op.drop_constraint("uq_scores_response_key", type_="unique")
        batch_op.create_unique_constraint("uq_scores_response_key", ["response_id", "key_version", "scoring"])
    with op.batch_alter_table("rescorings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scoring", sa.Integer(), nullable=True))
        batch_op.alter_column("correction_id", existing_type=sa.Integer(), nullable=True)
        batch_op.create_check_constraint(op.f("ck_rescorings_cause"), "(correction_id IS NULL) <> (scoring IS NULL)")


def downgrade() -> None:
    op.execute("DELETE FROM scores WHERE scoring > 1")
    runs = "SELECT id FROM rescorings WHERE scoring IS NOT NULL"
    op.execute(f"UPDATE decisions SET rescoring_id = NULL WHERE rescoring_id IN ({runs})")
    op.execute("DELETE FROM rescorings WHERE scoring IS NOT NULL")
    with op.batch_alter_table("rescorings", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_rescorings_cause"), type_="check")
        batch_op.alter_column("correction_id", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_column("scoring")
    with op.batch_alter_table("scores", schema=None) as batch_op:
        batch_op.drop_constraint("uq_scores_response_key", type_="unique")
        batch_op.create_unique_constraint("uq_scores_response_key", ["response_id", "key_version"])
        batch_op.drop_column("scoring")
    for name in reversed(TABLES):
        op.drop_column(name, "scoring")

"""windows and extra time know the team whose lead set them, and windows can be ended"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("accommodations", "exam_windows")
# What was set before belongs to the vendor that its setter leads, where the person is a member of it.
TEAM_OF = """
UPDATE {table} SET team_id = (
    SELECT min(lead.organization_id) FROM memberships AS lead
    JOIN organizations ON organizations.id = lead.organization_id AND organizations.kind = 'vendor'
    JOIN memberships AS member ON member.organization_id = lead.organization_id AND member.user_id = {table}.user_id
    WHERE lead.user_id = {table}.set_by AND lead.role = 'manager' AND member.created_at <= {table}.created_at
) WHERE user_id IS NOT NULL
"""


def upgrade() -> None:
    for name in TABLES:
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.add_column(sa.Column("team_id", sa.Integer(), nullable=True))
            batch_op.create_foreign_key(
                op.f(f"fk_{name}_team_id_organizations"), "organizations", ["team_id"], ["id"], ondelete="CASCADE"
            )
            batch_op.create_index(op.f(f"ix_{name}_team_id"), ["team_id"])
            if name == "exam_windows":
                batch_op.add_column(sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True))
        op.execute(TEAM_OF.format(table=name))
    op.execute("UPDATE exam_windows SET team_id = organization_id WHERE user_id IS NULL")


def downgrade() -> None:
    op.execute("DELETE FROM exam_windows WHERE ended_at IS NOT NULL")
    for name in reversed(TABLES):
        with op.batch_alter_table(name, schema=None) as batch_op:
            batch_op.drop_index(op.f(f"ix_{name}_team_id"))
            batch_op.drop_constraint(op.f(f"fk_{name}_team_id_organizations"), type_="foreignkey")
            batch_op.drop_column("team_id")
            if name == "exam_windows":
                batch_op.drop_column("ended_at")

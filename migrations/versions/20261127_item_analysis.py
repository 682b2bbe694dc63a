"""item_analysis"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exam_analyses",
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sittings", sa.Integer(), nullable=False),
        sa.Column("last_attempt_id", sa.Integer(), nullable=False),
        sa.Column("key_digest", sa.String(length=64), nullable=False),
        sa.Column("setting_digest", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("exam_key", name=op.f("pk_exam_analyses")),
    )
    op.create_table(
        "compared_groups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("sittings", sa.Integer(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calibration", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('organization', 'start')", name=op.f("ck_compared_groups_kind")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_compared_groups_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compared_groups")),
        sa.UniqueConstraint("exam_key", "name", name="uq_compared_groups_exam_name"),
    )
    with op.batch_alter_table("compared_groups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_compared_groups_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "exam_sums",
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_key"], ["exam_analyses.exam_key"], name=op.f("fk_exam_sums_exam_key_exam_analyses"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("exam_key", name=op.f("pk_exam_sums")),
    )
    op.create_table(
        "item_analyses",
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("facility", sa.Float(), nullable=False),
        sa.Column("item_rest", sa.Float(), nullable=True),
        sa.Column("flags", sa.String(length=80), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["exam_key"], ["exam_analyses.exam_key"], name=op.f("fk_item_analyses_exam_key_exam_analyses"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("exam_key", "item_id", name=op.f("pk_item_analyses")),
    )
    op.create_table(
        "answer_likenesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("matches", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("z", sa.Float(), nullable=False),
        sa.Column("p", sa.Float(), nullable=False),
        sa.Column("omega_one", sa.Float(), nullable=False),
        sa.Column("omega_other", sa.Float(), nullable=False),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["compared_groups.id"], name=op.f("fk_answer_likenesses_group_id_compared_groups"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["one_id"], ["attempts.id"], name=op.f("fk_answer_likenesses_one_id_attempts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["attempts.id"], name=op.f("fk_answer_likenesses_other_id_attempts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_likenesses")),
    )
    with op.batch_alter_table("answer_likenesses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_likenesses_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_likenesses_one_id"), ["one_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_likenesses_other_id"), ["other_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("answer_likenesses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_likenesses_other_id"))
        batch_op.drop_index(batch_op.f("ix_answer_likenesses_one_id"))
        batch_op.drop_index(batch_op.f("ix_answer_likenesses_group_id"))

    op.drop_table("answer_likenesses")
    op.drop_table("item_analyses")
    op.drop_table("exam_sums")
    with op.batch_alter_table("compared_groups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_compared_groups_organization_id"))

    op.drop_table("compared_groups")
    op.drop_table("exam_analyses")

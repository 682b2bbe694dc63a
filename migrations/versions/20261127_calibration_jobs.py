"""calibration_jobs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "measurement_jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("status IN ('queued', 'running', 'done', 'failed')", name=op.f("ck_measurement_jobs_status")),
        sa.ForeignKeyConstraint(["requested_by"], ["users.id"], name=op.f("fk_measurement_jobs_requested_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measurement_jobs")),
    )
    with op.batch_alter_table("measurement_jobs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_measurement_jobs_exam_key"), ["exam_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_measurement_jobs_requested_by"), ["requested_by"], unique=False)
        batch_op.create_index("ix_measurement_jobs_status", ["status", "id"], unique=False)
        batch_op.create_index(
            "uq_measurement_jobs_running",
            ["status"],
            unique=True,
            sqlite_where=sa.text("status = 'running'"),
            postgresql_where=sa.text("status = 'running'"),
        )

    op.create_table(
        "calibration_drifts",
        sa.Column("calibration_id", sa.Integer(), nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("common", sa.Integer(), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["base_id"], ["calibrations.id"], name=op.f("fk_calibration_drifts_base_id_calibrations")),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["calibrations.id"],
            name=op.f("fk_calibration_drifts_calibration_id_calibrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("calibration_id", name=op.f("pk_calibration_drifts")),
    )
    with op.batch_alter_table("calibration_drifts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calibration_drifts_base_id"), ["base_id"], unique=False)

    op.create_table(
        "calibration_left_outs",
        sa.Column("calibration_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=8), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.CheckConstraint("reason IN ('nobody', 'few', 'same')", name=op.f("ck_calibration_left_outs_reason")),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["calibrations.id"],
            name=op.f("fk_calibration_left_outs_calibration_id_calibrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("calibration_id", "item_id", name=op.f("pk_calibration_left_outs")),
    )


def downgrade() -> None:
    op.drop_table("calibration_left_outs")
    with op.batch_alter_table("calibration_drifts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calibration_drifts_base_id"))

    op.drop_table("calibration_drifts")
    with op.batch_alter_table("measurement_jobs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_measurement_jobs_running",
            sqlite_where=sa.text("status = 'running'"),
            postgresql_where=sa.text("status = 'running'"),
        )
        batch_op.drop_index("ix_measurement_jobs_status")
        batch_op.drop_index(batch_op.f("ix_measurement_jobs_requested_by"))
        batch_op.drop_index(batch_op.f("ix_measurement_jobs_exam_key"))

    op.drop_table("measurement_jobs")

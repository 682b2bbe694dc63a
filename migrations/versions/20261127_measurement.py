"""measurement"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exam_qualities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("exam_version", sa.String(length=16), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Float(), nullable=True),
        sa.Column("sd", sa.Float(), nullable=True),
        sa.Column("cut_score", sa.Float(), nullable=False),
        sa.Column("alpha", sa.Float(), nullable=True),
        sa.Column("sem", sa.Float(), nullable=True),
        sa.Column("accuracy", sa.Float(), nullable=True),
        sa.Column("consistency", sa.Float(), nullable=True),
        sa.Column("kappa", sa.Float(), nullable=True),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_qualities")),
    )
    with op.batch_alter_table("exam_qualities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exam_qualities_exam_key"), ["exam_key"], unique=False)

    op.create_table(
        "calibrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("log_likelihood", sa.Float(), nullable=True),
        sa.Column("cycles", sa.Integer(), nullable=False),
        sa.Column("is_converged", sa.Boolean(), nullable=False),
        sa.Column("priors", sa.JSON(), nullable=False),
        sa.Column("population_mean", sa.Float(), nullable=False),
        sa.Column("population_sd", sa.Float(), nullable=False),
        sa.Column("last_attempt_id", sa.Integer(), nullable=False),
        sa.Column("data_digest", sa.String(length=64), nullable=False),
        sa.Column("software", sa.String(length=80), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("origin IN ('answers', 'import')", name=op.f("ck_calibrations_origin")),
        sa.CheckConstraint("population_sd > 0", name=op.f("ck_calibrations_population_sd")),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_calibrations_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibrations")),
        sa.UniqueConstraint("exam_key", "number", name="uq_calibrations_exam_number"),
    )
    with op.batch_alter_table("calibrations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calibrations_made_by"), ["made_by"], unique=False)

    op.create_table(
        "cuts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("recommended", sa.Float(), nullable=False),
        sa.Column("error", sa.Float(), nullable=False),
        sa.Column("judges", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("adopted_by", sa.Integer(), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score > 0 AND score < 1", name=op.f("ck_cuts_score")),
        sa.ForeignKeyConstraint(["adopted_by"], ["users.id"], name=op.f("fk_cuts_adopted_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cuts")),
    )
    with op.batch_alter_table("cuts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cuts_adopted_by"), ["adopted_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_cuts_exam_key"), ["exam_key"], unique=False)

    op.create_table(
        "calibrated_items",
        sa.Column("calibration_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("key_version", sa.String(length=16), nullable=False),
        sa.Column("levels", sa.Integer(), nullable=False),
        sa.Column("slope", sa.Float(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("slope_error", sa.Float(), nullable=True),
        sa.Column("step_errors", sa.JSON(), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.CheckConstraint("levels >= 2", name=op.f("ck_calibrated_items_levels")),
        sa.CheckConstraint("slope > 0", name=op.f("ck_calibrated_items_slope")),
        sa.ForeignKeyConstraint(
            ["calibration_id"],
            ["calibrations.id"],
            name=op.f("fk_calibrated_items_calibration_id_calibrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("calibration_id", "item_id", name=op.f("pk_calibrated_items")),
    )
    op.create_table(
        "calibration_adoptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("calibration_id", sa.Integer(), nullable=True),
        sa.Column("adopted_by", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["adopted_by"], ["users.id"], name=op.f("fk_calibration_adoptions_adopted_by_users")),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibrations.id"], name=op.f("fk_calibration_adoptions_calibration_id_calibrations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_adoptions")),
    )
    with op.batch_alter_table("calibration_adoptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calibration_adoptions_adopted_by"), ["adopted_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_calibration_adoptions_calibration_id"), ["calibration_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_calibration_adoptions_exam_key"), ["exam_key"], unique=False)

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("model", sa.String(length=16), server_default="classical", nullable=False))
        batch_op.add_column(sa.Column("plan", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("calibration_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("cut_id", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_attempts_model"), "model IN ('classical', 'sequential')")
        batch_op.create_index(batch_op.f("ix_attempts_calibration_id"), ["calibration_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempts_cut_id"), ["cut_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_attempts_cut_id_cuts"), "cuts", ["cut_id"], ["id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_attempts_calibration_id_calibrations"), "calibrations", ["calibration_id"], ["id"]
        )

    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("model", sa.String(length=16), server_default="classical", nullable=False))
        batch_op.add_column(sa.Column("calibration_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("cut_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("basis", sa.JSON(), nullable=True))
        batch_op.drop_constraint(batch_op.f("ck_decisions_reason"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_decisions_reason"), "reason IN ('submitted', 'time', 'sure', 'rated', 'rescored', 'appeal')"
        )
        batch_op.create_index(batch_op.f("ix_decisions_calibration_id"), ["calibration_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_cut_id"), ["cut_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_decisions_calibration_id_calibrations"), "calibrations", ["calibration_id"], ["id"]
        )
        batch_op.create_foreign_key(batch_op.f("fk_decisions_cut_id_cuts"), "cuts", ["cut_id"], ["id"])


def downgrade() -> None:
    op.execute("UPDATE decisions SET reason = 'submitted' WHERE reason = 'sure'")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_decisions_reason"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_decisions_reason"), "reason IN ('submitted', 'time', 'rated', 'rescored', 'appeal')"
        )
        batch_op.drop_constraint(batch_op.f("fk_decisions_cut_id_cuts"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_decisions_calibration_id_calibrations"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_decisions_cut_id"))
        batch_op.drop_index(batch_op.f("ix_decisions_calibration_id"))
        batch_op.drop_column("basis")
        batch_op.drop_column("cut_id")
        batch_op.drop_column("calibration_id")
        batch_op.drop_column("model")

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_attempts_model"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_attempts_calibration_id_calibrations"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_attempts_cut_id_cuts"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_attempts_cut_id"))
        batch_op.drop_index(batch_op.f("ix_attempts_calibration_id"))
        batch_op.drop_column("cut_id")
        batch_op.drop_column("calibration_id")
        batch_op.drop_column("plan")
        batch_op.drop_column("model")

    with op.batch_alter_table("calibration_adoptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calibration_adoptions_exam_key"))
        batch_op.drop_index(batch_op.f("ix_calibration_adoptions_calibration_id"))
        batch_op.drop_index(batch_op.f("ix_calibration_adoptions_adopted_by"))

    op.drop_table("calibration_adoptions")
    op.drop_table("calibrated_items")
    with op.batch_alter_table("cuts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cuts_exam_key"))
        batch_op.drop_index(batch_op.f("ix_cuts_adopted_by"))

    op.drop_table("cuts")
    with op.batch_alter_table("calibrations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_calibrations_made_by"))

    op.drop_table("calibrations")
    with op.batch_alter_table("exam_qualities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_qualities_exam_key"))

    op.drop_table("exam_qualities")

"""standard_setting"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exam_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("exam_version", sa.String(length=16), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_reports")),
    )
    with op.batch_alter_table("exam_reports", schema=None) as batch_op:
        batch_op.create_index("ix_exam_reports_exam", ["exam_key", "id"], unique=False)

    op.create_table(
        "exam_bars",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("bank", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_exam_bars_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_bars")),
    )
    with op.batch_alter_table("exam_bars", schema=None) as batch_op:
        batch_op.create_index("ix_exam_bars_person", ["user_id", "bank"], unique=False)

    op.create_table(
        "studies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("exam_version", sa.String(length=16), nullable=False),
        sa.Column("definition", sa.String(length=4000), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("notes_on_rounds", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("discussed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('planned', 'round_1', 'discussion', 'round_2', 'closed', 'abandoned')", name=op.f("ck_studies_status")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_studies_made_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_studies")),
    )
    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.create_index("ix_studies_exam", ["exam_key", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_studies_made_by"), ["made_by"], unique=False)
        batch_op.create_index(
            "uq_studies_one_open",
            ["exam_key"],
            unique=True,
            sqlite_where=sa.text("status NOT IN ('closed', 'abandoned')"),
            postgresql_where=sa.text("status NOT IN ('closed', 'abandoned')"),
        )

    op.create_table(
        "study_judges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("appointed_by", sa.Integer(), nullable=False),
        sa.Column("appointed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("qualification", sa.String(length=2000), nullable=False),
        sa.Column("interests", sa.String(length=2000), nullable=False),
        sa.Column("signature", sa.String(length=120), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_rounds", sa.JSON(), nullable=False),
        sa.Column("left_reason", sa.String(length=500), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["appointed_by"], ["users.id"], name=op.f("fk_study_judges_appointed_by_users")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_study_judges_study_id_studies")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_study_judges_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_judges")),
        sa.UniqueConstraint("study_id", "number", name="uq_study_judges_study_number"),
        sa.UniqueConstraint("study_id", "user_id", name="uq_study_judges_study_user"),
    )
    with op.batch_alter_table("study_judges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_study_judges_appointed_by"), ["appointed_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_study_judges_user_id"), ["user_id"], unique=False)

    op.create_table(
        "study_notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=True),
        sa.Column("written_by", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["judge_id"], ["study_judges.id"], name=op.f("fk_study_notes_judge_id_study_judges")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_study_notes_study_id_studies")),
        sa.ForeignKeyConstraint(["written_by"], ["users.id"], name=op.f("fk_study_notes_written_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_notes")),
    )
    with op.batch_alter_table("study_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_study_notes_judge_id"), ["judge_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_study_notes_study_id"), ["study_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_study_notes_written_by"), ["written_by"], unique=False)

    op.create_table(
        "study_ratings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("judge_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("round IN (1, 2)", name=op.f("ck_study_ratings_round")),
        sa.CheckConstraint("value >= 0 AND value <= 1", name=op.f("ck_study_ratings_value")),
        sa.ForeignKeyConstraint(["judge_id"], ["study_judges.id"], name=op.f("fk_study_ratings_judge_id_study_judges")),
        sa.ForeignKeyConstraint(["study_id"], ["studies.id"], name=op.f("fk_study_ratings_study_id_studies")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_ratings")),
    )
    with op.batch_alter_table("study_ratings", schema=None) as batch_op:
        batch_op.create_index("ix_study_ratings_judge", ["study_id", "round", "judge_id", "item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_study_ratings_judge_id"), ["judge_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("study_ratings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_study_ratings_judge_id"))
        batch_op.drop_index("ix_study_ratings_judge")

    op.drop_table("study_ratings")
    with op.batch_alter_table("study_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_study_notes_written_by"))
        batch_op.drop_index(batch_op.f("ix_study_notes_study_id"))
        batch_op.drop_index(batch_op.f("ix_study_notes_judge_id"))

    op.drop_table("study_notes")
    with op.batch_alter_table("study_judges", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_study_judges_user_id"))
        batch_op.drop_index(batch_op.f("ix_study_judges_appointed_by"))

    op.drop_table("study_judges")
    with op.batch_alter_table("studies", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_studies_one_open",
            sqlite_where=sa.text("status NOT IN ('closed', 'abandoned')"),
            postgresql_where=sa.text("status NOT IN ('closed', 'abandoned')"),
        )
        batch_op.drop_index(batch_op.f("ix_studies_made_by"))
        batch_op.drop_index("ix_studies_exam")

    op.drop_table("studies")
    with op.batch_alter_table("exam_bars", schema=None) as batch_op:
        batch_op.drop_index("ix_exam_bars_person")

    op.drop_table("exam_bars")
    with op.batch_alter_table("exam_reports", schema=None) as batch_op:
        batch_op.drop_index("ix_exam_reports_exam")

    op.drop_table("exam_reports")

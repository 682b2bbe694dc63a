"""assessment engine"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exposures",
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("exam_key", "item_id", name=op.f("pk_exposures")),
    )
    op.create_table(
        "log_seals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_seals")),
        sa.UniqueConstraint("hash", name=op.f("uq_log_seals_hash")),
    )
    op.create_table(
        "accommodations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("factor", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("factor >= 1 AND factor <= 4", name=op.f("ck_accommodations_factor")),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_accommodations_set_by_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_accommodations_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodations")),
    )
    with op.batch_alter_table("accommodations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accommodations_set_by"), ["set_by"], unique=False)
        batch_op.create_index(
            "uq_accommodations_current",
            ["user_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("from_key_version", sa.String(length=16), nullable=False),
        sa.Column("new_key", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("new_key_version", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(length=1000), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'key') = (new_key_version IS NOT NULL)", name=op.f("ck_corrections_new_key")),
        sa.CheckConstraint("kind IN ('key', 'suspend')", name=op.f("ck_corrections_kind")),
        sa.CheckConstraint("status IN ('proposed', 'rejected', 'applied', 'ended')", name=op.f("ck_corrections_status")),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_corrections_second_person")),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_corrections_decided_by_users")),
        sa.ForeignKeyConstraint(["proposed_by"], ["users.id"], name=op.f("fk_corrections_proposed_by_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corrections_decided_by"), ["decided_by"], unique=False)
        batch_op.create_index("ix_corrections_item", ["item_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_corrections_proposed_by"), ["proposed_by"], unique=False)
        batch_op.create_index(
            "uq_corrections_open",
            ["item_id"],
            unique=True,
            sqlite_where=sa.text("status = 'proposed'"),
            postgresql_where=sa.text("status = 'proposed'"),
        )

    op.create_table(
        "exam_windows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("organization_id", sa.Integer(), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(user_id IS NULL) <> (organization_id IS NULL)", name=op.f("ck_exam_windows_subject")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_exam_windows_order")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_exam_windows_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_exam_windows_set_by_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_exam_windows_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_windows")),
    )
    with op.batch_alter_table("exam_windows", schema=None) as batch_op:
        batch_op.create_index("ix_exam_windows_exam", ["exam_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_windows_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_windows_set_by"), ["set_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_exam_windows_user_id"), ["user_id"], unique=False)

    op.create_table(
        "panel_votes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("item_version", sa.String(length=16), nullable=False),
        sa.Column("voter_id", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("cast_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["voter_id"], ["users.id"], name=op.f("fk_panel_votes_voter_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_votes")),
        sa.UniqueConstraint("item_id", "item_version", "voter_id", name="uq_panel_votes_item_voter"),
    )
    with op.batch_alter_table("panel_votes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_votes_voter_id"), ["voter_id"], unique=False)

    op.create_table(
        "practice_skips",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("item_version", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("skipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_practice_skips_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_skips")),
    )
    with op.batch_alter_table("practice_skips", schema=None) as batch_op:
        batch_op.create_index("ix_practice_skips_person", ["user_id", "item_id"], unique=False)

    op.create_table(
        "qualifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("agreement", sa.Float(), nullable=False),
        sa.Column("agreement_low", sa.Float(), nullable=False),
        sa.Column("agreement_high", sa.Float(), nullable=False),
        sa.Column("ratings", sa.Integer(), nullable=False),
        sa.Column("is_qualified", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rater_id"], ["users.id"], name=op.f("fk_qualifications_rater_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualifications")),
    )
    with op.batch_alter_table("qualifications", schema=None) as batch_op:
        batch_op.create_index("ix_qualifications_rater", ["rater_id", "exam_key", "id"], unique=False)

    op.create_table(
        "rescorings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("is_ending", sa.Boolean(), nullable=False),
        sa.Column("last_attempt_id", sa.Integer(), nullable=False),
        sa.Column("last_response_id", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("to_pass", sa.Integer(), nullable=False),
        sa.Column("to_fail", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('running', 'done')", name=op.f("ck_rescorings_status")),
        sa.ForeignKeyConstraint(["correction_id"], ["corrections.id"], name=op.f("fk_rescorings_correction_id_corrections")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rescorings")),
    )
    with op.batch_alter_table("rescorings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rescorings_correction_id"), ["correction_id"], unique=False)

    op.create_table(
        "attempt_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_attempt_events_attempt_id_attempts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_events")),
        sa.UniqueConstraint("attempt_id", "number", name="uq_attempt_events_attempt_number"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("rescoring_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("score_low", sa.Float(), nullable=False),
        sa.Column("score_high", sa.Float(), nullable=False),
        sa.Column("cut_score", sa.Float(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("is_passed", sa.Boolean(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reason IN ('submitted', 'time', 'rated', 'rescored', 'appeal')", name=op.f("ck_decisions_reason")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_decisions_attempt_id_attempts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["rescoring_id"], ["rescorings.id"], name=op.f("fk_decisions_rescoring_id_rescorings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("attempt_id", "rescoring_id", name="uq_decisions_attempt_rescoring"),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_decisions_rescoring_id"), ["rescoring_id"], unique=False)

    op.create_table(
        "contests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("item_version", sa.String(length=16), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=True),
        sa.Column("attempt_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.String(length=2000), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=2000), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correction_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('key', 'text', 'other', 'rating')", name=op.f("ck_contests_kind")),
        sa.CheckConstraint("status IN ('open', 'accepted', 'rejected')", name=op.f("ck_contests_status")),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"], name=op.f("fk_contests_answered_by_users")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_contests_attempt_id_attempts"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["correction_id"], ["corrections.id"], name=op.f("fk_contests_correction_id_corrections")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_contests_response_id_responses"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_contests_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contests")),
    )
    with op.batch_alter_table("contests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contests_answered_by"), ["answered_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_contests_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contests_correction_id"), ["correction_id"], unique=False)
        batch_op.create_index("ix_contests_due", ["status", "due_at"], unique=False)
        batch_op.create_index("ix_contests_item", ["item_id", "status"], unique=False)
        batch_op.create_index("ix_contests_person", ["user_id", "created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_contests_response_id"), ["response_id"], unique=False)

    op.create_table(
        "rating_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("item_version", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("shuffle", sa.Integer(), nullable=False),
        sa.Column("settled", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("first_settled", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('round_1', 'round_2', 'appeal', 'settled')", name=op.f("ck_rating_tasks_status")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_rating_tasks_attempt_id_attempts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["response_id"], ["responses.id"], name=op.f("fk_rating_tasks_response_id_responses"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating_tasks")),
        sa.UniqueConstraint("response_id", name="uq_rating_tasks_response"),
    )
    with op.batch_alter_table("rating_tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rating_tasks_attempt_id"), ["attempt_id"], unique=False)
        batch_op.create_index("ix_rating_tasks_queue", ["status", "exam_key", "id"], unique=False)

    op.create_table(
        "ratings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=True),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("rater_id", sa.Integer(), nullable=False),
        sa.Column("exam_key", sa.String(length=64), nullable=False),
        sa.Column("item_id", sa.String(length=64), nullable=False),
        sa.Column("item_version", sa.String(length=16), nullable=False),
        sa.Column("example", sa.String(length=8), nullable=True),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("levels", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("comment", sa.String(length=2000), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(task_id IS NULL) = (example IS NOT NULL)", name=op.f("ck_ratings_what")),
        sa.CheckConstraint("(task_id IS NULL) = (slot IS NULL)", name=op.f("ck_ratings_slot")),
        sa.ForeignKeyConstraint(["rater_id"], ["users.id"], name=op.f("fk_ratings_rater_id_users")),
        sa.ForeignKeyConstraint(
            ["task_id"], ["rating_tasks.id"], name=op.f("fk_ratings_task_id_rating_tasks"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("rater_id", "item_id", "item_version", "example", "trial", name="uq_ratings_rater_example"),
        sa.UniqueConstraint("task_id", "rater_id", name="uq_ratings_task_rater"),
        sa.UniqueConstraint("task_id", "slot", name="uq_ratings_task_slot"),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_attempts_status"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_attempts_status"), "status IN ('in_progress', 'awaiting', 'decided', 'void')"
        )
        batch_op.add_column(sa.Column("is_kept", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("time_factor", sa.Float(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("login_session_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("log_head", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("log_length", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("is_exposure_counted", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index("ix_attempts_exam", ["exam_key", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempts_login_session_id"), ["login_session_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_attempts_login_session_id_login_sessions"),
            "login_sessions",
            ["login_session_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seconds", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_responses_item", ["item_id", "id"], unique=False)



def downgrade() -> None:
    with op.batch_alter_table("responses", schema=None) as batch_op:
        batch_op.drop_index("ix_responses_item")
        batch_op.drop_column("undone_at")
        batch_op.drop_column("seconds")

    # An older release knows no state between closed and decided; the person may then sit the exam again.
    op.execute("UPDATE attempts SET status = 'void' WHERE status = 'awaiting'")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_attempts_status"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_attempts_status"), "status IN ('in_progress', 'decided', 'void')")
        batch_op.drop_constraint(batch_op.f("fk_attempts_login_session_id_login_sessions"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_attempts_login_session_id"))
        batch_op.drop_index("ix_attempts_exam")
        batch_op.drop_column("is_exposure_counted")
        batch_op.drop_column("log_length")
        batch_op.drop_column("log_head")
        batch_op.drop_column("login_session_id")
        batch_op.drop_column("time_factor")
        batch_op.drop_column("is_kept")

    op.drop_table("ratings")
    with op.batch_alter_table("rating_tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_rating_tasks_queue")
        batch_op.drop_index(batch_op.f("ix_rating_tasks_attempt_id"))

    op.drop_table("rating_tasks")
    with op.batch_alter_table("contests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contests_response_id"))
        batch_op.drop_index("ix_contests_person")
        batch_op.drop_index("ix_contests_item")
        batch_op.drop_index("ix_contests_due")
        batch_op.drop_index(batch_op.f("ix_contests_correction_id"))
        batch_op.drop_index(batch_op.f("ix_contests_attempt_id"))
        batch_op.drop_index(batch_op.f("ix_contests_answered_by"))

    op.drop_table("contests")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_rescoring_id"))
        batch_op.drop_index(batch_op.f("ix_decisions_attempt_id"))

    op.drop_table("decisions")
    op.drop_table("attempt_events")
    with op.batch_alter_table("rescorings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rescorings_correction_id"))

    op.drop_table("rescorings")
    with op.batch_alter_table("qualifications", schema=None) as batch_op:
        batch_op.drop_index("ix_qualifications_rater")

    op.drop_table("qualifications")
    with op.batch_alter_table("practice_skips", schema=None) as batch_op:
        batch_op.drop_index("ix_practice_skips_person")

    op.drop_table("practice_skips")
    with op.batch_alter_table("panel_votes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_panel_votes_voter_id"))

    op.drop_table("panel_votes")
    with op.batch_alter_table("exam_windows", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_exam_windows_user_id"))
        batch_op.drop_index(batch_op.f("ix_exam_windows_set_by"))
        batch_op.drop_index(batch_op.f("ix_exam_windows_organization_id"))
        batch_op.drop_index("ix_exam_windows_exam")

    op.drop_table("exam_windows")
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_corrections_open", sqlite_where=sa.text("status = 'proposed'"), postgresql_where=sa.text("status = 'proposed'")
        )
        batch_op.drop_index(batch_op.f("ix_corrections_proposed_by"))
        batch_op.drop_index("ix_corrections_item")
        batch_op.drop_index(batch_op.f("ix_corrections_decided_by"))

    op.drop_table("corrections")
    with op.batch_alter_table("accommodations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_accommodations_current", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_accommodations_set_by"))

    op.drop_table("accommodations")
    op.drop_table("log_seals")
    op.drop_table("exposures")

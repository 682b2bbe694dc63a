"""credential service"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "issuance_events",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject_hash", sa.String(length=64), nullable=False),
        sa.Column("document_hash", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('issued', 'changed', 'revoked', 'suspended', 'resumed', 'erased', 'reissued')",
            name=op.f("ck_issuance_events_kind"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_issuance_events")),
    )
    with op.batch_alter_table("issuance_events", schema=None) as batch_op:
        batch_op.create_index("ix_issuance_events_subject", ["subject_hash"], unique=False)

    op.create_table(
        "key_events",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_key_events")),
    )
    op.create_table(
        "signed_heads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("log", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("log IN ('issuance', 'keys')", name=op.f("ck_signed_heads_log")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_heads")),
        sa.UniqueConstraint("log", "day", name="uq_signed_heads_log_day"),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["users.id"], name=op.f("fk_api_tokens_created_by_users")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_api_tokens_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_tokens_created_by"), ["created_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_api_tokens_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "credential_watches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expiry_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_credential_watches_credential_id_credentials")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_credential_watches_organization_id_organizations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credential_watches")),
        sa.UniqueConstraint("organization_id", "credential_id", name="uq_credential_watches_pair"),
    )
    with op.batch_alter_table("credential_watches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credential_watches_credential_id"), ["credential_id"], unique=False)

    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.add_column(sa.Column("jwt", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("measurement", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("shows_scores", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("shows_name", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("holder_did", sa.String(length=300), server_default="", nullable=False))
        batch_op.add_column(sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("suspend_reason", sa.String(length=300), server_default="", nullable=False))
        batch_op.add_column(sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
        # What makes a certificate valid now also reads `suspended_at`; the pool reads it from these indexes alone.
        batch_op.drop_index("ix_credentials_pool")
        batch_op.drop_index("ix_credentials_holder")
        batch_op.create_index("ix_credentials_pool", ["achievement_key", "score", "holder_id", "issued_at", "valid_until", "revoked_at", "suspended_at", "id"])
        batch_op.create_index("ix_credentials_holder", ["holder_id", "achievement_key", "valid_until", "revoked_at", "suspended_at", "issued_at", "level", "id"])


def downgrade() -> None:
    with op.batch_alter_table("credentials", schema=None) as batch_op:
        batch_op.drop_index("ix_credentials_pool")
        batch_op.drop_index("ix_credentials_holder")
        batch_op.create_index("ix_credentials_pool", ["achievement_key", "score", "holder_id", "issued_at", "valid_until", "revoked_at", "id"])
        batch_op.create_index("ix_credentials_holder", ["holder_id", "achievement_key", "valid_until", "revoked_at", "issued_at", "level", "id"])
        batch_op.drop_column("erased_at")
        batch_op.drop_column("hidden_at")
        batch_op.drop_column("suspend_reason")
        batch_op.drop_column("suspended_at")
        batch_op.drop_column("signed_at")
        batch_op.drop_column("holder_did")
        batch_op.drop_column("shows_name")
        batch_op.drop_column("shows_scores")
        batch_op.drop_column("measurement")
        batch_op.drop_column("jwt")

    with op.batch_alter_table("credential_watches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_credential_watches_credential_id"))

    op.drop_table("credential_watches")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_tokens_organization_id"))
        batch_op.drop_index(batch_op.f("ix_api_tokens_created_by"))

    op.drop_table("api_tokens")
    op.drop_table("signed_heads")
    op.drop_table("key_events")
    with op.batch_alter_table("issuance_events", schema=None) as batch_op:
        batch_op.drop_index("ix_issuance_events_subject")

    op.drop_table("issuance_events")

"""What vendors tell of a message afterwards, and how far each message is known to have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_receipts"
down_revision = "2026_11_21_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "receipts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("our_id", sa.Text(), server_default="", nullable=False),
        sa.Column("provider_id", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_receipts_team_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_receipts_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipts")),
        sa.UniqueConstraint("team_id", "vendor", "external_id", name=op.f("uq_receipts_team_id_vendor_external_id")),
    )
    op.create_index(op.f("ix_receipts_message_id"), "receipts", ["message_id"], unique=False)
    unmatched = sa.text("message_id IS NULL")
    op.create_index(
        "ix_receipts_unmatched",
        "receipts",
        ["team_id", "kept_at"],
        unique=False,
        sqlite_where=unmatched,
        postgresql_where=unmatched,
    )
    op.add_column("messages", sa.Column("delivery", sa.Text(), server_default="", nullable=False))
    op.add_column("messages", sa.Column("delivery_at", Instant(), nullable=True))
    op.add_column("messages", sa.Column("delivery_reason", sa.Text(), server_default="", nullable=False))
    named = sa.text("provider_id <> ''")
    op.create_index(
        "ix_touches_provider",
        "touches",
        ["team_id", "provider_id"],
        unique=False,
        sqlite_where=named,
        postgresql_where=named,
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_readers()


def _guard_readers() -> None:
    """Readers see the new table's rows of their team alone, as they do all others."""
    op.execute("ALTER TABLE receipts ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY receipts_team ON receipts FOR SELECT "
        "USING (team_id = NULLIF(current_setting('tend.team', true), '')::uuid)"
    )
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tend_reader') THEN "
        "GRANT SELECT ON receipts TO tend_reader; "
        "END IF; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_touches_provider", "touches")
    op.drop_column("messages", "delivery_reason")
    op.drop_column("messages", "delivery_at")
    op.drop_column("messages", "delivery")
    op.drop_table("receipts")

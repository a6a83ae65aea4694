"""What came with a message is kept in rows of its own, instead of by names and links in the message's row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_attachments"
down_revision = "2026_11_21_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("content_type", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.Integer(), server_default="0", nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("source_url", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_attachments_team_id")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name=op.f("fk_attachments_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_message_id"), "attachments", ["message_id"], unique=False)
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_attachments_due",
        "attachments",
        ["team_id", "due_at"],
        unique=False,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.drop_column("messages", "attachments")
    op.drop_column("messages", "media")
    if op.get_bind().dialect.name == "postgresql":
        _guard_readers()


def _guard_readers() -> None:
    """Readers see the new table's rows of their team alone, as they do all others."""
    op.execute("ALTER TABLE attachments ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY attachments_team ON attachments FOR SELECT "
        "USING (team_id = NULLIF(current_setting('tend.team', true), '')::uuid)"
    )
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tend_reader') THEN "
        "GRANT SELECT ON attachments TO tend_reader; "
        "END IF; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    )


def downgrade() -> None:
    """Go back; what was kept is lost."""
    op.add_column("messages", sa.Column("media", sa.LargeBinary(), nullable=True))
    op.add_column("messages", sa.Column("attachments", sa.LargeBinary(), nullable=True))
    op.drop_table("attachments")

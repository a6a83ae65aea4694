"""Merged leads, with what undoes it, leads that look alike, and a campaign's former token while it is changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_identity"
down_revision = "2026_11_21_routing"
branch_labels = None
depends_on = None

_NEW = ("merges", "likenesses", "likeness_keys")


def upgrade() -> None:
    """Go forward; whoever is there already is compared with the others little by little."""
    op.add_column("campaigns", sa.Column("former_token_hash", sa.LargeBinary(length=16), nullable=True))
    op.add_column("leads", sa.Column("merged_into", sa.Uuid(), nullable=True))
    op.add_column("leads", sa.Column("compared_at", Instant(), nullable=True))
    uncompared = sa.text("compared_at IS NULL AND deleted_at IS NULL")
    op.create_index(
        "ix_leads_uncompared",
        "leads",
        ["team_id", "updated_at"],
        unique=False,
        sqlite_where=uncompared,
        postgresql_where=uncompared,
    )
    op.create_table(
        "merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("gone_id", sa.Uuid(), nullable=False),
        sa.Column("journal", sa.LargeBinary(), nullable=True),
        sa.Column("merged_by", sa.Text(), server_default="", nullable=False),
        sa.Column("merged_at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("undone_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["gone_id"], ["leads.id"], name=op.f("fk_merges_gone_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["kept_id"], ["leads.id"], name=op.f("fk_merges_kept_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_merges_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
    )
    op.create_index("ix_merges_kept", "merges", ["team_id", "kept_id"], unique=False)
    op.create_table(
        "likenesses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["one_id"], ["leads.id"], name=op.f("fk_likenesses_one_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["leads.id"], name=op.f("fk_likenesses_other_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_likenesses_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_likenesses")),
        sa.UniqueConstraint("team_id", "one_id", "other_id", name=op.f("uq_likenesses_team_id_one_id_other_id")),
    )
    op.create_index("ix_likenesses_other", "likenesses", ["team_id", "other_id"], unique=False)
    op.create_table(
        "likeness_keys",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_likeness_keys_team_id")),
        sa.PrimaryKeyConstraint("key_hash", "lead_id", name=op.f("pk_likeness_keys")),
    )
    op.create_index("ix_likeness_keys_lead", "likeness_keys", ["team_id", "lead_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        for table in _NEW:
            _guard_readers(table)


def _guard_readers(table: str) -> None:
    """Readers see the new table's rows of their team alone, as they do all others."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {table}_team ON {table} FOR SELECT "
        "USING (team_id = NULLIF(current_setting('tend.team', true), '')::uuid)"
    )
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tend_reader') THEN "  # noqa: S608 - names of ours
        f"GRANT SELECT ON {table} TO tend_reader; "
        "END IF; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    )


def downgrade() -> None:
    """Go back; whoever was merged stays merged, and nothing remembers how to undo it."""
    for table in reversed(_NEW):
        op.drop_table(table)
    op.drop_index("ix_leads_uncompared", table_name="leads")
    op.drop_column("leads", "compared_at")
    op.drop_column("leads", "merged_into")
    op.drop_column("campaigns", "former_token_hash")

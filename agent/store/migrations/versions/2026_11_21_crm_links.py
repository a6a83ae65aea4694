"""How a team hears of its CRM: how far changes were read and where it pushes to. Whose a lead is there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_crm_links"
down_revision = "2026_11_21_scoring"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "crm_links",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("crm", sa.Text(), nullable=False),
        sa.Column("changes_read_to", Instant(), nullable=True),
        sa.Column("polled_at", Instant(), nullable=True),
        sa.Column("hooks_url", sa.Text(), server_default="", nullable=False),
        sa.Column("pushes", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("hooks_checked_at", Instant(), nullable=True),
        sa.Column("trouble", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_crm_links_team_id")),
        sa.PrimaryKeyConstraint("team_id", "crm", name=op.f("pk_crm_links")),
    )
    op.add_column("leads", sa.Column("crm_user_id", sa.Text(), server_default="", nullable=False))
    written = sa.text("external_id <> ''")
    op.create_index(
        "ix_outbox_written",
        "outbox",
        ["team_id", "external_id"],
        unique=False,
        sqlite_where=written,
        postgresql_where=written,
    )
    op.create_index("ix_outbox_of_lead", "outbox", ["team_id", "lead_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _guard_readers()


def _guard_readers() -> None:
    """Readers see the new table's rows of their team alone, as they do all others."""
    op.execute("ALTER TABLE crm_links ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY crm_links_team ON crm_links FOR SELECT "
        "USING (team_id = NULLIF(current_setting('tend.team', true), '')::uuid)"
    )
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tend_reader') THEN "
        "GRANT SELECT ON crm_links TO tend_reader; "
        "END IF; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    )


def downgrade() -> None:
    """Go back; changes are then read from the first start on."""
    op.drop_index("ix_outbox_of_lead", table_name="outbox")
    op.drop_index("ix_outbox_written", table_name="outbox")
    op.drop_column("leads", "crm_user_id")
    op.drop_table("crm_links")

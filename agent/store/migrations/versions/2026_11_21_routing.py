"""Leads offered to people, and when each lead was given to whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_routing"
down_revision = "2026_11_21_recipients"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("round", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reached", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("offered_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_offers_team_id")),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_offers_lead_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_offers_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
        sa.UniqueConstraint("lead_id", "user_id", "round", name=op.f("uq_offers_lead_id_user_id_round")),
    )
    is_open, is_claimed = sa.text("state = 'open'"), sa.text("state = 'claimed'")
    op.create_index(
        "ix_offers_open",
        "offers",
        ["team_id", "until"],
        unique=False,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(
        "uq_offers_claimed",
        "offers",
        ["lead_id"],
        unique=True,
        sqlite_where=is_claimed,
        postgresql_where=is_claimed,
    )
    op.add_column("leads", sa.Column("assigned_at", Instant(), nullable=True))
    op.create_index("ix_leads_by_assignee", "leads", ["team_id", "assignee_id", "assigned_at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _guard_readers()


def _guard_readers() -> None:
    """Readers see the new table's rows of their team alone, as they do all others."""
    op.execute("ALTER TABLE offers ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY offers_team ON offers FOR SELECT "
        "USING (team_id = NULLIF(current_setting('tend.team', true), '')::uuid)"
    )
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tend_reader') THEN "
        "GRANT SELECT ON offers TO tend_reader; "
        "END IF; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    )


def downgrade() -> None:
    """Go back; whom a lead was offered to is lost."""
    op.drop_index("ix_leads_by_assignee", "leads")
    op.drop_column("leads", "assigned_at")
    op.drop_table("offers")

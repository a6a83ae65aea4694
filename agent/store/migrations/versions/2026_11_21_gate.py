"""What the gate needs beside the hours: uploaded number lists, the day of the last deal, and indexes for its counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_gate"
down_revision = "2026_11_21_first"
branch_labels = None
depends_on = None

_TEAM_TABLES = ("number_lists", "listed_numbers")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "number_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("numbers", sa.Integer(), server_default="0", nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("in_force_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_number_lists_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_lists")),
    )
    op.create_index("ix_number_lists_latest", "number_lists", ["team_id", "kind", "checked_on"], unique=False)
    op.create_table(
        "listed_numbers",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value_hash", sa.LargeBinary(length=16), nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["list_id"], ["number_lists.id"], name=op.f("fk_listed_numbers_list_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], name=op.f("fk_listed_numbers_team_id")),
        sa.PrimaryKeyConstraint("team_id", "kind", "value_hash", name=op.f("pk_listed_numbers")),
    )
    op.add_column("leads", sa.Column("deal_on", sa.Date(), nullable=True))
    op.add_column("teams", sa.Column("brake_released_at", Instant(), nullable=True))
    trouble = sa.text("channel = 'email' AND word IN ('invalid_address', 'bounced', 'complaint')")
    op.create_index(
        "ix_touches_mail_trouble",
        "touches",
        ["team_id", "ended_at"],
        unique=False,
        sqlite_where=trouble,
        postgresql_where=trouble,
    )
    op.create_index(
        "ix_messages_out",
        "messages",
        ["team_id", "channel", "at", "segments"],
        unique=False,
        sqlite_where=sa.text("direction = 'out'"),
        postgresql_where=sa.text("direction = 'out'"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_readers()


def _guard_readers() -> None:
    """Readers see the new tables of their team alone, as they do all others."""
    for table in _TEAM_TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY {table}_team ON {table} FOR SELECT "
            "USING (team_id = NULLIF(current_setting('tend.team', true), '')::uuid)"
        )
    op.execute(
        "DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'tend_reader') THEN "
        "GRANT SELECT ON number_lists, listed_numbers TO tend_reader; "
        "END IF; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    )

"""Leads keep the score of their form beside the one that moves, which profile gave each, and when to look again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_scoring"
down_revision = "2026_11_21_attachments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; everyone is scored anew by the tick."""
    op.add_column("leads", sa.Column("score_version", sa.Text(), server_default="", nullable=False))
    op.add_column("leads", sa.Column("rescore_at", Instant(), nullable=True))
    op.add_column("leads", sa.Column("campaign_score", sa.Integer(), nullable=True))
    op.add_column("leads", sa.Column("grade", sa.Text(), server_default="", nullable=False))
    op.add_column("leads", sa.Column("campaign_version", sa.Text(), server_default="", nullable=False))
    op.add_column("leads", sa.Column("campaign_reasons", sa.LargeBinary(), nullable=True))
    due = sa.text("rescore_at IS NOT NULL")
    op.create_index(
        "ix_leads_rescore", "leads", ["team_id", "rescore_at"], unique=False, sqlite_where=due, postgresql_where=due
    )
    op.execute("UPDATE leads SET rescore_at = updated_at WHERE deleted_at IS NULL")


def downgrade() -> None:
    """Go back; forms lose their scores."""
    op.drop_index("ix_leads_rescore", table_name="leads")
    for column in ("campaign_reasons", "campaign_version", "grade", "campaign_score", "rescore_at", "score_version"):
        op.drop_column("leads", column)

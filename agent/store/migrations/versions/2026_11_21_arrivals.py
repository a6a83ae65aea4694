"""Arrivals: what a CRM says of a person is answered once, and an idempotency key is one form's and one person's own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_arrivals"
down_revision = "2026_11_21_campaign_notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("leads", sa.Column("background_hash", sa.LargeBinary(16), nullable=True))
    op.create_index(
        "ix_webhook_events_failed",
        "webhook_events",
        ["team_id"],
        unique=False,
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    with op.batch_alter_table("submissions") as batch:
        batch.drop_constraint("uq_submissions_team_id_idempotency_key", type_="unique")
        batch.create_unique_constraint(
            "uq_submissions_team_id_campaign_id_email_hash_idempotency_key",
            ["team_id", "campaign_id", "email_hash", "idempotency_key"],
        )

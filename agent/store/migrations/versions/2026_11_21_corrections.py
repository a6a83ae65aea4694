"""What a person said a message really meant, beside what it was read as."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_corrections"
down_revision = "2026_11_21_crm_imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("readings", sa.Column("corrected_intent", sa.Text(), server_default="", nullable=False))
    op.add_column("readings", sa.Column("corrected_by", sa.Uuid(), nullable=True))
    op.add_column("readings", sa.Column("corrected_at", Instant(), nullable=True))


def downgrade() -> None:
    """Go back; corrections are lost."""
    for column in ("corrected_at", "corrected_by", "corrected_intent"):
        op.drop_column("readings", column)

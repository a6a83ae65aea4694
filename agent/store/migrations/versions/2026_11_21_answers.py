"""A touch may name the address it goes to: an answer goes where the question came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_answers"
down_revision = "2026_11_21_arrivals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("touches", sa.Column("address_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("touches", "address_id")

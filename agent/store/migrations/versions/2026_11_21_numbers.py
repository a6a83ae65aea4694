"""Consent to texts names the number it was given for; what words were written for is read off the clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_numbers"
down_revision = "2026_11_21_receipts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("consents", sa.Column("address_hash", sa.LargeBinary(length=16), nullable=True))
    op.drop_column("touches", "expected_generation")


def downgrade() -> None:
    """Go back."""
    op.add_column("touches", sa.Column("expected_generation", sa.Integer(), nullable=True))
    op.drop_column("consents", "address_hash")

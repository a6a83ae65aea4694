"""A delivery receipt knows which address it is about, where its vendor says so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_recipients"
down_revision = "2026_11_21_crm_links"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("receipts", sa.Column("address_hash", sa.LargeBinary(length=16), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("receipts", "address_hash")

"""What the receiving server found of a mail, and what was attached to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_mail"
down_revision = "2026_11_21_twilio"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("messages", sa.Column("verdicts", sa.Text(), server_default="", nullable=False))
    op.add_column("messages", sa.Column("attachments", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Go back."""
    op.drop_column("messages", "attachments")
    op.drop_column("messages", "verdicts")

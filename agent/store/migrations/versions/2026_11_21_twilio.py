"""Pictures that come with a message, and an index of what waits for a sender to be mended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_twilio"
down_revision = "2026_11_21_receipts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("messages", sa.Column("media", sa.LargeBinary(), nullable=True))
    waits = sa.text("state = 'planned' AND word = 'configuration'")
    op.create_index(
        "ix_touches_configuration",
        "touches",
        ["team_id", "channel"],
        unique=False,
        sqlite_where=waits,
        postgresql_where=waits,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_touches_configuration", "touches")
    op.drop_column("messages", "media")

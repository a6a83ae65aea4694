"""Two nodes cannot start two reactivations, and a form repeated within a day is heard once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_nodes"
down_revision = "2026_11_21_numbers"
branch_labels = None
depends_on = None

_STOP_ALL_BUT_THE_LAST = """
UPDATE reactivations SET state = 'stopped', stopped_at = started_at
WHERE state = 'running' AND EXISTS (
  SELECT 1 FROM reactivations AS later
  WHERE later.team_id = reactivations.team_id AND later.state = 'running' AND later.id > reactivations.id
)
"""


def upgrade() -> None:
    """Go forward."""
    op.add_column("submissions", sa.Column("repeats", sa.Boolean(), server_default="0", nullable=False))
    op.add_column("submissions", sa.Column("words_hash", sa.LargeBinary(), nullable=True))
    op.execute(_STOP_ALL_BUT_THE_LAST)
    running = sa.text("state = 'running'")
    op.create_index(
        "ix_reactivations_running",
        "reactivations",
        ["team_id"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_reactivations_running", "reactivations")
    op.drop_column("submissions", "words_hash")
    op.drop_column("submissions", "repeats")

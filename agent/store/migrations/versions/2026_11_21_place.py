"""Where an installation's database stands, so that a copy of it can be told from itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_place"
down_revision = "2026_11_21_gate"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward. Epoch 0 says that nobody has looked yet: the next start takes the database as it is."""
    op.add_column("installation", sa.Column("place", sa.Text(), nullable=False, server_default=""))
    op.add_column("installation", sa.Column("copy_since", Instant(), nullable=True))
    op.execute("UPDATE installation SET epoch = 0")

"""How far the people an account already had were brought: the page that comes next, and what is known from when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from agent.store.columns import Instant

revision = "2026_11_21_crm_imports"
down_revision = "2026_11_21_identity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("crm_links", sa.Column("import_next", sa.Text(), server_default="", nullable=False))
    op.add_column("crm_links", sa.Column("import_began_at", Instant(), nullable=True))
    op.add_column("crm_links", sa.Column("imported_to", Instant(), nullable=True))
    op.add_column("crm_links", sa.Column("import_seen", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Go back; people are then brought from the first page on."""
    for column in ("import_seen", "imported_to", "import_began_at", "import_next"):
        op.drop_column("crm_links", column)

"""An alert may go to an address that is no person's of the team: those a campaign names for its new leads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_21_campaign_notices"
down_revision = "2026_11_21_place"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("alerts") as alerts:
        alerts.alter_column("user_id", existing_type=sa.Uuid(), nullable=True)
        alerts.add_column(sa.Column("address", sa.LargeBinary(), nullable=True))

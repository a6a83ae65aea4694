"""How one lead stands, in one row, and how the whole of Tend stands, for health checks and reports."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, literal_column, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import leads, todos, touches


async def lead_status(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> Row[Any] | None:
    """The lead's row with `next_due_at`, when they are next due to hear: Tend's touch or a person's to-do."""
    planned = select(touches.c.due_at).where(
        touches.c.team_id == team_id, touches.c.lead_id == lead_id, touches.c.state == literal_column("'planned'")
    )
    asked = select(todos.c.due_at).where(
        todos.c.team_id == team_id, todos.c.lead_id == lead_id, todos.c.state == literal_column("'open'")
    )
    due = planned.union_all(asked).subquery()
    next_due = select(func.min(due.c.due_at)).scalar_subquery()
    return (
        await conn.execute(
            select(leads, next_due.label("next_due_at")).where(leads.c.team_id == team_id, leads.c.id == lead_id)
        )
    ).one_or_none()

"""Who read the replies of late, and what the model's calls cost."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import model_calls, readings


async def readers(conn: AsyncConnection, *, team_id: UUID, since: datetime) -> dict[str, int]:
    """How many messages each reader read, by the name it left (with why it stood in for a model)."""
    rows = await conn.execute(
        select(readings.c.reader, func.count().label("messages"))
        .where(readings.c.team_id == team_id, readings.c.read_at >= since, readings.c.reader != "")
        .group_by(readings.c.reader)
    )
    return {row.reader: row.messages for row in rows}


async def spent(conn: AsyncConnection, *, team_id: UUID, since: datetime) -> int:
    """Millionths of a dollar that all calls of models cost, whoever's words they read."""
    cost = await conn.execute(
        select(func.coalesce(func.sum(model_calls.c.cost_microusd), 0)).where(
            model_calls.c.team_id == team_id, model_calls.c.at >= since
        )
    )
    return int(cost.scalar_one())

"""How many messages are due or held, by channel and by what holds them; asked for pages and the doctor."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.bottleneck import Waiting
from agent.store.tables import touches

_LOOKED_AT_AGAIN = timedelta(hours=1)
"""Within which a held touch is looked at again, so that it is due in that time."""


async def waiting(conn: AsyncConnection, *, team_id: UUID, now: datetime) -> tuple[Waiting, ...]:
    """Count what is due now, and what is held for less than an hour, with the hold word."""
    held_by = case((touches.c.due_at > now, touches.c.word), else_=literal_column("''"))
    rows = await conn.execute(
        select(touches.c.channel, held_by.label("held_by"), func.count().label("messages"))
        .where(
            touches.c.team_id == team_id,
            touches.c.state == literal_column("'planned'"),
            touches.c.due_at <= now + _LOOKED_AT_AGAIN,
            (touches.c.due_at <= now) | (touches.c.word != literal_column("''")),
        )
        .group_by(touches.c.channel, held_by)
    )
    return tuple(Waiting(row.channel, row.messages, row.held_by) for row in rows)

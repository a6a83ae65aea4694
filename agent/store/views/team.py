"""What every page says in its bar: whether sending is paused, since when and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import teams


@dataclass(frozen=True, slots=True)
class TeamState:
    """`paused_at` is None while sending is on."""

    paused_at: datetime | None
    paused_reason: str


async def team_state(conn: AsyncConnection, *, team_id: UUID) -> TeamState:
    """Whether this team's sending is paused."""
    row = (await conn.execute(select(teams.c.paused_at, teams.c.paused_reason).where(teams.c.id == team_id))).one()
    return TeamState(row.paused_at, row.paused_reason)

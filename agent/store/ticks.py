"""Slots of recurring work that only one node may do: each is won by one insert, whoever comes first."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import tick_runs
from agent.store.upsert import insert_ignoring

_KEPT_FOR = timedelta(days=2)


async def win_slot(conn: AsyncConnection, *, job: str, now: datetime, every: timedelta, node: str) -> bool:
    """Try to win the slot of `job` that `now` falls into; True for the one node that did. Old slots are forgotten."""
    slot = str(int(now.timestamp() // every.total_seconds()))
    won = await conn.execute(
        insert_ignoring(conn, tick_runs).values(job=job, slot=slot, node=node, at=now).returning(tick_runs.c.slot)
    )
    first = won.first() is not None
    if first:
        await conn.execute(delete(tick_runs).where(tick_runs.c.job == job, tick_runs.c.at < now - _KEPT_FOR))
    return first

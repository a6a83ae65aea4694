"""The small recurring chores that keep promises: lapsed leases given back, enrollments resumed whose pause is over."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store import claims, enrollments
from agent.store.wake import after_commit
from agent.tend import Tend

_BATCH = 100


async def reclaim(tend: Tend) -> int:
    """Give lapsed claims back and mark lapsed calls uncertain; returns how many rows changed."""

    async def unit(conn: AsyncConnection) -> int:
        settled = await claims.reclaim_lapsed(conn, team_id=tend.team_id, now=tend.now())
        if any(settled.values()):
            after_commit(conn, "sending", "intake", "reading", "alerts", "crm_sync")
        return sum(settled.values())

    return await tend.writer.run(unit)


async def resume_due(tend: Tend) -> int:
    """Resume enrollments whose pause is over; returns how many leads."""

    async def unit(conn: AsyncConnection) -> int:
        now = tend.now()
        due = await enrollments.to_resume(conn, team_id=tend.team_id, now=now, limit=_BATCH)
        for lead_id in due:
            await enrollments.resume(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
        if due:
            after_commit(conn, "sending", "live")
        return len(due)

    return await tend.writer.run(unit)

"""Starts a sequence for everyone it may start for, on the rehearsal's copy: what would happen if it were begun today.

Those in a sequence stay in it. Nobody is started who opted out, was deleted, whose stage forbids it, or who began the
same sequence not long ago.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.sequences import may_begin
from agent.store import enrollments as enrollment_store
from agent.store import outcomes
from agent.store.enrollments import Start
from agent.store.tables import enrollments, leads
from agent.tend import Tend

_MAY_GO_ON = ("waiting", "archived", "re-engaged")
"""How the end reasons begin that only say that nothing is planned."""


async def start_everyone(tend: Tend, *, sequence: str) -> int:
    """Enroll everyone who may start; returns how many."""
    return await tend.writer.run(partial(_start, tend=tend, sequence=sequence))


async def _start(conn: AsyncConnection, *, tend: Tend, sequence: str) -> int:
    living = (
        exists()
        .where(enrollments.c.team_id == leads.c.team_id, enrollments.c.lead_id == leads.c.id)
        .where(enrollments.c.state.in_(("active", "paused")))
    )
    began = (
        select(func.max(enrollments.c.started_at))
        .where(enrollments.c.team_id == leads.c.team_id, enrollments.c.lead_id == leads.c.id)
        .where(enrollments.c.sequence == sequence)
        .scalar_subquery()
    )
    waits = or_(leads.c.end_reason == "", *(leads.c.end_reason.startswith(word) for word in _MAY_GO_ON))
    chosen = await conn.execute(
        select(leads.c.id, leads.c.zones, began.label("last_began"))
        .where(leads.c.team_id == tend.team_id, leads.c.deleted_at.is_(None), leads.c.stage_blocks == "")
        .where(~living, waits)
        .order_by(leads.c.id)
    )
    plan, version_id = tend.sequence(sequence), tend.versions[sequence]
    rows = [row for row in chosen if may_begin(plan, last_began=row.last_began, now=tend.now())]
    for lead in rows:
        await outcomes.reopen(conn, team_id=tend.team_id, lead_id=lead.id, now=tend.now())
    starts = [Start(lead.id, plan, version_id, (lead.zones or tend.team.zone).split(",")[0]) for lead in rows]
    await enrollment_store.start_many(conn, team_id=tend.team_id, starts=starts, now=tend.now())
    return len(rows)

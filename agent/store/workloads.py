"""Who has how many leads, and writing that somebody got one: what routing counts, and what it leaves behind.

Counts are asked under a lock on the team's people, on PostgreSQL, so that two nodes cannot both give the last lead
below a cap.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import leads, todos, users


@dataclass(frozen=True, slots=True)
class Workload:
    """What one person has: when they last got a lead, new leads today and lately, and leads Tend is not done with."""

    last_assigned_at: datetime | None
    today: int
    lately: int
    open: int


async def workloads(
    conn: AsyncConnection, *, team_id: UUID, today_since: datetime, lately_since: datetime, count_open: bool
) -> dict[UUID, Workload]:
    """The workload of everybody who ever was in the team. Open leads cost a count of them all: only where asked."""
    people = (
        await conn.execute(
            select(users.c.id, users.c.last_assigned_at)
            .where(users.c.team_id == team_id)
            .order_by(users.c.id)
            .with_for_update(key_share=True)
        )
    ).all()
    news = await conn.execute(
        select(
            leads.c.assignee_id,
            func.count().label("lately"),
            func.sum(case((leads.c.assigned_at >= today_since, 1), else_=0)).label("today"),
        )
        .where(
            leads.c.team_id == team_id,
            leads.c.assignee_id.in_([person.id for person in people]),
            leads.c.assigned_at >= lately_since,
        )
        .group_by(leads.c.assignee_id)
    )
    counted = {row.assignee_id: row for row in news}
    open_leads = await _open(conn, team_id=team_id) if count_open else {}
    return {
        person.id: Workload(
            person.last_assigned_at,
            int(counted[person.id].today) if person.id in counted else 0,
            counted[person.id].lately if person.id in counted else 0,
            open_leads.get(person.id, 0),
        )
        for person in people
    }


async def assign(
    conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, user_id: UUID, now: datetime, is_new: bool
) -> None:
    """Give a lead to a person, its open to-dos too. One that `is_new` counts as a new lead of theirs."""
    await conn.execute(
        update(leads)
        .where(leads.c.team_id == team_id, leads.c.id == lead_id)
        .values(assignee_id=user_id, assigned_at=now if is_new else None, updated_at=now)
    )
    await conn.execute(
        update(todos)
        .where(
            todos.c.team_id == team_id,
            todos.c.lead_id == lead_id,
            todos.c.state == literal_column("'open'"),
            todos.c.assignee_id.is_(None),
        )
        .values(assignee_id=user_id)
    )
    await got_one(conn, team_id=team_id, user_id=user_id, now=now)


async def got_one(conn: AsyncConnection, *, team_id: UUID, user_id: UUID, now: datetime) -> None:
    """Remember that this person got a lead now: others' turn comes first, also where several come at one instant."""
    last = (
        await conn.execute(select(func.max(users.c.last_assigned_at)).where(users.c.team_id == team_id))
    ).scalar_one()
    at = now if last is None else max(now, last + timedelta(microseconds=1))
    await conn.execute(
        update(users).where(users.c.team_id == team_id, users.c.id == user_id).values(last_assigned_at=at)
    )


async def _open(conn: AsyncConnection, *, team_id: UUID) -> dict[UUID, int]:
    rows = await conn.execute(
        select(leads.c.assignee_id, func.count().label("held"))
        .where(
            leads.c.team_id == team_id,
            leads.c.assignee_id.is_not(None),
            leads.c.deleted_at.is_(None),
            leads.c.end_reason == literal_column("''"),
        )
        .group_by(leads.c.assignee_id)
    )
    return {row.assignee_id: row.held for row in rows}


async def held(conn: AsyncConnection, *, team_id: UUID) -> dict[UUID, int]:
    """How many leads each person has, of those who have any."""
    rows = await conn.execute(
        select(leads.c.assignee_id, func.count().label("held"))
        .where(leads.c.team_id == team_id, leads.c.assignee_id.is_not(None))
        .group_by(leads.c.assignee_id)
    )
    return {row.assignee_id: row.held for row in rows}

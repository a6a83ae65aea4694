"""How a team hears of its CRM: one row for each, of how far changes were read and of where the CRM pushes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal_column, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import crm_links, enrollments, leads
from agent.store.upsert import insert_or


async def one(conn: AsyncConnection, *, team_id: UUID, crm: str) -> Row[Any] | None:
    """The link to a CRM; None where it was never asked."""
    return (
        await conn.execute(select(crm_links).where(crm_links.c.team_id == team_id, crm_links.c.crm == crm))
    ).one_or_none()


async def note(conn: AsyncConnection, *, team_id: UUID, crm: str, values: Mapping[str, Any]) -> None:
    """Remember these columns of the link."""
    await conn.execute(
        insert_or(conn, crm_links)
        .values(team_id=team_id, crm=crm, **values)
        .on_conflict_do_update(index_elements=["team_id", "crm"], set_=dict(values))
    )


async def read_to(conn: AsyncConnection, *, team_id: UUID, crm: str, at: datetime, now: datetime) -> None:
    """Remember that every change up to an instant was read; what another node read further stays."""
    found = await one(conn, team_id=team_id, crm=crm)
    known = found.changes_read_to if found is not None else None
    furthest = at if known is None else max(at, known)
    await note(conn, team_id=team_id, crm=crm, values={"changes_read_to": furthest, "polled_at": now})


async def in_a_sequence(conn: AsyncConnection, *, team_id: UUID, crm: str) -> Sequence[str]:
    """Who of the CRM is in a sequence, by the CRM's id."""
    rows = await conn.execute(
        select(leads.c.crm_person_id)
        .join(enrollments, (enrollments.c.team_id == leads.c.team_id) & (enrollments.c.lead_id == leads.c.id))
        .where(
            leads.c.team_id == team_id,
            leads.c.crm == crm,
            leads.c.crm_person_id.is_not(None),
            leads.c.deleted_at.is_(None),
            enrollments.c.state.in_((literal_column("'active'"), literal_column("'paused'"))),
        )
        .distinct()
    )
    return [str(person_id) for person_id in rows.scalars()]


async def turn_page(
    conn: AsyncConnection, *, team_id: UUID, crm: str, from_page: tuple[str, datetime | None], values: Mapping[str, Any]
) -> bool:
    """Remember how far an import came; False where it is not at that page any more, since another brought it."""
    found = await one(conn, team_id=team_id, crm=crm)
    if from_page != ((found.import_next, found.import_began_at) if found is not None else ("", None)):
        return False
    await note(conn, team_id=team_id, crm=crm, values=values)
    return True

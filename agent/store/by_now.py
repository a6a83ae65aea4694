"""Whom somebody was merged into: an old link, a reply or a record of the CRM finds the lead that stays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.leads import by_crm_person, one
from agent.store.tables import leads


async def lead(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> UUID:
    """The lead that somebody is by now: itself, or the one it was merged into."""
    asked = select(leads.c.merged_into).where(leads.c.team_id == team_id)
    while (into := (await conn.execute(asked.where(leads.c.id == lead_id))).scalar()) is not None:
        lead_id = into
    return lead_id


async def person_of_crm(conn: AsyncConnection, *, team_id: UUID, crm: str, crm_person_id: str) -> Row[Any] | None:
    """The lead that this person of the CRM is by now, merged or not; None for nobody we know."""
    found = await by_crm_person(conn, team_id=team_id, crm=crm, crm_person_id=crm_person_id)
    if found is None or found.merged_into is None:
        return found
    return await one(conn, team_id=team_id, lead_id=await lead(conn, team_id=team_id, lead_id=found.id))

"""Who waits for a decision of a person before a sequence may start: a campaign's status, or what a stage means."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.leads import CRM_WRITES, not_mapped
from agent.store.tables import campaigns, leads

_FOR_A_CAMPAIGN = "waiting: the campaign"


def for_this_campaign(name: str, off: str) -> str:
    """The end reason of a lead that waits until this campaign starts leads; `off` is why it does not (`is paused`)."""
    return f"{_FOR_A_CAMPAIGN} “{name}” {off}"


def waits_for_its_campaign(*, team_id: UUID, since: datetime) -> ColumnElement[bool]:
    """The leads, arrived after `since`, that wait for the campaign they came by."""
    return (
        (leads.c.team_id == team_id)
        & leads.c.end_reason.startswith(_FOR_A_CAMPAIGN)
        & (leads.c.arrived_at > since)
        & leads.c.deleted_at.is_(None)
        & (leads.c.stage_blocks == "")
    )


async def campaigns_waited_for(conn: AsyncConnection, *, team_id: UUID, since: datetime) -> Sequence[Row[Any]]:
    """The campaigns somebody waits for."""
    rows = await conn.execute(
        select(campaigns).where(
            campaigns.c.team_id == team_id,
            campaigns.c.id.in_(select(leads.c.campaign_id).where(waits_for_its_campaign(team_id=team_id, since=since))),
        )
    )
    return rows.all()


async def for_campaign(
    conn: AsyncConnection, *, team_id: UUID, key: str, since: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Leads that wait for this campaign, longest first, locked; those another node is starting are left to it."""
    rows = await conn.execute(
        select(leads)
        .join(campaigns, (campaigns.c.team_id == leads.c.team_id) & (campaigns.c.id == leads.c.campaign_id))
        .where(waits_for_its_campaign(team_id=team_id, since=since), campaigns.c.key == key)
        .order_by(leads.c.arrived_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=leads)
    )
    return rows.all()


async def for_a_plan(conn: AsyncConnection, *, team_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """Leads that a plan of the CRM's own holds up, those asked about longest ago first."""
    rows = await conn.execute(
        select(leads)
        .where(
            leads.c.team_id == team_id,
            leads.c.end_reason.startswith(CRM_WRITES),
            leads.c.crm_person_id.is_not(None),
            leads.c.deleted_at.is_(None),
            leads.c.stage_blocks == "",
        )
        .order_by(leads.c.updated_at)
        .limit(limit)
    )
    return rows.all()


async def for_a_stage(conn: AsyncConnection, *, team_id: UUID) -> list[tuple[UUID, str]]:
    """Leads that a stage nobody had mapped holds up, each with that stage."""
    rows = await conn.execute(
        select(leads.c.id, leads.c.crm_stage, leads.c.stage_blocks).where(
            leads.c.team_id == team_id, leads.c.stage_blocks != "", leads.c.deleted_at.is_(None)
        )
    )
    return [(row.id, row.crm_stage) for row in rows if row.stage_blocks == not_mapped(row.crm_stage)]

"""Where leads come from: every campaign with what it is, how it stands and how many leads it brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.campaigns import off_because
from agent.store.tables import campaigns, leads, submissions
from agent.store.waiting import waits_for_its_campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """One campaign.

    `off` says why it starts nothing today though its status would let it; `lead_cost_minor` is what one lead has cost
    of the budget so far. `has_wording`: it stores the consent wording its form shows; `has_token`: its forms must send
    one; `origins`: the pages that may post. `waiting` leads start once it is on.
    """

    key: str
    name: str
    status: str
    type: str
    leads: int
    waiting: int
    last_at: datetime | None
    created_at: datetime
    starts_on: date | None
    ends_on: date | None
    off: str
    target_leads: int | None
    budget_minor: int | None
    lead_cost_minor: int | None
    landing_page: str
    auto_assign: bool
    assignee_id: UUID | None
    origins: tuple[str, ...]
    has_token: bool
    has_wording: bool


async def campaigns_list(
    conn: AsyncConnection, *, team_id: UUID, today: date, waiting_since: datetime
) -> tuple[CampaignRow, ...]:
    """All campaigns: drafts that wait for a person first, then the newest. Who came before `waiting_since` is aged."""
    waiting = (
        select(func.count())
        .select_from(leads)
        .where(
            leads.c.team_id == team_id,
            waits_for_its_campaign(team_id=team_id, since=waiting_since),
            leads.c.campaign_id == campaigns.c.id,
        )
        .scalar_subquery()
    )
    brought = func.count(func.distinct(submissions.c.lead_id))
    rows = await conn.execute(
        select(
            campaigns,
            brought.label("brought"),
            waiting.label("waiting"),
            func.max(submissions.c.received_at).label("last_at"),
        )
        .outerjoin(
            submissions,
            (submissions.c.team_id == campaigns.c.team_id) & (submissions.c.campaign_id == campaigns.c.id),
        )
        .where(campaigns.c.team_id == team_id)
        .group_by(campaigns.c.id)
        .order_by((campaigns.c.status == "draft").desc(), campaigns.c.created_at.desc())
    )
    return tuple(
        CampaignRow(
            key=row.key,
            name=row.name or row.key,
            status=row.status,
            type=row.type,
            leads=row.brought,
            waiting=row.waiting,
            last_at=row.last_at,
            created_at=row.created_at,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            off=_off(row, today),
            target_leads=row.target_leads,
            budget_minor=row.budget_minor,
            lead_cost_minor=round(row.budget_minor / row.brought) if row.budget_minor and row.brought else None,
            landing_page=row.landing_page,
            auto_assign=row.auto_assign,
            assignee_id=row.assignee_id,
            origins=tuple(row.allowed_origins.split()),
            has_token=row.token_hash is not None,
            has_wording=bool(row.consent_wording),
        )
        for row in rows
    )


def _off(row: Row[Any], today: date) -> str:
    if row.status not in {"draft", "active"}:
        return ""
    return off_because(row.status, starts_on=row.starts_on, ends_on=row.ends_on, today=today)

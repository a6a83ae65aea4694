"""What a lead's row learns when things happen: contacted, ended, reopened, an address that does not exist."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, case, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.tables import addresses, enrollments, leads

_CONTACTED = (
    update(leads)
    .where(leads.c.team_id == bindparam("team"), leads.c.id.in_(bindparam("ids", expanding=True)))
    .values(
        contacted_at=func.coalesce(leads.c.contacted_at, bindparam("now")),
        status=case((leads.c.status == "new", "contacted"), else_=leads.c.status),
        last_outbound_at=bindparam("now"),
    )
)


async def contacted(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID], now: datetime) -> None:
    """Remember that these leads were written to; a new one becomes contacted."""
    if lead_ids:
        await conn.execute(_CONTACTED, {"team": team_id, "ids": list(lead_ids), "now": now})


async def mark_invalid(conn: AsyncConnection, *, team_id: UUID, hashes: Collection[bytes]) -> None:
    """Remember that these addresses do not exist."""
    if hashes:
        await conn.execute(
            update(addresses)
            .where(addresses.c.team_id == team_id, addresses.c.value_hash.in_(list(hashes)))
            .values(valid=False)
        )


async def mark_landline(conn: AsyncConnection, *, team_id: UUID, hashes: Collection[bytes]) -> None:
    """Remember that these numbers cannot get texts; they may still be called."""
    if hashes:
        await conn.execute(
            update(addresses)
            .where(addresses.c.team_id == team_id, addresses.c.value_hash.in_(list(hashes)))
            .values(landline=True)
        )


async def in_conversation(conn: AsyncConnection, *, team_id: UUID, enrollment_ids: Collection[UUID]) -> set[UUID]:
    """Which leads wrote to us after these enrollments of theirs began."""
    rows = await conn.execute(
        select(leads.c.id)
        .join(enrollments, (enrollments.c.team_id == leads.c.team_id) & (enrollments.c.lead_id == leads.c.id))
        .where(
            leads.c.team_id == team_id,
            enrollments.c.id.in_(list(enrollment_ids)),
            leads.c.last_inbound_at >= enrollments.c.started_at,
        )
    )
    return set(rows.scalars())


async def end_leads(
    conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID], now: datetime, reason: str
) -> None:
    """Give these leads an end reason (one that has one keeps it)."""
    if lead_ids:
        await conn.execute(
            update(leads)
            .where(
                leads.c.team_id == team_id,
                leads.c.id.in_(list(lead_ids)),
                leads.c.end_reason == literal_column("''"),
            )
            .values(end_reason=reason, ended_at=now, updated_at=now, rescore_at=now)
        )


async def reopen(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, now: datetime) -> None:
    """Take the end reason off a lead that is spoken with again."""
    await conn.execute(
        update(leads)
        .where(leads.c.team_id == team_id, leads.c.id == lead_id)
        .values(end_reason="", ended_at=None, updated_at=now, rescore_at=now)
    )

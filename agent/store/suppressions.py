"""Addresses and which of them are closed: who shares one, closing, opening, and the lock both share with sending.

A suppression stands on the address by its keyed hash, whoever has it, and outlives the lead.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.closing import ClosedBy, outranks
from agent.store.ids import new_id
from agent.store.tables import addresses, leads, suppressions
from agent.store.upsert import insert_or


async def lock_addresses(conn: AsyncConnection, *, team_id: UUID, hashes: Collection[bytes]) -> Sequence[UUID]:
    """Lock these addresses and all others of the leads that share one, and return those leads, latest written to first.

    Everything an opt-out may close is locked at once and in id order: the sending path locks the same rows before it
    marks a touch `sending`.
    """
    sharing = select(addresses.c.lead_id).where(addresses.c.team_id == team_id, addresses.c.value_hash.in_(hashes))
    theirs = select(addresses.c.value_hash).where(addresses.c.team_id == team_id, addresses.c.lead_id.in_(sharing))
    locked = await conn.execute(
        select(addresses.c.lead_id, addresses.c.value_hash)
        .where(addresses.c.team_id == team_id, addresses.c.value_hash.in_(theirs))
        .order_by(addresses.c.id)
        .with_for_update()
    )
    wanted = set(hashes)
    found = list(dict.fromkeys(row.lead_id for row in locked if bytes(row.value_hash) in wanted))
    if len(found) <= 1:
        return found
    ordered = await conn.execute(
        select(leads.c.id)
        .where(leads.c.team_id == team_id, leads.c.id.in_(found))
        .order_by(
            leads.c.deleted_at.is_(None).desc(), leads.c.last_outbound_at.desc().nulls_last(), leads.c.created_at.desc()
        )
    )
    return list(ordered.scalars())


async def suppress(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    hashes: Collection[tuple[str, bytes]],
    reason: str,
    by: ClosedBy,
    now: datetime,
) -> set[tuple[str, bytes]]:
    """Suppress these (channel, address hash) pairs; returns those that were open until now.

    A lifted suppression takes hold again. One that stands is kept as it is, unless the new one outranks it.
    """
    standing = await closed(conn, team_id=team_id, hashes=[value_hash for _, value_hash in hashes])
    for channel, value_hash in hashes:
        old = standing.get((channel, value_hash))
        if old is not None and not outranks(by, old):
            continue
        statement = insert_or(conn, suppressions).values(
            id=new_id(),
            team_id=team_id,
            channel=channel,
            value_hash=value_hash,
            reason=reason,
            source=by,
            created_at=now,
        )
        await conn.execute(
            statement.on_conflict_do_update(
                index_elements=["team_id", "channel", "value_hash"],
                set_={"lifted_at": None, "reason": reason, "source": by} | ({"created_at": now} if old is None else {}),
            )
        )
    return set(hashes) - standing.keys()


async def lift(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    channel: str,
    hashes: Collection[bytes],
    closed_by: Collection[ClosedBy],
    now: datetime,
) -> bool:
    """Lift the suppressions of these addresses that were made in one of these ways; True when there was one."""
    result = await conn.execute(
        update(suppressions)
        .where(
            suppressions.c.team_id == team_id,
            suppressions.c.channel == channel,
            suppressions.c.value_hash.in_(list(hashes)),
            suppressions.c.source.in_(list(closed_by)),
            suppressions.c.lifted_at.is_(None),
        )
        .values(lifted_at=now)
    )
    return result.rowcount > 0


async def closed(conn: AsyncConnection, *, team_id: UUID, hashes: Collection[bytes]) -> dict[tuple[str, bytes], str]:
    """Which of these addresses are suppressed, by channel and hash, and how that came."""
    rows = await conn.execute(
        select(suppressions.c.channel, suppressions.c.value_hash, suppressions.c.source).where(
            suppressions.c.team_id == team_id,
            suppressions.c.value_hash.in_(list(hashes)),
            suppressions.c.lifted_at.is_(None),
        )
    )
    return {(row.channel, bytes(row.value_hash)): row.source for row in rows}


async def hashes_of(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> set[tuple[str, bytes]]:
    """All (channel, address hash) pairs of these leads."""
    rows = await conn.execute(
        select(addresses.c.channel, addresses.c.value_hash).where(
            addresses.c.team_id == team_id, addresses.c.lead_id.in_(list(lead_ids))
        )
    )
    return {(row.channel, bytes(row.value_hash)) for row in rows}


async def hashes_of_each(
    conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]
) -> dict[UUID, set[tuple[str, bytes]]]:
    """The (channel, address hash) pairs of each of these leads."""
    found: dict[UUID, set[tuple[str, bytes]]] = {lead_id: set() for lead_id in lead_ids}
    rows = await conn.execute(
        select(addresses.c.lead_id, addresses.c.channel, addresses.c.value_hash).where(
            addresses.c.team_id == team_id, addresses.c.lead_id.in_(list(lead_ids))
        )
    )
    for row in rows:
        found[row.lead_id].add((row.channel, bytes(row.value_hash)))
    return found


async def address_id(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, value_hash: bytes) -> UUID | None:
    """The lead's own row of this address; None when it is not one of theirs."""
    found = await conn.execute(
        select(addresses.c.id).where(
            addresses.c.team_id == team_id, addresses.c.lead_id == lead_id, addresses.c.value_hash == value_hash
        )
    )
    return found.scalar_one_or_none()

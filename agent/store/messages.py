"""Inbound messages, suppressions, consent entries and conversations: what a reply changes, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.closing import ClosedBy, outranks
from agent.rules.consent import Entry
from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import addresses, consents, conversations, leads, messages, readings, suppressions
from agent.store.upsert import insert_ignoring, insert_or


@dataclass(frozen=True, slots=True)
class Arrived:
    """One inbound message, addresses normalised. `channel` is `email` or `sms`."""

    channel: str
    external_id: str
    sender: str
    subject: str
    body: str
    quoted: str


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


async def keep(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, arrived: Arrived, now: datetime
) -> UUID | None:
    """Keep an inbound message; None when this very message was kept before."""
    message_id = new_id()
    seal = sealer.seal
    inserted = await conn.execute(
        insert_ignoring(conn, messages)
        .values(
            id=message_id,
            team_id=team_id,
            lead_id=lead_id,
            direction="in",
            channel=arrived.channel,
            external_id=arrived.external_id,
            address_hash=sealer.hash(arrived.channel, arrived.sender),
            address=seal("messages", "address", message_id, arrived.sender),
            subject=seal("messages", "subject", message_id, arrived.subject) if arrived.subject else None,
            body=seal("messages", "body", message_id, arrived.body),
            quoted=seal("messages", "quoted", message_id, arrived.quoted) if arrived.quoted else None,
            written_by="lead",
            at=now,
        )
        .returning(messages.c.id)
    )
    kept: UUID | None = inserted.scalar_one_or_none()
    return kept


async def was_kept(conn: AsyncConnection, *, team_id: UUID, channel: str, external_id: str) -> bool:
    """Whether this very message was kept before."""
    found = await conn.execute(
        select(messages.c.id).where(
            messages.c.team_id == team_id, messages.c.channel == channel, messages.c.external_id == external_id
        )
    )
    return found.first() is not None


async def queue_reading(
    conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, message_id: UUID, now: datetime
) -> None:
    """Let the reading tick read a message."""
    await conn.execute(
        insert_ignoring(conn, readings).values(
            id=new_id(),
            team_id=team_id,
            lead_id=lead_id,
            message_id=message_id,
            state="unread",
            due_at=now,
            created_at=now,
        )
    )


async def bump(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, now: datetime, channel: str) -> int:
    """Count a turn of the conversation, so that no draft made before it can be sent; returns the new generation."""
    generation: int = (
        await conn.execute(
            update(conversations)
            .where(conversations.c.team_id == team_id, conversations.c.lead_id == lead_id)
            .values(generation=conversations.c.generation + 1, updated_at=now, last_channel=channel)
            .returning(conversations.c.generation)
        )
    ).scalar_one()
    return generation


async def take_over(
    conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, now: datetime, owner: str, user_id: UUID | None
) -> None:
    """Give the conversation to `human` or back to `tend`."""
    await conn.execute(
        update(conversations)
        .where(conversations.c.team_id == team_id, conversations.c.lead_id == lead_id)
        .values(owner=owner, owner_user_id=user_id, generation=conversations.c.generation + 1, updated_at=now)
    )


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


async def enter_consent(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead_id: UUID,
    channel: str,
    action: str,
    basis: str,
    source: str,
    wording: str,
    ip: str,
    at: datetime,
) -> None:
    """Append one entry to the consent ledger (it is never changed)."""
    row_id = new_id()
    await conn.execute(
        insert(consents).values(
            id=row_id,
            team_id=team_id,
            lead_id=lead_id,
            channel=channel,
            action=action,
            basis=basis,
            source=source,
            wording=wording,
            ip=sealer.seal("consents", "ip", row_id, ip) if ip else None,
            occurred_at=at,
            recorded_at=at,
        )
    )


async def consent_entries(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> list[Entry]:
    """The lead's consent ledger, oldest first."""
    rows = await conn.execute(
        select(consents)
        .where(consents.c.team_id == team_id, consents.c.lead_id == lead_id)
        .order_by(consents.c.recorded_at, consents.c.id)
    )
    return [Entry(row.channel, row.action, row.basis, row.source, row.wording, row.occurred_at) for row in rows]


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


async def our_subjects(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID) -> set[str]:
    """The subjects of the emails we sent this lead."""
    rows = await conn.execute(
        select(messages.c.id, messages.c.subject).where(
            messages.c.team_id == team_id,
            messages.c.lead_id == lead_id,
            messages.c.direction == literal_column("'out'"),
            messages.c.subject.is_not(None),
        )
    )
    return {sealer.open("messages", "subject", row.id, row.subject) for row in rows}


async def last_outbound(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> Row[Any] | None:
    """The latest message we sent this lead."""
    return (
        await conn.execute(
            select(messages)
            .where(
                messages.c.team_id == team_id,
                messages.c.lead_id == lead_id,
                messages.c.direction == literal_column("'out'"),
            )
            .order_by(messages.c.at.desc(), messages.c.id.desc())
            .limit(1)
        )
    ).first()

"""Inbound messages, consent entries and conversations: what a reply changes, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.consent import Entry, Grant
from agent.rules.contact import reached_by
from agent.store import attachments
from agent.store.attachments import Attached
from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import consents, conversations, messages, readings, touches
from agent.store.upsert import insert_ignoring


@dataclass(frozen=True, slots=True)
class Arrived:
    """One inbound message, addresses normalised. `channel` is `email`, `sms` or `whatsapp`.

    `verdicts` is what the receiving server found, `attached` what came with it.
    """

    channel: str
    external_id: str
    sender: str
    subject: str
    body: str
    quoted: str
    verdicts: str = ""
    attached: tuple[Attached, ...] = ()


async def keep(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, arrived: Arrived, now: datetime
) -> UUID | None:
    """Keep an inbound message and what came with it; None when this very message was kept before."""
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
            external_id=_name(sealer, arrived),
            address_hash=sealer.hash(reached_by(arrived.channel), arrived.sender),
            address=seal("messages", "address", message_id, arrived.sender),
            subject=seal("messages", "subject", message_id, arrived.subject) if arrived.subject else None,
            body=seal("messages", "body", message_id, arrived.body),
            quoted=seal("messages", "quoted", message_id, arrived.quoted) if arrived.quoted else None,
            verdicts=arrived.verdicts,
            written_by="lead",
            at=now,
        )
        .returning(messages.c.id)
    )
    kept: UUID | None = inserted.scalar_one_or_none()
    if kept is not None and arrived.attached:
        await attachments.keep(
            conn, team_id=team_id, sealer=sealer, message_id=kept, attached=arrived.attached, now=now
        )
    return kept


async def was_kept(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, arrived: Arrived) -> bool:
    """Whether this very message was kept before."""
    found = await conn.execute(
        select(messages.c.id).where(
            messages.c.team_id == team_id,
            messages.c.channel == arrived.channel,
            messages.c.external_id == _name(sealer, arrived),
        )
    )
    return found.first() is not None


def _name(sealer: Sealer, arrived: Arrived) -> str:
    """What tells it from all others. Senders choose their mails' ids, so that an id names one of its sender's alone."""
    if arrived.channel != "email":
        return arrived.external_id
    return f"{arrived.external_id} {sealer.hash('email', arrived.sender).hex()}"


def mail_id(name: str) -> str:
    """The id a mail came with, out of the name it is kept by."""
    return name.partition(" ")[0]


async def answered_lead(
    conn: AsyncConnection, *, team_id: UUID, our_ids: Sequence[UUID], provider_ids: Sequence[str]
) -> UUID | None:
    """The lead we wrote one of these messages to, by our own ids first, each list likeliest first."""
    found: dict[UUID | str, UUID] = {}
    if our_ids:
        ours = select(messages.c.id, messages.c.lead_id).where(
            messages.c.team_id == team_id,
            messages.c.id.in_(our_ids),
            messages.c.direction == literal_column("'out'"),
        )
        found |= {row.id: row.lead_id for row in await conn.execute(ours)}
    if provider_ids and not found:
        theirs = select(touches.c.provider_id, touches.c.lead_id).where(
            touches.c.team_id == team_id,
            touches.c.provider_id != literal_column("''"),
            touches.c.provider_id.in_(provider_ids),
            touches.c.channel == literal_column("'email'"),
        )
        found |= {row.provider_id: row.lead_id for row in await conn.execute(theirs)}
    names: list[UUID | str] = [*our_ids, *provider_ids]
    return next((found[name] for name in names if name in found), None)


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


async def bump(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, now: datetime, channel: str | None) -> int:
    """Count a turn of the conversation, so that no draft made before it can be sent; returns the new generation.

    `channel` is where an answer would go from now on; None where it is none of ours (a call).
    """
    told = {"last_channel": channel} if channel is not None else {}
    generation: int = (
        await conn.execute(
            update(conversations)
            .where(conversations.c.team_id == team_id, conversations.c.lead_id == lead_id)
            .values(generation=conversations.c.generation + 1, updated_at=now, **told)
            .returning(conversations.c.generation)
        )
    ).scalar_one()
    return generation


async def owner(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> str:
    """Who has the conversation: `human` or `tend`."""
    found: str = (
        await conn.execute(
            select(conversations.c.owner).where(conversations.c.team_id == team_id, conversations.c.lead_id == lead_id)
        )
    ).scalar_one()
    return found


async def take_over(
    conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, now: datetime, owner: str, user_id: UUID | None
) -> None:
    """Give the conversation to `human` or back to `tend`."""
    await conn.execute(
        update(conversations)
        .where(conversations.c.team_id == team_id, conversations.c.lead_id == lead_id)
        .values(owner=owner, owner_user_id=user_id, generation=conversations.c.generation + 1, updated_at=now)
    )


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
    address_hash: bytes | None = None,
) -> None:
    """Append one entry to the consent ledger, for one address or all the lead's (None); it is never changed."""
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
            address_hash=address_hash,
            occurred_at=at,
            recorded_at=at,
        )
    )


def grant_row(
    grant: Grant, *, team_id: UUID, lead_id: UUID, source: str, at: datetime, address_hash: bytes | None
) -> dict[str, Any]:
    """The row of a grant in the consent ledger, ready to insert."""
    return {
        "id": new_id(),
        "team_id": team_id,
        "lead_id": lead_id,
        "channel": grant.channel,
        "action": "granted",
        "basis": grant.basis,
        "source": source,
        "wording": grant.wording,
        "address_hash": address_hash,
        "occurred_at": at,
        "recorded_at": at,
    }


async def consent_entries(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> list[Entry]:
    """The lead's consent ledger, oldest first."""
    rows = await conn.execute(
        select(consents)
        .where(consents.c.team_id == team_id, consents.c.lead_id == lead_id)
        .order_by(consents.c.recorded_at, consents.c.id)
    )
    return [entry_of(row) for row in rows]


def entry_of(row: Row[Any]) -> Entry:
    """One row of the consent ledger."""
    address = bytes(row.address_hash) if row.address_hash is not None else None
    return Entry(row.channel, row.action, row.basis, row.source, row.wording, row.occurred_at, address)


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


async def last_whatsapp(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When these leads last wrote on WhatsApp; who never did is not among them."""
    rows = await conn.execute(
        select(messages.c.lead_id, func.max(messages.c.at).label("at"))
        .where(
            messages.c.team_id == team_id,
            messages.c.lead_id.in_(list(lead_ids)),
            messages.c.channel == literal_column("'whatsapp'"),
            messages.c.direction == literal_column("'in'"),
        )
        .group_by(messages.c.lead_id)
    )
    return {row.lead_id: row.at for row in rows}


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

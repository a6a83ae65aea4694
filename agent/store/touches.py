"""Touches on the sending path, in batches: the facts the gate needs, the mark before the call, the record after it.

Everything here runs inside the writer's transaction. Address rows are locked first, in id order, the same rows an
opt-out locks, so that no touch enters `sending` after an opt-out's commit on its address.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.consent import Entry
from agent.store import limits, todos
from agent.store.columns import database_now
from agent.store.messages import entry_of, last_whatsapp
from agent.store.tables import (
    addresses,
    consents,
    conversations,
    enrollments,
    leads,
    messages,
    touches,
)

_UNREAD = {
    touches: {"team_id", "dedupe_key", "lease_until"},
    addresses: {"team_id"},
    conversations: {"team_id", "owner_user_id", "last_channel", "updated_at"},
    consents: {"id", "team_id", "ip", "recorded_at"},
    enrollments: {"team_id", "paused_at", "resume_at", "ended_at"},
    leads: {
        "team_id",
        "score_reasons",
        "score_version",
        "rescore_at",
        "campaign_score",
        "grade",
        "campaign_version",
        "campaign_reasons",
        "next_action",
        "crm_person_id",
        "campaign_id",
        "created_at",
        "updated_at",
        "contacted_at",
        "follow_up_on",
        "last_outbound_at",
        "deleted_at",
        "ended_at",
    },
}
"""Columns the sending path has no use for: to read a time or an id costs about a microsecond a row."""
_READ = {table: [column for column in table.c if column.name not in _UNREAD[table]] for table in _UNREAD}


@dataclass(slots=True)
class Background:
    """Rows behind a batch of touches, by lead (or by address hash)."""

    leads: dict[UUID, Row[Any]] = field(default_factory=dict)
    addresses: dict[UUID, list[Row[Any]]] = field(default_factory=dict)
    consents: dict[UUID, list[Entry]] = field(default_factory=dict)
    conversations: dict[UUID, Row[Any]] = field(default_factory=dict)
    enrollments: dict[UUID, Row[Any]] = field(default_factory=dict)
    limits: limits.Limits = field(default_factory=limits.Limits)
    in_doubt: set[UUID] = field(default_factory=set)
    whatsapp_at: dict[UUID, datetime] = field(default_factory=dict)


async def still_ours(conn: AsyncConnection, *, team_id: UUID, ids: Collection[UUID], node: str) -> Sequence[Row[Any]]:
    """The claimed touches whose lease is still this node's, locked after the addresses of their leads."""
    await _lock_addresses(conn, team_id=team_id, touch_ids=ids)
    question = (
        select(*_READ[touches])
        .where(
            touches.c.team_id == team_id,
            touches.c.id.in_(list(ids)),
            touches.c.state == literal_column("'claimed'"),
            touches.c.lease_owner == node,
            touches.c.lease_until > database_now(),
        )
        .order_by(touches.c.id)
    )
    return (await conn.execute(question.with_for_update())).all()


async def _lock_addresses(conn: AsyncConnection, *, team_id: UUID, touch_ids: Collection[UUID]) -> None:
    """Lock the address rows an opt-out locks too, in id order and before anything else, so that nobody deadlocks.

    Those of other leads who share an address are among them: an opt-out of theirs, and a text to the same number from
    another node, wait for this transaction or are seen by it.
    """
    if conn.dialect.name != "postgresql":
        return
    of_these = select(touches.c.lead_id).where(touches.c.team_id == team_id, touches.c.id.in_(list(touch_ids)))
    theirs = select(addresses.c.value_hash).where(addresses.c.team_id == team_id, addresses.c.lead_id.in_(of_these))
    await conn.execute(
        select(addresses.c.id)
        .where(addresses.c.team_id == team_id, addresses.c.value_hash.in_(theirs))
        .order_by(addresses.c.id)
        .with_for_update()
    )


async def background(
    conn: AsyncConnection, *, team_id: UUID, rows: Sequence[Row[Any]], now: datetime, asked: limits.Asked
) -> Background:
    """Load what the gate needs for these touches, in a handful of statements whatever their number."""
    lead_ids = list({row.lead_id for row in rows})
    enrollment_ids = list({row.enrollment_id for row in rows if row.enrollment_id is not None})
    found = Background()
    for address in await conn.execute(
        select(*_READ[addresses])
        .where(addresses.c.team_id == team_id, addresses.c.lead_id.in_(lead_ids))
        .order_by(addresses.c.id)
    ):
        found.addresses.setdefault(address.lead_id, []).append(address)
    for lead in await conn.execute(select(*_READ[leads]).where(leads.c.team_id == team_id, leads.c.id.in_(lead_ids))):
        found.leads[lead.id] = lead
    for talk in await conn.execute(
        select(*_READ[conversations]).where(conversations.c.team_id == team_id, conversations.c.lead_id.in_(lead_ids))
    ):
        found.conversations[talk.lead_id] = talk
    for entry in await conn.execute(
        select(*_READ[consents])
        .where(consents.c.team_id == team_id, consents.c.lead_id.in_(lead_ids))
        .order_by(consents.c.recorded_at, consents.c.id)
    ):
        found.consents.setdefault(entry.lead_id, []).append(entry_of(entry))
    if enrollment_ids:
        for enrollment in await conn.execute(
            select(*_READ[enrollments]).where(enrollments.c.team_id == team_id, enrollments.c.id.in_(enrollment_ids))
        ):
            found.enrollments[enrollment.id] = enrollment
    hashes = list({address.value_hash for theirs in found.addresses.values() for address in theirs})
    found.limits = await limits.load(conn, team_id=team_id, lead_ids=lead_ids, hashes=hashes, now=now, asked=asked)
    found.in_doubt = await todos.in_doubt(conn, team_id=team_id, lead_ids=lead_ids)
    over_whatsapp = [row.lead_id for row in rows if row.channel == "whatsapp"]
    if over_whatsapp:
        found.whatsapp_at = await last_whatsapp(conn, team_id=team_id, lead_ids=over_whatsapp)
    return found


async def settle(conn: AsyncConnection, *, team_id: UUID, changes: Sequence[Mapping[str, Any]]) -> None:
    """Write the gate's answers in one statement: each change holds `b_id` and the columns of `_SETTLED` with a `b_`."""
    if changes:
        await conn.execute(
            update(touches)
            .where(touches.c.team_id == team_id, touches.c.id == bindparam("b_id"))
            .values({name: bindparam(f"b_{name}") for name in _SETTLED}),
            list(changes),
        )


_SETTLED = (
    "state",
    "due_at",
    "not_after",
    "word",
    "held_word",
    "reason",
    "verdict",
    "message_id",
    "ended_at",
    "lease_owner",
    "attempts",
)
_RECORDED = [touches.c[name] for name in ("id", "lead_id", "enrollment_id", "step", *_SETTLED)]


def change(row: Row[Any], **new: Any) -> dict[str, Any]:
    """One change for `settle`, everything not named staying as it is."""
    return {"b_id": row.id, **{f"b_{name}": new.get(name, getattr(row, name)) for name in _SETTLED}}


async def insert_messages(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert message rows."""
    if rows:
        await conn.execute(insert(messages), list(rows))


async def unsay(conn: AsyncConnection, *, team_id: UUID, message_ids: Collection[UUID]) -> None:
    """Take back messages that were written for a call and never left, so that they count toward no limit."""
    if message_ids:
        await conn.execute(delete(messages).where(messages.c.team_id == team_id, messages.c.id.in_(list(message_ids))))


async def in_flight(conn: AsyncConnection, *, team_id: UUID, ids: Collection[UUID], node: str) -> dict[UUID, Row[Any]]:
    """The touches this node marked `sending` (or that were found lapsed meanwhile), by id, locked."""
    rows = await conn.execute(
        select(*_RECORDED)
        .where(
            touches.c.team_id == team_id,
            touches.c.id.in_(list(ids)),
            touches.c.lease_owner == node,
            touches.c.state.in_((literal_column("'sending'"), literal_column("'uncertain'"))),
        )
        .order_by(touches.c.id)
        .with_for_update()
    )
    return {row.id: row for row in rows}


async def record(conn: AsyncConnection, *, team_id: UUID, changes: Sequence[Mapping[str, Any]]) -> None:
    """Write outcomes: changes as for `settle`, each with a `provider_id`."""
    if changes:
        await conn.execute(
            update(touches)
            .where(touches.c.team_id == team_id, touches.c.id == bindparam("b_id"))
            .values({name: bindparam(f"b_{name}") for name in _SETTLED} | {"provider_id": bindparam("b_provider_id")}),
            [
                {**{k: v for k, v in c.items() if k != "provider_id"}, "b_provider_id": c["provider_id"]}
                for c in changes
            ],
        )

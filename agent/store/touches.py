"""Touches on the sending path, in batches: the facts the gate needs, the mark before the call, the record after it.

Everything here runs inside the writer's transaction. Address rows are locked first, in id order, the same rows an
opt-out locks, so that no touch enters `sending` after an opt-out's commit on its address. The statements are built
once: to build one anew takes longer than SQLite takes to answer it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, Update, bindparam, delete, insert, literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.consent import Entry
from agent.store import limits, steps, todos
from agent.store.columns import database_now
from agent.store.messages import entry_of, last_whatsapp
from agent.store.plain_rows import plain
from agent.store.tables import (
    addresses,
    consents,
    conversations,
    leads,
    messages,
    touches,
)

_READ = {
    touches: (
        *("id", "lead_id", "enrollment_id", "step", "kind", "channel", "purpose", "words", "by_user_id", "address_id"),
        *("planned_at", "due_at", "not_after", "state", "attempts"),
    ),
    addresses: ("id", "lead_id", "channel", "value", "value_hash", "rank", "valid", "landline", "created_at"),
    consents: ("lead_id", "channel", "action", "basis", "source", "wording", "address_hash", "occurred_at"),
    leads: (
        *("id", "first_name", "last_name", "facts", "crm_stage", "stage_blocks", "assignee_id", "intent"),
        *("temperature", "residence_state", "zones", "zone_source", "arrived_at", "last_inbound_at", "deal_on"),
        *("snoozed_until", "end_reason"),
    ),
}
"""The columns the sending path reads: of a time or an id each costs about a microsecond a row."""


@dataclass(slots=True)
class Background:
    """Rows behind a batch of touches, by lead or by their own id.

    A lead's row says too whom they talk with (`talks_with`), whether an undecided word of theirs may mean stop
    (`stop_in_doubt`) and whether they were `texted_before`.
    """

    leads: dict[UUID, Row[Any]] = field(default_factory=dict)
    addresses: dict[UUID, list[Row[Any]]] = field(default_factory=dict)
    consents: dict[UUID, list[Entry]] = field(default_factory=dict)
    enrollments: dict[UUID, Row[Any]] = field(default_factory=dict)
    limits: limits.Limits = field(default_factory=limits.Limits)
    whatsapp_at: dict[UUID, datetime] = field(default_factory=dict)


def _read(table: Table) -> list[Column[Any]]:
    return [table.c[name] for name in _READ[table]]


def _of(table: Table, column: str) -> ColumnElement[bool]:
    """The team's rows whose column holds one of the `ids` given with the statement."""
    return (table.c.team_id == bindparam("team_id")) & table.c[column].in_(bindparam("ids", expanding=True))


_OURS = (
    select(*_read(touches))
    .where(
        _of(touches, "id"),
        touches.c.state == literal_column("'claimed'"),
        touches.c.lease_owner == bindparam("node"),
        touches.c.lease_until > database_now(),
    )
    .order_by(touches.c.id)
    .with_for_update()
)
_LOCKED = (
    select(addresses.c.id)
    .where(
        addresses.c.team_id == bindparam("team_id"),
        addresses.c.value_hash.in_(
            select(addresses.c.value_hash).where(
                addresses.c.team_id == bindparam("team_id"),
                addresses.c.lead_id.in_(select(touches.c.lead_id).where(_of(touches, "id"))),
            )
        ),
    )
    .order_by(addresses.c.id)
    .with_for_update()
)
_ADDRESSES = select(*_read(addresses)).where(_of(addresses, "lead_id")).order_by(addresses.c.id)
_PEOPLE = (
    select(
        *_read(leads),
        conversations.c.owner.label("talks_with"),
        todos.has_doubt(leads.c.team_id, leads.c.id).label("stop_in_doubt"),
        limits.texted_before(leads.c.team_id, leads.c.id).label("texted_before"),
    )
    .join(conversations, (conversations.c.team_id == leads.c.team_id) & (conversations.c.lead_id == leads.c.id))
    .where(_of(leads, "id"))
)
_CONSENTS = select(*_read(consents)).where(_of(consents, "lead_id")).order_by(consents.c.recorded_at, consents.c.id)


async def still_ours(conn: AsyncConnection, *, team_id: UUID, ids: Collection[UUID], node: str) -> Sequence[Row[Any]]:
    """The claimed touches whose lease is still this node's, first due first, locked after the addresses of their leads.

    Those addresses are the rows an opt-out locks too, in id order and before anything else, so that nobody deadlocks.
    The ones of other leads who share an address are among them: an opt-out of theirs, and a text to the same number
    from another node, wait for this transaction or are seen by it.
    """
    asked = {"team_id": team_id, "ids": list(ids)}
    if conn.dialect.name == "postgresql":
        await conn.execute(_LOCKED, asked)
    rows = plain(await conn.execute(_OURS, {**asked, "node": node}))
    return sorted(rows, key=lambda row: (row.due_at, row.id))


async def background(
    conn: AsyncConnection, *, team_id: UUID, rows: Sequence[Row[Any]], now: datetime, asked: limits.Asked
) -> Background:
    """Load what the gate needs for these touches, in a handful of statements whatever their number."""
    found = Background()
    of_leads = {"team_id": team_id, "ids": list({row.lead_id for row in rows})}
    for address in plain(await conn.execute(_ADDRESSES, of_leads)):
        found.addresses.setdefault(address.lead_id, []).append(address)
    for lead in plain(await conn.execute(_PEOPLE, of_leads)):
        found.leads[lead.id] = lead
    for entry in plain(await conn.execute(_CONSENTS, of_leads)):
        found.consents.setdefault(entry.lead_id, []).append(entry_of(entry))
    found.enrollments = await steps.behind(conn, team_id=team_id, rows=rows)
    hashes = list({address.value_hash for theirs in found.addresses.values() for address in theirs})
    found.limits = await limits.load(conn, team_id=team_id, hashes=hashes, now=now, asked=asked)
    over_whatsapp = [row.lead_id for row in rows if row.channel == "whatsapp"]
    if over_whatsapp:
        found.whatsapp_at = await last_whatsapp(conn, team_id=team_id, lead_ids=over_whatsapp)
    return found


_FLYING = ("id", "lead_id", "enrollment_id", "step", "state", "not_after", "attempts", "message_id")
_IN_FLIGHT = (
    select(*(touches.c[name] for name in _FLYING))
    .where(
        _of(touches, "id"),
        touches.c.lease_owner == bindparam("node"),
        touches.c.state.in_((literal_column("'sending'"), literal_column("'uncertain'"))),
    )
    .order_by(touches.c.id)
    .with_for_update()
)
_INSERT_MESSAGES = insert(messages)


def change(row: Row[Any], **new: Any) -> dict[str, Any]:
    """One change for `settle`: the columns named, everything else staying as it is."""
    return {"b_id": row.id, **{f"b_{name}": value for name, value in new.items()}}


async def settle(conn: AsyncConnection, *, team_id: UUID, changes: Iterable[Mapping[str, Any]]) -> None:
    """Write what became of touches, in one statement for all changes that name the same columns."""
    alike: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for each in changes:
        alike[tuple(each)].append({"b_team_id": team_id, **each})
    for names, values in alike.items():
        await conn.execute(_settle(names), values)


@cache
def _settle(names: tuple[str, ...]) -> Update:
    columns: dict[str, Any] = {name.removeprefix("b_"): bindparam(name) for name in names if name != "b_id"}
    this = (touches.c.team_id == bindparam("b_team_id")) & (touches.c.id == bindparam("b_id"))
    return update(touches).where(this).values(columns)


async def insert_messages(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert message rows."""
    if rows:
        await conn.execute(_INSERT_MESSAGES, list(rows))


async def unsay(conn: AsyncConnection, *, team_id: UUID, message_ids: Collection[UUID]) -> None:
    """Take back messages that were written for a call and never left, so that they count toward no limit."""
    if message_ids:
        await conn.execute(delete(messages).where(messages.c.team_id == team_id, messages.c.id.in_(list(message_ids))))


async def in_flight(conn: AsyncConnection, *, team_id: UUID, ids: Collection[UUID], node: str) -> dict[UUID, Row[Any]]:
    """The touches this node marked `sending` (or that were found lapsed meanwhile), by id, locked."""
    rows = plain(await conn.execute(_IN_FLIGHT, {"team_id": team_id, "ids": list(ids), "node": node}))
    return {row.id: row for row in rows}

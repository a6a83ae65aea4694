"""What scores are made of and where they are kept: the history of leads, who is due to be scored anew.

A history is everything that happened with its instant; what it is worth is for `rules`. Values are opened here.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, literal_column, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.history import History, How, Looked
from agent.rules.leads import ended_in_silence
from agent.store.leads import sealed_values
from agent.store.plain_rows import plain
from agent.store.seal import Sealer
from agent.store.tables import addresses, lead_events, leads, messages, readings, receipts, todos
from agent.store.wake import after_commit
from channels.receipts import ReceiptKind

LISTING_VIEWED = "listing_viewed"
"""The event on a lead's timeline that says they looked at a listing."""
BEHIND = "behind"
"""The fact that says of the others since when each is known, and by which words: `{name: [instant, quote]}`."""
_LOOKED: Mapping[ReceiptKind, How] = {
    ReceiptKind.OPENED: "opened",
    ReceiptKind.READ: "opened",
    ReceiptKind.CLICKED: "clicked",
}


async def soon(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID], now: datetime) -> None:
    """Let these leads be scored anew as soon as this is committed."""
    if lead_ids:
        await conn.execute(
            update(leads).where(leads.c.team_id == team_id, leads.c.id.in_(list(lead_ids))).values(rescore_at=now)
        )
        after_commit(conn, "scoring")


async def soon_by_other_numbers(conn: AsyncConnection, *, team_id: UUID, version: str, now: datetime) -> int:
    """Let every lead that was scored by another version of the profile be scored anew; returns how many."""
    asked = await conn.execute(
        update(leads)
        .where(leads.c.team_id == team_id, leads.c.score_version != version, leads.c.deleted_at.is_(None))
        .where(or_(leads.c.rescore_at.is_(None), leads.c.rescore_at > now))
        .values(rescore_at=now)
    )
    after_commit(conn, "scoring")
    return asked.rowcount


async def due(conn: AsyncConnection, *, team_id: UUID, now: datetime, limit: int) -> list[UUID]:
    """Leads whose score is due to be looked at, locked for this transaction where nodes share the work."""
    rows = await conn.execute(
        select(leads.c.id)
        .where(leads.c.team_id == team_id, leads.c.rescore_at <= now)
        .order_by(leads.c.rescore_at, leads.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return sorted(rows.scalars())


async def keep(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, now: datetime, changes: Mapping[UUID, Mapping[str, Any]]
) -> None:
    """Keep what each of these leads was weighed as; all have the same columns."""
    if changes:
        sealed = {lead_id: sealed_values(sealer, lead_id, values) for lead_id, values in changes.items()}
        columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in next(iter(sealed.values()))}
        await conn.execute(
            update(leads)
            .where(leads.c.team_id == team_id, leads.c.id == bindparam("lead"))
            .values(updated_at=bindparam("new_updated_at"), **columns),
            [
                {"lead": lead_id, "new_updated_at": now, **{f"new_{name}": value for name, value in values.items()}}
                for lead_id, values in sealed.items()
            ],
        )


async def look_again(conn: AsyncConnection, *, team_id: UUID, at: Mapping[UUID, datetime | None]) -> None:
    """Keep when each of these leads is to be scored anew; None: not by time alone."""
    if at:
        await conn.execute(
            update(leads)
            .where(leads.c.team_id == team_id, leads.c.id == bindparam("lead"))
            .values(rescore_at=bindparam("moment")),
            [{"lead": lead_id, "moment": moment} for lead_id, moment in at.items()],
        )


async def histories(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, rows: Sequence[Row[Any]]
) -> dict[UUID, History]:
    """The history of each of these leads, in one statement a table."""
    ids = [row.id for row in rows]
    reached = await _by_lead(conn, _of(addresses, team_id, ids, "channel", "created_at"))
    said = await _by_lead(conn, _of(messages, team_id, ids, "direction", "at").order_by(messages.c.at))
    read = await _by_lead(
        conn, _of(readings, team_id, ids, "sentiment", "read_at").where(readings.c.read_at.is_not(None))
    )
    listed = await _by_lead(conn, _of(lead_events, team_id, ids, "at").where(lead_events.c.kind == LISTING_VIEWED))
    looked = await _looked(conn, team_id=team_id, ids=ids)
    waiting = await _by_lead(
        conn, _of(todos, team_id, ids, "id").where(todos.c.hot, todos.c.state == literal_column("'open'"))
    )
    return {
        row.id: History(
            arrived_at=row.arrived_at,
            **_learned(sealer, row),
            reached_since=_first(reached[row.id]),
            heard=tuple(each.at for each in said[row.id] if each.direction == "in"),
            sent=tuple(each.at for each in said[row.id] if each.direction == "out"),
            looked=tuple(looked[row.id]),
            listings=tuple(each.at for each in listed[row.id]),
            tones=tuple(sorted((each.read_at, each.sentiment) for each in read[row.id])),
            refused_at=row.ended_at if row.end_reason and not ended_in_silence(row.end_reason) else None,
            waits_for_us=bool(waiting[row.id]),
        )
        for row in rows
    }


def _learned(sealer: Sealer, row: Row[Any]) -> dict[str, Any]:
    """The lead's facts and its intent, and since when each is known."""
    facts = json.loads(sealer.open("leads", "facts", row.id, row.facts) or "{}")
    behind = facts.pop(BEHIND, {})
    learned = {**facts, "intent": row.intent}
    since = {name: datetime.fromisoformat(behind[name][0]) if name in behind else None for name in learned}
    return {"learned": learned, "since": since}


def _first(rows: Sequence[Row[Any]]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for row in rows:
        found[row.channel] = min(row.created_at, found.get(row.channel, row.created_at))
    return found


async def _looked(conn: AsyncConnection, *, team_id: UUID, ids: list[UUID]) -> dict[UUID, list[Looked]]:
    """Opens and clicks, each with how long after the message's arrival it came (its sending, where none was told)."""
    arrived = (
        select(receipts.c.message_id, func.min(receipts.c.at).label("at"))
        .where(receipts.c.team_id == team_id, receipts.c.kind == ReceiptKind.DELIVERED)
        .group_by(receipts.c.message_id)
        .subquery()
    )
    rows = await conn.execute(
        select(
            messages.c.lead_id,
            receipts.c.message_id,
            receipts.c.kind,
            receipts.c.at,
            func.coalesce(arrived.c.at, messages.c.at, type_=messages.c.at.type).label("arrived_at"),
        )
        .join(messages, (messages.c.team_id == receipts.c.team_id) & (messages.c.id == receipts.c.message_id))
        .outerjoin(arrived, arrived.c.message_id == receipts.c.message_id)
        .where(receipts.c.team_id == team_id, messages.c.lead_id.in_(ids), receipts.c.kind.in_(list(_LOOKED)))
        .order_by(receipts.c.at)
    )
    found: defaultdict[UUID, list[Looked]] = defaultdict(list)
    for row in rows:
        after = max(timedelta(0), row.at - row.arrived_at)
        found[row.lead_id].append(Looked(_LOOKED[ReceiptKind(row.kind)], row.message_id, row.at, after))
    return found


def _of(table: Any, team_id: UUID, ids: list[UUID], *columns: str) -> Select[Any]:
    return select(table.c.lead_id, *(table.c[name] for name in columns)).where(
        table.c.team_id == team_id, table.c.lead_id.in_(ids)
    )


async def _by_lead(conn: AsyncConnection, question: Select[Any]) -> defaultdict[UUID, list[Row[Any]]]:
    found: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in plain(await conn.execute(question)):
        found[row.lead_id].append(row)
    return found

"""The inbox: every pushed event is a row here before its 2xx leaves, unique by source and event id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import webhook_events
from agent.store.upsert import insert_ignoring

_SEVERAL = 5


@dataclass(frozen=True, slots=True)
class Pushed:
    """One pushed event as it is kept: `body` is the raw text, `due_at` when it is worked, `state` kept or ignored."""

    source: str
    event_id: str
    kind: str
    body: str
    received_at: datetime
    due_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Kept events that became nothing: `failed` for good, `waiting` after several tries, and a reason of theirs."""

    failed: int
    waiting: int
    reason: str


async def keep(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, pushed: Sequence[Pushed]) -> None:
    """Keep these events; one kept before stays as it is."""
    rows: list[dict[str, Any]] = []
    for event in pushed:
        row_id = new_id()
        rows.append(
            {
                "id": row_id,
                "team_id": team_id,
                "source": event.source,
                "event_id": event.event_id,
                "kind": event.kind,
                "payload": sealer.seal("webhook_events", "payload", row_id, event.body),
                "received_at": event.received_at,
                "due_at": event.due_at,
                "state": event.state,
            }
        )
    await conn.execute(insert_ignoring(conn, webhook_events), rows)


async def first_time(
    conn: AsyncConnection, *, team_id: UUID, source: str, thing: str, kind: str, now: datetime
) -> bool:
    """Remember that a thing was taken in, however often and by whatever event it is told of; False from then on."""
    done = await conn.execute(
        insert_ignoring(conn, webhook_events)
        .values(
            id=new_id(),
            team_id=team_id,
            source=source,
            event_id=thing,
            kind=kind,
            received_at=now,
            due_at=now,
            state="done",
        )
        .returning(webhook_events.c.id)
    )
    return done.first() is not None


async def end(conn: AsyncConnection, *, team_id: UUID, ids: Collection[UUID], state: str, reason: str) -> None:
    """Mark events as done, ignored or failed."""
    await conn.execute(
        update(webhook_events)
        .where(webhook_events.c.team_id == team_id, webhook_events.c.id.in_(list(ids)))
        .values(state=state, reason=reason, lease_owner=None, lease_until=None)
    )


async def again(conn: AsyncConnection, *, team_id: UUID, ids: Collection[UUID], at: datetime, reason: str) -> None:
    """Put events back to be worked later."""
    await conn.execute(
        update(webhook_events)
        .where(webhook_events.c.team_id == team_id, webhook_events.c.id.in_(list(ids)))
        .values(state="kept", due_at=at, reason=reason, lease_owner=None, lease_until=None)
    )


async def trouble(conn: AsyncConnection, *, team_id: UUID) -> Trouble | None:
    """What could not be taken in so far; None when all is well."""
    failed = webhook_events.c.state == literal_column("'failed'")
    waits = (webhook_events.c.state == literal_column("'kept'")) & (webhook_events.c.attempts >= _SEVERAL)
    rows = (
        await conn.execute(
            select(webhook_events.c.state, func.count().label("events"), func.max(webhook_events.c.reason).label("why"))
            .where(webhook_events.c.team_id == team_id, or_(failed, waits))
            .group_by(webhook_events.c.state)
            .order_by(webhook_events.c.state)
        )
    ).all()
    counts = {row.state: row.events for row in rows}
    return Trouble(counts.get("failed", 0), counts.get("kept", 0), rows[0].why) if rows else None


async def try_again(conn: AsyncConnection, *, team_id: UUID, now: datetime) -> int:
    """Put failed events back to be worked now; returns how many."""
    result = await conn.execute(
        update(webhook_events)
        .where(webhook_events.c.team_id == team_id, webhook_events.c.state == literal_column("'failed'"))
        .values(state="kept", due_at=now, attempts=0)
    )
    return result.rowcount

"""What Tend owes the CRM: rows written with the change they tell of, delivered by a tick, in order per lead."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import leads, outbox
from agent.store.upsert import insert_ignoring
from agent.store.wake import after_commit

_WAITS: ColumnElement[str] = literal_column("'waiting'")


async def owe(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead_id: UUID,
    kind: str,
    dedupe_key: str,
    payload: Mapping[str, str],
    now: datetime,
    due_in: timedelta = timedelta(0),
) -> None:
    """Owe the CRM something of this lead; the same dedupe key is owed once."""
    row_id = new_id()
    await conn.execute(
        insert_ignoring(conn, outbox).values(
            id=row_id,
            team_id=team_id,
            lead_id=lead_id,
            kind=kind,
            dedupe_key=dedupe_key,
            payload=sealer.seal("outbox", "payload", row_id, json.dumps(payload)),
            state="waiting",
            due_at=now + due_in,
            created_at=now,
        )
    )
    after_commit(conn, "crm_sync")


async def queue_note(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead_id: UUID,
    dedupe_key: str,
    subject: str,
    body: str,
    now: datetime,
) -> None:
    """Owe the CRM a note on this lead; the same dedupe key is owed once."""
    words = {"subject": subject, "body": body}
    await owe(
        conn,
        team_id=team_id,
        sealer=sealer,
        lead_id=lead_id,
        kind="note",
        dedupe_key=dedupe_key,
        payload=words,
        now=now,
    )


async def is_owed(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, kind: str) -> bool:
    """Whether something of this kind waits for this lead already."""
    found = await conn.execute(
        select(outbox.c.id)
        .where(
            outbox.c.team_id == team_id, outbox.c.lead_id == lead_id, outbox.c.kind == kind, outbox.c.state == _WAITS
        )
        .limit(1)
    )
    return found.first() is not None


async def last_done(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, kind: str) -> Row[Any] | None:
    """The latest of a kind that was written for a lead."""
    found = await conn.execute(
        select(outbox)
        .where(
            outbox.c.team_id == team_id,
            outbox.c.lead_id == lead_id,
            outbox.c.kind == kind,
            outbox.c.state == literal_column("'done'"),
        )
        .order_by(outbox.c.ended_at.desc(), outbox.c.id.desc())
        .limit(1)
    )
    return found.first()


async def open_tasks(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> Sequence[Row[Any]]:
    """The tasks written for a lead that are not ticked off there."""
    found = await conn.execute(
        select(outbox)
        .where(
            outbox.c.team_id == team_id,
            outbox.c.lead_id == lead_id,
            outbox.c.kind == "task",
            outbox.c.state == literal_column("'done'"),
            outbox.c.reason == literal_column("''"),
        )
        .order_by(outbox.c.id)
    )
    return found.all()


async def end(conn: AsyncConnection, *, team_id: UUID, row_id: UUID, values: Mapping[str, Any]) -> None:
    """Write what became of something owed; the lease ends."""
    await conn.execute(
        update(outbox)
        .where(outbox.c.team_id == team_id, outbox.c.id == row_id)
        .values(lease_owner=None, lease_until=None, **values)
    )


async def trouble(conn: AsyncConnection, *, team_id: UUID, limit: int) -> Sequence[Row[Any]]:
    """What the CRM does not know for good (`dead`), and what is being tried again, oldest first."""
    found = await conn.execute(
        select(outbox, leads.c.first_name, leads.c.last_name)
        .join(leads, (leads.c.team_id == outbox.c.team_id) & (leads.c.id == outbox.c.lead_id))
        .where(
            outbox.c.team_id == team_id,
            (outbox.c.state == literal_column("'dead'"))
            | ((outbox.c.state == _WAITS) & (outbox.c.reason != literal_column("''"))),
        )
        .order_by(outbox.c.created_at)
        .limit(limit)
    )
    return found.all()


async def dead(conn: AsyncConnection, *, team_id: UUID) -> tuple[int, str]:
    """How many things the CRM was never told, and why the latest was not."""
    counted = await conn.execute(
        select(func.count().label("many"), func.max(outbox.c.reason).label("reason")).where(
            outbox.c.team_id == team_id, outbox.c.state == literal_column("'dead'")
        )
    )
    row = counted.one()
    return row.many, row.reason or ""


async def try_again(conn: AsyncConnection, *, team_id: UUID, now: datetime, row_id: UUID | None = None) -> int:
    """Owe anew what was given up, all of it or one; what waits to be tried again is due now. Returns how many.

    It counts as tried once: what may stand in the CRM already is looked for first.
    """
    stuck = outbox.c.state.in_((literal_column("'dead'"), _WAITS)) & (outbox.c.reason != literal_column("''"))
    question = update(outbox).where(outbox.c.team_id == team_id, stuck)
    if row_id is not None:
        question = question.where(outbox.c.id == row_id)
    result = await conn.execute(question.values(state="waiting", due_at=now, attempts=1, reason="", ended_at=None))
    return result.rowcount


async def wrote(conn: AsyncConnection, *, team_id: UUID, kind: str, external_id: str) -> bool:
    """Whether this id of the CRM names something of that kind that was written from here."""
    found = await conn.execute(
        select(outbox.c.id)
        .where(
            outbox.c.team_id == team_id,
            outbox.c.external_id != literal_column("''"),
            outbox.c.external_id == external_id,
            outbox.c.kind == kind,
        )
        .limit(1)
    )
    return found.first() is not None


async def written(conn: AsyncConnection, *, team_id: UUID, kind: str, external_ids: Collection[str]) -> set[str]:
    """Which of these ids of the CRM name something of that kind that was written from here."""
    rows = await conn.execute(
        select(outbox.c.external_id).where(
            outbox.c.team_id == team_id,
            outbox.c.external_id != literal_column("''"),
            outbox.c.external_id.in_(list(external_ids)),
            outbox.c.kind == kind,
        )
    )
    return set(rows.scalars())


async def lately(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID, kind: str, since: datetime
) -> list[str]:
    """What was owed of one kind for a lead since an instant, whatever became of it, as the JSON that was kept."""
    rows = await conn.execute(
        select(outbox.c.id, outbox.c.payload).where(
            outbox.c.team_id == team_id,
            outbox.c.lead_id == lead_id,
            outbox.c.kind == kind,
            outbox.c.due_at >= since,
        )
    )
    return [sealer.open("outbox", "payload", row.id, row.payload) for row in rows]

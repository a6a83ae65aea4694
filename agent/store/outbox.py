"""What Tend owes the CRM: rows written with the change they tell of, delivered by a tick, in order per lead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import outbox
from agent.store.upsert import insert_ignoring
from agent.store.wake import after_commit


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
    row_id = new_id()
    payload: Mapping[str, str] = {"subject": subject, "body": body}
    await conn.execute(
        insert_ignoring(conn, outbox).values(
            id=row_id,
            team_id=team_id,
            lead_id=lead_id,
            kind="note",
            dedupe_key=dedupe_key,
            payload=sealer.seal("outbox", "payload", row_id, json.dumps(payload)),
            state="waiting",
            due_at=now,
            created_at=now,
        )
    )
    after_commit(conn, "crm_sync")


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

"""Tells the CRM what Tend did: takes notes it owes from the outbox and writes them, oldest first, with back-off.

A lead that is not in the CRM owes nothing. The rest of the two-way sync (texts, tags, tasks) grows here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.log import log
from agent.store import claims, leads
from agent.store.tables import outbox
from agent.tend import Tend
from integrations.errors import CrmError

_BATCH = 20
_GIVE_UP_AFTER = 8


async def tell_crm(tend: Tend) -> int:
    """Write every note that is owed now; returns how many were worked."""

    async def unit(conn: AsyncConnection) -> Sequence[Row[Any]]:
        return await claims.claim(conn, outbox, team_id=tend.team_id, now=tend.now(), limit=_BATCH, by=tend.claimer)

    claimed = await tend.writer.run(unit)
    for row in sorted(claimed, key=lambda row: (row.created_at, row.id)):
        await _tell(tend, row)
    return len(claimed)


async def _tell(tend: Tend, row: Row[Any]) -> None:
    async with tend.reading() as conn:
        lead = await leads.one(conn, team_id=tend.team_id, lead_id=row.lead_id)
    payload = json.loads(tend.sealer.open("outbox", "payload", row.id, row.payload))
    if tend.doors.crm is None or lead is None or lead.crm_person_id is None:
        await _end(tend, row, state="skipped", reason="the lead is not in a CRM")
        return
    try:
        note_id = await tend.doors.crm.add_note(lead.crm_person_id, subject=payload["subject"], body=payload["body"])
    except CrmError as error:
        if error.permanent or row.attempts >= _GIVE_UP_AFTER:
            await _end(tend, row, state="dead", reason=error.reason)
            log.warning("crm_note.given_up", lead=row.lead_id.hex, reason=error.reason)
            return
        wait = error.retry_after_seconds or 15.0 * 2**row.attempts
        await _end(tend, row, state="waiting", reason=error.reason, again_in=timedelta(seconds=wait))
        return
    await _end(tend, row, state="done", reason="", external_id=note_id)


async def _end(
    tend: Tend, row: Row[Any], *, state: str, reason: str, external_id: str = "", again_in: timedelta | None = None
) -> None:
    async def unit(conn: AsyncConnection) -> None:
        now = tend.now()
        await conn.execute(
            update(outbox)
            .where(outbox.c.team_id == tend.team_id, outbox.c.id == row.id)
            .values(
                state=state,
                reason=reason,
                external_id=external_id,
                due_at=now + again_in if again_in else row.due_at,
                ended_at=None if again_in else now,
                lease_owner=None,
                lease_until=None,
            )
        )

    await tend.writer.run(unit)

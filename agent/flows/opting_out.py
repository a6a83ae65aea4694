"""An opt-out, however it came (text, email, link, a person told us): one transaction, all channels.

Suppresses every address of the person, revokes consent in the ledger, ends their enrollments and cancels what was
planned or claimed. Only a person may open a channel again; START opens the one it came on.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing
from agent.rules.leads import LeadEvent
from agent.store import enrollments, leads, messages, outbox
from agent.tend import Tend

OPTED_OUT = "opted out"


async def opt_out(
    conn: AsyncConnection,
    tend: Tend,
    lead_ids: Sequence[UUID],
    *,
    also: set[tuple[str, bytes]],
    source: str,
) -> None:
    """Suppress every address of these leads (and `also`), end their enrollments, cancel what waits, tell the CRM."""
    now = tend.now()
    hashes = await messages.hashes_of(conn, team_id=tend.team_id, lead_ids=lead_ids) | also
    await messages.suppress(conn, team_id=tend.team_id, hashes=hashes, reason=OPTED_OUT, source=source, now=now)
    await enrollments.end(conn, team_id=tend.team_id, lead_ids=lead_ids, now=now, reason=OPTED_OUT, word="opted_out")
    for lead_id in lead_ids:
        for channel in ("sms", "email"):
            await messages.enter_consent(
                conn,
                team_id=tend.team_id,
                sealer=tend.sealer,
                lead_id=lead_id,
                channel=channel,
                action="revoked",
                basis="the lead's own words",
                source=source,
                wording="",
                ip="",
                at=now,
            )
        await handing.settle_todos(conn, tend, lead_id, by="opt-out")
        await handing.move(conn, tend, lead_id, LeadEvent.OPTED_OUT)
        await leads.change(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            now=now,
            values={"end_reason": OPTED_OUT, "ended_at": now, "temperature": "cold", "next_action": ""},
        )
        await handing.tell_timeline(
            conn, tend, lead_id, kind="opted_out", said="asked not to be written to; Tend stopped on all channels"
        )
        await outbox.queue_note(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            lead_id=lead_id,
            dedupe_key=f"opt-out:{lead_id.hex}:{now.isoformat()}",
            subject="Opted out",
            body="Asked not to be written to. Tend has stopped all texts and emails.",
            now=now,
        )

"""Reads what leads wrote, and does what the rules say follows: hand off, resume, end, answer.

The model is asked outside any transaction and within its budget; when it errs the local reader has answered. What
follows is decided by `rules.triage` and written in one transaction.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, judging
from agent.flows.replies import opt_out
from agent.log import log
from agent.rules.triage import End, HandOff, Resume, TriageFacts, decide
from agent.store import claims, enrollments, leads, messages, outbox
from agent.store.ids import new_id
from agent.store.tables import messages as messages_table
from agent.store.tables import model_calls, readings
from agent.store.wake import after_commit
from agent.tend import Tend
from integrations.errors import ReaderError
from integrations.language_model import Answer, ReadingRequest

_BATCH = 20


async def read_due(tend: Tend) -> int:
    """Read every unread message; returns how many."""

    async def unit(conn: AsyncConnection) -> Sequence[Row[Any]]:
        return await claims.claim(conn, readings, team_id=tend.team_id, now=tend.now(), limit=_BATCH, by=tend.claimer)

    claimed = await tend.writer.run(unit)
    await asyncio.gather(*(_read_one(tend, row) for row in claimed))
    return len(claimed)


async def ask(tend: Tend, request: ReadingRequest) -> tuple[Answer, int]:
    """Ask the reader, and the local one should it fail; returns the answer and the milliseconds it took."""
    begun = time.monotonic()
    try:
        answer = await tend.doors.reader.read(request)
    except ReaderError as error:
        log.warning("reading.fell_back", reason=error.reason)
        answer = await tend.doors.local_reader.read(request)
    return answer, round((time.monotonic() - begun) * 1000)


async def _read_one(tend: Tend, row: Row[Any]) -> None:
    async with tend.reading() as conn:
        message = (
            await conn.execute(
                select(messages_table).where(
                    messages_table.c.team_id == tend.team_id, messages_table.c.id == row.message_id
                )
            )
        ).one()
        before = await messages.last_outbound(conn, team_id=tend.team_id, lead_id=row.lead_id)
        lead = await leads.one(conn, team_id=tend.team_id, lead_id=row.lead_id)
    if lead is None:
        return
    open_text = tend.sealer.open
    facts = leads.opened(tend.sealer, lead)["facts"]
    request = ReadingRequest(
        text=open_text("messages", "body", message.id, message.body)
        or open_text("messages", "subject", message.id, message.subject),
        previous_outbound=open_text("messages", "body", before.id, before.body) if before is not None else "",
        facts={key: str(value) for key, value in facts.items() if isinstance(value, str | int)},
    )
    answer, took = await ask(tend, request)
    await tend.writer.run(lambda conn: _act(conn, tend, row, message, answer, took))
    log.info(
        "reply.read", lead=row.lead_id.hex, intent=answer.reading.intent.value, reader=answer.reading.reader, ms=took
    )


async def _act(conn: AsyncConnection, tend: Tend, row: Row[Any], message: Row[Any], answer: Answer, took: int) -> None:
    now = tend.now()
    lead = await leads.one(conn, team_id=tend.team_id, lead_id=row.lead_id)
    if lead is None:
        return
    await _store(conn, tend, row, answer, took, now)
    reading = answer.reading
    plain = leads.opened(tend.sealer, lead)
    theirs = (await leads.addresses_of(conn, team_id=tend.team_id, sealer=tend.sealer, lead_ids=[lead.id])).get(
        lead.id, []
    )
    decision = decide(
        reading,
        facts=TriageFacts(
            first_name=plain["first_name"],
            can_call=any(address.channel == "sms" for address in theirs),
            has_open_handoff=False,
            previous_intent=lead.intent or None,
        ),
    )
    await judging.learn(conn, tend, lead, reading, hot=decision.hot, now=now)
    if decision.lead_event is not None:
        await handing.move(conn, tend, lead.id, decision.lead_event, now=now)
    quote = reading.quote or tend.sealer.open("messages", "body", message.id, message.body)[:300]
    if decision.suppress:
        await opt_out(
            conn,
            tend,
            [lead.id],
            also={(message.channel, bytes(message.address_hash))},
            source=message.channel,
            now=now,
        )
        return
    if decision.acknowledge is not None and lead.end_reason == "":
        await handing.answer(
            conn, tend, lead.id, purpose=decision.acknowledge, channel=message.channel, cause=message.id, now=now
        )
    match decision.followup:
        case Resume(days=days):
            await _resume_later(conn, tend, lead, quote, days, now)
        case End(reason=reason):
            await enrollments.end(conn, team_id=tend.team_id, lead_ids=[lead.id], now=now, reason=reason, word="ended")
            await leads.change(
                conn,
                team_id=tend.team_id,
                sealer=tend.sealer,
                lead_id=lead.id,
                now=now,
                values={"end_reason": reason, "ended_at": now, "next_action": ""},
            )
        case HandOff(kind=kind, due_in=due_in, action=action, alert=alert):
            await handing.hand_off(
                conn,
                tend,
                lead.id,
                kind=kind,
                action=action,
                quote=quote,
                reasons=decision.reasons,
                hot=decision.hot,
                due_in=due_in,
                alert=alert,
                now=now,
            )
    await outbox.queue_note(
        conn,
        team_id=tend.team_id,
        sealer=tend.sealer,
        lead_id=lead.id,
        dedupe_key=f"reading:{row.id.hex}",
        subject="Hot lead" if decision.hot else "Replied",
        body=f"{quote}\n\n{decision.next_action}",
        now=now,
    )
    after_commit(conn, "live", "upkeep")


async def _resume_later(
    conn: AsyncConnection, tend: Tend, lead: Row[Any], quote: str, days: int, now: datetime
) -> None:
    """Resume the enrollment in some days; a lead without one is handed to a person, so that nobody falls through."""
    resume_at = now + timedelta(days=days)
    living = await enrollments.pause(conn, team_id=tend.team_id, lead_id=lead.id, now=now, resume_at=resume_at)
    if not living and not lead.end_reason:
        await handing.read_it_yourself(
            conn,
            tend,
            lead.id,
            quote=quote,
            action="They wrote after the sequence ended. Answer if it needs one.",
            now=now,
        )


async def _store(conn: AsyncConnection, tend: Tend, row: Row[Any], answer: Answer, took: int, now: datetime) -> None:
    reading = answer.reading
    detail = {
        "quote": reading.quote,
        "reason": reading.reason,
        "slots": {key: value for key, value in asdict(reading.slots).items() if value not in ("", None)},
    }
    await conn.execute(
        update(readings)
        .where(readings.c.team_id == tend.team_id, readings.c.id == row.id)
        .values(
            state="read",
            intent=reading.intent.value,
            sentiment=reading.sentiment.value,
            urgency=reading.urgency.value,
            confidence_percent=round(reading.confidence * 100),
            reader=reading.reader,
            detail=tend.sealer.seal("readings", "detail", row.id, json.dumps(detail)),
            read_at=now,
            lease_owner=None,
            lease_until=None,
        )
    )
    await note_usage(conn, tend, row.lead_id, answer, purpose="reply", took=took, now=now)


async def note_usage(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, answer: Answer, *, purpose: str, took: int, now: datetime
) -> None:
    """Keep what a model call used and cost; a local reading costs nothing and leaves no row."""
    if answer.usage is None:
        return
    await conn.execute(
        insert(model_calls).values(
            id=new_id(),
            team_id=tend.team_id,
            lead_id=lead_id,
            purpose=purpose,
            model=answer.usage.model,
            outcome="read",
            input_tokens=answer.usage.input_tokens,
            output_tokens=answer.usage.output_tokens,
            cost_microusd=answer.usage.cost_microusd,
            milliseconds=took,
            request_id=answer.usage.request_id,
            at=now,
        )
    )

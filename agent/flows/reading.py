"""Reads what leads wrote: claims unread messages, asks the reader, stores what it said, and lets `following` act on it.

The model is asked outside any transaction and within its budget; when it errs the local reader has answered.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing
from agent.flows.following import Read, follow_up
from agent.log import log
from agent.rules.asking import proposes
from agent.store import claims, leads, messages
from agent.store.ids import new_id
from agent.store.tables import messages as messages_table
from agent.store.tables import model_calls, readings
from agent.tend import Tend
from integrations.errors import ReaderError
from integrations.language_model import Answer, ReadingRequest

_BATCH = 20


async def read_due(tend: Tend) -> int:
    """Read every unread message; returns how many."""

    async def unit(conn: AsyncConnection) -> Sequence[Row[Any]]:
        return await claims.claim(conn, readings, team_id=tend.team_id, now=tend.now(), limit=_BATCH, by=tend.claimer)

    claimed = await tend.writer.run(unit)
    await asyncio.gather(*(_read_or_hand_over(tend, row) for row in claimed))
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


async def _read_or_hand_over(tend: Tend, row: Row[Any]) -> None:
    try:
        await _read_one(tend, row)
    except Exception as error:  # noqa: BLE001 - a bug: a person reads this one, the tick goes on
        log.exception("reply.failed", lead=row.lead_id.hex, error=type(error).__name__)
        await tend.writer.run(partial(_hand_over, tend=tend, row=row, error=error))


async def _hand_over(conn: AsyncConnection, *, tend: Tend, row: Row[Any], error: Exception) -> None:
    await conn.execute(
        update(readings)
        .where(readings.c.team_id == tend.team_id, readings.c.id == row.id)
        .values(state="failed", reason=type(error).__name__, lease_owner=None, lease_until=None)
    )
    action = "Tend could not read what they wrote. Read it and answer."
    await handing.read_it_yourself(conn, tend, row.lead_id, quote="", action=action)


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
    words = open_text("messages", "body", message.id, message.body)
    asked = open_text("messages", "body", before.id, before.body) if before is not None else ""
    request = ReadingRequest(
        text=words or open_text("messages", "subject", message.id, message.subject),
        previous_outbound=asked,
        facts=_told(lead, facts),
    )
    answer, took = await ask(tend, request)
    read = Read(
        reading_id=row.id,
        cause=message.id,
        lead_id=row.lead_id,
        words=words,
        channel=message.channel,
        address_hash=bytes(message.address_hash),
        we_asked=proposes(asked),
        said_at=message.at,
        reading=answer.reading,
    )

    async def unit(conn: AsyncConnection) -> None:
        await _store(conn, tend, row, answer, took=took)
        await follow_up(conn, tend, read)

    await tend.writer.run(unit)
    log.info(
        "reply.read", lead=row.lead_id.hex, intent=answer.reading.intent.value, reader=answer.reading.reader, ms=took
    )


def _told(lead: Row[Any], facts: Mapping[str, Any]) -> dict[str, str]:
    """What is known of the lead from elsewhere: CRM and form. Which language they speak is for routing alone."""
    known = {"source": lead.source, "stage": lead.crm_stage, "known_intent": lead.intent, **facts}
    return {
        name: str(value)
        for name, value in known.items()
        if isinstance(value, str | int) and value != "" and name != "language"
    }


async def _store(conn: AsyncConnection, tend: Tend, row: Row[Any], answer: Answer, *, took: int) -> None:
    reading, now = answer.reading, tend.now()
    detail = {
        "quote": reading.quote,
        "reason": reading.reason,
        "slots": {key: value for key, value in asdict(reading.slots).items() if value not in ("", None)},
        "strength": reading.strength,
        "timeline": reading.timeline.value,
        "language": reading.language,
        "confidences": dict(reading.confidences),
        "version": reading.version,
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
    await note_usage(conn, tend, row.lead_id, answer, purpose="reply", took=took)


async def note_usage(
    conn: AsyncConnection, tend: Tend, lead_id: UUID, answer: Answer, *, purpose: str, took: int
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
            outcome="unusable" if answer.reading.by_local_reader else "read",
            input_tokens=answer.usage.input_tokens,
            output_tokens=answer.usage.output_tokens,
            cost_microusd=answer.usage.cost_microusd,
            milliseconds=took,
            request_id=answer.usage.request_id,
            at=tend.now(),
        )
    )

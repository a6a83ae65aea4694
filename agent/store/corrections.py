"""What people said messages really meant: kept beside the reading, and given out as labelled lines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.steering import kept
from agent.store.seal import Sealer
from agent.store.tables import messages, readings
from integrations.language_model import Intent


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected message: its words, what we had written before, what it means, and what it was read as."""

    message_id: UUID
    text: str
    previous_outbound: str
    label: str
    read_as: str
    reader: str


async def correct(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    lead_id: UUID,
    reading_id: UUID,
    intent: Intent,
    by: UUID | None,
    at: datetime,
) -> Row[Any] | None:
    """Keep what a message of this lead really means; returns the reading, None where there is none such."""
    return (
        await conn.execute(
            update(readings)
            .where(
                readings.c.team_id == team_id,
                readings.c.lead_id == lead_id,
                readings.c.id == reading_id,
                readings.c.intent != "",
            )
            .values(corrected_intent=intent.value, corrected_by=by, corrected_at=at)
            .returning(readings.c.intent, readings.c.detail, readings.c.message_id)
        )
    ).one_or_none()


async def known_by(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> str:
    """The intent a lead is known by from its messages, corrections counted; empty where none was read."""
    rows = await conn.execute(
        select(readings.c.intent, readings.c.corrected_intent)
        .where(readings.c.team_id == team_id, readings.c.lead_id == lead_id, readings.c.intent != "")
        .order_by(readings.c.read_at, readings.c.id)
    )
    known = ""
    for row in rows:
        known = kept(Intent(row.corrected_intent or row.intent), before=known)
    return known


async def everyone(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer) -> list[Corrected]:
    """Every corrected message of the team, in the order people corrected them."""
    before = messages.alias("before")
    asked = (
        select(before.c.id)
        .where(
            before.c.team_id == team_id,
            before.c.lead_id == messages.c.lead_id,
            before.c.direction == "out",
            before.c.at <= messages.c.at,
        )
        .order_by(before.c.at.desc(), before.c.id.desc())
        .limit(1)
        .correlate(messages)
        .scalar_subquery()
    )
    rows = (
        await conn.execute(
            select(readings, messages.c.body, messages.c.subject, asked.label("asked_id"))
            .join(messages, (messages.c.team_id == readings.c.team_id) & (messages.c.id == readings.c.message_id))
            .where(readings.c.team_id == team_id, readings.c.corrected_intent != "")
            .order_by(readings.c.corrected_at, readings.c.id)
        )
    ).all()
    ours = await conn.execute(
        select(messages.c.id, messages.c.body).where(
            messages.c.team_id == team_id, messages.c.id.in_([row.asked_id for row in rows if row.asked_id])
        )
    )
    wrote = {row.id: sealer.open("messages", "body", row.id, row.body) for row in ours}
    return [
        Corrected(
            message_id=row.message_id,
            text=sealer.open("messages", "body", row.message_id, row.body)
            or sealer.open("messages", "subject", row.message_id, row.subject),
            previous_outbound=wrote.get(row.asked_id, ""),
            label=row.corrected_intent,
            read_as=row.intent,
            reader=row.reader,
        )
        for row in rows
    ]


def quote_of(sealer: Sealer, reading_id: UUID, detail: bytes) -> str:
    """The words of the lead a reading rests on."""
    return str(json.loads(sealer.open("readings", "detail", reading_id, detail) or "{}").get("quote", ""))

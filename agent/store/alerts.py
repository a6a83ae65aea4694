"""Alerts that belong to no to-do: news of a lead for one person of the team, and the lead's words that it quotes."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import alerts, lead_events
from agent.store.upsert import insert_ignoring


async def plan_news(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    lead_id: UUID,
    user_id: UUID,
    channel: str,
    dedupe_key: str,
    name: str,
    words: dict[str, str],
    at: datetime,
    now: datetime,
) -> None:
    """Plan one alert to a person, to leave `at` an instant; once a dedupe key."""
    alert_id = new_id()
    await conn.execute(
        insert_ignoring(conn, alerts).values(
            id=alert_id,
            team_id=team_id,
            lead_id=lead_id,
            user_id=user_id,
            channel=channel,
            dedupe_key=dedupe_key,
            name=name,
            words=sealer.seal("alerts", "words", alert_id, json.dumps(words)),
            state="planned",
            due_at=at,
            created_at=now,
        )
    )


async def last_words(conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, lead_id: UUID) -> str:
    """What they wrote when they last came in; empty when nothing."""
    row = (
        await conn.execute(
            select(lead_events)
            .where(
                lead_events.c.team_id == team_id,
                lead_events.c.lead_id == lead_id,
                lead_events.c.kind.in_(("arrived", "seen_again", "form_repeated")),
            )
            .order_by(lead_events.c.at.desc(), lead_events.c.id.desc())
            .limit(1)
        )
    ).one_or_none()
    words = json.loads(sealer.open("lead_events", "payload", row.id, row.payload)) if row is not None else {}
    return str(words.get("message") or "")

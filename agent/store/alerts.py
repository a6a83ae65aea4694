"""Alerts to people: of an open to-do, news of a lead, a campaign's notice; and the lead's words that they quote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.seal import Sealer
from agent.store.tables import alerts, lead_events
from agent.store.upsert import insert_ignoring


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """An alert about a lead: to a person of the team (`user_id`), or an email to any `address`; one a dedupe key."""

    lead_id: UUID
    channel: str
    dedupe_key: str
    name: str
    words: Mapping[str, str]
    user_id: UUID | None = None
    todo_id: UUID | None = None
    address: str | None = None


async def plan(
    conn: AsyncConnection, *, team_id: UUID, sealer: Sealer, alert: NewAlert, at: datetime, now: datetime
) -> None:
    """Plan an alert, to leave `at` an instant; one with its dedupe key stays as it is."""
    alert_id = new_id()
    await conn.execute(
        insert_ignoring(conn, alerts).values(
            id=alert_id,
            team_id=team_id,
            lead_id=alert.lead_id,
            todo_id=alert.todo_id,
            user_id=alert.user_id,
            channel=alert.channel,
            address=None if alert.address is None else sealer.seal("alerts", "address", alert_id, alert.address),
            dedupe_key=alert.dedupe_key,
            name=alert.name,
            words=sealer.seal("alerts", "words", alert_id, json.dumps(dict(alert.words))),
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

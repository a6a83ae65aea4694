"""What Tend did in the last 24 hours: every touch that ended or was held, with the reason, and how many of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import shorten
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.seal import Sealer
from agent.store.tables import leads, messages, touches
from agent.store.views.faces import Face, face

_DAY = timedelta(hours=24)
_NOT_SENT = frozenset({"held", "skipped", "canceled", "failed"})
_LINES = 200
_SAID_AT_MOST = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class DidLine:
    """One touch. `state` is its end state, or `held` for one that waits with a reason; `said` its first words."""

    face: Face
    at: datetime
    state: str
    channel: str
    by: str
    said: str
    reason: str
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Did:
    """Counts by state and by reason word, and the latest lines (at most 200)."""

    counts: Mapping[str, int]
    why_not: Mapping[str, int]
    leads: int
    lines: tuple[DidLine, ...]
    more: int


async def what_tend_did(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    sealer: Sealer,
    now: datetime,
    user_names: Mapping[str, str],
    team_zone: str,
) -> Did:
    """Answer for the 24 hours before `now`; `user_names` are by user key, as messages name who wrote."""
    held = (touches.c.state == "planned") & (touches.c.reason != "")
    rows = (
        await conn.execute(
            select(
                touches,
                messages.c.id.label("said_id"),
                messages.c.body,
                messages.c.subject,
                messages.c.written_by,
            )
            .outerjoin(messages, (messages.c.team_id == touches.c.team_id) & (messages.c.id == touches.c.message_id))
            .where(touches.c.team_id == team_id, or_(touches.c.ended_at > now - _DAY, held))
            .order_by(touches.c.ended_at.desc().nulls_first(), touches.c.due_at)
        )
    ).all()
    shown = rows[:_LINES]
    people = await _people(conn, team_id=team_id, lead_ids=list({row.lead_id for row in shown}))
    counts = Counter(_state(row) for row in rows)
    return Did(
        counts=counts,
        why_not=Counter(row.word.replace("_", " ") for row in rows if row.word and _state(row) in _NOT_SENT),
        leads=len({row.lead_id for row in rows}),
        lines=tuple(
            _line(sealer, row, people[row.lead_id], user_names=user_names, team_zone=team_zone)
            for row in shown
            if row.lead_id in people
        ),
        more=len(rows) - len(shown),
    )


def _line(sealer: Sealer, row: Row[Any], lead: Row[Any], *, user_names: Mapping[str, str], team_zone: str) -> DidLine:
    state = _state(row)
    said = ""
    if row.said_id is not None:
        said = sealer.open("messages", "subject", row.said_id, row.subject) or sealer.open(
            "messages", "body", row.said_id, row.body
        )
    return DidLine(
        face=face(sealer, lead, reach={}, team_zone=team_zone),
        at=row.ended_at or row.planned_at,
        state=state,
        channel=row.channel,
        by=user_names.get(row.written_by or "", "Tend"),
        said=shorten(said, _SAID_AT_MOST, placeholder="…"),
        reason=row.reason or row.verdict,
        until=row.due_at if state == "held" else None,
    )


def _state(row: Row[Any]) -> str:
    if row.state == "planned":
        return "held"
    return "to-do" if row.channel == "call" and row.state == "sent" else str(row.state)


async def _people(conn: AsyncConnection, *, team_id: UUID, lead_ids: list[UUID]) -> dict[UUID, Row[Any]]:
    rows = await conn.execute(select(leads).where(leads.c.team_id == team_id, leads.c.id.in_(lead_ids)))
    return {row.id: row for row in rows}

"""Where enrollments stand in their sequences, and the next step of each as a planned touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.ids import new_id
from agent.store.plain_rows import plain
from agent.store.tables import enrollments, leads, touches
from agent.store.upsert import insert_ignoring

LATE_AFTER = timedelta(hours=72)
"""How long a step may come late and still be of use."""
_BEHIND = (
    select(
        *(enrollments.c[name] for name in ("id", "lead_id", "version_id", "sequence", "state", "step", "started_at")),
        enrollments.c.end_reason,
        leads.c.zones,
    )
    .join(leads, (leads.c.team_id == enrollments.c.team_id) & (leads.c.id == enrollments.c.lead_id))
    .where(enrollments.c.team_id == bindparam("team_id"), enrollments.c.id.in_(bindparam("ids", expanding=True)))
)
_AT_STEP = (
    update(enrollments)
    .where(enrollments.c.team_id == bindparam("b_team_id"))
    .where(enrollments.c.id == bindparam("b_id"), enrollments.c.step < bindparam("b_step"))
    .values(step=bindparam("b_step"))
)


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where an enrollment goes next: `step` is the index in its sequence."""

    enrollment_id: UUID
    lead_id: UUID
    step: int
    channel: str
    due_at: datetime


async def behind(conn: AsyncConnection, *, team_id: UUID, rows: Iterable[Row[Any]]) -> dict[UUID, Row[Any]]:
    """The enrollments behind these rows of touches, by id, each with the `zones` of its lead."""
    ids = list({row.enrollment_id for row in rows if row.enrollment_id is not None})
    if not ids:
        return {}
    return {row.id: row for row in plain(await conn.execute(_BEHIND, {"team_id": team_id, "ids": ids}))}


async def plan(conn: AsyncConnection, *, team_id: UUID, now: datetime, ahead: Sequence[NextStep]) -> None:
    """Insert the next touch of each enrollment; one that is there already stays as it is."""
    if not ahead:
        return
    rows = [
        {
            "id": new_id(),
            "team_id": team_id,
            "lead_id": step.lead_id,
            "enrollment_id": step.enrollment_id,
            "step": step.step,
            "kind": "sequence",
            "channel": step.channel,
            "dedupe_key": f"enrollment:{step.enrollment_id.hex}:{step.step}",
            "planned_at": now,
            "due_at": step.due_at,
            "not_after": step.due_at + LATE_AFTER,
            "state": "planned",
        }
        for step in ahead
    ]
    await conn.execute(insert_ignoring(conn, touches), rows)
    await conn.execute(
        _AT_STEP, [{"b_team_id": team_id, "b_id": step.enrollment_id, "b_step": step.step} for step in ahead]
    )

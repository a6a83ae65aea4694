"""Enrollments and the one planned touch each of them has: start, pause, resume, end, plan the next.

An enrollment pins a sequence version. Ending cancels its touch in the same transaction; pausing leaves the row, since
claims ask for an active enrollment.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, literal_column, select, true, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.rules.gate import STOP_CONFIRMATION
from agent.rules.sequences import Sequence as Plan
from agent.rules.sequences import due_at
from agent.store import steps
from agent.store.ids import new_id
from agent.store.steps import NextStep
from agent.store.tables import enrollments, touches

_LIVING: tuple[ColumnElement[str], ...] = literal_column("'active'"), literal_column("'paused'")
_WAITING = touches.c.state.in_((literal_column("'planned'"), literal_column("'claimed'"))) & (
    touches.c.purpose != STOP_CONFIRMATION
)


@dataclass(frozen=True, slots=True)
class Start:
    """Who starts what: `zone` is the first of the lead's candidate zones, `id` the enrollment's."""

    lead_id: UUID
    plan: Plan
    version_id: UUID
    zone: str
    id: UUID = field(default_factory=new_id)


async def living(conn: AsyncConnection, *, team_id: UUID, lead_ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Active and paused enrollments of these leads."""
    return (
        await conn.execute(
            select(enrollments).where(
                enrollments.c.team_id == team_id,
                enrollments.c.lead_id.in_(list(lead_ids)),
                enrollments.c.state.in_(_LIVING),
            )
        )
    ).all()


async def ever(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID) -> Sequence[Row[Any]]:
    """All enrollments of a lead, oldest first."""
    return (
        await conn.execute(
            select(enrollments)
            .where(enrollments.c.team_id == team_id, enrollments.c.lead_id == lead_id)
            .order_by(enrollments.c.started_at)
        )
    ).all()


async def start(
    conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, plan: Plan, version_id: UUID, zone: str, now: datetime
) -> UUID:
    """Enroll a lead and plan the first touch. The unique index refuses a second living enrollment in the sequence."""
    (enrollment_id,) = await start_many(conn, team_id=team_id, starts=[Start(lead_id, plan, version_id, zone)], now=now)
    return enrollment_id


async def start_many(conn: AsyncConnection, *, team_id: UUID, starts: Sequence[Start], now: datetime) -> Sequence[UUID]:
    """Enroll these leads, as `start` does, in two statements for all; returns the enrollments' ids in order."""
    if not starts:
        return []
    rows = [
        {
            "id": each.id,
            "team_id": team_id,
            "lead_id": each.lead_id,
            "version_id": each.version_id,
            "sequence": each.plan.key,
            "state": "active",
            "step": 0,
            "started_at": now,
        }
        for each in starts
    ]
    await conn.execute(insert(enrollments), rows)
    ahead = []
    for each in starts:
        first = each.plan.steps[0]
        due = due_at(first, started_at=now, zone=each.zone, not_before=now)
        ahead.append(NextStep(each.id, each.lead_id, 0, first.channel, due))
    await steps.plan(conn, team_id=team_id, now=now, ahead=ahead)
    return [each.id for each in starts]


async def pause(
    conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, now: datetime, resume_at: datetime | None = None
) -> int:
    """Pause every active enrollment of a lead (and set when paused ones resume); returns how many were living."""
    result = await conn.execute(
        update(enrollments)
        .where(enrollments.c.team_id == team_id, enrollments.c.lead_id == lead_id, enrollments.c.state.in_(_LIVING))
        .values(state="paused", paused_at=now, resume_at=resume_at)
    )
    return result.rowcount


async def resume(conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, now: datetime) -> int:
    """Make paused enrollments active again; their touch is due now at the earliest, and late from now on."""
    paused = (
        (
            await conn.execute(
                update(enrollments)
                .where(
                    enrollments.c.team_id == team_id,
                    enrollments.c.lead_id == lead_id,
                    enrollments.c.state == literal_column("'paused'"),
                )
                .values(state="active", paused_at=None, resume_at=None)
                .returning(enrollments.c.id)
            )
        )
        .scalars()
        .all()
    )
    if paused:
        waiting = (touches.c.team_id == team_id) & touches.c.enrollment_id.in_(paused)
        overdue = waiting & (touches.c.state == literal_column("'planned'")) & (touches.c.due_at < now)
        await conn.execute(update(touches).where(overdue).values(due_at=now, not_after=now + steps.LATE_AFTER))
    return len(paused)


async def to_resume(conn: AsyncConnection, *, team_id: UUID, now: datetime, limit: int) -> Sequence[UUID]:
    """Leads with a paused enrollment whose resume time has come."""
    return (
        (
            await conn.execute(
                select(enrollments.c.lead_id)
                .where(
                    enrollments.c.team_id == team_id,
                    enrollments.c.state == literal_column("'paused'"),
                    enrollments.c.resume_at <= now,
                )
                .distinct()
                .limit(limit)
            )
        )
        .scalars()
        .all()
    )


async def end(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    lead_ids: Collection[UUID],
    now: datetime,
    reason: str,
    word: str,
    but_people: bool = False,
) -> int:
    """End every living enrollment of these leads and cancel their waiting touches; returns touches canceled.

    With `but_people` what a person wrote is left to the gate, which tells them where it does not leave.
    """
    ids = list(lead_ids)
    await conn.execute(
        update(enrollments)
        .where(enrollments.c.team_id == team_id, enrollments.c.lead_id.in_(ids), enrollments.c.state.in_(_LIVING))
        .values(state="ended", ended_at=now, end_reason=reason, resume_at=None)
    )
    return await cancel_touches(
        conn, team_id=team_id, lead_ids=ids, now=now, reason=reason, word=word, but_people=but_people
    )


async def cancel_touches(
    conn: AsyncConnection,
    *,
    team_id: UUID,
    lead_ids: Collection[UUID],
    now: datetime,
    reason: str,
    word: str,
    but_people: bool = False,
) -> int:
    """Cancel every planned or claimed touch of these leads (`but_people`: not what a person wrote).

    Calls already in flight are left to finish. The confirmation of an opt-out is no part of what it ends.
    """
    result = await conn.execute(
        update(touches)
        .where(touches.c.team_id == team_id, touches.c.lead_id.in_(list(lead_ids)))
        .where(_WAITING, touches.c.kind != "manual" if but_people else true())
        .values(_canceled(now=now, reason=reason, word=word))
    )
    return result.rowcount


async def move(
    conn: AsyncConnection, *, team_id: UUID, row: Row[Any], version_id: UUID, now: datetime, reason: str
) -> UUID:
    """End a living enrollment and begin another in its place, with the same start and state, that pins `version_id`."""
    await conn.execute(
        update(enrollments)
        .where(enrollments.c.team_id == team_id, enrollments.c.id == row.id)
        .values(state="ended", ended_at=now, end_reason=reason, resume_at=None)
    )
    enrollment_id = new_id()
    await conn.execute(
        insert(enrollments).values(
            id=enrollment_id,
            team_id=team_id,
            lead_id=row.lead_id,
            version_id=version_id,
            sequence=row.sequence,
            state=row.state,
            step=0,
            started_at=row.started_at,
            paused_at=row.paused_at,
            resume_at=row.resume_at,
        )
    )
    return enrollment_id


def _canceled(*, now: datetime, reason: str, word: str) -> dict[str, Any]:
    return {
        "state": "canceled",
        "ended_at": now,
        "reason": reason,
        "word": word,
        "lease_owner": None,
        "lease_until": None,
    }


async def cancel_on(
    conn: AsyncConnection, *, team_id: UUID, lead_id: UUID, channels: Collection[str], now: datetime, reason: str
) -> Sequence[Row[Any]]:
    """Cancel a lead's planned or claimed touches on some channels; returns them, so that their next can be planned."""
    return (
        await conn.execute(
            update(touches)
            .where(touches.c.team_id == team_id, touches.c.lead_id == lead_id, touches.c.channel.in_(list(channels)))
            .where(_WAITING)
            .values(_canceled(now=now, reason=reason, word="opted_out"))
            .returning(touches.c.id, touches.c.lead_id, touches.c.enrollment_id, touches.c.step)
        )
    ).all()


async def complete(
    conn: AsyncConnection, *, team_id: UUID, enrollment_ids: Collection[UUID], now: datetime, reason: str
) -> None:
    """Mark enrollments whose last step has ended."""
    if enrollment_ids:
        await conn.execute(
            update(enrollments)
            .where(enrollments.c.team_id == team_id, enrollments.c.id.in_(list(enrollment_ids)))
            .values(state="completed", ended_at=now, end_reason=reason)
        )

"""Sequence versions: who is on which, and moving people to the present one, seen before it is done.

An enrollment pins the version it began with. Moving ends it and begins another at the same start, so that what was sent
stays as it was; people go on at the step of the same name, or at the first that is not due before the one they waited
for. Who has no step left in the new version, would get one again, or has a message on its way this moment, stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import planning
from agent.rules.sequences import Planned, Sequence, due_at
from agent.store import enrollments as enrollment_store
from agent.store import steps
from agent.store.steps import NextStep
from agent.store.tables import enrollments, leads, sequence_versions, touches
from agent.store.wake import after_commit
from agent.tend import Tend

MOVED = "moved to the present version of the sequence"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnVersion:
    """How many living enrollments pin one version of a sequence."""

    sequence: str
    version: str
    since: datetime
    people: int
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What moving does: people who go on, by the title of their next step; people who stay, by the reason."""

    goes_on: Mapping[str, int]
    stays: Mapping[str, int]


async def overview(tend: Tend) -> list[OnVersion]:
    """Every version that is present or has people on it."""
    people = func.count(enrollments.c.id)
    living = (enrollments.c.version_id == sequence_versions.c.id) & enrollments.c.state.in_(("active", "paused"))
    question = (
        select(sequence_versions, people.label("people"))
        .outerjoin(enrollments, (enrollments.c.team_id == sequence_versions.c.team_id) & living)
        .where(sequence_versions.c.team_id == tend.team_id)
        .group_by(sequence_versions.c.id)
        .order_by(sequence_versions.c.sequence, sequence_versions.c.created_at)
    )
    async with tend.reading() as conn:
        rows = (await conn.execute(question)).all()
    return [
        OnVersion(
            sequence=row.sequence,
            version=row.content_hash[:8],
            since=row.created_at,
            people=row.people,
            present=tend.versions.get(row.sequence) == row.id,
        )
        for row in rows
        if row.people or tend.versions.get(row.sequence) == row.id
    ]


async def move(tend: Tend, key: str, *, only_look: bool) -> Moves:
    """Move everyone on an older version of a sequence to the present one, or only say what that would do.

    Raises `LookupError` for a sequence nobody ships.
    """
    if key not in tend.words.sequences:
        raise LookupError(f"there is no sequence {key}; there are: {', '.join(tend.words.sequences)}")

    async def unit(conn: AsyncConnection) -> Moves:
        goes_on, stays = Counter[str](), Counter[str]()
        waiting = await _waiting(conn, tend, key)
        plans = await planning.pinned(conn, tend, waiting)
        for row in waiting:
            ahead = _same_place(plans[row.version_id], tend.sequence(key), row, tend)
            if row.touch_state != "planned":
                stays["a message is on its way"] += 1
            elif ahead is None:
                stays["no step is left in the present version"] += 1
            elif _would_come_again(plans[row.version_id], tend.sequence(key), row.touch_step, ahead):
                stays["a step they had comes again"] += 1
            else:
                goes_on[ahead.step.id] += 1
                if not only_look:
                    await _move_one(conn, tend, row, ahead)
        if goes_on and not only_look:
            after_commit(conn, "sending", "live")
        return Moves(goes_on=goes_on, stays=stays)

    return await tend.writer.run(unit)


async def _waiting(conn: AsyncConnection, tend: Tend, key: str) -> list[Row[Any]]:
    """Living enrollments on older versions, each with the touch that stands for its next step."""
    question = (
        select(
            enrollments,
            leads.c.zones,
            touches.c.id.label("touch_id"),
            touches.c.step.label("touch_step"),
            touches.c.state.label("touch_state"),
            touches.c.due_at.label("touch_due_at"),
        )
        .join(leads, (leads.c.team_id == enrollments.c.team_id) & (leads.c.id == enrollments.c.lead_id))
        .join(
            touches,
            (touches.c.team_id == enrollments.c.team_id)
            & (touches.c.enrollment_id == enrollments.c.id)
            & (touches.c.step == enrollments.c.step),
        )
        .where(
            enrollments.c.team_id == tend.team_id,
            enrollments.c.sequence == key,
            enrollments.c.state.in_(("active", "paused")),
            enrollments.c.version_id != tend.versions[key],
        )
        .order_by(enrollments.c.id)
        .with_for_update(of=touches)
    )
    return list(await conn.execute(question))


def _same_place(old: Sequence, new: Sequence, row: Row[Any], tend: Tend) -> Planned | None:
    """The step of the new version at which somebody goes on, and when."""
    waits_for = old.steps[row.touch_step]
    zone = (row.zones or tend.team.zone).split(",")[0]
    nominal = due_at(waits_for, started_at=row.started_at, zone=zone, not_before=row.started_at)
    for index, step in enumerate(new.steps):
        if step.id == waits_for.id:
            return Planned(index, step, row.touch_due_at)
    for index, step in enumerate(new.steps):
        due = due_at(step, started_at=row.started_at, zone=zone, not_before=row.started_at)
        if due >= nominal:
            return Planned(index, step, max(due, row.touch_due_at))
    return None


def _would_come_again(old: Sequence, new: Sequence, waits_at: int, ahead: Planned) -> bool:
    """Whether a step they went past stands later in the new version."""
    had = {step.id for step in old.steps[:waits_at]}
    return any(step.id in had for step in new.steps[ahead.step_index :])


async def _move_one(conn: AsyncConnection, tend: Tend, row: Row[Any], ahead: Planned) -> None:
    now = tend.now()
    await conn.execute(
        update(touches)
        .where(touches.c.team_id == tend.team_id, touches.c.id == row.touch_id)
        .values(state="canceled", ended_at=now, word="moved", reason=MOVED)
    )
    begun: UUID = await enrollment_store.move(
        conn, team_id=tend.team_id, row=row, version_id=tend.versions[row.sequence], now=now, reason=MOVED
    )
    step = NextStep(begun, row.lead_id, ahead.step_index, ahead.step.channel, ahead.due_at)
    await steps.plan(conn, team_id=tend.team_id, now=now, ahead=[step])

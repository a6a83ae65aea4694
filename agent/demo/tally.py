"""What happened, counted, and the invariant re-derived from independent sources.

What was due comes from the enrollments and their pinned plans; what was sent is what the receiving stand-ins counted;
only then are the touches' own states compared with both. A claim counted twice from one table would prove nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.demo.world import World
from agent.flows import planning
from agent.rules.gate import STOP_CONFIRMATION
from agent.rules.sequences import plan
from agent.store.tables import alerts, enrollments, leads, messages, suppressions, todos, touches
from agent.tend import Tend

ENDS = ("sent", "skipped", "canceled", "failed", "uncertain")
WAITING = ("planned", "claimed", "sending")


async def count(here: World) -> dict[str, Any]:
    """Everything a reader of `demo --once --json` gets."""
    tend = here.tend
    async with tend.reading() as conn:
        rows = (await conn.execute(select(touches).where(touches.c.team_id == tend.team_id))).all()
        people = (await conn.execute(select(leads).where(leads.c.team_id == tend.team_id))).all()
        inbound = await _inbound(conn, tend)
        told = (await conn.execute(select(alerts).where(alerts.c.team_id == tend.team_id))).all()
        work = (await conn.execute(select(todos).where(todos.c.team_id == tend.team_id))).all()
        stopped = (
            await conn.execute(select(suppressions.c.reason).where(suppressions.c.team_id == tend.team_id))
        ).all()
        broken = await broken_promises(conn, here)
    return {
        "leads": len(people),
        "touches": dict(Counter(row.state for row in rows)),
        "sent_by_channel": dict(Counter(row.channel for row in rows if row.state == "sent")),
        "skipped": dict(Counter(row.word for row in rows if row.state == "skipped")),
        "held": dict(Counter(row.held_word for row in rows if row.held_word)),
        "replies": len(inbound),
        "opt_outs": sum(1 for lead in people if lead.end_reason == "opted out"),
        "suppressed_addresses": len(stopped),
        "hot_alerts": len({row.todo_id for row in told if row.name == "hot-lead"}),
        "alerts": dict(Counter(row.state for row in told)),
        "open_todos": sum(1 for row in work if row.state == "open"),
        "receiver": {
            "email": here.receivers.email.count,
            "sms": here.receivers.sms.count,
            "doubled": here.receivers.email.doubled + here.receivers.sms.doubled,
        },
        "crm_notes": len(here.account.notes),
        "invariant_holds": not broken,
        "broken": broken,
    }


async def broken_promises(conn: AsyncConnection, here: World) -> list[str]:
    """Every way in which what happened differs from what was promised; empty when the invariant holds."""
    tend = here.tend
    return [
        *await _due_is_accounted_for(conn, here),
        *await _nobody_fell_through(conn, tend),
        *await _nothing_after_stop(conn, tend),
    ]


async def _due_is_accounted_for(conn: AsyncConnection, here: World) -> list[str]:
    """Due = sent + skipped + canceled + failed + uncertain + waiting, with due from the plan and sent from outside."""
    tend = here.tend
    enrolled = (await conn.execute(select(enrollments).where(enrollments.c.team_id == tend.team_id))).all()
    plans = await planning.pinned(conn, tend, enrolled)
    rows = (await conn.execute(select(touches).where(touches.c.team_id == tend.team_id))).all()
    by_step = {(row.enrollment_id, row.step): row for row in rows if row.enrollment_id is not None}
    due = 0
    broken: list[str] = []
    for enrollment in enrolled:
        steps = plans[enrollment.version_id].steps
        reached = len(steps) if enrollment.state == "completed" else enrollment.step + 1
        due += reached
        broken += [
            f"step {step} of {enrollment.id} has no touch"
            for step in range(reached)
            if (enrollment.id, step) not in by_step
        ]
        zone = await _zone(conn, tend, enrollment.lead_id)
        planned = plan(plans[enrollment.version_id], started_at=enrollment.started_at, zone=zone)
        broken += [
            f"step {each.step_index} of {enrollment.id} went out before it was due"
            for each in planned
            if (row := by_step.get((enrollment.id, each.step_index))) is not None
            and row.state == "sent"
            and row.ended_at < each.due_at
        ]
    received = await _received(conn, here)
    kinds = {row.id: row for row in rows}
    sent_outside = sum(1 for touch_id in received if touch_id in kinds and kinds[touch_id].kind == "sequence")
    calls = sum(1 for row in rows if row.kind == "sequence" and row.channel == "call" and row.state == "sent")
    states = Counter(row.state for row in rows if row.kind == "sequence")
    accounted = sent_outside + calls + sum(states[state] for state in (*ENDS[1:], *WAITING))
    if due != accounted:
        broken.append(f"{due} touches came due, {accounted} are accounted for")
    recorded = {row.id for row in rows if row.state == "sent" and row.channel != "call"}
    if recorded != received:
        broken.append(f"{len(recorded)} touches are recorded as sent, the receivers got {len(received)}")
    if here.receivers.email.doubled or here.receivers.sms.doubled:
        broken.append("a receiver got a message twice")
    return broken


async def _received(conn: AsyncConnection, here: World) -> set[UUID]:
    """The touches whose messages the receiving ends say they got (alerts to humans left out)."""
    ids = {
        UUID(hex=received.our_id)
        for receiver in (here.receivers.email, here.receivers.sms)
        for received in receiver.received()
    }
    rows = await conn.execute(
        select(messages.c.id, messages.c.touch_id).where(
            messages.c.team_id == here.tend.team_id, messages.c.direction == "out"
        )
    )
    return {row.touch_id for row in rows if row.id in ids}


async def _nobody_fell_through(conn: AsyncConnection, tend: Tend) -> list[str]:
    """Every living lead has a planned touch that can go, an open to-do with a due time, or an end reason."""
    going = select(touches.c.lead_id).where(touches.c.team_id == tend.team_id, touches.c.state.in_(WAITING))
    resuming = select(enrollments.c.lead_id).where(
        enrollments.c.team_id == tend.team_id, enrollments.c.state == "paused", enrollments.c.resume_at.is_(None)
    )
    work = select(todos.c.lead_id).where(todos.c.team_id == tend.team_id, todos.c.state == "open")
    forgotten = await conn.execute(
        select(leads.c.id).where(
            leads.c.team_id == tend.team_id,
            leads.c.deleted_at.is_(None),
            leads.c.end_reason == "",
            leads.c.id.not_in(work),
            leads.c.id.not_in(going.where(touches.c.lead_id.not_in(resuming))),
        )
    )
    return [f"lead {lead_id} has nothing planned, no to-do and no end" for lead_id in forgotten.scalars()]


async def _nothing_after_stop(conn: AsyncConnection, tend: Tend) -> list[str]:
    """No message left to an address after it was suppressed, but the one that confirms it."""
    rows = await conn.execute(
        select(messages.c.id)
        .join(
            suppressions,
            (suppressions.c.team_id == messages.c.team_id)
            & (suppressions.c.channel == messages.c.channel)
            & (suppressions.c.value_hash == messages.c.address_hash),
        )
        .outerjoin(touches, (touches.c.team_id == messages.c.team_id) & (touches.c.id == messages.c.touch_id))
        .where(
            messages.c.team_id == tend.team_id,
            messages.c.direction == "out",
            suppressions.c.lifted_at.is_(None),
            messages.c.at > suppressions.c.created_at,
            func.coalesce(touches.c.purpose, "") != STOP_CONFIRMATION,
        )
    )
    return [f"message {message_id} left after a stop" for message_id in rows.scalars()]


async def _zone(conn: AsyncConnection, tend: Tend, lead_id: UUID) -> str:
    zones = (
        await conn.execute(select(leads.c.zones).where(leads.c.team_id == tend.team_id, leads.c.id == lead_id))
    ).scalar_one()
    return str(zones).split(",")[0] or tend.team.zone


async def _inbound(conn: AsyncConnection, tend: Tend) -> list[UUID]:
    rows = await conn.execute(
        select(messages.c.id).where(messages.c.team_id == tend.team_id, messages.c.direction == "in")
    )
    return list(rows.scalars())

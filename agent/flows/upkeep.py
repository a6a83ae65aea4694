"""The small recurring chores that keep promises: lapsed leases, uncertain touches, enrollments whose pause is over.

An uncertain touch is settled by asking the sender whether our id arrived; where it cannot say, after an hour a person
is asked. A text is never sent again by itself; an email only when the sender says it never got it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import handing, planning
from agent.store import claims, enrollments, touches
from agent.store.wake import after_commit
from agent.tend import Tend
from channels.outcomes import CannotTell, FindOutcome, Found, NotFound

ASK_A_PERSON_AFTER = timedelta(hours=1)
_BATCH = 100


async def reclaim(tend: Tend) -> int:
    """Give lapsed claims back and mark lapsed calls uncertain; returns how many rows changed."""

    async def unit(conn: AsyncConnection) -> int:
        settled = await claims.reclaim_lapsed(conn, team_id=tend.team_id, now=tend.now())
        if any(settled.values()):
            after_commit(conn, "sending", "intake", "reading", "alerts", "crm_sync")
        return sum(settled.values())

    return await tend.writer.run(unit)


async def resume_due(tend: Tend) -> int:
    """Resume enrollments whose pause is over; returns how many leads."""

    async def unit(conn: AsyncConnection) -> int:
        now = tend.now()
        due = await enrollments.to_resume(conn, team_id=tend.team_id, now=now, limit=_BATCH)
        for lead_id in due:
            await enrollments.resume(conn, team_id=tend.team_id, lead_id=lead_id, now=now)
        if due:
            after_commit(conn, "sending", "live")
        return len(due)

    return await tend.writer.run(unit)


async def reconcile(tend: Tend) -> int:
    """Ask senders about uncertain touches whose grace is over; returns how many were looked at."""
    async with tend.reading() as conn:
        due = await touches.uncertain_due(conn, team_id=tend.team_id, now=tend.now(), limit=_BATCH)
    for row in due:
        found = await _ask(tend, row)
        await tend.writer.run(partial(_settle, tend=tend, row=row, found=found))
    return len(due)


async def _ask(tend: Tend, row: Row[Any]) -> FindOutcome:
    sender = tend.doors.sms if row.channel == "sms" else tend.doors.email
    if sender is None:
        return CannotTell("no sender to ask")
    to = tend.sealer.open("messages", "address", row.message_id, row.address)
    return await sender.find(our_id=row.message_id.hex, to=to, since=row.called_at)


async def _settle(conn: AsyncConnection, *, tend: Tend, row: Row[Any], found: FindOutcome) -> None:
    now = tend.now()
    fresh = await touches.still_uncertain(conn, team_id=tend.team_id, touch_id=row.id, message_id=row.message_id)
    if fresh is None:
        return
    match found:
        case Found(provider_id=provider_id):
            changes = [
                {
                    **touches.change(fresh, state="sent", ended_at=now, word="", reason="found at the sender"),
                    "provider_id": provider_id,
                }
            ]
            await touches.record(conn, team_id=tend.team_id, changes=changes)
            await planning.after_sent(conn, tend, [fresh], now, dead_addresses=())
            await _go_on(conn, tend, [fresh])
        case NotFound() if row.channel == "email":
            living = await planning.enrollments_of(conn, tend, [fresh])
            values = planning.back_in_line(fresh, living, now, due_at=now, reason="the sender never got it")
            await touches.settle(conn, team_id=tend.team_id, changes=[touches.change(fresh, **values)])
            await touches.unsay(conn, team_id=tend.team_id, message_ids=[fresh.message_id])
        case NotFound() | CannotTell() if now >= row.called_at + ASK_A_PERSON_AFTER:
            await touches.settle(
                conn,
                team_id=tend.team_id,
                changes=[
                    touches.change(
                        fresh, state="failed", ended_at=now, word="unknown", reason="it may or may not have arrived"
                    )
                ],
            )
            await handing.read_it_yourself(
                conn,
                tend,
                fresh.lead_id,
                quote="",
                action="A message may or may not have arrived. Look at the conversation before you write again.",
            )
            await _go_on(conn, tend, [fresh])
        case NotFound() | CannotTell():
            await touches.settle(
                conn,
                team_id=tend.team_id,
                changes=[touches.change(fresh, due_at=row.called_at + ASK_A_PERSON_AFTER)],
            )
    after_commit(conn, "live", "sending")


async def _go_on(conn: AsyncConnection, tend: Tend, ended: Sequence[Row[Any]]) -> None:
    living = await planning.enrollments_of(conn, tend, ended)
    plans = await planning.pinned(conn, tend, living.values())
    await planning.plan_next(conn, tend, ended, living, plans)


__all__ = ["reclaim", "reconcile", "resume_due"]

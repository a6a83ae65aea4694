"""Stop all sending and start it again; a copy of a database goes on without what the original may have sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import planning
from agent.rules.verdicts import HoldWord
from agent.store import copies, installation, steps
from agent.store import touches as touch_store
from agent.store.tables import alerts, outbox, touches
from agent.store.wake import after_commit
from agent.tend import Tend

IN_BETWEEN = "due before this copy of the database was taken into use; the original may have sent it"
_BATCH = 500


async def pause_everything(tend: Tend, *, reason: str) -> None:
    """Stop all sending to leads; sequences wait where they are, and the wait does not make them late."""

    async def unit(conn: AsyncConnection) -> None:
        await installation.pause(conn, team_id=tend.team_id, now=tend.now(), reason=reason)
        after_commit(conn, "live")

    await tend.writer.run(unit)


async def resume_everything(tend: Tend, *, nothing_was_sent: bool = False) -> int:
    """Start sending again; what waited is looked at by the gate afresh, and email's brake counts from now on.

    Returns how many touches are left out.

    From a copy, what was due until now is left out and each sequence goes on at its next step that lies ahead, unless
    the person says that `nothing_was_sent` in between.
    """

    async def unit(conn: AsyncConnection) -> int:
        now = tend.now()
        left_out = 0
        refused_since = await copies.adopt(conn, tend.database.witness)
        if refused_since is not None and not nothing_was_sent:
            while batch := await _leave_out(conn, tend):
                left_out += batch
            await _leave_out_what_was_told(conn, tend, before=refused_since)
        await installation.unpause(conn, team_id=tend.team_id, now=now)
        await conn.execute(
            update(touches)
            .where(
                touches.c.team_id == tend.team_id,
                touches.c.state == "planned",
                touches.c.word.in_((HoldWord.PAUSED, HoldWord.EMAIL_BRAKE)),
            )
            .values(due_at=now, word="", reason="")
        )
        after_commit(conn, "live", "sending")
        return left_out

    return await tend.writer.run(unit)


async def _leave_out_what_was_told(conn: AsyncConnection, tend: Tend, *, before: datetime) -> None:
    """Alerts and CRM notes that were waiting when the copy was made: the original has sent those."""
    for table, waiting in ((alerts, "planned"), (outbox, "waiting")):
        await conn.execute(
            update(table)
            .where(table.c.team_id == tend.team_id, table.c.state == waiting, table.c.created_at < before)
            .values(state="skipped", reason=IN_BETWEEN, ended_at=tend.now())
        )


async def _leave_out(conn: AsyncConnection, tend: Tend) -> int:
    now = tend.now()
    due = select(touches).where(
        touches.c.team_id == tend.team_id,
        touches.c.state.in_(("planned", "claimed")),
        (touches.c.due_at <= now) | (touches.c.word == HoldWord.PAUSED),
    )
    rows = (await conn.execute(due.limit(_BATCH).with_for_update())).all()
    skipped = [
        touch_store.change(row, state="skipped", word="restored", reason=IN_BETWEEN, verdict=IN_BETWEEN, ended_at=now)
        for row in rows
    ]
    await touch_store.settle(conn, team_id=tend.team_id, changes=skipped)
    living = await steps.behind(conn, team_id=tend.team_id, rows=rows)
    plans = await planning.pinned(conn, tend, living.values())
    await planning.plan_next(conn, tend, rows, living, plans, only_ahead=True)
    return len(rows)

"""The rehearsal: thirty days in seconds with all accounted for, and an invariant that notices each planted fault."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.clock import ManualClock
from agent.demo import once, tally, world
from agent.demo.world import World
from agent.store.ids import new_id
from agent.store.tables import enrollments, leads, messages, suppressions, todos, touches
from agent.web.server import bind
from channels.email import OutgoingEmail
from tests.house.tree import ROOT

Fault = Callable[[AsyncConnection, Any], Awaitable[None]]


def test_thirty_virtual_days_end_in_one_json_object_with_every_promise_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agent", "demo", "--once", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    counted = json.loads(done.stdout)
    assert counted["invariant_holds"] is True, counted["broken"]
    assert counted["broken"] == []
    for name in ("leads", "replies", "opt_outs", "hot_alerts", "open_todos"):
        assert counted[name] > 0, name
    assert counted["leads"] >= 30
    assert {"sent", "skipped", "canceled"} <= counted["touches"].keys()
    assert {"no_consent"} <= counted["skipped"].keys()
    assert {"quiet_hours"} <= counted["held"].keys()
    assert counted["receiver"]["doubled"] == 0
    assert counted["sent_by_channel"]["sms"] > 0


class Undone(Exception):
    """Carries what was found out of a transaction that is rolled back."""


@pytest.fixture
async def rehearsal(tmp_path: Path) -> AsyncIterator[World]:
    """The demo after two days."""
    clock = ManualClock(once.START)
    async with world.opened(tmp_path / "demo", clock, bind("127.0.0.1", 0), patient=False) as here:
        await once.drive(here, clock, until=once.START + timedelta(days=2), tell=lambda _: None)
        yield here


async def broken_by(here: World, fault: Fault) -> str:
    """Plant a fault, ask the invariant, take the fault back; returns what it said."""

    async def unit(conn: AsyncConnection) -> None:
        await fault(conn, here.tend.team_id)
        raise Undone(*await tally.broken_promises(conn, here))

    with pytest.raises(Undone) as found:
        await here.tend.writer.run(unit)
    return "\n".join(found.value.args)


async def a_touch(conn: AsyncConnection, team: Any, state: str) -> Any:
    """The id of a sequence message in this state."""
    found = select(touches.c.id).where(
        touches.c.team_id == team,
        touches.c.state == state,
        touches.c.kind == "sequence",
        touches.c.channel.in_(("email", "sms")),
    )
    return (await conn.execute(found.limit(1))).scalar_one()


async def lost(conn: AsyncConnection, team: Any) -> None:
    """A planned touch vanishes."""
    touch_id = await a_touch(conn, team, "planned")
    await conn.execute(delete(touches).where(touches.c.team_id == team, touches.c.id == touch_id))


async def never_sent(conn: AsyncConnection, team: Any) -> None:
    """A touch is called sent, and nobody got it."""
    touch_id = await a_touch(conn, team, "planned")
    gone = update(touches).where(touches.c.team_id == team, touches.c.id == touch_id)
    await conn.execute(gone.values(state="sent", ended_at=once.START + timedelta(days=9)))


async def sent_in_secret(conn: AsyncConnection, team: Any) -> None:
    """A touch that somebody got is called skipped."""
    touch_id = await a_touch(conn, team, "sent")
    await conn.execute(
        update(touches).where(touches.c.team_id == team, touches.c.id == touch_id).values(state="skipped")
    )


async def too_early(conn: AsyncConnection, team: Any) -> None:
    """A touch went out before its time."""
    touch_id = await a_touch(conn, team, "sent")
    early = update(touches).where(touches.c.team_id == team, touches.c.id == touch_id)
    await conn.execute(early.values(ended_at=once.START - timedelta(days=1)))


async def forgotten(conn: AsyncConnection, team: Any) -> None:
    """A lead's enrollment is paused for ever, and nobody has a to-do."""
    touch_id = await a_touch(conn, team, "planned")
    touch = (await conn.execute(select(touches).where(touches.c.team_id == team, touches.c.id == touch_id))).one()
    stuck = update(enrollments).where(enrollments.c.team_id == team, enrollments.c.id == touch.enrollment_id)
    await conn.execute(stuck.values(state="paused", resume_at=None))
    await conn.execute(delete(todos).where(todos.c.team_id == team, todos.c.lead_id == touch.lead_id))


async def dropped(conn: AsyncConnection, team: Any) -> None:
    """A lead's end reason is lost."""
    ended = select(leads.c.id).where(leads.c.team_id == team, leads.c.end_reason == "opted out").limit(1)
    await conn.execute(update(leads).where(leads.c.team_id == team, leads.c.id.in_(ended)).values(end_reason=""))


async def after_stop(conn: AsyncConnection, team: Any) -> None:
    """A message stands there that left after its address was suppressed."""
    out = select(messages.c.address_hash).where(
        messages.c.team_id == team, messages.c.direction == "out", messages.c.channel == "email"
    )
    address = (await conn.execute(out.limit(1))).scalar_one()
    row = {"id": new_id(), "team_id": team, "channel": "email", "value_hash": address, "reason": "opted out"}
    await conn.execute(insert(suppressions).values(**row, created_at=once.START - timedelta(days=1)))


async def test_every_planted_fault_breaks_the_invariant_and_says_how(rehearsal: World) -> None:
    async def nothing(conn: AsyncConnection, team: Any) -> None:
        assert (
            await conn.execute(select(func.count()).select_from(touches).where(touches.c.team_id == team))
        ).scalar_one() > 40

    assert await broken_by(rehearsal, nothing) == ""
    said = {fault.__name__: await broken_by(rehearsal, fault) for fault in _FAULTS}
    expected = {
        "lost": "has no touch",
        "never_sent": "recorded as sent",
        "sent_in_secret": "recorded as sent",
        "too_early": "before it was due",
        "forgotten": "has nothing planned",
        "dropped": "has nothing planned",
        "after_stop": "left after a stop",
    }
    assert {name: words for name, words in said.items() if expected[name] not in words} == {}

    twice = rehearsal.receivers.email.received()[0].our_id
    email = OutgoingEmail(twice, "maria@example.com", "Tend", "a@example.com", "a@example.com", "again", "again")
    await rehearsal.receivers.email.send(email)
    assert "twice" in await broken_by(rehearsal, nothing)
    counted = await tally.count(rehearsal)
    assert counted["invariant_holds"] is False


_FAULTS: tuple[Fault, ...] = (lost, never_sent, sent_in_secret, too_early, forgotten, dropped, after_stop)

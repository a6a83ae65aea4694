"""APScheduler keeps the beat: a handful of recurring jobs that only set an event; one task per tick does the work.

Ticks are also woken at once by commits that made work. Losing the scheduler loses nothing: what is due is rows.
`drive` runs the same flows without a scheduler, until nothing is due, for rehearsals and stories on a moved clock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from agent.flows import (
    alerts,
    crm_sync,
    files,
    judging,
    likening,
    offering,
    polling,
    reactivation,
    reading,
    receipts,
    reconciling,
    stored_mail,
    upkeep,
    waiting,
)
from agent.flows.capture import Capture
from agent.flows.connecting import Watch
from agent.flows.intake import Intake
from agent.flows.sending import Sending
from agent.log import log
from agent.store import claims
from agent.tend import Tend


@dataclass(frozen=True, slots=True)
class Tick:
    """One recurring flow: its wake name, how often it looks by itself, and what it does."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[int]]


def ticks(tend: Tend) -> tuple[Tick, ...]:
    """The whole schedule."""
    intake, capture, sending, watch = Intake(tend), Capture(tend), Sending(tend), Watch(tend)
    return (
        Tick("intake", 1, lambda: _all(capture.take_in, intake.take_in, lambda: stored_mail.take_in(tend))),
        Tick("reading", 2, lambda: reading.read_due(tend)),
        Tick("sending", 1, sending.send_due),
        Tick("upkeep", 5, lambda: _upkeep(tend)),
        Tick("scoring", 60, lambda: judging.rescore_due(tend)),
        Tick("likeness", 60, lambda: likening.compare_due(tend)),
        Tick("alerts", 2, lambda: alerts.send_due(tend)),
        Tick("attachments", 5, lambda: files.fetch_due(tend)),
        Tick("crm_sync", 5, lambda: crm_sync.tell_crm(tend)),
        Tick("leases", 5, lambda: upkeep.reclaim(tend)),
        Tick("reconcile", 30, lambda: _all(lambda: reconciling.reconcile(tend), lambda: receipts.look_again(tend))),
        Tick("waiting", 900, lambda: _all(*(partial(start, tend) for start in waiting.STARTS))),
        Tick(
            "crm_link",
            60,
            lambda: _all(watch.look, lambda: polling.poll_due(tend), lambda: polling.look_for_the_gone(tend)),
        ),
        Tick("reactivation", reactivation.EVERY.total_seconds(), lambda: reactivation.wake_due(tend)),
    )


@contextlib.asynccontextmanager
async def running(tend: Tend) -> AsyncIterator[None]:
    """Run every tick in the running loop until the block ends; a tick in the middle of its work finishes it."""
    await waiting.look_at_stages(tend)
    await judging.look_at_profile(tend)
    scheduler = AsyncIOScheduler(timezone="UTC")
    stopping = asyncio.Event()
    tasks = []
    for tick in ticks(tend):
        scheduler.add_job(
            tend.database.wakes.set,
            "interval",
            args=[(tick.name,)],
            seconds=tick.every_seconds,
            id=tick.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        tasks.append(asyncio.create_task(_beat(tend, tick, stopping), name=f"tick {tick.name}"))
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)
        stopping.set()
        tend.database.wakes.set(tick.name for tick in ticks(tend))
        await asyncio.gather(*tasks)


async def drive(tend: Tend, schedule: tuple[Tick, ...]) -> datetime | None:
    """Run the flows that have work at the clock's present instant until none has; returns when the next work is due.

    What is due and cannot be worked (its sender asked for time) is looked at again when its tick would look by itself.
    Work of a tick that is not in the schedule stays where it is.
    """
    stuck: dict[str, datetime] = {}
    while True:
        async with tend.reading() as conn:
            due = await claims.next_due(conn, team_id=tend.team_id)
        now = tend.now()
        ready = [tick for tick in schedule if tick.name in due and due[tick.name] <= now]
        if not ready or due == stuck:
            soon = [now + timedelta(seconds=tick.every_seconds) for tick in ready]
            later = [due[tick.name] for tick in schedule if tick.name in due and tick not in ready]
            return min((*soon, *later), default=None)
        stuck = {} if sum([await tick.work() for tick in ready]) else due


async def _beat(tend: Tend, tick: Tick, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        await tend.database.wakes.wait(tick.name)
        if stopping.is_set():
            return
        try:
            while await tick.work() and not stopping.is_set():
                pass
        except Exception:  # noqa: BLE001 - a bug in one tick must not stop it for ever; its rows stay claimable
            log.exception("tick.failed", tick=tick.name)
            await asyncio.sleep(1)


async def _upkeep(tend: Tend) -> int:
    return await _all(lambda: offering.lapse_due(tend), lambda: alerts.nudge_due(tend), lambda: upkeep.resume_due(tend))


async def _all(*works: Callable[[], Awaitable[int]]) -> int:
    return sum([await work() for work in works])

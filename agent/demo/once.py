"""Thirty virtual days in seconds: a driver moves the clock to the next due instant and calls the same flows.

No scheduler runs here. Leads and replies enter at their scripted moments through Tend's own doors, signed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent import scheduler
from agent.clock import ManualClock
from agent.demo import cast, tally, world
from agent.demo.cast import Character, Line
from agent.demo.world import World
from agent.web.server import bind

START = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
"""Tuesday 3 March 2026, 10:00 in Austin."""
DAYS = 30


async def run(*, days: int = DAYS, tell: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Run the whole demo on a moved clock in a temporary folder and return the tally."""
    clock = ManualClock(START)
    with tempfile.TemporaryDirectory(prefix="tend-demo-") as folder:
        async with world.opened(Path(folder), clock, bind("127.0.0.1", 0), patient=False) as here:
            await drive(here, clock, until=START + timedelta(days=days), tell=tell)
            return await tally.count(here)


async def drive(here: World, clock: ManualClock, *, until: datetime, tell: Callable[[str], None]) -> None:
    """Move the clock from one due instant to the next until the end, letting the cast come in on the way."""
    script = _script(clock.now())
    schedule = scheduler.ticks(here.tend)
    while True:
        due = await scheduler.drive(here.tend, schedule)
        scene = script[0][0] if script else None
        upcoming = min((moment for moment in (due, scene) if moment is not None), default=None)
        if upcoming is None or upcoming > until:
            clock.advance_to(until)
            await scheduler.drive(here.tend, schedule)
            return
        clock.advance_to(upcoming)
        while script and script[0][0] <= clock.now():
            _, person, line = script.pop(0)
            if line is None:
                await here.arrive(person)
                tell(f"{clock.now():%a %d %b %H:%M}  {person.name} came in from {person.source}")
            else:
                await here.say(person, line)
                tell(f"{clock.now():%a %d %b %H:%M}  {person.first}: “{line.body}”")


def _script(start: datetime) -> list[tuple[datetime, Character, Line | None]]:
    scenes: list[tuple[datetime, Character, Line | None]] = []
    for person in cast.everyone():
        scenes.append((start + person.after, person, None))
        scenes += [(start + person.after + line.after, person, line) for line in person.lines]
    return sorted(scenes, key=lambda scene: scene[0])

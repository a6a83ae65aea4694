"""Thirty virtual days in seconds: the driver moves the clock to the next due instant and calls the same flows.

No scheduler runs here. Leads and replies enter at their scripted moments through Tend's own doors, signed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from agent import driver, scheduler
from agent.clock import ManualClock
from agent.demo import cast, tally, world
from agent.demo.cast import Character, Line
from agent.demo.world import World
from agent.driver import Scene
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
    """Travel to the end, letting the cast come in and write on the way."""
    await driver.travel(
        here.tend, clock, scheduler.ticks(here.tend), until=until, scenes=_script(here, clock.now(), tell)
    )


def _script(here: World, start: datetime, tell: Callable[[str], None]) -> list[Scene]:
    scenes = []
    for person in cast.everyone():
        scenes.append(Scene(start + person.after, partial(_arrive, here, person, tell)))
        scenes += [
            Scene(start + person.after + line.after, partial(_say, here, person, line, tell)) for line in person.lines
        ]
    return scenes


async def _arrive(here: World, person: Character, tell: Callable[[str], None]) -> None:
    await here.arrive(person)
    tell(f"{here.tend.now():%a %d %b %H:%M}  {person.name} came in from {person.source}")


async def _say(here: World, person: Character, line: Line, tell: Callable[[str], None]) -> None:
    await here.say(person, line)
    tell(f"{here.tend.now():%a %d %b %H:%M}  {person.first}: “{line.body}”")

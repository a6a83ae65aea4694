"""The demo as a person watches it: Tend at work on the machine's own clock, told in plain words, open in the browser.

The cast arrives within seconds; those who write soon do so while you watch, the others as soon as the story is told.
It goes on serving until it is stopped, on a fresh database each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent import scheduler
from agent.clock import SystemClock
from agent.demo import cast, tally, world
from agent.demo.cast import Character
from agent.demo.world import World
from agent.web.server import address_of, bind

FOLDER = Path("demo")
_SETTLE_SECONDS = 12.0


async def run(*, host: str, port: int, tell: Callable[[str], None], stay: bool = True) -> dict[str, Any]:
    """Run the demo until it is stopped (or, unless `stay`, until the story is told); returns the tally."""
    listener = bind(host, port, or_free=True)
    if listener.getsockname()[1] != port:
        tell(f"Port {port} is taken, so this is on another one.")
    _fresh_folder()
    stop = asyncio.Event()
    with contextlib.suppress(NotImplementedError):
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with world.opened(FOLDER, SystemClock(), listener) as here, scheduler.running(here.tend):
        tell(f"Tend is at {address_of(listener)}  (open it now: it fills while you watch)")
        tell("Sandbox: every email and text is written, checked and recorded, and none leaves this machine.\n")
        story = asyncio.create_task(_story(here, tell))
        ended = asyncio.create_task(stop.wait())
        await asyncio.wait({story, ended}, return_when=asyncio.FIRST_COMPLETED)
        if not story.done():
            story.cancel()
            await asyncio.gather(story, return_exceptions=True)
            return await tally.count(here)
        story.result()
        counted = await tally.count(here)
        _sum_up(counted, tell, address_of(listener))
        if stay:
            await stop.wait()
        ended.cancel()
        return counted


async def _story(here: World, tell: Callable[[str], None]) -> None:
    people = cast.everyone()
    tell(f"{len(people)} invented people come in: through Follow Up Boss's signed webhooks, and through the form API.")
    for number, person in enumerate(people, start=1):
        await here.arrive(person)
        way = "a form" if person.via == "form" else person.source
        tell(f"  {number:2}  {person.name:<16} {way}{'' if person.text_consent else '   (no consent to texts)'}")
        await asyncio.sleep(0.15)
    tell("\nTend reads them, scores them, and writes first. Now they write back.")
    await asyncio.sleep(here.tend.settings.tend_debounce_seconds + 3)
    for person in _talkative(people):
        line = person.lines[0]
        await here.say(person, line)
        tell(f"  {person.first:<8} {'texts' if line.channel == 'sms' else 'emails'}: “{line.body}”")
        await asyncio.sleep(0.4)
    await asyncio.sleep(_SETTLE_SECONDS)


def _talkative(people: tuple[Character, ...]) -> list[Character]:
    chosen = [person for person in people if person.lines]
    chosen.sort(key=lambda person: person.email[::-1])  # a fixed order that is not the order of arrival
    return chosen


def _fresh_folder() -> None:
    if FOLDER.exists() and not (FOLDER / "tend.db").exists() and any(FOLDER.iterdir()):
        message = f"the folder {FOLDER}/ holds something that is not Tend's demo; move it away"
        raise FileExistsError(message)
    shutil.rmtree(FOLDER, ignore_errors=True)


def _sum_up(counted: dict[str, Any], tell: Callable[[str], None], address: str) -> None:
    sent = counted["sent_by_channel"]
    tell(
        f"\nSo far: {counted['leads']} leads, {sent.get('email', 0)} emails and {sent.get('sms', 0)} texts written, "
        f"{counted['replies']} replies read, {counted['opt_outs']} opted out at once, "
        f"{counted['hot_alerts']} hot leads handed to their person."
    )
    for word, how_many in sorted(counted["skipped"].items()):
        tell(f"  not sent ({how_many}): {word.replace('_', ' ')}")
    for word, how_many in sorted(counted["held"].items()):
        tell(f"  waiting ({how_many}): {word.replace('_', ' ')}")
    tell("Every promise kept." if counted["invariant_holds"] else f"PROMISES BROKEN: {counted['broken']}")
    tell(f"\nLook around at {address}  ·  Ctrl-C stops it.  ·  30 days in seconds: python3 run.py demo --once")

"""Moves a clock through time: to the next instant at which something is due, where the same flows run as ever.

No scheduler runs here. The demo told in seconds and a rehearsal both travel this way, so what they show is what the
engine does. Whatever people do on the way is a scene that plays at its moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent import scheduler
from agent.clock import ManualClock
from agent.scheduler import Tick
from agent.tend import Tend

_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that happens at a moment: somebody comes in, somebody writes."""

    at: datetime
    play: Callable[[], Awaitable[None]]


async def travel(
    tend: Tend,
    clock: ManualClock,
    schedule: tuple[Tick, ...],
    *,
    until: datetime,
    scenes: Iterable[Scene] = (),
    stride: timedelta = timedelta(0),
    passed: Callable[[datetime], None] = lambda _: None,
) -> None:
    """Live until `until`, stopping wherever something is due or a scene plays.

    1. Do what is due now until nothing is.
    2. Move to the earliest of the next due instant and the next scene, and play the scenes whose moment has come.
    3. With nothing more before the end, move to the end and do what is due there.

    A `stride` lets the clock stop only at the last second of whole strides, so that what falls due within one is worked
    together, as it is by a tick, and still before a window that closes on the hour. `passed` hears of each stop.
    """
    waiting = deque(sorted(scenes, key=lambda scene: scene.at))
    while True:
        due = await scheduler.drive(tend, schedule)
        upcoming = min((moment for moment in (due, waiting[0].at if waiting else None) if moment), default=None)
        if upcoming is None or upcoming > until:
            break
        clock.advance_to(min(_at_end_of_stride(upcoming, stride), until))
        passed(clock.now())
        while waiting and waiting[0].at <= clock.now():
            await waiting.popleft().play()
    clock.advance_to(until)
    await scheduler.drive(tend, schedule)


def _at_end_of_stride(moment: datetime, stride: timedelta) -> datetime:
    if not stride:
        return moment
    into = timedelta(seconds=moment.timestamp() % stride.total_seconds())
    return max(moment, moment - into + stride - _A_SECOND)

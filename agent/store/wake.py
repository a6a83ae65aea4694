"""Named events that wake the ticks: set after a commit that made work, awaited by the tick that does it.

A wake is only a hint: every tick also looks on its own interval, so a lost one costs a second, never a message.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

_KEY = "tend_wakes"


class Wakes:
    """The named events of one process."""

    def __init__(self) -> None:
        self._events: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def set(self, names: Iterable[str]) -> None:
        """Wake these ticks now."""
        for name in names:
            self._events[name].set()

    async def wait(self, name: str) -> None:
        """Wait until `name` is set, and clear it."""
        event = self._events[name]
        await event.wait()
        event.clear()


def after_commit(conn: AsyncConnection, *names: str) -> None:
    """Ask that these ticks be woken once the present transaction is committed."""
    conn.info.setdefault(_KEY, set()).update(names)


def taken(conn: AsyncConnection) -> set[str]:
    """Take the wakes asked for on this connection, leaving none."""
    names: set[str] = conn.info.pop(_KEY, set())
    return names

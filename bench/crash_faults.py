"""Three ways to get sending wrong, planted in a worker of the harness to see that the harness notices.

Each is composed around Tend as it is: a writer that takes the mark back, one that makes it after the call, and a Tend
whose sending path believes its leases to last an hour while the database ends them after seconds.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.store.writer import Handler
from agent.tend import Tend
from bench.crash_points import Watched, name_of

_PREPARE, _RECORD = "Sending.prepare", "Sending.record"


class _TakenBack(Exception):
    def __init__(self, ready: Any) -> None:
        super().__init__()
        self.ready = ready


class NoMark(Watched):
    """Gates and renders, and rolls the mark back: the call leaves from a touch that is only claimed."""

    async def run_each(self, handler: Handler[Any, Any], item: Any) -> Any:
        """Take marks back, pass everything else on."""
        if name_of(handler) != _PREPARE:
            return await super().run_each(handler, item)

        async def unit(conn: AsyncConnection) -> None:
            raise _TakenBack((await handler(conn, [item]))[0])

        try:
            return await self._inner.run(unit)
        except _TakenBack as found:
            return found.ready and dataclasses.replace(found.ready, epoch=0)


class MarkAfter(NoMark):
    """Makes the mark once the call has ended, just before the record."""

    def __init__(self, *how: Any) -> None:
        super().__init__(*how)
        self._prepare: Handler[Any, Any] | None = None

    async def run_each(self, handler: Handler[Any, Any], item: Any) -> Any:
        """Remember how to mark, and do it before the record."""
        if name_of(handler) == _PREPARE:
            self._prepare = handler
        if name_of(handler) == _RECORD and self._prepare is not None:
            marked = await Watched.run_each(self, self._prepare, item.ready.touch_id)
            if marked is None:
                return None
            item = dataclasses.replace(item, ready=marked)
        return await super().run_each(handler, item)


def lease_unchecked(tend: Tend) -> Tend:
    """The same Tend, blind to the end of its leases."""
    return dataclasses.replace(tend, settings=msgspec.structs.replace(tend.settings, tend_lease_seconds=3600.0))


WRITERS = {"no-mark": NoMark, "mark-after": MarkAfter}
FAULTS = (*WRITERS, "lease-unchecked")

"""How fast messages are handed over: how many of each channel are taken, when each has its turn, and when none has.

1. Of a channel with a pace no more is claimed than can leave soon, and each waits for its turn before it is marked.
2. A sender that asks for time (429) gets it from its whole channel, for this process: nothing of it is claimed until
   then, and what was claimed goes back without a try counted.
Other channels go on meanwhile. What has to wait stays due, in its order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.clock import steady_seconds
from agent.log import log
from agent.store import claims, touches
from agent.store.claims import Only
from agent.store.tables import touches as touches_table
from agent.store.writer import WriterClosed, WriterFull
from agent.tend import Tend
from channels.outcomes import THROTTLED, Deferred, SendOutcome

_AHEAD_SECONDS = 5.0
"""How much of a pace is claimed at once."""


class Pace:
    """Turns at an even rate, for one process, and none while it is held off. `per_second` of 0 means no limit."""

    def __init__(self, per_second: float, *, now: Callable[[], datetime]) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0
        self._now = now
        self._held_until: datetime | None = None

    def hold_off(self, seconds: float) -> None:
        """Give no turn for so long; an earlier, longer wait stays."""
        until = self._now() + timedelta(seconds=seconds)
        self._held_until = until if self._held_until is None else max(until, self._held_until)

    def held_seconds(self) -> float:
        """For how long it is held off still."""
        return max(0.0, (self._held_until - self._now()).total_seconds()) if self._held_until is not None else 0.0

    def has_limit(self) -> bool:
        """Whether its turns are limited now."""
        return bool(self._gap) or self.held_seconds() > 0

    def soon(self, *, within: float) -> int:
        """How many turns come in the next `within` seconds; meaningless without a limit."""
        if not self._gap or self.held_seconds() > 0:
            return 0
        free = within - max(0.0, self._next - steady_seconds())
        return max(0, int(free / self._gap)) + (free >= 0)

    async def turn(self, *, within: float) -> bool:
        """Wait for the next turn; False where it is held off, or (at once) where it is further off than `within`."""
        if self._gap and not self.held_seconds():
            now = steady_seconds()
            wait = max(0.0, self._next - now)
            if wait > within:
                return False
            self._next = max(self._next, now) + self._gap
            await asyncio.sleep(wait)
        return not self.held_seconds()


class Pacing:
    """The paces of all channels of one process, and the claims that keep to them."""

    def __init__(self, tend: Tend) -> None:
        self._tend = tend
        per_second = {"email": tend.settings.email_pace, "sms": tend.settings.text_pace, "whatsapp": 0.0, "call": 0.0}
        self._paces = {channel: Pace(rate, now=tend.now) for channel, rate in per_second.items()}

    async def claim(self, limit: int) -> Sequence[Row[Any]]:
        """Take what is due; of a channel with a limit no more than can leave soon, so that no other waits behind it."""
        return await self._tend.writer.run(partial(self._claim_some, limit=limit))

    async def turn(self, row: Row[Any], *, within: float) -> bool:
        """Wait for a claimed touch's turn; where it has none in time, it goes back as if it had not been claimed."""
        if await self._paces[row.channel].turn(within=within):
            return True
        try:
            await self._tend.writer.run_each(self._give_back, row.id)
        except (WriterFull, WriterClosed):  # its lease lapses
            log.warning("touch.not_given_back", touch=row.id.hex)
        return False

    def held_seconds(self, channel: str) -> float:
        """For how long the sender of a channel asked for time still."""
        return self._paces[channel].held_seconds()

    def heard(self, channel: str, outcome: SendOutcome) -> None:
        """Hold the channel off for as long as its sender asks."""
        match outcome:
            case Deferred(reason=reason, retry_after_seconds=wait) if reason == THROTTLED and wait:
                log.warning("sender.throttled", channel=channel, seconds=wait)
                self._paces[channel].hold_off(wait)
            case _:
                pass

    async def _claim_some(self, conn: AsyncConnection, *, limit: int) -> Sequence[Row[Any]]:
        claimed: list[Row[Any]] = []
        limited = {channel: pace for channel, pace in self._paces.items() if pace.has_limit()}
        for channel, pace in limited.items():
            some = min(limit - len(claimed), pace.soon(within=_AHEAD_SECONDS))
            claimed += await self._claim_of(conn, Only("channel", (channel,)), limit=some) if some else ()
        rest = Only("channel", tuple(limited), but=True) if limited else None
        room = limit - len(claimed)
        return [*claimed, *(await self._claim_of(conn, rest, limit=room) if room else ())]

    async def _claim_of(self, conn: AsyncConnection, only: Only | None, *, limit: int) -> Sequence[Row[Any]]:
        tend = self._tend
        return await claims.claim(
            conn, touches_table, team_id=tend.team_id, now=tend.now(), limit=limit, by=tend.claimer, only=only
        )

    async def _give_back(self, conn: AsyncConnection, ids: Sequence[UUID]) -> Sequence[None]:
        tend = self._tend
        rows = await touches.still_ours(conn, team_id=tend.team_id, ids=ids, node=tend.claimer.node)
        untried = [
            touches.change(row, state="planned", lease_owner=None, attempts=row.attempts - 1)  # nothing was tried
            for row in rows
        ]
        await touches.settle(conn, team_id=tend.team_id, changes=untried)
        return [None] * len(ids)

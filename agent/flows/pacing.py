"""How fast messages are handed over: one every so often, each waiting its turn before it is marked, never while it is.

A touch that waits is merely claimed. Where its turn comes too late for the lease it is left, and comes back by itself.
"""

from __future__ import annotations

import asyncio

from agent.clock import steady_seconds
from agent.settings import Settings


class Pace:
    """Turns at an even rate, for one process. `per_second` of 0 means no limit."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._next = 0.0

    def soon(self, *, within: float) -> int:
        """How many turns come in the next `within` seconds; meaningless without a limit."""
        free = within - max(0.0, self._next - steady_seconds())
        return max(0, int(free / self._gap)) + (free >= 0) if self._gap else 0

    async def turn(self, *, within: float) -> bool:
        """Wait for the next turn; False, at once and without using one up, where it is further off than `within`."""
        if not self._gap:
            return True
        now = steady_seconds()
        wait = max(0.0, self._next - now)
        if wait > within:
            return False
        self._next = max(self._next, now) + self._gap
        await asyncio.sleep(wait)
        return True


def paces(settings: Settings) -> dict[str, Pace]:
    """The pace of each channel whose sender has one."""
    per_second = {"email": settings.email_pace, "sms": settings.text_pace}
    return {channel: Pace(rate) for channel, rate in per_second.items() if rate}

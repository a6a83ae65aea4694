"""How fast Follow Up Boss may be asked: a sliding window per rate-limit context, learned from its own answers.

Promises that a call waits for its turn when the wait is short and is refused with `CrmError("throttled")` when it is
not, so that no tick hangs on a busy account. Which context a method of a collection counts in is learned from
`X-RateLimit-Context`; until the first answer the documented limits stand in (docs.followupboss.com, rate limiting, read
2026-11).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from integrations.errors import CrmError

_EVERYTHING = "global"
_NOTES, _READ_EVENTS, _CHANGE_PEOPLE = "notes", "GET events", "PUT people"


@dataclass(slots=True)
class _Window:
    """One context: at most `limit` calls in any `seconds`; nothing at all before `closed_until`."""

    limit: int
    seconds: float = 10.0
    closed_until: float = 0.0
    calls: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        while self.calls and self.calls[0] <= now - self.seconds:
            self.calls.popleft()
        full = self.calls[-self.limit] + self.seconds - now if len(self.calls) >= self.limit else 0.0
        return max(full, self.closed_until - now, 0.0)


class RateLimits:
    """Keeps calls inside the limits of one key; shared by all calls of one client."""

    def __init__(
        self,
        *,
        registered: bool,
        max_wait_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`registered` says whether a system and its key are sent (250 calls in 10 s instead of 125)."""
        self._windows = {
            _EVERYTHING: _Window(250 if registered else 125),
            _NOTES: _Window(10),
            _READ_EVENTS: _Window(20 if registered else 10),
            _CHANGE_PEOPLE: _Window(25),
        }
        self._contexts: dict[str, str] = {}
        self._max_wait = max_wait_seconds
        self._clock = clock
        self._sleep = sleep

    async def turn(self, route: str) -> None:
        """Wait until a call of this method to this collection (`GET people`, `POST notes`) may go, and count it.

        Raises `CrmError("throttled")` with the seconds to come back in, when the wait would pass the longest allowed.
        """
        waited = 0.0
        while (wait := self._window(route).wait(self._clock())) > 0:
            if waited + wait > self._max_wait:
                raise throttled(wait)
            waited += wait
            await self._sleep(wait)
        self._window(route).calls.append(self._clock())

    def learn(self, route: str, headers: Mapping[str, str]) -> None:
        """Take over context, limit and window as an answer states them; what is missing or odd changes nothing."""
        context = headers.get("x-ratelimit-context", "")
        limit, seconds = _number(headers.get("x-ratelimit-limit")), _number(headers.get("x-ratelimit-window"))
        if not context or limit is None or limit < 1:
            return
        window = self._windows.setdefault(context, _Window(int(limit)))
        if self._context(route) != context:
            self._contexts[route] = context
            window.calls.append(self._clock())
        window.limit = int(limit)
        window.seconds = seconds or window.seconds

    def close(self, route: str, headers: Mapping[str, str], *, attempt: int) -> float:
        """Close the context after a 429 for `Retry-After` seconds, else a growing, jittered while. Returns seconds."""
        stated = _number(headers.get("retry-after"))
        seconds = stated if stated is not None else random.uniform(0.5, 1.0) * 2**attempt  # noqa: S311 (spreads retries, guards nothing)
        window = self._window(route)
        window.closed_until = max(window.closed_until, self._clock() + seconds)
        return seconds

    def _window(self, route: str) -> _Window:
        return self._windows[self._context(route)]

    def _context(self, route: str) -> str:
        """The context an answer named for this route, else the documented one."""
        if route in self._contexts:
            return self._contexts[route]
        if route.endswith(" notes"):
            return _NOTES
        return route if route in self._windows else _EVERYTHING


def throttled(seconds: float) -> CrmError:
    """The error for a context that stays closed longer than a call may wait."""
    return CrmError("throttled", permanent=False, retry_after_seconds=seconds)


def _number(text: str | None) -> float | None:
    """A finite number not below zero, or None (a `Retry-After` may also be a date, which is not used here)."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None

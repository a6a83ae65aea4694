"""The stand-in's rate limits: a sliding window per context, with the vendor's headers.

Promises that a refused call is not counted and that the refusal says when to come back.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metered:
    """What the meter says to one call: whether it is let in, and the headers of the answer either way."""

    allowed: bool
    headers: Mapping[str, str]


class Meter:
    """Counts calls per context over the last `window_seconds` of `clock`."""

    def __init__(self, *, clock: Callable[[], float], limits: Mapping[str, int], window_seconds: float) -> None:
        self._clock = clock
        self._limits = dict(limits)
        self._seconds = window_seconds
        self._calls: dict[str, deque[float]] = {context: deque() for context in self._limits}

    def count(self, context: str, *, registered: bool) -> Metered:
        """Count one call; an unregistered system has half the limit, except for notes and changes of people."""
        if context not in self._limits:
            context = "global"
        limit = self._limits[context]
        if context in {"global", "events"} and not registered:
            limit //= 2
        now, calls = self._clock(), self._calls[context]
        while calls and calls[0] <= now - self._seconds:
            calls.popleft()
        allowed = len(calls) < limit
        if allowed:
            calls.append(now)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - len(calls))),
            "X-RateLimit-Window": f"{self._seconds:g}",
            "X-RateLimit-Context": context,
        }
        if not allowed:
            headers["Retry-After"] = str(math.ceil(calls[0] + self._seconds - now) or 1)
        return Metered(allowed, headers)

"""What time it is, as something handed in: the whole engine runs on a clock that a test or a rehearsal can move.

Due times come from this clock; only leases use the database's own.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


def steady_seconds() -> float:
    """Seconds on a clock that never jumps, for measuring a lease; on Linux one that also runs while it sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Clock(Protocol):
    """Tells the time as an aware UTC instant."""

    def now(self) -> datetime:
        """Return the present instant."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved, for rehearsals and tests. It never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant it was last moved to."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move forward by a duration."""
        self.advance_to(self._now + by)

    def advance_to(self, instant: datetime) -> None:
        """Move forward to an instant; an earlier one leaves the clock where it is."""
        self._now = max(self._now, instant.astimezone(UTC))

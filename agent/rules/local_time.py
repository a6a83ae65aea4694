"""An instant in words on the lead's own clock: “Wed 09:00 their time”.

Promises an answer for any input: a zone this machine does not know is passed over, and without any the words say UTC.
With several candidate zones the earliest clock speaks, because that is the one a hold waited for.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


def in_words(moment: datetime, zone_names: tuple[str, ...]) -> str:
    """Say weekday and clock time of an aware instant: `Wed 09:00 their time`, or `Wed 14:00 UTC` with no known zone.

    Two zones that read differently name the place: `Wed 09:00 in Denver`.
    """
    clocks = {name: moment.astimezone(zone) for name in zone_names if (zone := _zone(name)) is not None}
    if not clocks:
        return f"{_said(moment.astimezone(UTC))} UTC"
    name, earliest = min(clocks.items(), key=lambda item: item[1].replace(tzinfo=None))
    said = _said(earliest)
    alike = all(_said(clock) == said for clock in clocks.values())
    return f"{said} their time" if alike else f"{said} in {place(name)}"


def place(name: str) -> str:
    """Name a zone as people do: `America/New_York` is `New York`."""
    return name.rpartition("/")[2].replace("_", " ")


def _said(clock: datetime) -> str:
    return f"{_DAYS[clock.weekday()]} {clock:%H:%M}"


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

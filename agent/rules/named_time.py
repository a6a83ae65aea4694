"""The time a lead named for a visit or a call, as a person reads it beside their words, and when a call is due by it.

Promises the lead's own clock, in the first of their candidate zones. A call is due when the time they named begins in
all of them, or in the earliest where they named one hour: too early can be mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from agent.rules.local_time import place
from agent.rules.spoken_times import When, in_words, resolve

_DAY_BEGINS = time(9)
"""When somebody who named only a day, or only an end, may first be called."""


@dataclass(frozen=True, slots=True)
class NamedTime:
    """`said` is it in words on their clock (`Sat 7 Mar, morning`), `starts_at` the instant it begins."""

    said: str
    starts_at: datetime


def named_time(words: str, *, said_at: datetime, zones: tuple[str, ...]) -> NamedTime | None:
    """Work out what `words` mean, said at this instant; None where they name no time. `zones` is at least one."""
    clocks = {name: ZoneInfo(name) for name in zones}
    found = {name: resolve(words, said_at=said_at, zone=clock) for name, clock in clocks.items()}
    first = found[zones[0]]
    if first is None:
        return None
    begins = [_begins(when, clocks[name]) for name, when in found.items() if when is not None]
    one_hour = first.part is not None and first.part.start == first.part.end
    today = said_at.astimezone(clocks[zones[0]]).date()
    return NamedTime(_said(first, today, zones), min(begins) if one_hour else max(begins))


def _begins(when: When, zone: ZoneInfo) -> datetime:
    end = when.part.end if when.part is not None and when.part.end is not None else _DAY_BEGINS
    return when.starts_at(zone, at=min(_DAY_BEGINS, end))


def _said(when: When, today: date, zones: tuple[str, ...]) -> str:
    """With the place named where they may live by more than one clock and said an hour."""
    said = in_words(when, today)
    return f"{said} in {place(zones[0])}" if len(zones) > 1 and any(sign.isdigit() for sign in _hours(when)) else said


def _hours(when: When) -> str:
    return when.part.said if when.part is not None else ""

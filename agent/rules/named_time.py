"""The time a lead named for a visit or a call, as a person reads it beside their words, and the instant it begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from agent.rules.spoken_times import in_words, resolve

_DAY_BEGINS = time(9)
"""When somebody who named only a day, or only an end, may first be called."""


@dataclass(frozen=True, slots=True)
class NamedTime:
    """`said` is it in words on their clock (`Sat 7 Mar, morning`), `starts_at` the instant it begins."""

    said: str
    starts_at: datetime


def named_time(words: str, *, said_at: datetime, zone: str) -> NamedTime | None:
    """Work out what `words` mean, said at this instant by somebody who lives in `zone`; None for no time."""
    clock = ZoneInfo(zone)
    when = resolve(words, said_at=said_at, zone=clock)
    if when is None:
        return None
    end = when.part.end if when.part is not None and when.part.end is not None else _DAY_BEGINS
    today = said_at.astimezone(clock).date()
    return NamedTime(in_words(when, today), when.starts_at(clock, at=min(_DAY_BEGINS, end)))
